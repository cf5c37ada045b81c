//! The root: contexts, the frame, and one route a page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::api::session::Session;
use crate::components::chrome::Chrome;
use crate::pages;
use crate::ui::ago::Ticks;
use crate::ui::heading::Announcer;

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Ticks::provide();
    Announcer::provide();
    let session = Session::provide();
    // Pages wait for their data on the server, so that they are whole without JavaScript.
    let ssr = SsrMode::Async;
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Tenantry".to_owned() } else { format!("{title} · Tenantry") } />
        <Router>
            <Chrome session>
                <FlatRoutes fallback=pages::not_found::NotFound>
                    <Route path=path!("/") view=pages::fleet::FleetPage ssr=ssr.clone() />
                    <Route path=path!("/readiness") view=pages::readiness::ReadinessPage ssr=ssr.clone() />
                    <Route path=path!("/search") view=pages::search::SearchPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id") view=pages::client::ClientPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/users") view=pages::users::UsersPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/mfa") view=pages::mfa::MfaPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/legacy") view=pages::legacy::LegacyPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/sync") view=pages::sync::SyncPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/review") view=pages::review::ReviewPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/what-if") view=pages::what_if::WhatIfPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/users/:uid") view=pages::user::UserPage ssr=ssr.clone() />
                    <Route
                        path=path!("/settings/connections")
                        view=pages::settings::connections::ConnectionsPage
                        ssr=ssr.clone()
                    />
                    <Route
                        path=path!("/settings/operators")
                        view=pages::settings::operators::OperatorsPage
                        ssr=ssr.clone()
                    />
                    <Route path=path!("/settings/audit") view=pages::settings::audit::AuditPage ssr=ssr.clone() />
                    <Route path=path!("/settings/keys") view=pages::settings::keys::KeysPage ssr=ssr.clone() />
                    <Route path=path!("/settings/sessions") view=pages::settings::sessions::SessionsPage ssr />
                </FlatRoutes>
            </Chrome>
        </Router>
    }
}

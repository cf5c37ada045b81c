//! The root: contexts, the frame, and one route a page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::api::session::Session;
use crate::components::chrome::Chrome;
#[cfg(feature = "ssr")]
use crate::components::document::document;
#[cfg(not(feature = "ssr"))]
use crate::components::document::{WrittenTitle, kept_document};
use crate::pages;
use crate::ui::ago::Ticks;
use crate::ui::heading::Announcer;

/// A page that the server alone writes.
macro_rules! written {
    ($page:path) => {{
        #[cfg(feature = "ssr")]
        {
            || document($page())
        }
        #[cfg(not(feature = "ssr"))]
        {
            kept_document
        }
    }};
}

#[component]
pub fn App() -> impl IntoView {
    #[cfg(not(feature = "ssr"))]
    WrittenTitle::provide();
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
                    <Route path=path!("/readiness") view=written!(pages::readiness::ReadinessPage) ssr=ssr.clone() />
                    <Route path=path!("/alerts") view=written!(pages::alerts::AlertsPage) ssr=ssr.clone() />
                    <Route path=path!("/broken") view=written!(pages::broken::BrokenPage) ssr=ssr.clone() />
                    <Route path=path!("/blockers") view=pages::blockers::BlockersPage ssr=ssr.clone() />
                    <Route path=path!("/search") view=written!(pages::search::SearchPage) ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id") view=pages::client::ClientPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/users") view=pages::users::UsersPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/mfa") view=pages::mfa::MfaPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/legacy") view=pages::legacy::LegacyPage ssr=ssr.clone() />
                    <Route path=path!("/tenants/:id/blocker") view=pages::blocker::BlockerPage ssr=ssr.clone() />
                    <Route
                        path=path!("/tenants/:id/evidence")
                        view=written!(pages::evidence::EvidencePage)
                        ssr=ssr.clone()
                    />
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
                    <Route path=path!("/settings/audit") view=written!(pages::settings::audit::AuditPage) ssr=ssr.clone() />
                    <Route path=path!("/settings/keys") view=written!(pages::settings::keys::KeysPage) ssr=ssr.clone() />
                    <Route path=path!("/settings/sessions") view=written!(pages::settings::sessions::SessionsPage) ssr />
                </FlatRoutes>
            </Chrome>
        </Router>
    }
}

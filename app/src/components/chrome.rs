//! The frame around every page: skip link, rail, search, account.

use domain::operator::{Operator, Permission};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::session::Session;
use crate::components::account_menu::AccountMenu;
use crate::components::search_dialog::SearchDialog;
use crate::ui::bar::Patterns;
use crate::ui::heading::RouteAnnouncer;
use crate::ui::icon::{Glyph, Icon};
use crate::urls;

#[component]
pub fn Chrome(session: Session, children: Children) -> impl IntoView {
    let signed_in = session.0.map(|operator| {
        view! {
            <Rail operator=operator.clone() />
            <header class="topbar">
                <SearchDialog />
                <AccountMenu operator />
            </header>
        }
    });
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <RouteAnnouncer />
        <Patterns />
        {signed_in}
        <main id="main" tabindex="-1">
            {children()}
        </main>
    }
    .into_any()
}

/// The places that the operator may go to, by role.
#[component]
fn Rail(operator: Operator) -> impl IntoView {
    let places = [
        (Permission::ListTenants, urls::FLEET, "Fleet", Icon::Fleet),
        (Permission::ListTenants, urls::READINESS, "Requirement", Icon::Shield),
        (Permission::ListTenants, urls::BLOCKERS, "Legacy auth", Icon::Mail),
        (Permission::ListTenants, urls::BROKEN, "What is broken", Icon::Alert),
        (Permission::ListTenants, urls::ALERTS, "Alerts", Icon::Bell),
        (Permission::ReadConnections, urls::CONNECTIONS, "Connections", Icon::Link),
        (Permission::ManageOperators, urls::OPERATORS, "Operators", Icon::People),
        (Permission::ReadAuditLog, urls::AUDIT, "Audit log", Icon::Log),
        (Permission::ManageKeys, urls::KEYS, "Keys", Icon::Key),
    ];
    let links: Vec<_> = places
        .into_iter()
        .filter(|(permission, ..)| operator.may(*permission))
        .map(|(_, href, label, icon)| {
            view! {
                <li>
                    <A href=href exact=href == urls::FLEET attr:title=label>
                        <Glyph icon />
                        <span class="rail-label">{label}</span>
                    </A>
                </li>
            }
        })
        .collect();
    view! {
        <nav class="rail" aria-label="Main">
            <a class="brand" href=urls::FLEET title="Tenantry">
                <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
                    <rect width="32" height="32" rx="7" />
                    <path d="M8 9h16v4h-6v11h-4V13H8z" />
                </svg>
                <span class="visually-hidden">"Tenantry"</span>
            </a>
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}

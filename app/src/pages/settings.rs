//! What administrators set, and what everybody may end: connections, operators, audit log, keys, sessions.

#[cfg(feature = "ssr")]
pub mod audit;
pub mod connections;
#[cfg(feature = "ssr")]
pub mod keys;
pub mod operators;
#[cfg(feature = "ssr")]
pub mod sessions;

use leptos::prelude::*;

/// The way in the bar: `Settings / Keys`.
#[component]
fn SettingsCrumbs(here: &'static str) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label="You are here">
            <ol>
                <li>"Settings"</li>
                <li>
                    <span aria-current="page">{here}</span>
                </li>
            </ol>
        </nav>
    }
}

//! Pages, components and server functions, and the ports that the server implements for them.
//!
//! `pages` may use `api`, `forms`, `components` and `ui`; `components` use `ui`; `ui` knows nothing of this product.

// The compiler computes the layout of a view from all the elements in it.
#![recursion_limit = "512"]

pub mod answer;
pub mod api;
pub mod app;
#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "ssr")]
pub mod caller;
mod components;
pub mod error;
mod forms;
mod pages;
#[cfg(feature = "ssr")]
pub mod shell;
mod text;
mod ui;
pub mod urls;

pub use app::App;
#[cfg(feature = "ssr")]
pub use components::written_sync::write as write_sync;
#[cfg(feature = "ssr")]
pub use shell::{Assets, shell};

/// Takes over the page that the server rendered, and says so in its `data-hydrated`: what is clicked before that is a plain
/// link or form.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use leptos::prelude::{document, request_animation_frame};

    leptos::mount::hydrate_body(App);
    request_animation_frame(|| {
        if let Some(root) = document().document_element() {
            // Fails for a name that is none.
            let _set = root.set_attribute("data-hydrated", "true");
        }
    });
}

//! Pages of links, figures and plain forms: the server alone writes them, and the browser takes them as they stand. Their code
//! need not be in the wasm, which every visitor waits for.

use leptos::prelude::*;

/// What the server writes.
#[cfg(feature = "ssr")]
pub fn document(page: impl IntoView + 'static) -> AnyView {
    view! { <div class="document">{page}</div> }.into_any()
}

/// The title as the server wrote it, before the app in the browser says its own.
#[cfg(not(feature = "ssr"))]
#[derive(Clone)]
pub struct WrittenTitle(String);

#[cfg(not(feature = "ssr"))]
impl WrittenTitle {
    pub fn provide() {
        provide_context(Self(document().title()));
    }
}

/// What the browser keeps of it. Where there is nothing to keep, because a link led here without asking the server, the
/// browser asks.
#[cfg(not(feature = "ssr"))]
pub fn kept_document() -> AnyView {
    let frame = NodeRef::<leptos::html::Div>::new();
    let location = leptos_router::hooks::use_location();
    Effect::new(move || {
        let Some(frame) = frame.get() else { return };
        if frame.child_element_count() == 0 {
            let here = format!("{}{}", location.pathname.get_untracked(), search(&location.search.get_untracked()));
            if window().location().set_href(&here).is_err() {
                leptos::logging::warn!("the page could not be asked for");
            }
        }
    });
    // Nothing here would say the title again.
    if let Some(WrittenTitle(title)) = use_context() {
        Effect::new(move || document().set_title(&title));
    }
    view! { <div class="document" node_ref=frame inner_html=""></div> }.into_any()
}

#[cfg(not(feature = "ssr"))]
fn search(query: &str) -> String {
    if query.is_empty() { String::new() } else { format!("?{}", query.trim_start_matches('?')) }
}

//! The page's one `h1`. After a move to another page it takes the focus and is announced; on a refresh of the same page it
//! leaves the focus where it is.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The path whose heading has been announced last, and the announcement.
#[derive(Clone, Copy)]
pub struct Announcer {
    path: StoredValue<Option<String>>,
    text: RwSignal<String>,
}

impl Announcer {
    pub fn provide() {
        provide_context(Self { path: StoredValue::new(None), text: RwSignal::new(String::new()) });
    }
}

/// Announces page changes to screen readers; once, at the root.
#[component]
pub fn RouteAnnouncer() -> impl IntoView {
    let text = use_context::<Announcer>().map(|announcer| announcer.text);
    view! {
        <p class="visually-hidden" role="status" aria-live="polite">
            {text}
        </p>
    }
}

/// Also the document's title.
#[component]
pub fn Heading(#[prop(into)] text: String) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    let location = use_location();
    let announcer = use_context::<Announcer>();
    let announced = text.clone();
    Effect::new(move || {
        let path = location.pathname.get_untracked();
        let (Some(announcer), Some(heading)) = (announcer, node.get()) else { return };
        match announcer.path.get_value() {
            None => announcer.path.set_value(Some(path)),
            Some(before) if before != path => {
                announcer.path.set_value(Some(path));
                announcer.text.set(announced.clone());
                // A heading that is gone by now cannot take the focus, and need not.
                let _ = heading.focus();
            }
            Some(_) => {}
        }
    });
    view! {
        <Title text=text.clone() />
        <h1 node_ref=node tabindex="-1">
            {text}
        </h1>
    }
}

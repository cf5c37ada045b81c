//! A sentence that needs attention: what it means, and what to do.

use leptos::prelude::*;

use crate::ui::mark::{Mark, Tone};

#[component]
pub fn Notice(tone: Tone, children: Children) -> impl IntoView {
    view! {
        <div class=format!("notice notice-{}", tone.class())>
            <Mark tone />
            <div>{children()}</div>
        </div>
    }
}

//! Search over clients and people: Ctrl-K opens a native dialog; without JavaScript the button leads to the search page.

use domain::fleet::SearchHit;
use leptos::html;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_navigate;

use crate::api::fleet::search;
use crate::ui::icon::{Glyph, Icon};
use crate::urls;

/// Where a hit leads.
pub fn hit_url(hit: &SearchHit) -> String {
    match hit.user_id {
        Some(user) => urls::user(hit.tenant_id, user),
        None => urls::tenant(hit.tenant_id),
    }
}

#[component]
pub fn SearchDialog() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked()
            && !dialog.open()
            && dialog.show_modal().is_err()
        {
            leptos::logging::warn!("the search dialog does not open");
        }
    };
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key() == "k" {
                event.prevent_default();
                open();
            }
        });
        on_cleanup(move || handle.remove());
    });
    view! {
        <a
            class="search-button"
            href=urls::SEARCH
            on:click=move |event| {
                event.prevent_default();
                event.stop_propagation();
                open();
            }
        >
            <Glyph icon=Icon::Search />
            <span>"Search clients and people"</span>
            <kbd>"Ctrl K"</kbd>
        </a>
        <dialog node_ref=dialog class="search-dialog" aria-label="Search clients and people">
            <SearchField dialog />
        </dialog>
    }
    .into_any()
}

/// The field and its hits: arrows choose, Enter goes, Escape closes.
#[component]
fn SearchField(dialog: NodeRef<html::Dialog>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let hits = LocalResource::new(move || {
        let text = typed.get();
        async move { if text.trim().is_empty() { Ok(Vec::new()) } else { search(text).await } }
    });
    let latest = RwSignal::new(Vec::<SearchHit>::new());
    let failure = RwSignal::new(None::<String>);
    Effect::new(move || match hits.get() {
        Some(Ok(found)) => {
            chosen.set(0);
            failure.set(None);
            latest.set(found);
        }
        Some(Err(error)) => failure.set(Some(error.to_string())),
        None => {}
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let navigate = use_navigate();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = latest.read_untracked().len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|index| *index = (*index + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|index| *index = (*index + count - 1) % count),
            "Enter" => {
                let url = latest.read_untracked().get(chosen.get_untracked()).map(hit_url);
                let Some(url) = url else { return };
                navigate(&url, leptos_router::NavigateOptions::default());
                close();
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let hits = latest.get();
        let options = hits.into_iter().enumerate().map(|(index, hit)| {
            let url = hit_url(&hit);
            view! {
                <li
                    id=format!("hit-{index}")
                    role="option"
                    aria-selected=move || if chosen.get() == index { "true" } else { "false" }
                >
                    <a href=url tabindex="-1" on:click=move |_| close()>
                        <Hit hit />
                    </a>
                </li>
            }
        });
        options.collect::<Vec<_>>()
    };
    let status = move || {
        if let Some(failure) = failure.get() {
            return failure;
        }
        match (typed.read().trim().is_empty(), latest.read().len()) {
            (true, _) => "Type a client's name, a domain, a person or an address.".to_owned(),
            (false, 0) => "Nothing of that name within your reach.".to_owned(),
            (false, _) => String::new(),
        }
    };
    view! {
        <Form method="get" action=urls::SEARCH attr:role="search">
            <input
                type="search"
                name="q"
                role="combobox"
                aria-label="Search clients and people"
                aria-expanded=move || if latest.read().is_empty() { "false" } else { "true" }
                aria-controls="hits"
                aria-activedescendant=move || (!latest.read().is_empty()).then(|| format!("hit-{}", chosen.get()))
                autocomplete="off"
                spellcheck="false"
                placeholder="Search clients and people"
                on:input:target=move |event| typed.set(event.target().value())
                on:keydown=on_key
            />
        </Form>
        <p class="faint search-status" role="status">
            {status}
        </p>
        <ul id="hits" role="listbox" aria-label="Hits">
            {options}
        </ul>
    }
    .into_any()
}

/// One hit: a person with their client, or a client.
#[component]
pub fn Hit(hit: SearchHit) -> impl IntoView {
    let kind = if hit.user_id.is_some() { hit.tenant_name } else { "Client".to_owned() };
    view! {
        <span class="hit-label">{hit.label}</span>
        " "
        <span class="faint">{hit.detail}</span>
        " "
        <span class="hit-kind">{kind}</span>
    }
    .into_any()
}

//! `/search`: the search as a page, for who has no JavaScript or wants an address.

use leptos::prelude::*;
use leptos_router::components::Form;

use crate::answer::ask;
use crate::api::fleet::search;
use crate::components::loaded::loaded;
use crate::components::search_dialog::{Hit, hit_url};
use crate::pages::use_list_query;
use crate::ui::heading::Heading;
use crate::urls;

#[component]
pub fn SearchPage() -> impl IntoView {
    let query = use_list_query();
    let hits = ask(
        move || query.read().q.clone(),
        |text| async move {
            let found = if text.is_empty() { Vec::new() } else { search(text.clone()).await? };
            Ok((text, found))
        },
    );
    loaded(hits, |(text, found)| {
        let said = match (text.is_empty(), found.len()) {
            (true, _) => "Type a client's name, a domain, a person or an address.".to_owned(),
            (false, 0) => format!("Nothing called “{text}” within your reach."),
            (false, count) => crate::text::count(count as u64, "hit", "hits"),
        };
        let hits: Vec<_> = found
            .into_iter()
            .map(|hit| {
                let url = hit_url(&hit);
                view! {
                    <li>
                        <a href=url>
                            <Hit hit />
                        </a>
                    </li>
                }
            })
            .collect();
        view! {
            <header class="page-head">
                <Heading text="Search clients and people" />
            </header>
            <Form method="get" action=urls::SEARCH attr:class="search-box" attr:role="search">
                <input type="search" name="q" value=text aria-label="Search clients and people" autocomplete="off" />
                <button class="button primary">"Search"</button>
            </Form>
            <p class="faint" role="status">
                {said}
            </p>
            <ul class="hits">{hits}</ul>
        }
    })
}

//! `/blockers`: who still uses legacy protocols, over all clients, with the days that are left for SMTP AUTH.

use chrono::{DateTime, Utc};
use domain::blocker::{Protocol, days_until_smtp_auth_ends};
use domain::fleet::{FleetBlocker, FleetBlockers};
use domain::list::ListQuery;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::fleet::list_fleet_blockers;
use crate::components::blocker::{BlockerName, blocker_cell, days_until_in_words, work_narrowings};
use crate::components::list_controls::{Column, ExportLink, FilterChips, Pager, SearchBox, SortHeader, narrow_control};
use crate::components::loaded::loaded;
use crate::pages::use_list_query;
use crate::text;
use crate::ui::heading::Heading;
use crate::ui::table::FramedTable;
use crate::urls::{self, Place, TenantList};

const COLUMNS: [Column; 8] = [
    Column::new("client", "Client").sorts().on_phones_too(),
    Column::new("protocol", "Protocol").sorts().on_phones_too(),
    Column::new("probably", "Probably"),
    Column::new("successes", "Succeeded").sorts().numeric(),
    Column::new("last_seen", "Last seen").sorts(),
    Column::new("state", "Work").sorts().on_phones_too(),
    Column::new("owner", "Owner").sorts(),
    Column::new("due", "Due").sorts(),
];

#[component]
pub fn BlockersPage() -> impl IntoView {
    let query = use_list_query();
    let found = ask(
        move || query.get(),
        |query| async move {
            let found = list_fleet_blockers(query.clone()).await?;
            Ok((query, found))
        },
    );
    loaded(found, move |(query, found)| {
        let place = Place::Blockers;
        let summary = summary(&found);
        let FleetBlockers { chips, owners, blockers, now, .. } = found;
        let (total, page, pages, page_size, shown) =
            (blockers.total, blockers.page, blockers.pages(), blockers.page_size, blockers.rows.len());
        let heads = COLUMNS.map(|column| view! { <SortHeader place query=query.clone() column /> });
        let rows: Vec<_> = blockers.rows.into_iter().map(|blocker| row(blocker, now)).collect();
        let empty = (shown == 0).then(|| view! { <div class="empty"><p>"No blocker matches."</p></div> }.into_any());
        let narrow = narrow_control(&query, "Whatever the work", work_narrowings(owners));
        view! {
            <header class="page-head">
                <div>
                    <Heading text="Legacy auth" />
                    <p class="sub">{summary}</p>
                </div>
                <div class="page-actions">
                    <ExportLink place query=query.clone() />
                </div>
            </header>
            <div class="controls">
                <FilterChips place query=query.clone() chips total=None />
                <div class="controls-right">
                    <SearchBox place query=query.clone() label="Find a blocker or a client" narrow=Some(narrow) />
                </div>
            </div>
            <FramedTable
                name="Blockers of all clients"
                class="blockers"
                heads=view! {
                    <SortHeader place query=query.clone() column=Column::new("name", "Who").sorts().on_phones_too() />
                    {heads}
                }
                rows
                after=empty
            />
            <Pager place query total page pages page_size shown order="Not finished first, then the latest" />
        }
    })
}

/// `39 days until SMTP AUTH goes off · 12 accounts at 5 clients still send through it · 2 clients are not known`.
fn summary(found: &FleetBlockers) -> AnyView {
    let smtp =
        urls::Place::Blockers.url(&ListQuery { filter: Protocol::SmtpAuth.name().to_owned(), ..ListQuery::default() });
    let still = match found.smtp_auth {
        0 => view! { "nobody was seen to send through it" }.into_any(),
        count => {
            let words = format!(
                "{} at {} still {} through it",
                text::count(count, "account", "accounts"),
                text::count(found.smtp_auth_tenants, "client", "clients"),
                if count == 1 { "sends" } else { "send" },
            );
            view! {
                <a class="serious" href=smtp>
                    {words}
                </a>
            }
            .into_any()
        }
    };
    let unknown = (found.tenants_unknown > 0).then(|| {
        let clients = text::count(found.tenants_unknown, "client is", "clients are");
        format!(" · {clients} not known")
    });
    view! { {days_until_in_words(days_until_smtp_auth_ends(found.now))} " · " {still} {unknown} }.into_any()
}

fn row(blocker: FleetBlocker, now: DateTime<Utc>) -> impl IntoView {
    let FleetBlocker { tenant, tenant_name, row } = blocker;
    let cells: Vec<_> = COLUMNS
        .iter()
        .map(|column| {
            let cell = match column.name {
                "client" => {
                    let href = urls::tenant_list(tenant, TenantList::Legacy);
                    view! {
                        <a class="clip" href=href title=tenant_name.clone()>
                            {tenant_name.clone()}
                        </a>
                    }
                    .into_any()
                }
                _ => blocker_cell(column.name, &row, now),
            };
            view! { <td class=column.class()>{cell}</td> }
        })
        .collect();
    view! {
        <tr>
            <th scope="row">
                <BlockerName tenant row />
            </th>
            {cells}
        </tr>
    }
}

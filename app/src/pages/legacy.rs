//! `/tenants/{id}/legacy`: every blocker.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, Glance, Readiness, ReadyToBlock, Seen};
use domain::client::BlockerList;
use domain::ids::TenantId;
use domain::known::Known;
use domain::list::{ListQuery, Page};
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::list_blockers;
use crate::components::blocker::{BlockerName, NOBODY, blocker_cell, work_narrowings};
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::FreshnessNote;
use crate::components::list_controls::{
    Column, ColumnChooser, ExportLink, FilterChips, Pager, SearchBox, SortHeader, chosen, narrow_control,
};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::unknown::UnknownPane;
use crate::pages::{use_list_query, use_tenant};
use crate::text;
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::FramedTable;
use crate::urls::{self, Place, TenantList};

pub const COLUMNS: [Column; 12] = [
    Column::new("protocol", "Protocol").sorts().on_phones_too(),
    Column::new("probably", "Probably"),
    Column::new("successes", "Succeeded").sorts().numeric().extra(),
    Column::new("outcomes", "Sign-ins"),
    Column::new("addresses", "From").extra(),
    Column::new("last_seen", "Last seen").sorts(),
    Column::new("state", "Work").sorts().on_phones_too(),
    Column::new("owner", "Owner").sorts(),
    Column::new("due", "Due").sorts(),
    Column::new("first_seen", "First seen").extra(),
    Column::new("agents", "Client").extra(),
    Column::new("evidence", "Evidence").extra(),
];

#[component]
pub fn LegacyPage() -> impl IntoView {
    let (tenant, query) = (use_tenant(), use_list_query());
    let blockers = ask(
        move || (tenant.get(), query.get()),
        |(tenant, query)| async move {
            let blockers = list_blockers(tenant?, query.clone()).await?;
            Ok((query, blockers))
        },
    );
    let watch = watch(tenant, blockers);
    loaded(blockers, move |(query, blockers)| {
        let BlockerList { header, statuses, chips, owners, ready, glance, blockers } = blockers;
        let (tenant, now) = (header.id, header.now);
        let place = Place::Tenant(tenant, TenantList::Legacy);
        let narrow = narrow_control(&query, "Whatever the work", work_narrowings(owners));
        let body = match blockers {
            Known::Unknown(cause) => view! { <UnknownPane cause statuses=statuses.clone() /> }.into_any(),
            Known::Known(page) => view! { <Blockers query=query.clone() tenant page now /> }.into_any(),
        };
        view! {
            <ClientTop header place=ClientPlace::List(TenantList::Legacy) watch />
            <ReadyLine tenant ready />
            <GlanceTable tenant glance />
            <div class="controls">
                <FilterChips place query=query.clone() chips total=None />
                <div class="controls-right">
                    <SearchBox place query=query.clone() label="Find a blocker" narrow=Some(narrow) />
                    <ColumnChooser place query=query.clone() columns=&COLUMNS />
                    <ExportLink place query=query.clone() />
                </div>
            </div>
            <FreshnessNote statuses now />
            {body}
        }
    })
}

#[component]
fn Blockers(query: ListQuery, tenant: TenantId, page: Page<BlockerRow>, now: DateTime<Utc>) -> impl IntoView {
    let place = Place::Tenant(tenant, TenantList::Legacy);
    let columns = chosen(&COLUMNS, &query);
    let (total, number, pages, page_size, shown) =
        (page.total, page.page, page.pages(), page.page_size, page.rows.len());
    let name = Column::new("name", "Who").sorts().on_phones_too();
    let headers: Vec<_> =
        columns.iter().map(|column| view! { <SortHeader place query=query.clone() column=*column /> }).collect();
    let rows: Vec<_> = page
        .rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = columns
                .iter()
                .map(|column| view! { <td class=column.class()>{blocker_cell(column.name, &row, now)}</td> })
                .collect();
            view! {
                <tr>
                    <th scope="row">
                        <BlockerName tenant row />
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect();
    let narrowed = !query.q.is_empty() || !query.filter.is_empty() || !query.narrow.is_empty();
    let empty = (shown == 0).then(|| {
        view! {
            <div class="empty">
                {if narrowed {
                    view! {
                        <p>"No blocker matches."</p>
                        <p>
                            <a class="button" href=place.path()>
                                "Show all blockers"
                            </a>
                        </p>
                    }
                        .into_any()
                } else {
                    view! { <p>{NOBODY}</p> }.into_any()
                }}
            </div>
        }
    });
    view! {
        <FramedTable
            name="Blockers"
            heads=view! {
                <SortHeader place query=query.clone() column=name />
                {headers}
            }
            rows
            after=empty.map(IntoAny::into_any)
        />
        <Pager place query total page=number pages page_size shown order="Not finished first, then the latest" />
    }
    .into_any()
}

/// *Ready to block*, yes or no, why, and what the two ways to block would stop.
#[component]
fn ReadyLine(tenant: TenantId, ready: ReadyToBlock) -> impl IntoView {
    let (tone, word) = match ready.answer {
        Readiness::Ready => (Tone::Good, "Ready to block legacy sign-ins."),
        Readiness::NotReady => (Tone::Serious, "Not ready to block legacy sign-ins."),
        Readiness::NotKnown => (Tone::Quiet, "Whether it is ready to block legacy sign-ins is not known."),
    };
    let tried = |words: &str| urls::what_if(tenant, &[words.to_owned()]);
    view! {
        <p class="ready">
            <Mark tone />
            " "
            <strong>{word}</strong>
            " "
            {ready.because.join(" ")}
            " See what "
            <a href=tried("add:block_legacy")>"a policy that blocks them"</a>
            " or "
            <a href=tried("defaults:on")>"security defaults"</a>
            " would stop, and "
            <a href=urls::evidence(tenant)>"what this rests on"</a>
            "."
        </p>
    }
    .into_any()
}

/// Principals by protocols. One protocol is told by the list itself.
#[component]
fn GlanceTable(tenant: TenantId, glance: Glance) -> impl IntoView {
    if glance.protocols.len() < 2 {
        return ().into_any();
    }
    let Glance { protocols, rows, more } = glance;
    let heads: Vec<_> = protocols.iter().map(|protocol| view! { <th scope="col">{protocol.label()}</th> }).collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = row
                .cells
                .iter()
                .zip(&protocols)
                .map(|(cell, protocol)| {
                    let shown = cell.map(|Seen { successes, is_unfinished, .. }| {
                        let tone = if is_unfinished { Tone::Serious } else { Tone::Good };
                        view! {
                            <a class="state" href=urls::blocker(tenant, &row.principal, *protocol)>
                                <Mark tone />
                                {text::number(successes.into())}
                            </a>
                        }
                    });
                    view! { <td>{shown}</td> }
                })
                .collect();
            view! {
                <tr>
                    <th scope="row">{row.name.clone()}</th>
                    {cells}
                </tr>
            }
        })
        .collect();
    let more = (more > 0).then(|| view! { <p class="faint">{format!("and {more} more in the list")}</p> });
    view! {
        <details class="glance">
            <summary>"Who by which protocol"</summary>
            <div class="framed">
                <table class="matrix">
                    <caption class="visually-hidden">"Successful sign-ins in 30 days, by account and protocol"</caption>
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </details>
    }
    .into_any()
}

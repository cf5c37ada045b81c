//! `/tenants/{id}/legacy`: every blocker.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, Evidence};
use domain::client::BlockerList;
use domain::ids::TenantId;
use domain::known::Known;
use domain::list::{ListQuery, Page};
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::list_blockers;
use crate::components::blocker::{BlockerName, Probably, outcomes_in_words};
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::FreshnessNote;
use crate::components::list_controls::{
    Column, ColumnChooser, ExportLink, FilterChips, Pager, SearchBox, SortHeader, chosen,
};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::unknown::UnknownPane;
use crate::pages::{use_list_query, use_tenant};
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::table::FramedTable;
use crate::urls::{Place, TenantList};

pub const COLUMNS: [Column; 9] = [
    Column::new("protocol", "Protocol").sorts().on_phones_too(),
    Column::new("probably", "Probably"),
    Column::new("successes", "Succeeded").sorts().numeric(),
    Column::new("outcomes", "Sign-ins"),
    Column::new("addresses", "From"),
    Column::new("last_seen", "Last seen").sorts().on_phones_too(),
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
        let BlockerList { header, statuses, chips, blockers } = blockers;
        let (tenant, now) = (header.id, header.now);
        let place = Place::Tenant(tenant, TenantList::Legacy);
        let body = match blockers {
            Known::Unknown(cause) => view! { <UnknownPane cause statuses=statuses.clone() /> }.into_any(),
            Known::Known(page) => view! { <Blockers query=query.clone() tenant page now /> }.into_any(),
        };
        view! {
            <ClientTop header place=ClientPlace::List(TenantList::Legacy) watch />
            <div class="controls">
                <FilterChips place query=query.clone() chips total=None />
                <div class="controls-right">
                    <SearchBox place query=query.clone() label="Find a blocker" />
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
                .map(|column| view! { <td class=column.class()>{cell(*column, &row, now)}</td> })
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
    let narrowed = !query.q.is_empty() || !query.filter.is_empty();
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
                    view! { <p>"Nobody was seen with a protocol that cannot do MFA."</p> }.into_any()
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
        <Pager place query total page=number pages page_size shown order="Latest first" />
    }
    .into_any()
}

fn cell(column: Column, row: &BlockerRow, now: DateTime<Utc>) -> AnyView {
    let clipped = |words: String| view! { <span class="clip" title=words.clone()>{words.clone()}</span> }.into_any();
    let time = |at: Option<DateTime<Utc>>| match at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => view! { <span class="faint">"not known"</span> }.into_any(),
    };
    let listed = |words: &[String]| if words.is_empty() { "not known".to_owned() } else { words.join(", ") };
    match column.name {
        "protocol" => row.protocol.label().into_any(),
        "probably" => view! { <Probably row=row.clone() /> }.into_any(),
        "successes" => text::number(row.successes.into()).into_any(),
        "outcomes" => clipped(outcomes_in_words(row)),
        "addresses" => {
            let places = if row.places.is_empty() { String::new() } else { format!(" · {}", row.places.join(", ")) };
            clipped(format!("{}{places}", listed(&row.addresses)))
        }
        "last_seen" => time(row.last_seen_at),
        "first_seen" => time(row.first_seen_at),
        "agents" => clipped(listed(&row.user_agents)),
        "evidence" => match row.evidence {
            Evidence::SignIns => "sign-in log",
            Evidence::UsageReport => "usage report",
        }
        .into_any(),
        _ => ().into_any(),
    }
}

//! `/readiness`: the partner requirement over all clients, those with the most open administrators first.

use domain::fleet::{FleetPage, TenantRow};
use domain::list::{Direction, ListQuery};
use domain::microsoft_view::MicrosoftView;
use domain::readiness::shortest_way;
use domain::verdict::{OpenAdmins, Posture};
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::fleet::list_tenants;
use crate::components::client_header::enforced_by;
use crate::components::list_controls::{Column, ExportLink, Pager, SearchBox, SortHeader};
use crate::components::loaded::loaded;
use crate::components::unknown::known_or_cause;
use crate::components::verdict::PostureBar;
use crate::pages::use_list_query;
use crate::text;
use crate::ui::heading::Heading;
use crate::ui::table::FramedTable;
use crate::urls::{self, Place};

const HEADS: [Column; 6] = [
    Column::new("all_admins", "Open administrators").sorts().numeric().on_phones_too(),
    Column::new("mfa", "Accounts").sorts(),
    Column::new("open", "Open accounts").numeric(),
    Column::new("microsoft", "Microsoft counts").numeric(),
    Column::new("way", "Way in force"),
    Column::new("next", "Shortest way from here"),
];

#[component]
pub fn ReadinessPage() -> impl IntoView {
    let asked = use_list_query();
    let query = Memo::new(move |_| {
        let asked = asked.get();
        match asked.sort.as_str() {
            "" => ListQuery { sort: "all_admins".to_owned(), direction: Direction::Descending, ..asked },
            _ => asked,
        }
    });
    let fleet = ask(
        move || query.get(),
        |query| async move {
            let fleet = list_tenants(query.clone()).await?;
            Ok((query, fleet))
        },
    );
    loaded(fleet, move |(query, fleet)| {
        let FleetPage { totals, tenants, .. } = fleet;
        let place = Place::Readiness;
        let (total, page, pages, page_size, shown) =
            (tenants.total, tenants.page, tenants.pages(), tenants.page_size, tenants.rows.len());
        let heads: Vec<_> =
            HEADS.iter().map(|column| view! { <SortHeader place query=query.clone() column=*column /> }).collect();
        let posture = totals.posture;
        let open = posture.open();
        let summary = format!(
            "{} clients · {} accounts, of which {} are open to somebody with their password · {} of these are administrators",
            text::number(totals.tenants.into()),
            text::number(totals.users),
            text::number(open.into()),
            text::number(totals.admins_unprotected.all().into()),
        );
        let rows: Vec<_> = tenants.rows.into_iter().map(row).collect();
        view! {
            <header class="page-head">
                <div>
                    <Heading text="Partner requirement" />
                    <p class="sub">{summary}</p>
                </div>
            </header>
            <div class="controls">
                <p class="faint">"Microsoft makes every partner enforce MFA for every account: administrators first."</p>
                <div class="controls-right">
                    <SearchBox place query=query.clone() label="Find a client" />
                    <ExportLink place query=query.clone() />
                </div>
            </div>
            <FramedTable
                name="Partner requirement"
                heads=view! {
                    <SortHeader
                        place
                        query=query.clone()
                        column=Column::new("name", "Client").sorts().on_phones_too()
                    />
                    {heads}
                }
                rows
            />
            <Pager place query total page pages page_size shown />
        }
    })
}

/// What Microsoft counts as compliant; of the own tenant its score.
fn microsoft_counts(view: Option<MicrosoftView>) -> String {
    let Some(view) = view else { return "–".to_owned() };
    match (view.insight, view.score) {
        (Some(insight), _) => format!("{} of {}", insight.compliant(), insight.users),
        (None, Some(score)) => format!("score {} of {}", score.current, score.most),
        (None, None) => "–".to_owned(),
    }
}

/// All of them: the requirement knows no exceptions.
fn open_admins(open: OpenAdmins) -> AnyView {
    if open.all() == 0 && open.unknown > 0 {
        return unknown_number(open.unknown);
    }
    let marked =
        (open.marked > 0).then(|| view! { <span class="faint">{format!(" ({} marked apart)", open.marked)}</span> });
    view! {
        {at_least(open.unknown)}
        {text::number(open.all().into())}
        {marked}
    }
    .into_any()
}

/// Who is not known may be open too.
fn at_least(unknown: u32) -> Option<&'static str> {
    (unknown > 0).then_some("at least ")
}

fn unknown_number(unknown: u32) -> AnyView {
    let words = format!("Not known of {}", text::count(unknown.into(), "account", "accounts"));
    view! { <span class="unknown" title=words>"not known"</span> }.into_any()
}

fn row(row: TenantRow) -> impl IntoView {
    let open = row.posture.as_ref().map(Posture::open);
    let unknown = row.posture.known().map_or(0, |posture| posture.unknown);
    let way = enforced_by(&row.enforced_by).unwrap_or_else(|| "none".to_owned());
    let next = shortest_way(&row.licence, &row.enforced_by, open.known().copied(), unknown);
    let cells = [
        known_or_cause(row.admins_unprotected.clone(), open_admins),
        known_or_cause(row.posture.clone(), |posture| view! { <PostureBar posture /> }),
        known_or_cause(open, |open| match open {
            0 if unknown > 0 => unknown_number(unknown),
            open => view! { {at_least(unknown)} {text::number(open.into())} }.into_any(),
        }),
        microsoft_counts(row.microsoft).into_any(),
        way.into_any(),
        view! { <span class="clip" title=next>{next}</span> }.into_any(),
    ];
    let cells: Vec<_> =
        HEADS.iter().zip(cells).map(|(column, cell)| view! { <td class=column.class()>{cell}</td> }).collect();
    let partner = row.is_partner.then(|| view! { <span class="tag">"your own"</span> });
    view! {
        <tr>
            <th scope="row">
                <span class="state">
                    <a class="clip" href=urls::review(row.id)>{row.name.clone()}</a>
                    {partner}
                </span>
            </th>
            {cells}
        </tr>
    }
}

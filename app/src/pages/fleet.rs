//! `/`: a line of totals, then one row a client, worst first.

use chrono::{DateTime, Utc};
use domain::fleet::{BlockerCount, FleetPage as Fleet, FleetTotals, TenantRow};
use domain::ids::TenantId;
use domain::known::Known;
use domain::list::ListQuery;
use domain::operator::{Operator, Permission, Reach};
use domain::verdict::{OpenAdmins, Posture};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::answer::ask;
use crate::api::fleet::list_tenants;
use crate::api::session::Session;
use crate::components::blocker::smtp_days;
use crate::components::connection::ConnectionWord;
use crate::components::list_controls::{Column, ExportLink, FilterChips, Pager, SearchBox, SortHeader};
use crate::components::live;
use crate::components::loaded::loaded;
use crate::components::sync_state::SyncWord;
use crate::components::unknown::{UnknownWord, known_or_cause, known_or_mark};
use crate::components::verdict::PostureBar;
use crate::pages::use_list_query;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::heading::Heading;
use crate::ui::spark::Sparkline;
use crate::ui::table::FramedTable;
use crate::urls::{self, Place};

const COLUMNS: [Column; 9] = [
    Column::new("name", "Client").sorts().on_phones_too(),
    Column::new("users", "Accounts").sorts().numeric(),
    Column::new("mfa", "MFA").sorts().on_phones_too(),
    Column::new("admins", "Admins").sorts().numeric().on_phones_too(),
    Column::new("blockers", "Blockers").sorts(),
    Column::new("directory_sync", "Directory sync"),
    Column::new("connection", "Connection"),
    Column::new("trend", "Trend, 30 days"),
    Column::new("age", "Age").sorts().numeric(),
];

#[component]
pub fn FleetPage() -> impl IntoView {
    let session = Session::take();
    if let Some(tenant) = session.0.as_ref().and_then(only_tenant) {
        return view! { <Redirect path=urls::tenant(tenant) /> }.into_any();
    }
    let query = use_list_query();
    let fleet = ask(
        move || query.get(),
        |query| async move {
            let fleet = list_tenants(query.clone()).await?;
            Ok((query, fleet))
        },
    );
    let reload = live::reload_after(live::NOW_AND_THEN, fleet);
    live::follow(Signal::stored(Some(urls::EVENTS.to_owned())), move |news| {
        if news.changes_verdicts() {
            reload();
        }
    });
    loaded(fleet, |(query, fleet)| view! { <FleetView query fleet /> }).into_any()
}

/// Who may not list clients and has one, lives there.
fn only_tenant(operator: &Operator) -> Option<TenantId> {
    match &operator.reach {
        Reach::Only(tenants) if !operator.may(Permission::ListTenants) => tenants.first().copied(),
        _ => None,
    }
}

#[component]
fn FleetView(query: ListQuery, fleet: Fleet) -> impl IntoView {
    let Fleet { totals, chips, tenants, now } = fleet;
    let connect = Session::take().may(Permission::ManageConnections).then(|| {
        view! {
            <a class="button primary" href=urls::CONNECTIONS>
                "Connect a client"
            </a>
        }
    });
    let (total, page, pages, page_size) = (tenants.total, tenants.page, tenants.pages(), tenants.page_size);
    let shown = tenants.rows.len();
    let headers = COLUMNS.map(|column| view! { <SortHeader place=Place::Fleet query=query.clone() column /> });
    let rows: Vec<_> = tenants.rows.into_iter().map(|row| view! { <Row row now /> }).collect();
    let empty = (shown == 0).then(|| view! { <Empty totals=totals.clone() /> });
    let heading = format!(
        "{}, {}",
        text::count(totals.tenants.into(), "client", "clients"),
        text::count(totals.users, "account", "accounts")
    );
    let all = totals.tenants.into();
    view! {
        <nav class="crumbs" aria-label="You are here">
            <ol>
                <li>
                    <span aria-current="page">"Fleet"</span>
                </li>
            </ol>
        </nav>
        <header class="page-head">
            <div>
                <Heading text=heading />
                <Totals totals now />
            </div>
            <div class="page-actions">
                <ExportLink place=Place::Fleet query=query.clone() /> {connect}
            </div>
        </header>
        <div class="controls">
            <FilterChips place=Place::Fleet query=query.clone() chips total=Some(all) />
            <SearchBox place=Place::Fleet query=query.clone() label="Find a client" />
        </div>
        <FramedTable
            name="Clients"
            class="fleet"
            heads=headers
            rows
            after=empty.map(IntoAny::into_any)
        />
        <Pager place=Place::Fleet query total page pages page_size shown order="Worst first" />
    }
    .into_any()
}

/// The line under the heading: what is true of all clients in reach, whatever the filter.
#[component]
fn Totals(totals: FleetTotals, now: DateTime<Utc>) -> impl IntoView {
    let filtered = |filter: &str| Place::Fleet.url(&ListQuery { filter: filter.to_owned(), ..ListQuery::default() });
    let protected = match totals.posture.protected_per_mille() {
        Some(share) => format!("{} protected", text::percent_exactly(share)),
        None => "No verdicts yet".to_owned(),
    };
    let admins = (totals.admins_unprotected.unmarked > 0).then(|| {
        let words = if totals.admins_unprotected.unmarked == 1 {
            "1 administrator is not".to_owned()
        } else {
            format!("{} administrators are not", text::number(totals.admins_unprotected.unmarked.into()))
        };
        view! {
            " · "
            <a class="bad" href=filtered("admins_unprotected")>
                {words}
            </a>
        }
    });
    let blockers = (totals.blockers > 0).then(|| {
        let words = text::count(totals.blockers.into(), "blocker", "blockers");
        let smtp = (totals.smtp_auth > 0).then(|| {
            let days = smtp_days(now);
            view! {
                ", "
                <a href=filtered("smtp_auth")>{format!("{} on SMTP AUTH", totals.smtp_auth)}</a>
                {days}
            }
        });
        view! { " · " {words} {smtp} }
    });
    let broken = (totals.connections_broken > 0).then(|| {
        let words = match totals.connections_broken {
            1 => "1 connection needs you".to_owned(),
            many => format!("{many} connections need you"),
        };
        view! {
            " · "
            <a class="serious" href=filtered("connection_broken")>
                {words}
            </a>
        }
    });
    let unknown = (totals.tenants_unknown > 0)
        .then(|| format!(" · {} unknown", text::count(totals.tenants_unknown.into(), "client", "clients")));
    view! { <p class="sub">{protected} {admins} {blockers} {broken} {unknown}</p> }
}

#[component]
fn Row(row: TenantRow, now: DateTime<Utc>) -> impl IntoView {
    let [name, users, mfa, admins, blockers, sync, connection, trend, age] = COLUMNS.map(Column::class);
    let title = match &row.default_domain {
        Some(domain) => format!("{} · {domain}", row.name),
        None => row.name.clone(),
    };
    let partner = row.is_partner.then(|| view! { " " <span class="tag">"partner"</span> });
    view! {
        <tr>
            <th scope="row" class=name>
                <span class="clip" title=title>
                    <a class="row-link" href=urls::tenant(row.id)>
                        {row.name}
                    </a>
                    {partner}
                </span>
            </th>
            <td class=users>{known_or_mark(row.users, |users| text::number(users.into()))}</td>
            <td class=mfa>{mfa_cell(row.posture)}</td>
            <td class=admins>{known_or_mark(row.admins_unprotected, admins_cell)}</td>
            <td class=blockers>{known_or_cause(row.blockers, blockers_cell)}</td>
            <td class=sync>{known_or_cause(row.directory_sync, move |state| view! { <SyncWord state now /> })}</td>
            <td class=connection>
                <ConnectionWord connection=row.connection now />
            </td>
            <td class=trend>
                <Sparkline values=row.trend of="accounts not protected" />
            </td>
            <td class=age>
                {match row.read_at {
                    Some(at) => view! { <Ago at now wording=Wording::Bare /> }.into_any(),
                    None => view! { <span class="faint">"never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
    .into_any()
}

/// The bar and the share; grey and the cause where nothing is known.
fn mfa_cell(posture: Known<Posture>) -> AnyView {
    match posture {
        Known::Unknown(cause) => view! { <UnknownWord cause /> }.into_any(),
        Known::Known(posture) => {
            let share = match posture.protected_per_mille() {
                Some(share) if posture.unknown > 0 => format!("≥\u{a0}{}", text::percent(share)),
                Some(share) => text::percent(share),
                None if posture.able_to_sign_in() == 0 => "nobody".to_owned(),
                None => "unknown".to_owned(),
            };
            view! {
                <span class="bar-and-share">
                    <PostureBar posture />
                    <span class="share">{share}</span>
                </span>
            }
            .into_any()
        }
    }
}

fn admins_cell(open: OpenAdmins) -> AnyView {
    match open {
        OpenAdmins { unmarked: 0, unknown: 0, .. } => view! { <span class="faint">"0"</span> }.into_any(),
        OpenAdmins { unmarked: 0, unknown, .. } => {
            let words = format!("{} is not known", text::count(unknown.into(), "administrator", "administrators"));
            view! {
                <span class="unknown" title=words.clone()>
                    <span aria-hidden="true">"?"</span>
                    <span class="visually-hidden">{words.clone()}</span>
                </span>
            }
            .into_any()
        }
        OpenAdmins { unmarked, .. } => view! {
            <strong class="bad" title="Administrators who are not protected">
                {unmarked}
            </strong>
        }
        .into_any(),
    }
}

fn blockers_cell(count: BlockerCount) -> AnyView {
    let title =
        count.from_usage_report_alone.then_some("From the usage report alone: without Entra ID P1 there may be more.");
    let at_least = count.from_usage_report_alone.then_some("≥ ");
    if count.blockers == 0 {
        return view! { <span class="faint" title=title>{at_least} "0"</span> }.into_any();
    }
    let smtp = (count.smtp_auth > 0).then(|| format!(" · {} SMTP", count.smtp_auth));
    view! { <span title=title>{at_least} {count.blockers} {smtp}</span> }.into_any()
}

#[component]
fn Empty(totals: FleetTotals) -> impl IntoView {
    if totals.tenants == 0 {
        let connect = Session::take().may(Permission::ManageConnections).then(|| {
            view! {
                <p>
                    <a class="button primary" href=urls::CONNECTIONS>
                        "Connect the first client"
                    </a>
                </p>
            }
        });
        return view! {
            <div class="empty">
                <p>"No clients yet. A client is listed from the moment it is added, whatever its state."</p>
                {connect}
            </div>
        }
        .into_any();
    }
    view! {
        <div class="empty">
            <p>"No client matches this filter."</p>
            <p>
                <a class="button" href=urls::FLEET>
                    "Show all clients"
                </a>
            </p>
        </div>
    }
    .into_any()
}

//! `/tenants/{id}/blocker`: one principal and protocol: the evidence, what it probably is, the ways out, and the work on it.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, Evidence, FailureCount, Protocol, WayOut};
use domain::client::BlockerView;
use domain::operator::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::answer::ask;
use crate::api::session::Session;
use crate::api::tenants::{SetBlockerWork, get_blocker};
use crate::components::blocker::outcomes_in_words;
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::FreshnessNote;
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::error::Error;
use crate::forms::blocker_work::WorkCard;
use crate::forms::successes;
use crate::pages::use_tenant;
use crate::ui::ago::Ago;
use crate::ui::spark::Sparkline;
use crate::urls;

#[component]
pub fn BlockerPage() -> impl IntoView {
    let tenant = use_tenant();
    let params = use_query_map();
    let who = Memo::new(move |_| params.read().get("who").unwrap_or_default());
    let protocol = Memo::new(move |_| {
        Protocol::from_name(&params.read().get("protocol").unwrap_or_default()).ok_or(Error::NotFound)
    });
    let action = ServerAction::<SetBlockerWork>::new();
    let saved = successes(action);
    let view = ask(
        move || (tenant.get(), who.get(), protocol.get(), saved.get()),
        |(tenant, who, protocol, _)| async move { get_blocker(tenant?, who, protocol?).await },
    );
    let watch = watch(tenant, view);
    loaded(view, move |view| {
        let BlockerView { header, statuses, row, days, ways_out, failures, settings } = view;
        let (tenant, now) = (header.id, header.now);
        let may = Session::take().may(Permission::WorkOnBlockers);
        let title = format!("{} on {}", row.name(), row.protocol.label());
        view! {
            <ClientTop header place=ClientPlace::BelowLegacy(title) watch />
            <FreshnessNote statuses now />
            <div class="person">
                <div>
                    <section class="card" aria-labelledby="evidence">
                        <h2 id="evidence">"What was seen"</h2>
                        <Seen tenant row=row.clone() days failures settings now />
                    </section>
                    <section class="card" aria-labelledby="ways-out">
                        <h2 id="ways-out">"Ways out"</h2>
                        <WaysOut ways=ways_out />
                    </section>
                </div>
                <div>
                    <section class="card" aria-labelledby="work">
                        <h2 id="work">"Work"</h2>
                        <WorkCard tenant row may action now />
                    </section>
                </div>
            </div>
        }
    })
}

#[component]
fn Seen(
    tenant: domain::ids::TenantId,
    row: BlockerRow,
    days: Vec<u32>,
    failures: Vec<FailureCount>,
    settings: String,
    now: DateTime<Utc>,
) -> impl IntoView {
    let failed: Vec<String> =
        failures.iter().map(|failure| format!("{} × {} ({})", failure.count, failure.what, failure.code)).collect();
    let failed = if failed.is_empty() { "none".to_owned() } else { failed.join("; ") };
    let fact = |term: &'static str, holds: AnyView| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{holds}</dd>
            </div>
        }
    };
    let time = |at: Option<DateTime<Utc>>| match at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => view! { <span class="faint">"not known"</span> }.into_any(),
    };
    let words = |words: &[String]| match words {
        [] => view! { <span class="faint">"not known"</span> }.into_any(),
        words => words.join(", ").into_any(),
    };
    let account = match row.user_id {
        Some(user) => view! { <a href=urls::user(tenant, user)>{row.user_principal_name.clone()}</a> }.into_any(),
        None => row.user_principal_name.clone().into_any(),
    };
    let probably = match &row.probably {
        Some(guess) => format!("{}: {}.", guess.what, guess.because).into_any(),
        None => view! { <span class="faint">"Nothing about it tells what it is."</span> }.into_any(),
    };
    let (first, evidence) = match row.evidence {
        Evidence::SignIns => ("First seen", "Entra's sign-in log of the last 30 days."),
        Evidence::UsageReport => (
            "Within the report since",
            "The mail-app usage report, which lags by two days. It shows use of the protocol, not whether by password: POP \
             and IMAP may use OAuth.",
        ),
    };
    let sign_ins = match row.evidence {
        Evidence::SignIns => view! {
            {outcomes_in_words(&row)}
            " "
            <Sparkline values=days of="successful sign-ins" />
        }
        .into_any(),
        Evidence::UsageReport => view! { <span class="faint">"not told by the report"</span> }.into_any(),
    };
    view! {
        <dl class="facts">
            {fact("Account", account)} {fact("Probably", probably)}
            {fact("Sign-ins", sign_ins)} {(row.evidence == Evidence::SignIns).then(|| fact("Failed", failed.into_any()))}
            {fact("Settings", settings.into_any())}
            {fact("Last seen", time(row.last_seen_at))} {fact(first, time(row.first_seen_at))}
            {fact("From", words(&row.addresses))} {fact("Places", words(&row.places))}
            {fact("Calls itself", words(&row.user_agents))}
        </dl>
        <p class="faint">
            {evidence} " "
            <a href=urls::evidence(tenant)>"All evidence"</a>
        </p>
    }
    .into_any()
}

#[component]
fn WaysOut(ways: Vec<WayOut>) -> impl IntoView {
    let items: Vec<_> = ways
        .into_iter()
        .map(|way| {
            view! {
                <li>
                    <strong>{way.name}</strong>
                    ": "
                    {way.how}
                    " "
                    <span class="faint">{way.conditions}</span>
                </li>
            }
        })
        .collect();
    view! { <ol class="reasons">{items}</ol> }
}

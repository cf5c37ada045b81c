//! `/tenants/{id}/review`: what an account manager goes through with the client. Prints well.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, days_until_smtp_auth_ends};
use domain::ids::TenantId;
use domain::known::Known;
use domain::microsoft_view::MicrosoftView;
use domain::operator::Permission;
use domain::readiness::{Readiness, Way, WayState};
use domain::review::ReviewView;
use domain::verdict::Posture;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::session::Session;
use crate::api::tenants::{MarkReviewed, get_review};
use crate::components::blocker::{BlockerName, NOBODY, blocker_cell, days_until_in_words};
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::since_review::{Changes, History, HistoryLegend};
use crate::components::unknown::UnknownWord;
use crate::components::verdict::{PostureBar, PostureLegend};
use crate::forms::successes;
use crate::pages::use_tenant;
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::{FramedTable, heads};
use crate::urls::{self, TenantList};

#[component]
pub fn ReviewPage() -> impl IntoView {
    let tenant = use_tenant();
    let mark = ServerAction::<MarkReviewed>::new();
    let marked = successes(mark);
    let review = ask(move || (tenant.get(), marked.get()), |(tenant, _)| async move { get_review(tenant?).await });
    let watch = watch(tenant, review);
    loaded(review, move |review| {
        let ReviewView { header, readiness, blockers, since } = review;
        let (id, now) = (header.id, header.now);
        let days = since.history.clone();
        let files = Session::take().may(Permission::ExportTenant).then(|| files(id));
        view! {
            <ClientTop header=header.clone() place=ClientPlace::Review watch />
            <div class="stack">
            <section class="card" aria-labelledby="requirement">
                <h2 id="requirement">"The partner requirement: MFA for every account"</h2>
                <p class="verdict-line">{requirement(&readiness)}</p>
                {accounts(id, readiness.accounts.clone())}
                <div class="ways">{readiness.ways.into_iter().map(way).collect::<Vec<_>>()}</div>
                {microsofts(readiness.microsoft, &readiness.accounts, now)}
                {files}
            </section>
            <section class="card" aria-labelledby="legacy-auth">
                <h2 id="legacy-auth">"Legacy auth: who still has to be moved"</h2>
                {moving(id, blockers, now)}
            </section>
            <section class="card" aria-labelledby="ninety-days">
                <h2 id="ninety-days">"Ninety days"</h2>
                <History days=days.clone() now />
                <HistoryLegend days />
            </section>
            <section class="card" aria-labelledby="since-review">
                <Changes header since mark />
            </section>
            </div>
        }
    })
}

/// The requirement in a sentence, for whom it counts first.
fn requirement(readiness: &Readiness) -> AnyView {
    let whole = match (readiness.is_met(), readiness.open()) {
        (Some(true), _) => "Met: the password alone gets nobody in.".to_owned(),
        (Some(false), Some(1)) => "Not met: one account is open to somebody with its password.".to_owned(),
        (Some(false), Some(open)) => {
            format!("Not met: {} accounts are open to somebody with their password.", text::number(open.into()))
        }
        _ => "Not known: not everything could be read that would be needed to say so.".to_owned(),
    };
    let tone = match readiness.is_met() {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Quiet,
    };
    let first = if readiness.is_partner {
        "In your own tenant every account counts, guests and service accounts included, and nobody may be left out."
            .to_owned()
    } else {
        match readiness.admins_unprotected.as_ref().map(|open| (open.all(), open.unknown)) {
            Known::Known((0, 0)) => "Administrators come first: none of them is open.".to_owned(),
            Known::Known((0, _)) => "Administrators come first: none of them is known to be open.".to_owned(),
            Known::Known((1, _)) => "Administrators come first: one of them is open.".to_owned(),
            Known::Known((open, _)) => format!("Administrators come first: {open} of them are open."),
            Known::Unknown(cause) => format!("Administrators come first: who they are is {}.", cause.label()),
        }
    };
    view! {
        <Mark tone />
        " "
        <strong>{whole}</strong>
        " "
        {first}
    }
    .into_any()
}

fn accounts(tenant: TenantId, accounts: Known<Posture>) -> AnyView {
    match accounts {
        Known::Unknown(cause) => view! { <p><UnknownWord cause /></p> }.into_any(),
        Known::Known(posture) => view! {
            <PostureBar posture />
            <PostureLegend
                posture
                href=Box::new(move |verdict| urls::tenant_list_filtered(tenant, TenantList::Mfa, verdict.name()))
            />
        }
        .into_any(),
    }
}

/// Microsoft's own figures beside ours.
fn microsofts(view: Option<MicrosoftView>, ours: &Known<Posture>, now: DateTime<Utc>) -> Option<AnyView> {
    let view = view?;
    let score = view.score.map(|score| format!("Its score of your own tenant is {} of {}.", score.current, score.most));
    let beside = view.insight.zip(ours.known()).map(|(insight, ours)| insight.beside(ours)).unwrap_or_default();
    let items: Vec<_> = score.into_iter().chain(beside).map(|sentence| view! { <li>{sentence}</li> }).collect();
    Some(
        view! {
            <h3>"What Microsoft counts" <span class="faint">" read " <Ago at=view.read_at now /></span></h3>
            <ul class="reasons">{items}</ul>
        }
        .into_any(),
    )
}

/// Blockers with who moves them until when.
fn moving(tenant: TenantId, blockers: Known<Vec<BlockerRow>>, now: DateTime<Utc>) -> AnyView {
    let rows = match blockers {
        Known::Unknown(cause) => return view! { <p><UnknownWord cause /></p> }.into_any(),
        Known::Known(rows) if rows.is_empty() => {
            return view! { <p class="faint">{NOBODY}</p> }.into_any();
        }
        Known::Known(rows) => rows,
    };
    let cells = ["protocol", "last_seen", "state", "owner", "due"];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells = cells.map(|cell| view! { <td>{blocker_cell(cell, &row, now)}</td> });
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
    let until = days_until_in_words(days_until_smtp_auth_ends(now));
    view! {
        <p class="faint">
            {until} ". " <a href=urls::tenant_list(tenant, TenantList::Legacy)>"All blockers"</a>
        </p>
        <FramedTable
            name="Who still has to be moved"
            heads=heads([("Who", ""), ("Protocol", ""), ("Last seen", ""), ("Work", ""), ("Owner", ""), ("Due", "")])
            rows
        />
    }
    .into_any()
}

fn files(tenant: TenantId) -> AnyView {
    let file = |name: &'static str, words: &'static str| {
        view! {
            <a class="button" href=urls::review_file(tenant, name) rel="external" download>
                <Glyph icon=Icon::Download />
                {words}
            </a>
        }
    };
    view! {
        <p class="actions">
            {file("requirement", "Requirement CSV")} {file("posture", "Ninety days CSV")} {file("changes", "Changes CSV")}
        </p>
    }
    .into_any()
}

fn way(way: Way) -> AnyView {
    let tone = match way.state {
        WayState::InPlace => Tone::Good,
        WayState::Partly => Tone::Fair,
        WayState::NotInPlace => Tone::Bad,
        WayState::NotAvailable | WayState::Unknown => Tone::Quiet,
    };
    let sentences = |class: &'static str, sentences: Vec<String>| {
        (!sentences.is_empty()).then(|| {
            let items: Vec<_> = sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect();
            view! { <ul class=class>{items}</ul> }
        })
    };
    let next = (!way.next.is_empty()).then(|| view! { <p class="next-step">{way.next.clone()}</p> });
    view! {
        <section class="way">
            <h3>{way.kind.label()}</h3>
            <p class="state">
                <Mark tone />
                {way.state.label()}
            </p>
            {sentences("reasons way-has", way.in_place)}
            {sentences("reasons way-lacks", way.missing)}
            {next}
        </section>
    }
    .into_any()
}

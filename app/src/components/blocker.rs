//! Blockers in words: how many, how long until SMTP AUTH goes, what they probably are.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, BlockerWork, Evidence, WorkFilter, WorkState, days_until_smtp_auth_ends};
use domain::ids::TenantId;
use leptos::prelude::*;

use crate::text;
use crate::ui::ago::Ago;
use crate::ui::mark::{Mark, Tone};
use crate::urls;

/// ` with 39 days to go`, or that the day is past.
pub fn smtp_days(now: DateTime<Utc>) -> String {
    match days_until_smtp_auth_ends(now) {
        ..0 => ", which is off by default since the end of 2026".to_owned(),
        0 => ", which goes off today".to_owned(),
        1 => " with 1 day to go".to_owned(),
        days => format!(" with {days} days to go"),
    }
}

/// `39 days until SMTP AUTH goes off`.
pub fn days_until_in_words(days: i64) -> String {
    match days {
        ..0 => "SMTP AUTH is off by default since the end of 2026".to_owned(),
        0 => "SMTP AUTH goes off today".to_owned(),
        1 => "1 day until SMTP AUTH goes off".to_owned(),
        _ => format!("{days} days until SMTP AUTH goes off"),
    }
}

/// Who it is, with the way to all about it.
#[component]
pub fn BlockerName(tenant: TenantId, row: BlockerRow) -> impl IntoView {
    let name = row.name().to_owned();
    let title = match &row.display_name {
        Some(display_name) => format!("{display_name} · {}", row.user_principal_name),
        None => row.user_principal_name.clone(),
    };
    view! {
        <span class="clip" title=title>
            <a class="row-link" href=urls::blocker(tenant, &row.principal, row.protocol)>
                {name}
            </a>
        </span>
    }
}

/// That nobody was found, where evidence may be missing.
pub const NOBODY: &str = "By what can be read, nobody signs in with a protocol that cannot do MFA.";

/// What it probably is, and why; without a guess, where it comes from.
#[component]
pub fn Probably(row: BlockerRow) -> impl IntoView {
    let (words, title) = match (&row.probably, row.evidence) {
        (Some(guess), _) => (guess.what.clone(), format!("{}: {}", guess.what, guess.because)),
        (None, Evidence::UsageReport) => (
            "not known".to_owned(),
            "The usage report shows use of the protocol, not whether by password: POP and IMAP may use OAuth."
                .to_owned(),
        ),
        (None, Evidence::SignIns) => match row.addresses.first() {
            Some(address) => {
                (format!("at {address}"), format!("Nothing tells what it is. From {}", row.addresses.join(", ")))
            }
            None => ("not known".to_owned(), "Nothing about it tells what it is.".to_owned()),
        },
    };
    view! {
        <span class="clip" title=title>
            {words}
        </span>
    }
}

/// `1,204 guessed`, `12 refused by policy`: what happened to the sign-ins.
pub fn outcomes_in_words(row: &BlockerRow) -> String {
    let parts = [(row.successes, "succeeded"), (row.sprayed, "guessed"), (row.blocked, "blocked")];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", text::number(count.into())))
        .collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// Where the work stands, and whether it is late.
#[component]
pub fn WorkWord(work: Option<BlockerWork>, now: DateTime<Utc>) -> impl IntoView {
    let state = work.as_ref().map(|work| work.state).unwrap_or_default();
    let overdue = work.as_ref().is_some_and(|work| work.is_overdue(now.date_naive()));
    let tone = match state {
        _ if overdue => Tone::Bad,
        WorkState::Open => Tone::Serious,
        WorkState::InProgress | WorkState::WaitingForClient => Tone::Fair,
        WorkState::Done => Tone::Good,
        WorkState::Accepted => Tone::Quiet,
    };
    let again = work.as_ref().is_some_and(|work| work.reopened.is_some()).then_some(" again");
    view! {
        <span class="state">
            <Mark tone />
            {state.label()}
            {again}
            {overdue.then_some(", overdue")}
        </span>
    }
    .into_any()
}

/// What a list of blockers can be narrowed to.
pub fn work_narrowings(owners: Vec<String>) -> Vec<(&'static str, Vec<(String, String)>)> {
    let option = |filter: WorkFilter| (filter.name(), filter.label());
    vec![
        ("Work", WorkFilter::usual().into_iter().map(option).collect()),
        ("Owner", owners.into_iter().map(|owner| option(WorkFilter::Owner(owner))).collect()),
    ]
}

/// A cell of a list of blockers, by the column's name.
pub fn blocker_cell(column: &str, row: &BlockerRow, now: DateTime<Utc>) -> AnyView {
    let clipped = |words: String| view! { <span class="clip" title=words.clone()>{words.clone()}</span> }.into_any();
    let time = |at: Option<DateTime<Utc>>| match at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => view! { <span class="faint">"not known"</span> }.into_any(),
    };
    let listed = |words: &[String]| if words.is_empty() { "not known".to_owned() } else { words.join(", ") };
    let work = row.work.as_ref();
    match column {
        "protocol" => row.protocol.label().into_any(),
        "probably" => view! { <Probably row=row.clone() /> }.into_any(),
        // The usage report tells of use, and counts no sign-ins.
        "successes" | "outcomes" if row.evidence == Evidence::UsageReport => {
            view! { <span class="faint">"not told"</span> }.into_any()
        }
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
        "state" => view! { <WorkWord work=row.work.clone() now /> }.into_any(),
        "owner" => clipped(work.map(|work| work.owner.clone()).unwrap_or_default()),
        "due" => work.and_then(|work| work.due).map(text::day).into_any(),
        _ => ().into_any(),
    }
}

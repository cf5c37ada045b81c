//! Blockers in words: how many, how long until SMTP AUTH goes, what they probably are.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, Evidence, days_until_smtp_auth_ends};
use domain::ids::TenantId;
use leptos::prelude::*;

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

/// Who it is; a link where the account is known.
#[component]
pub fn BlockerName(tenant: TenantId, row: BlockerRow) -> impl IntoView {
    let name = row.display_name.clone().unwrap_or_else(|| row.user_principal_name.clone());
    let title = match &row.display_name {
        Some(display_name) => format!("{display_name} · {}", row.user_principal_name),
        None => row.user_principal_name.clone(),
    };
    let name = match row.user_id {
        Some(user) => view! {
            <a class="row-link" href=urls::user(tenant, user)>
                {name}
            </a>
        }
        .into_any(),
        None => name.into_any(),
    };
    view! {
        <span class="clip" title=title>
            {name}
        </span>
    }
}

/// What it probably is, and why; without a guess, where it comes from.
#[component]
pub fn Probably(row: BlockerRow) -> impl IntoView {
    let (words, title) = match (&row.probably, row.evidence) {
        (Some(guess), _) => (guess.what.clone(), format!("{}: {}", guess.what, guess.because)),
        (None, Evidence::UsageReport) => (
            "usage report".to_owned(),
            "The usage report shows use of the protocol, not whether by password: POP and IMAP may use OAuth."
                .to_owned(),
        ),
        (None, Evidence::SignIns) => match row.addresses.first() {
            Some(address) => (address.clone(), format!("From {}", row.addresses.join(", "))),
            None => ("no guess".to_owned(), "Nothing about it tells what it is.".to_owned()),
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
        .map(|(count, word)| format!("{} {word}", crate::text::number(count.into())))
        .collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

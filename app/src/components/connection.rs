//! A connection in a mark and a few words, the nearest trouble first.

use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::Cause;
use domain::connection::{ConnectionKind, ConnectionState, ConnectionSummary};
use leptos::prelude::*;

use crate::text;
use crate::ui::mark::{Mark, Tone};

/// From when on an end is worth a warning.
const SOON: TimeDelta = TimeDelta::days(30);

/// The tone, the words of a cell, and the whole sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub tone: Tone,
    pub words: String,
    pub sentence: String,
}

pub fn told(connection: &ConnectionSummary, now: DateTime<Utc>) -> Told {
    let of = |tone, words: &str, sentence: &str| Told { tone, words: words.to_owned(), sentence: sentence.to_owned() };
    match connection.state {
        ConnectionState::AwaitingConsent => {
            let (words, way) = match connection.kind {
                ConnectionKind::AppOnly => {
                    ("Awaiting consent", "An administrator of the client has to follow the consent link.")
                }
                ConnectionKind::Delegated => ("Not reached yet", "Connect it through its GDAP relationship again."),
            };
            Told { tone: Tone::Fair, words: words.to_owned(), sentence: after_cause(connection, way) }
        }
        ConnectionState::Disconnected => {
            of(Tone::Quiet, "Disconnected", "An operator disconnected this client; its data is no longer read.")
        }
        ConnectionState::Broken => match &connection.cause {
            Some(cause) => {
                Told { tone: Tone::Bad, words: cause.meaning.trim_end_matches('.').to_owned(), sentence: said(cause) }
            }
            None => of(Tone::Bad, "Broken", "Microsoft refuses the sign-in and did not say why."),
        },
        ConnectionState::MissingPermissions => {
            let words = format!("{} of {} permissions", connection.permissions_granted, connection.permissions_wanted);
            let sentence = after_cause(connection, &format!("Connected, with {words}."));
            Told { tone: Tone::Fair, sentence, words }
        }
        ConnectionState::Connected => ending(connection, now)
            .unwrap_or_else(|| of(Tone::Good, "Connected", "Connected, with every permission that is wanted.")),
    }
}

fn after_cause(connection: &ConnectionSummary, words: &str) -> String {
    match &connection.cause {
        Some(cause) => format!("{words} The last attempt: {}", said(cause)),
        None => words.to_owned(),
    }
}

fn said(cause: &Cause) -> String {
    format!("{} {} ({})", cause.meaning, cause.next_step, cause.code)
}

/// The nearest end that is close or past.
fn ending(connection: &ConnectionSummary, now: DateTime<Utc>) -> Option<Told> {
    let ends = [("Credential", connection.credential_ends_at), ("GDAP", connection.relationship_ends_at)];
    let (what, at) = ends
        .into_iter()
        .filter_map(|(what, at)| at.map(|at| (what, at)))
        .filter(|(_, at)| *at - now < SOON)
        .min_by_key(|(_, at)| *at)?;
    let words = if at <= now {
        format!("{what} ended {}", text::relative(at, now))
    } else {
        format!("{what} ends {}", text::relative(at, now))
    };
    let tone = if at <= now { Tone::Bad } else { Tone::Serious };
    Some(Told { tone, sentence: format!("{words}, on {}.", text::date(at)), words })
}

#[component]
pub fn ConnectionWord(connection: ConnectionSummary, now: DateTime<Utc>) -> impl IntoView {
    let Told { tone, words, sentence } = told(&connection, now);
    view! {
        <span class="state" title=sentence>
            <Mark tone />
            <span class="clip">{words}</span>
        </span>
    }
    .into_any()
}

pub fn kind_label(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::AppOnly => "Admin consent",
        ConnectionKind::Delegated => "GDAP",
    }
}

//! How fresh what is on screen is, and what is wrong with the reading of it.

use chrono::{DateTime, Utc};
use domain::dataset::{DatasetStatus, Outcome};
use leptos::prelude::*;

use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::{Mark, Tone};

/// The state of one dataset, for marks and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    /// Older than three times its cadence, without a failure.
    Stale,
    /// The last read failed; an earlier answer is on screen.
    Outdated,
    Failed,
    NotLicensed,
    NotPermitted,
    /// Not permitted, and the client may leave it so.
    NotGranted,
    NotYetRead,
}

impl Freshness {
    pub fn of(status: &DatasetStatus, now: DateTime<Utc>) -> Self {
        match (status.outcome, status.read_at) {
            (Some(Outcome::NotLicensed), _) => Self::NotLicensed,
            (Some(Outcome::NotPermitted), _) if status.dataset.is_optional() => Self::NotGranted,
            (Some(Outcome::NotPermitted), _) => Self::NotPermitted,
            (Some(Outcome::Failed), Some(_)) => Self::Outdated,
            (Some(Outcome::Failed), None) => Self::Failed,
            (_, Some(at)) if now - at > status.dataset.spec().cadence * 3 => Self::Stale,
            (_, Some(_)) => Self::Fresh,
            (_, None) => Self::NotYetRead,
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Fresh => Tone::Good,
            Self::Stale => Tone::Fair,
            Self::Outdated | Self::NotPermitted => Tone::Serious,
            Self::Failed => Tone::Bad,
            Self::NotLicensed | Self::NotGranted | Self::NotYetRead => Tone::Quiet,
        }
    }

    /// For a narrow column.
    pub fn few_words(self) -> &'static str {
        match self {
            Self::Fresh => "read",
            Self::Stale => "overdue",
            Self::Outdated | Self::Failed => "failed",
            Self::NotLicensed => "no licence",
            Self::NotPermitted => "refused",
            Self::NotGranted => "optional",
            Self::NotYetRead => "not yet",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Fresh => "Read",
            Self::Stale => "Overdue",
            Self::Outdated => "Last read failed",
            Self::Failed => "Reading failed",
            Self::NotLicensed => "Not licensed",
            Self::NotPermitted => "Not permitted",
            Self::NotGranted => "Optional, not permitted",
            Self::NotYetRead => "Not read yet",
        }
    }
}

/// The age of what a pane shows: of its oldest dataset that was read.
#[component]
pub fn PaneAge(statuses: Vec<DatasetStatus>, now: DateTime<Utc>) -> impl IntoView {
    let running = statuses.iter().any(|status| status.running);
    let oldest = statuses.iter().filter_map(|status| status.read_at).min();
    view! {
        <span class="age">
            {oldest.map(|at| view! { <Ago at now wording=Wording::Bare /> })}
            {running.then_some(" reading now")}
        </span>
    }
    .into_any()
}

/// One line under a pane or a list for the dataset in the worst state, when any is not as it should be: what is on screen is
/// older than it should be, or a part of it is missing.
#[component]
pub fn FreshnessNote(statuses: Vec<DatasetStatus>, now: DateTime<Utc>) -> impl IntoView {
    let troubles: Vec<_> = statuses
        .iter()
        .map(|status| (Freshness::of(status, now), status))
        .filter(|(freshness, _)| !matches!(freshness, Freshness::Fresh | Freshness::NotYetRead))
        .collect();
    let rank = |freshness: Freshness| match freshness {
        Freshness::Failed => 0,
        Freshness::Outdated => 1,
        Freshness::NotPermitted => 2,
        Freshness::Stale => 3,
        Freshness::NotLicensed | Freshness::NotGranted => 4,
        Freshness::Fresh | Freshness::NotYetRead => 5,
    };
    let (freshness, status) = troubles.iter().min_by_key(|(freshness, _)| rank(*freshness)).copied()?;
    let others = troubles.len() - 1;
    let sentence = sentence(freshness, status);
    let title = status.cause.as_ref().map(|cause| format!("{} {} ({})", cause.meaning, cause.next_step, cause.code));
    Some(view! {
        <p class="freshness" title=title>
            <Mark tone=freshness.tone() />
            <span class="clip">
                {sentence} {status.read_at.filter(|_| freshness != Freshness::Fresh).map(|at| view! { " · read " <Ago at now /> })}
                {(others > 0).then(|| format!(" · and {others} more"))}
            </span>
        </p>
    })
}

fn sentence(freshness: Freshness, status: &DatasetStatus) -> String {
    let spec = status.dataset.spec();
    match freshness {
        Freshness::Stale => format!("{} is overdue", spec.label),
        Freshness::Outdated | Freshness::Failed => match &status.cause {
            Some(cause) => format!("{}: {}", spec.label, cause.meaning.trim_end_matches('.')),
            None => format!("{} could not be read", spec.label),
        },
        Freshness::NotPermitted | Freshness::NotGranted => {
            format!("Without {} there is no telling {}", spec.permission, spec.feature)
        }
        Freshness::NotLicensed => format!("{} needs a licence that this client does not have", spec.label),
        Freshness::Fresh | Freshness::NotYetRead => spec.label.to_owned(),
    }
}

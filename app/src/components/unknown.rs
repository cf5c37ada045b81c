//! A value that is not known, in a cell and in a pane: why, and what would change that. Never zero, never an empty cell.

use domain::dataset::{DatasetStatus, Licence, Outcome};
use domain::known::{Known, UnknownCause};
use leptos::prelude::*;

use crate::ui::mark::{Mark, Tone};

/// For a cell: the value, or the cause in two words.
pub fn known_or_cause<T, V: IntoView + 'static>(value: Known<T>, show: impl FnOnce(T) -> V) -> AnyView {
    match value {
        Known::Known(value) => show(value).into_any(),
        Known::Unknown(cause) => view! { <UnknownWord cause /> }.into_any(),
    }
}

/// For a narrow cell: the value, or a question mark that says the cause on hover and to screen readers.
pub fn known_or_mark<T, V: IntoView + 'static>(value: Known<T>, show: impl FnOnce(T) -> V) -> AnyView {
    match value {
        Known::Known(value) => show(value).into_any(),
        Known::Unknown(cause) => view! {
            <span class="unknown" title=explained(cause)>
                <span aria-hidden="true">"?"</span>
                <span class="visually-hidden">{cause.label()}</span>
            </span>
        }
        .into_any(),
    }
}

#[component]
pub fn UnknownWord(cause: UnknownCause) -> impl IntoView {
    view! {
        <span class="unknown" title=explained(cause)>
            {cause.label()}
        </span>
    }
    .into_any()
}

fn explained(cause: UnknownCause) -> &'static str {
    match cause {
        UnknownCause::NotLicensed => "Not known: the client has no licence for this.",
        UnknownCause::NotPermitted => "Not known: the permission was not granted.",
        UnknownCause::Failed => "Not known: reading failed, and there is no earlier answer.",
        UnknownCause::NotYetRead => "Not known: nobody has read it yet.",
        UnknownCause::NotUnderstood => "Not known: what was read is more than this product understands.",
        UnknownCause::OutsideMicrosoft => {
            "Not known: it happens at a third party's identity provider, where Microsoft cannot see it."
        }
    }
}

/// For a pane: the cause as a headline, then what is known about it from the datasets behind the pane.
#[component]
pub fn UnknownPane(cause: UnknownCause, statuses: Vec<DatasetStatus>) -> impl IntoView {
    let guilty = statuses.iter().find(|status| match cause {
        UnknownCause::NotLicensed => status.outcome == Some(Outcome::NotLicensed),
        UnknownCause::NotPermitted => status.outcome == Some(Outcome::NotPermitted),
        UnknownCause::Failed => status.outcome == Some(Outcome::Failed),
        UnknownCause::NotYetRead => status.outcome.is_none(),
        UnknownCause::NotUnderstood | UnknownCause::OutsideMicrosoft => false,
    });
    let running = statuses.iter().any(|status| status.running);
    let (headline, tone) = match cause {
        UnknownCause::NotLicensed => ("Not licensed", Tone::Quiet),
        UnknownCause::NotPermitted => ("Not permitted", Tone::Serious),
        UnknownCause::Failed => ("Reading failed", Tone::Bad),
        UnknownCause::NotYetRead if running => ("Reading for the first time", Tone::Quiet),
        UnknownCause::NotYetRead => ("Not read yet", Tone::Quiet),
        UnknownCause::NotUnderstood => ("Not understood", Tone::Serious),
        UnknownCause::OutsideMicrosoft => ("Outside Microsoft", Tone::Quiet),
    };
    let sentence = guilty.map_or_else(|| explained(cause).to_owned(), |status| sentence(cause, status));
    let next_step = guilty.and_then(|status| status.cause.clone()).map(|cause| cause.next_step);
    view! {
        <div class="unknown-pane">
            <p class="unknown-headline">
                <Mark tone />
                {headline}
            </p>
            <p>{sentence}</p>
            {next_step.map(|step| view! { <p class="next-step">{step}</p> })}
        </div>
    }
    .into_any()
}

fn sentence(cause: UnknownCause, status: &DatasetStatus) -> String {
    let spec = status.dataset.spec();
    match cause {
        UnknownCause::NotLicensed => {
            let licence = match spec.licence {
                Licence::EntraP2 => "Entra ID P2",
                Licence::EntraP1 => "Entra ID P1",
                Licence::None => "the licence that Microsoft asks for",
            };
            format!(
                "{} needs {licence}, which this client does not have. Without it there is no telling {}.",
                spec.label, spec.feature
            )
        }
        UnknownCause::NotPermitted => {
            format!(
                "The permission {} was not granted. Without it there is no telling {}.",
                spec.permission, spec.feature
            )
        }
        UnknownCause::Failed => match &status.cause {
            Some(cause) => format!("{} ({})", cause.meaning, cause.code),
            None => explained(cause).to_owned(),
        },
        UnknownCause::NotYetRead => "It is read as soon as the connection stands and its turn has come.".to_owned(),
        UnknownCause::NotUnderstood | UnknownCause::OutsideMicrosoft => explained(cause).to_owned(),
    }
}

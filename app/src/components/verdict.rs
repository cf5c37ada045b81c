//! Verdicts: their tones, the word with its mark, and a tenant's posture as a bar and as a sentence.

use domain::verdict::{Posture, Verdict};
use leptos::prelude::*;

use crate::text;
use crate::ui::bar::{Segment, StackedBar};
use crate::ui::mark::{Mark, Tone};

/// Best first, as bars are drawn.
pub const IN_BARS: [Verdict; 5] =
    [Verdict::Protected, Verdict::Partial, Verdict::EnrolmentOpen, Verdict::Unprotected, Verdict::Unknown];

pub fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Protected => Tone::Good,
        Verdict::Partial => Tone::Fair,
        Verdict::EnrolmentOpen => Tone::Serious,
        Verdict::Unprotected => Tone::Bad,
        Verdict::CannotSignIn | Verdict::Unknown => Tone::Quiet,
    }
}

pub fn fill(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Protected => "fill-good",
        Verdict::Partial => "fill-fair",
        Verdict::EnrolmentOpen => "fill-serious",
        Verdict::Unprotected => "fill-bad",
        Verdict::Unknown => "fill-quiet",
        Verdict::CannotSignIn => "fill-none",
    }
}

pub fn few_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Protected => "protected",
        Verdict::Partial => "with holes",
        Verdict::EnrolmentOpen => "not enrolled",
        Verdict::Unprotected => "unprotected",
        Verdict::Unknown => "unknown",
        Verdict::CannotSignIn => "cannot sign in",
    }
}

/// The word and its mark.
#[component]
pub fn VerdictWord(verdict: Verdict) -> impl IntoView {
    view! {
        <span class="state">
            <Mark tone=tone(verdict) />
            {verdict.label()}
        </span>
    }
}

/// Everybody who can sign in.
#[component]
pub fn PostureBar(posture: Posture) -> impl IntoView {
    let segments = IN_BARS
        .map(|verdict| Segment {
            class: fill(verdict),
            words: format!("{} {}", posture.count(verdict), few_words(verdict)),
            value: posture.count(verdict),
            hatched: verdict == Verdict::Unprotected,
        })
        .to_vec();
    view! { <StackedBar segments /> }
}

/// The bar's parts in words, each a link to its rows.
#[component]
pub fn PostureLegend(posture: Posture, href: Box<dyn Fn(Verdict) -> String>) -> impl IntoView {
    let items: Vec<_> = IN_BARS
        .into_iter()
        .filter(|verdict| posture.count(*verdict) > 0)
        .map(|verdict| {
            view! {
                <li>
                    <a href=href(verdict)>
                        <Mark tone=tone(verdict) />
                        {text::number(posture.count(verdict).into())}
                        " "
                        {few_words(verdict)}
                    </a>
                </li>
            }
        })
        .collect();
    view! { <ul class="legend">{items}</ul> }
}

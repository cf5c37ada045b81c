//! A state as a small shape in a colour, always beside its word. The shapes differ, so that colour is never alone.

use leptos::prelude::*;

/// How good or bad a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    /// Good with a flaw.
    Fair,
    Serious,
    Bad,
    /// Neither: not known, or not applicable.
    Quiet,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Serious => "serious",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }

    fn path(self) -> &'static str {
        match self {
            // a disc, a half-filled disc, a triangle, a square with a cross, a ring
            Self::Good => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z",
            Self::Fair => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zM6 2.6v6.8a3.4 3.4 0 0 0 0-6.8z",
            Self::Serious => "M6 .8l5.6 10H.4z",
            Self::Bad => {
                "M1.2 1.2h9.6v9.6H1.2zM3.3 4.4L4.9 6 3.3 7.6l1.1 1.1L6 7.1l1.6 1.6 1.1-1.1L7.1 6l1.6-1.6-1.1-1.1L6 4.9 4.4 3.3z"
            }
            Self::Quiet => "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zM6 2.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8z",
        }
    }
}

#[component]
pub fn Mark(tone: Tone) -> impl IntoView {
    view! {
        <svg class=format!("mark fill-{}", tone.class()) viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
            <path fill-rule="evenodd" d=tone.path() />
        </svg>
    }
}

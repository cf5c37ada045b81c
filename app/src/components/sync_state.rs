//! Where a client's directory sync stands, in a mark and two words.

use chrono::{DateTime, Utc};
use domain::client::Gravity;
use domain::sync_health::{SyncPace, SyncState};
use leptos::prelude::*;

use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::{Mark, Tone};

pub fn tone(state: SyncState) -> Tone {
    match state {
        SyncState::Never => Tone::Quiet,
        SyncState::Off => Tone::Serious,
        SyncState::On { last_at: None, .. } => Tone::Bad,
        SyncState::On { pace, .. } => match pace {
            SyncPace::OnTime => Tone::Good,
            SyncPace::Late => Tone::Fair,
            SyncPace::Stalled => Tone::Serious,
            SyncPace::Dead => Tone::Bad,
        },
    }
}

pub fn tone_of(gravity: Gravity) -> Tone {
    match gravity {
        Gravity::Quiet => Tone::Quiet,
        Gravity::Good => Tone::Good,
        Gravity::Warning => Tone::Serious,
        Gravity::Bad => Tone::Bad,
    }
}

#[component]
pub fn SyncWord(state: SyncState, now: DateTime<Utc>) -> impl IntoView {
    let words = match state {
        SyncState::Never => "cloud only".into_any(),
        SyncState::Off => "switched off".into_any(),
        SyncState::On { last_at: None, .. } => "never ran".into_any(),
        SyncState::On { pace, last_at: Some(at) } => {
            let word = match pace {
                SyncPace::OnTime => "",
                SyncPace::Late => "late, ",
                SyncPace::Stalled => "stalled, ",
                SyncPace::Dead => "dead, ",
            };
            view! {
                {word}
                <Ago at now wording=Wording::Bare />
            }
            .into_any()
        }
    };
    view! {
        <span class="state">
            <Mark tone=tone(state) />
            <span>{words}</span>
        </span>
    }
}

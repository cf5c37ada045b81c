//! Times: relative on screen, exact on hover. Server and browser write the same text from the answer's own `now`; after
//! hydration it ticks, and the exact time is told in the viewer's zone.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use leptos::prelude::*;

use crate::text;

const TICK: Duration = Duration::from_secs(20);

/// Seconds since the page came alive, and whether it has.
#[derive(Clone, Copy)]
pub struct Ticks {
    alive: RwSignal<bool>,
    elapsed_seconds: RwSignal<i64>,
}

impl Ticks {
    /// Starts to tick in the browser; stands still on the server.
    pub fn provide() {
        let ticks = Self { alive: RwSignal::new(false), elapsed_seconds: RwSignal::new(0) };
        provide_context(ticks);
        Effect::new(move || {
            ticks.alive.set(true);
            let started = js_sys::Date::now();
            let handle = set_interval_with_handle(
                move || ticks.elapsed_seconds.set(((js_sys::Date::now() - started) / 1000.0) as i64),
                TICK,
            );
            on_cleanup(move || {
                if let Ok(handle) = handle {
                    handle.clear();
                }
            });
        });
    }
}

/// How the age is worded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wording {
    /// `3 min ago`, `in 12 days`.
    #[default]
    Sentence,
    /// `3 min`.
    Bare,
    /// `15 Jan 2028`.
    Date,
}

impl Wording {
    fn of(self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        match self {
            Self::Sentence => text::relative(at, now),
            Self::Bare => text::age(at, now),
            Self::Date => text::date(at),
        }
    }
}

#[component]
pub fn Ago(at: DateTime<Utc>, now: DateTime<Utc>, #[prop(optional)] wording: Wording) -> impl IntoView {
    let ticks = use_context::<Ticks>();
    let born = ticks.map_or(0, |ticks| ticks.elapsed_seconds.get_untracked());
    let told = move || {
        let elapsed = ticks.map_or(0, |ticks| ticks.elapsed_seconds.get());
        wording.of(at, now + TimeDelta::seconds(elapsed - born))
    };
    let exact = move || match ticks {
        Some(ticks) if ticks.alive.get() => exact_here(at),
        _ => text::exact(at),
    };
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true) title=exact>
            {told}
        </time>
    }
}

/// In the zone and the manner of the viewer's browser.
fn exact_here(at: DateTime<Utc>) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.timestamp_millis() as f64));
    date.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED).into()
}

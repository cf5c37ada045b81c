//! Server-sent events in the browser: pages follow what the server reads while they are open. Without JavaScript nothing
//! happens here.

use std::time::Duration;

use domain::progress::{SyncEvent, SyncStep};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::answer::Answer;

/// A burst of events asks for one fresh answer: of one tenant soon, of the whole fleet, where something always happens, now
/// and then.
pub const SOON: Duration = Duration::from_millis(900);
pub const NOW_AND_THEN: Duration = Duration::from_secs(5);

/// What an event stream tells a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Happened(SyncEvent),
    /// The stream was away for a while, or too slow: something may have happened.
    Missed,
}

impl News {
    /// What is on screen may be older than what the server has.
    pub fn changes_facts(self) -> bool {
        match self {
            Self::Happened(event) => event.step.changes_facts(),
            Self::Missed => true,
        }
    }

    /// A row of the fleet may say something else by now.
    pub fn changes_verdicts(self) -> bool {
        match self {
            Self::Happened(event) => matches!(event.step, SyncStep::Judged | SyncStep::Finished),
            Self::Missed => true,
        }
    }
}

/// Calls for all news at `address`; stops when the page goes or the address changes. `None`: there is nothing to follow.
pub fn follow(address: Signal<Option<String>>, on_news: impl Fn(News) + Clone + 'static) {
    let visible = visibility();
    let was_ready = StoredValue::new(false);
    Effect::new(move || {
        let Some(address) = address.get().filter(|_| visible.get()) else { return };
        let Ok(source) = EventSource::new(&address) else { return };
        let (on_event, on_missed, on_ready) = (on_news.clone(), on_news.clone(), on_news.clone());
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let Some(text) = message.data().as_string() else { return };
            match serde_json::from_slice::<SyncEvent>(text.as_bytes()) {
                Ok(event) => on_event(News::Happened(event)),
                Err(problem) => leptos::logging::warn!("an event that this page does not understand: {problem}"),
            }
        });
        let on_missed = Closure::<dyn Fn()>::new(move || on_missed(News::Missed));
        // Not the first time: the page was hidden, or the browser connects again after an interruption.
        let on_ready = Closure::<dyn Fn()>::new(move || {
            if was_ready.try_get_value() == Some(true) {
                on_ready(News::Missed);
            }
            was_ready.try_set_value(true);
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        for (name, callback) in [("missed", &on_missed), ("ready", &on_ready)] {
            // Fails for a listener that is no function alone.
            let _added = source.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
        }
        let held = StoredValue::new_local((source, on_message, on_missed, on_ready));
        on_cleanup(move || held.with_value(|(source, ..)| source.close()));
    });
}

/// Whether the viewer can see the page. A hidden one follows nothing: over HTTP/1.1 a browser opens six connections to a
/// server and no more, and streams of forgotten tabs would use them up.
fn visibility() -> RwSignal<bool> {
    let visible = RwSignal::new(true);
    Effect::new(move || {
        let listener = window_event_listener_untyped("visibilitychange", move |_| visible.set(!document().hidden()));
        on_cleanup(move || listener.remove());
    });
    visible
}

/// Asks for the answer anew, at most once in `wait`.
pub fn reload_after<T>(wait: Duration, answer: Answer<T>) -> impl Fn() + Clone + 'static
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let waiting = StoredValue::new(false);
    move || {
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        set_timeout(
            move || {
                waiting.try_set_value(false);
                answer.refetch();
            },
            wait,
        );
    }
}

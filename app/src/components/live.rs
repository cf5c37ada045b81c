//! Server-sent events in the browser: pages follow what the server reads while they are open. Without JavaScript nothing
//! happens here.

use std::time::Duration;

use domain::dataset::Dataset;
use domain::ids::TenantId;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::error::Error;

/// A burst of events asks for one fresh answer.
const SETTLE: Duration = Duration::from_millis(900);

/// One event: a dataset of a tenant has come to a new state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub tenant: TenantId,
    /// `None`: the tenant as a whole.
    #[serde(default)]
    pub dataset: Option<Dataset>,
    /// `running` while it is being read; any other word means that it has ended.
    pub state: String,
}

impl Progress {
    pub fn is_running(&self) -> bool {
        self.state == "running"
    }
}

/// Calls for every event at `address`; stops when the page goes or the address changes.
pub fn follow(address: Signal<String>, on_event: impl Fn(Progress) + Clone + 'static) {
    Effect::new(move || {
        let Ok(source) = EventSource::new(&address.get()) else { return };
        let on_event = on_event.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let Some(text) = message.data().as_string() else { return };
            match serde_json::from_str::<Progress>(&text) {
                Ok(progress) => on_event(progress),
                Err(problem) => leptos::logging::warn!("an event that this page does not understand: {problem}"),
            }
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let held = StoredValue::new_local((source, on_message));
        on_cleanup(move || held.with_value(|(source, _)| source.close()));
    });
}

/// Asks for the answer anew once events have settled.
pub fn reload_when_settled<T>(answer: Resource<Result<T, Error>>) -> impl Fn() + Clone + 'static
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
            SETTLE,
        );
    }
}

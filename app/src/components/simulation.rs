//! The rules in a worker beside the page: a plan goes in, what it would do comes out, without a round trip.

use domain::ids::TenantId;
use domain::what_if::Outcome;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::urls;

/// Where a simulation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// The facts are on their way, or being judged.
    Waiting,
    Done(Box<Outcome>),
    /// A whole sentence.
    Failed(String),
}

#[derive(Serialize)]
struct Question<'a> {
    /// Where the facts are: the first question alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    changes: &'a [String],
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Outcome(Box<Outcome>),
    Error(String),
}

/// The worker of one tenant, and the closure that hears it.
struct Running {
    tenant: TenantId,
    worker: Worker,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

/// What the plan would do; judged anew whenever it changes. Stays `Waiting` on the server.
pub fn simulate(tenant: Signal<Option<TenantId>>, changes: Memo<Vec<String>>) -> RwSignal<Simulated> {
    let simulated = RwSignal::new(Simulated::Waiting);
    // Runs once, and in the browser alone: a worker belongs to the thread that started it, and a page on the server to many.
    Effect::new(move || {
        let running = StoredValue::new_local(None::<Running>);
        Effect::new(move || {
            let Some(tenant) = tenant.get() else { return };
            let changes = changes.get();
            simulated.set(Simulated::Waiting);
            if let Err(sentence) = ask(running, tenant, &changes, simulated) {
                simulated.set(Simulated::Failed(sentence));
            }
        });
        on_cleanup(move || stop(running));
    });
    simulated
}

/// Asks the tenant's worker, and starts it if it does not run yet.
fn ask(
    running: StoredValue<Option<Running>, LocalStorage>,
    tenant: TenantId,
    changes: &[String],
    simulated: RwSignal<Simulated>,
) -> Result<(), String> {
    let is_fresh = running.with_value(|running| running.as_ref().is_none_or(|running| running.tenant != tenant));
    if is_fresh {
        stop(running);
        running.set_value(Some(start(tenant, simulated)?));
    }
    let question = Question { snapshot: is_fresh.then(|| urls::snapshot(tenant)), changes };
    let asked = serde_json::to_string(&question).ok().and_then(|question| {
        running.with_value(|running| Some(running.as_ref()?.worker.post_message(&JsValue::from_str(&question))))
    });
    if matches!(asked, Some(Ok(()))) { Ok(()) } else { Err("The browser did not take the question.".to_owned()) }
}

fn start(tenant: TenantId, simulated: RwSignal<Simulated>) -> Result<Running, String> {
    let address = document().document_element().and_then(|root| root.get_attribute("data-what-if"));
    let address = address.ok_or("This page does not say where the rules are.")?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&address, &options).map_err(|_| "This browser starts no worker.")?;
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let answer = event.data().as_string().and_then(|text| serde_json::from_slice(text.as_bytes()).ok());
        simulated.try_set(match answer {
            Some(Answer::Outcome(outcome)) => Simulated::Done(outcome),
            Some(Answer::Error(sentence)) => Simulated::Failed(sentence),
            None => Simulated::Failed("The rules answered something that cannot be read.".to_owned()),
        });
    });
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    Ok(Running { tenant, worker, _heard: heard })
}

fn stop(running: StoredValue<Option<Running>, LocalStorage>) {
    running.try_update_value(|running| {
        if let Some(running) = running.take() {
            running.worker.set_onmessage(None);
            running.worker.terminate();
        }
    });
}

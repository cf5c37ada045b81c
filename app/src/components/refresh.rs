//! "Refresh": asks for a sync and shows its progress as it happens.

use std::collections::BTreeMap;

use domain::client::ClientHeader;
use domain::dataset::Dataset;
use domain::operator::Permission;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::session::Session;
use crate::api::tenants::RefreshTenant;
use crate::components::live::{self, Progress};
use crate::text;
use crate::ui::icon::{Glyph, Icon};
use crate::urls;

/// What the page has heard of a running sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    /// Datasets by whether they are still being read.
    running: BTreeMap<Dataset, bool>,
}

impl Heard {
    fn note(&mut self, progress: &Progress) {
        if let Some(dataset) = progress.dataset {
            self.running.insert(dataset, progress.is_running());
        }
    }

    /// `None`: nothing is being read.
    fn words(&self) -> Option<String> {
        let done = self.running.values().filter(|running| !**running).count() as u64;
        let now = self.running.iter().find(|(_, running)| **running).map(|(dataset, _)| dataset.spec().label)?;
        Some(format!("Reading {now} · {} done", text::count(done, "dataset", "datasets")))
    }
}

/// The button, and beside it what is being read. `reload` is called when something has been read.
#[component]
pub fn RefreshButton(header: ClientHeader, reload: impl Fn() + Clone + 'static) -> impl IntoView {
    let session = Session::take();
    let heard = RwSignal::new(Heard::default());
    let tenant = header.id;
    live::follow(Signal::stored(urls::tenant_events(tenant)), move |progress| {
        let ended = !progress.is_running();
        heard.try_update(|heard| heard.note(&progress));
        if ended {
            reload();
        }
    });
    let refresh = ServerAction::<RefreshTenant>::new();
    let queued = header.refreshing;
    let words = move || {
        let failed = refresh.value().get().and_then(Result::err).map(|error| error.to_string());
        let asked = queued || refresh.pending().get();
        failed.or_else(|| heard.get().words()).or_else(|| asked.then(|| "Queued, waiting for its turn".to_owned()))
    };
    let form = if session.may(Permission::RefreshTenant) {
        view! {
            <ActionForm action=refresh>
                <input type="hidden" name="tenant" value=tenant.to_string() />
                <button class="button primary" disabled=move || refresh.pending().get()>
                    <Glyph icon=Icon::Refresh />
                    "Refresh"
                </button>
            </ActionForm>
        }
        .into_any()
    } else {
        ().into_any()
    };
    view! {
        <div class="refresh">
            <p class="refresh-progress" role="status">
                {words}
            </p>
            {form}
        </div>
    }
    .into_any()
}

//! "Refresh": asks for a sync and shows its progress as it happens.

use domain::client::ClientHeader;
use domain::ids::TenantId;
use domain::operator::Permission;
use domain::progress::SyncProgress;
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::api::session::Session;
use crate::api::tenants::RefreshTenant;
use crate::components::live::{self, News};
use crate::error::Error;
use crate::ui::icon::{Glyph, Icon};
use crate::urls;

/// What a page has asked and heard of its tenant's sync. Made once a page, outside of what is read anew while it is open.
#[derive(Clone, Copy)]
pub struct Watch {
    refresh: ServerAction<RefreshTenant>,
    progress: RwSignal<SyncProgress>,
}

/// Follows the tenant's sync, and reads `answer` anew when it may have changed.
pub fn watch<T>(tenant: Memo<Result<TenantId, Error>>, answer: Answer<T>) -> Watch
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let watch = Watch { refresh: ServerAction::new(), progress: RwSignal::new(SyncProgress::default()) };
    let reload = live::reload_after(live::SOON, answer);
    let address = Signal::derive(move || tenant.get().ok().map(urls::tenant_events));
    live::follow(address, move |news| {
        if let News::Happened(event) = news {
            watch.progress.try_update(|progress| progress.hear(event.step));
        }
        if news.changes_facts() {
            reload();
        }
    });
    watch
}

/// The button, and beside it what is being read.
#[component]
pub fn RefreshButton(header: ClientHeader, watch: Watch) -> impl IntoView {
    let Watch { refresh, progress } = watch;
    let tenant = header.id;
    let was_under_way = header.refreshing;
    let words = move || {
        let failed = refresh.value().get().and_then(Result::err).map(|error| error.to_string());
        failed.or_else(|| progress.with(|progress| progress.words(was_under_way)))
    };
    let form = if Session::take().may(Permission::RefreshTenant) {
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

//! `/tenants/{id}/sync`: the directory's own sync, our connection, every dataset with its outcome and age, the permissions.

use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::get_sync;
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::written_sync::WrittenSync;
use crate::pages::use_tenant;
use crate::urls::TenantList;

#[component]
pub fn SyncPage() -> impl IntoView {
    let tenant = use_tenant();
    let sync = ask(move || tenant.get(), |tenant| async move { get_sync(tenant?).await });
    let watch = watch(tenant, sync);
    loaded(sync, move |WrittenSync { header, body }| {
        view! {
            <ClientTop header place=ClientPlace::List(TenantList::Sync) watch />
            <div inner_html=body></div>
        }
    })
}

//! `/tenants/{id}/sync`: every dataset with its outcome, the permissions, the directory's own sync and what it could not do.

use chrono::{DateTime, Utc};
use domain::dataset::DatasetStatus;
use domain::ids::TenantId;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::get_sync;
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::Freshness;
use crate::components::loaded::loaded;
use crate::components::permissions::Permissions;
use crate::components::refresh::watch;
use crate::components::written_sync::WrittenSync;
use crate::pages::use_tenant;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::Mark;
use crate::ui::table::{FramedTable, heads};
use crate::urls::{Place, TenantList};

#[component]
pub fn SyncPage() -> impl IntoView {
    let tenant = use_tenant();
    let sync = ask(move || tenant.get(), |tenant| async move { get_sync(tenant?).await });
    let watch = watch(tenant, sync);
    loaded(sync, move |sync| {
        let WrittenSync { header, datasets, directory, connection, permissions } = sync;
        let (tenant, now, name) = (header.id, header.now, header.name.clone());
        view! {
            <ClientTop header place=ClientPlace::List(TenantList::Sync) watch />
            <div class="sections">
                <section aria-labelledby="datasets">
                    <h2 id="datasets">"What is read"</h2>
                    <Datasets tenant datasets now />
                </section>
                <section aria-labelledby="directory">
                    <h2 id="directory">"Directory sync"</h2>
                    <div inner_html=directory></div>
                </section>
                <section aria-labelledby="connection">
                    <h2 id="connection">"Our connection"</h2>
                    <div inner_html=connection></div>
                </section>
                <section aria-labelledby="permissions">
                    <h2 id="permissions">"Permissions"</h2>
                    <Permissions permissions tenant_name=name />
                </section>
            </div>
        }
    })
}

#[component]
fn Datasets(tenant: TenantId, datasets: Vec<DatasetStatus>, now: DateTime<Utc>) -> impl IntoView {
    let export = Place::Tenant(tenant, TenantList::Sync).export(&domain::list::ListQuery::default());
    let rows: Vec<_> = datasets.into_iter().map(|status| view! { <Dataset status now /> }).collect();
    view! {
        <FramedTable
            name="Datasets"
            class="datasets"
            heads=heads([("Dataset", ""), ("State", ""), ("Rows", "num"), ("Calls", "num wide-only"), ("Age", "num"), ("Every", "num wide-only"), ("Next", "wide-only"), ("Cause and next step", "wide-only")])
            rows
        />
        {export
            .map(|href| {
                view! {
                    <p class="faint">
                        <a href=href rel="external" download>
                            "Export CSV"
                        </a>
                    </p>
                }
            })}
    }
    .into_any()
}

#[component]
fn Dataset(status: DatasetStatus, now: DateTime<Utc>) -> impl IntoView {
    let spec = status.dataset.spec();
    let freshness = Freshness::of(&status, now);
    let state = if status.running { "Reading now" } else { freshness.label() };
    let cause = match &status.cause {
        Some(cause) => {
            let request = cause.request_id.as_ref().map(|id| format!(" · request {id}")).unwrap_or_default();
            let often = match status.failures {
                0 | 1 => String::new(),
                times => format!(", {times} times in a row"),
            };
            format!("{} {} ({}{request}{often})", cause.meaning, cause.next_step, cause.code)
        }
        None => String::new(),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="clip" title=format!("Needs {}", spec.permission)>
                    {spec.label}
                </span>
            </th>
            <td>
                <span class="state">
                    <Mark tone=freshness.tone() />
                    {state}
                </span>
            </td>
            <td class="num">{status.rows.map(|rows| text::number(rows.into()))}</td>
            <td class="num faint wide-only" title=spec.budget.label()>
                {status.calls.map(|calls| text::number(calls.into()))}
            </td>
            <td class="num">{status.read_at.map(|at| view! { <Ago at now wording=Wording::Bare /> })}</td>
            <td class="num faint wide-only">{text::span(spec.cadence)}</td>
            <td class="faint wide-only">{status.next_run_at.map(|at| view! { <Ago at now /> })}</td>
            <td class="wide-only">
                <span class="clip" title=cause.clone()>
                    {cause.clone()}
                </span>
            </td>
        </tr>
    }
    .into_any()
}

//! `/tenants/{id}/sync`: every dataset with its outcome, the permissions, the directory's own sync and what it could not do.

use chrono::{DateTime, Utc};
use domain::client::{FederatedDomain, SyncView};
use domain::connection::ConnectionFact;
use domain::dataset::DatasetStatus;
use domain::facts::directory::ObjectError;
use domain::ids::TenantId;
use domain::known::Known;
use domain::sync_health::SyncState;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::get_sync;
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::Freshness;
use crate::components::loaded::loaded;
use crate::components::permissions::Permissions;
use crate::components::refresh::watch;
use crate::components::sync_state::SyncWord;
use crate::components::unknown::{UnknownWord, known_or_cause};
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
        let SyncView { header, pane, object_errors, connection, permissions, federated_domains } = sync;
        let (tenant, now, name) = (header.id, header.now, header.name.clone());
        view! {
            <ClientTop header place=ClientPlace::List(TenantList::Sync) watch />
            <div class="sections">
                <section aria-labelledby="datasets">
                    <h2 id="datasets">"What is read"</h2>
                    <Datasets tenant datasets=pane.datasets now />
                    {pane.changes.map(|changes| view! { <p class="faint">{changes.words}</p> })}
                </section>
                <section aria-labelledby="directory">
                    <h2 id="directory">"Directory sync"</h2>
                    <Directory directory=pane.directory scale=pane.directory_scale password=pane.password password_scale=pane.password_scale now />
                    <h3>"Objects that fail to sync"</h3>
                    <Errors errors=object_errors now />
                    <h3>"Federated domains"</h3>
                    <Federated domains=federated_domains now />
                </section>
                <section aria-labelledby="connection">
                    <h2 id="connection">"Our connection"</h2>
                    <Connection facts=connection now />
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

#[component]
fn Directory(
    directory: Known<SyncState>,
    scale: String,
    password: Known<SyncState>,
    password_scale: String,
    now: DateTime<Utc>,
) -> impl IntoView {
    let show = move |label: &'static str, state: Known<SyncState>, scale: String| {
        let is_on = matches!(state, Known::Known(SyncState::On { .. }));
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{known_or_cause(state, move |state| view! { <SyncWord state now /> })}</dd>
                {is_on.then(|| view! { <dd class="faint">{scale}</dd> })}
            </div>
        }
        .into_any()
    };
    view! {
        <dl class="facts">
            {show("Objects", directory, scale)} {show("Passwords", password, password_scale)}
        </dl>
    }
    .into_any()
}

#[component]
fn Connection(facts: Vec<ConnectionFact>, now: DateTime<Utc>) -> impl IntoView {
    let facts: Vec<_> = facts
        .into_iter()
        .map(|fact| {
            view! {
                <div>
                    <dt>{fact.term}</dt>
                    <dd>{fact.words} " " {fact.at.map(|at| view! { <Ago at now /> })}</dd>
                </div>
            }
        })
        .collect();
    view! { <dl class="facts">{facts}</dl> }.into_any()
}

#[component]
fn Errors(errors: Known<Vec<ObjectError>>, now: DateTime<Utc>) -> impl IntoView {
    let errors = match errors {
        Known::Unknown(cause) => return view! { <p><UnknownWord cause /></p> }.into_any(),
        Known::Known(errors) if errors.is_empty() => return view! { <p class="faint">"None."</p> }.into_any(),
        Known::Known(errors) => errors,
    };
    let rows: Vec<_> = errors
        .into_iter()
        .map(|error| {
            let what = format!("{}: {} {}", error.category, error.property, error.value);
            view! {
                <tr>
                    <th scope="row">
                        <span class="clip" title=error.display_name.clone()>
                            {error.display_name.clone()}
                        </span>
                    </th>
                    <td>
                        <span class="clip" title=what.clone()>
                            {what.clone()}
                        </span>
                    </td>
                    <td class="num">{error.since.map(|at| view! { <Ago at now wording=Wording::Bare /> })}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <FramedTable
            name="Objects that fail to sync"
            heads=heads([("Object", ""), ("What is wrong", ""), ("For", "num")])
            rows
        />
    }
    .into_any()
}

#[component]
fn Federated(domains: Known<Vec<FederatedDomain>>, now: DateTime<Utc>) -> impl IntoView {
    let domains = match domains {
        Known::Unknown(cause) => return view! { <p><UnknownWord cause /></p> }.into_any(),
        Known::Known(domains) if domains.is_empty() => {
            return view! { <p class="faint">"None: Entra checks every password."</p> }.into_any();
        }
        Known::Known(domains) => domains,
    };
    let items: Vec<_> = domains
        .into_iter()
        .map(|domain| {
            let end = domain.signing_certificate_ends_at.map(|at| {
                let word = if at < now { "ended " } else { "ends " };
                view! { ": the signing certificate " {word} <Ago at now /> }
            });
            view! { <li>{domain.name} {end}</li> }
        })
        .collect();
    view! { <ul class="plain">{items}</ul> }.into_any()
}

//! The sync page as the server writes it: it changes with a reading alone, and its code need not be in the wasm.

use domain::client::ClientHeader;
use serde::{Deserialize, Serialize};

/// What `/tenants/{id}/sync` is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenSync {
    pub header: ClientHeader,
    /// HTML: all that stands below the header.
    pub body: String,
}

#[cfg(feature = "ssr")]
pub use ssr::write;

#[cfg(feature = "ssr")]
mod ssr {
    use chrono::{DateTime, Utc};
    use domain::cause::Actor;
    use domain::client::{Gravity, Report, SyncPane, SyncView};
    use domain::connection::ConnectionFact;
    use domain::dataset::{Dataset, DatasetStatus};
    use domain::ids::TenantId;
    use domain::known::Known;
    use domain::sync_health::SyncState;
    use leptos::prelude::*;

    use super::WrittenSync;
    use crate::components::dataset::Freshness;
    use crate::components::permissions::Permissions;
    use crate::components::sync_state::{SyncWord, tone_of};
    use crate::components::unknown::known_or_cause;
    use crate::text;
    use crate::ui::ago::{Ago, Wording};
    use crate::ui::mark::Mark;
    use crate::ui::table::{FramedTable, heads};
    use crate::urls::{self, Place, TenantList};

    /// Every text is escaped as on any page. `mends`: the reader may open the client's connection, where consent is asked for.
    pub fn write(view: SyncView, mends: bool) -> WrittenSync {
        let SyncView { header, pane, reports, connection, permissions } = view;
        let SyncPane { directory, directory_scale, password, password_scale, datasets, changes, .. } = pane;
        let (now, tenant, name) = (header.now, header.id, header.name.clone());
        let body = Owner::new().with(|| {
            let syncs = [("Objects", directory, directory_scale), ("Passwords", password, password_scale)]
                .map(|(label, state, scale)| stands(label, state, scale, now));
            let told: Vec<_> = reports.iter().enumerate().map(|(place, report)| in_a_line(place, report)).collect();
            let in_full: Vec<_> =
                reports.into_iter().enumerate().filter_map(|(place, report)| in_full(place, report, now)).collect();
            let facts: Vec<_> = connection.into_iter().map(|fact| known(fact, now)).collect();
            let ages = ages(&datasets, now);
            let export = Place::Tenant(tenant, TenantList::Sync).export(&domain::list::ListQuery::default());
            let rows: Vec<_> = datasets.into_iter().map(|status| dataset(status, tenant, mends, now)).collect();
            view! {
                <div class="sections">
                    <div class="three">
                        <section class="card" aria-labelledby="directory">
                            <h2 id="directory">"Directory sync"</h2>
                            <dl class="facts">{syncs} {told}</dl>
                        </section>
                        <section class="card" aria-labelledby="connection">
                            <h2 id="connection">"Our connection"</h2>
                            <dl class="facts">{facts}</dl>
                            {changes.map(|changes| view! { <p class="faint">{changes.detail}</p> })}
                        </section>
                        <section class="card" aria-labelledby="ages">
                            <h2 id="ages">"Age of what you see"</h2>
                            <dl class="facts">{ages}</dl>
                        </section>
                    </div>
                    {in_full}
                    <section aria-labelledby="datasets">
                        <h2 id="datasets">"Every dataset"</h2>
                        <FramedTable
                            name="Datasets"
                            class="datasets"
                            heads=heads([("Dataset", ""), ("State", ""), ("Rows", "num wide-only"), ("Age", "num"), ("Every", "num wide-only"), ("Next", "num wide-only"), ("Calls", "num wide-only"), ("Budget", "wide-only")])
                            rows
                        />
                        {export
                            .map(|href| {
                                view! {
                                    <p>
                                        <a href=href rel="external" download>
                                            "Export CSV"
                                        </a>
                                    </p>
                                }
                            })}
                    </section>
                    <section aria-labelledby="permissions">
                        <h2 id="permissions">"Permissions"</h2>
                        <Permissions permissions tenant_name=name />
                    </section>
                </div>
            }
            .to_html()
        });
        WrittenSync { header, body }
    }

    fn stands(label: &'static str, state: Known<SyncState>, scale: String, now: DateTime<Utc>) -> AnyView {
        let is_on = matches!(state, Known::Known(SyncState::On { .. }));
        view! {
            <div>
                <dt>{label}</dt>
                <dd>
                    {known_or_cause(state, move |state| view! { <SyncWord state now /> })}
                    {is_on.then(|| view! { <p class="faint">{scale}</p> })}
                </dd>
            </div>
        }
        .into_any()
    }

    fn known(fact: ConnectionFact, now: DateTime<Utc>) -> AnyView {
        view! {
            <div>
                <dt>{fact.term}</dt>
                <dd>{fact.words} " " {fact.at.map(|at| view! { <Ago at now /> })}</dd>
            </div>
        }
        .into_any()
    }

    /// A report among the facts: how many rows stand below, or what is said instead of them.
    fn in_a_line(place: usize, report: &Report) -> AnyView {
        let gravest = report.rows.iter().map(|row| row.gravity).max_by_key(|gravity| match gravity {
            Gravity::Quiet => 0,
            Gravity::Good => 1,
            Gravity::Warning => 2,
            Gravity::Bad => 3,
        });
        let told = match gravest {
            Some(gravity) => view! {
                <span class="state">
                    <Mark tone=tone_of(gravity) />
                    <a href=format!("#report-{place}")>{format!("{}, below", text::number(report.rows.len() as u64))}</a>
                </span>
            }
            .into_any(),
            None => report.note.clone().into_any(),
        };
        view! {
            <div>
                <dt>{report.title.clone()}</dt>
                <dd>{told}</dd>
            </div>
        }
        .into_any()
    }

    /// The rows of one report; nothing where it has none.
    fn in_full(place: usize, report: Report, now: DateTime<Utc>) -> Option<AnyView> {
        let Report { title, note, heads, time_head, rows } = report;
        if rows.is_empty() {
            return None;
        }
        let is_timed = !time_head.is_empty();
        let heads: Vec<_> = heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect();
        let time_head = is_timed.then(|| {
            view! {
                <th scope="col" class="num col-when">
                    {time_head}
                </th>
            }
        });
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let mut cells = row.cells.into_iter();
                let first = cells.next();
                let cells: Vec<_> = cells.map(|cell| view! { <td class="wrap">{cell}</td> }).collect();
                let at = is_timed.then(|| view! { <td class="num">{row.at.map(|at| view! { <Ago at now /> })}</td> });
                view! {
                    <tr>
                        <th scope="row" class="wrap">
                            <span class="state">
                                <Mark tone=tone_of(row.gravity) />
                                <span>{first}</span>
                            </span>
                        </th>
                        {cells}
                        {at}
                    </tr>
                }
            })
            .collect();
        let id = format!("report-{place}");
        let heading = id.clone();
        Some(
            view! {
                <section aria-labelledby=id>
                    <h2 id=heading>{title.clone()}</h2>
                    {(!note.is_empty()).then(|| view! { <p class="faint">{note}</p> })}
                    <FramedTable class="stacks" name=title heads=(heads, time_head).into_any() rows />
                </section>
            }
            .into_any(),
        )
    }

    /// Which datasets stand how, the furthest behind, and the next to be read.
    fn ages(statuses: &[DatasetStatus], now: DateTime<Utc>) -> Vec<AnyView> {
        const WORST_FIRST: [Freshness; 8] = [
            Freshness::Failed,
            Freshness::Outdated,
            Freshness::NotPermitted,
            Freshness::Stale,
            Freshness::Fresh,
            Freshness::NotYetRead,
            Freshness::NotLicensed,
            Freshness::NotGranted,
        ];
        let mut facts = Vec::new();
        for freshness in WORST_FIRST {
            let standing = statuses.iter().filter(|status| Freshness::of(status, now) == freshness);
            let labels: Vec<&str> = standing.map(|status| status.dataset.spec().label).collect();
            if labels.is_empty() {
                continue;
            }
            let words = if freshness == Freshness::Fresh {
                format!("{} of {} datasets", labels.len(), statuses.len())
            } else {
                text::list(&labels)
            };
            facts.push(fact(
                freshness.label(),
                view! {
                    <span class="state top">
                        <Mark tone=freshness.tone() />
                        <span>{words}</span>
                    </span>
                },
            ));
        }
        let lag = |status: &&DatasetStatus| {
            let cadence = status.dataset.spec().cadence.num_seconds().max(1);
            status.read_at.map(|at| (now - at).num_seconds().saturating_mul(100) / cadence)
        };
        if let Some(status) = statuses.iter().filter(|status| status.read_at.is_some()).max_by_key(lag) {
            let spec = status.dataset.spec();
            facts.push(fact(
                "Furthest behind",
                view! {
                    {spec.label}
                    ", read "
                    {status.read_at.map(|at| view! { <Ago at now /> })}
                    {format!("; every {}", text::span(spec.cadence))}
                },
            ));
        }
        if let Some(status) =
            statuses.iter().filter(|status| status.next_run_at.is_some()).min_by_key(|status| status.next_run_at)
        {
            facts.push(fact(
                "Next",
                view! {
                    {status.dataset.spec().label}
                    " "
                    {status.next_run_at.map(|at| view! { <Ago at=at.max(now) now /> })}
                },
            ));
        }
        facts
    }

    fn fact(term: &'static str, told: impl IntoView + 'static) -> AnyView {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{told}</dd>
            </div>
        }
        .into_any()
    }

    /// A row, and below it what went wrong, in full.
    fn dataset(status: DatasetStatus, tenant: TenantId, mends: bool, now: DateTime<Utc>) -> AnyView {
        let spec = status.dataset.spec();
        let freshness = Freshness::of(&status, now);
        let state = if status.running { "Reading now" } else { freshness.label() };
        let cause = status.cause.as_ref().map(|cause| {
            let request = cause.request_id.as_ref().map(|id| format!(" · request {id}")).unwrap_or_default();
            let told = format!("{} {} ({}{request})", cause.meaning, cause.next_step, cause.code);
            let since = status.failing_since.map(|at| {
                let often =
                    if status.failures > 1 { format!(", {} times in a row", status.failures) } else { String::new() };
                view! { " For " <Ago at now wording=Wording::Bare /> {often} "." }
            });
            // What a client may leave as it is, nobody has to mend.
            let who = (freshness != Freshness::NotGranted).then(|| format!(" {}", who_acts(cause.actor)));
            let way = if status.dataset == Dataset::ExchangeSettings {
                Some((urls::evidence(tenant), "Evidence"))
            } else {
                (mends && cause.actor != Actor::Nobody && freshness != Freshness::NotGranted)
                    .then(|| (urls::connection(tenant), "Connection"))
            };
            let way = way.map(|(href, name)| view! { " " <a href=href>{name}</a> });
            view! {
                <tr class="cause">
                    <td class="wrap" colspan="8">
                        {told}
                        {since}
                        {who}
                        {way}
                    </td>
                </tr>
            }
        });
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
                        <span class="clip">{state}</span>
                    </span>
                </td>
                <td class="num wide-only">{status.rows.map(|rows| text::number(rows.into()))}</td>
                <td class="num">{status.read_at.map(|at| view! { <Ago at now wording=Wording::Bare /> })}</td>
                <td class="num faint wide-only">{text::span(spec.cadence)}</td>
                <td class="num faint wide-only">{status.next_run_at.map(|at| view! { <Ago at now /> })}</td>
                <td class="num faint wide-only">{status.calls.map(|calls| text::number(calls.into()))}</td>
                <td class="faint wide-only">
                    <span class="clip">{spec.budget.label()}</span>
                </td>
            </tr>
            {cause}
        }
        .into_any()
    }

    fn who_acts(actor: Actor) -> &'static str {
        match actor {
            Actor::Administrator => "An administrator of Tenantry has to act.",
            Actor::Technician => "A technician has to act.",
            Actor::ClientAdministrator => "An administrator of the client has to act.",
            Actor::Nobody => "It passes by itself, and is tried again.",
        }
    }
}

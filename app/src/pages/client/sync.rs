//! Sync health: the client's own directory sync, the way to the client, and the age of what is on screen.

use chrono::{DateTime, Utc};
use domain::client::{SyncLine, SyncPane as Pane_};
use domain::connection::ConnectionSummary;
use domain::dataset::DatasetStatus;
use domain::ids::TenantId;
use domain::known::Known;
use domain::sync_health::SyncState;
use leptos::prelude::*;

use super::Pane;
use crate::components::connection::{kind_label, told};
use crate::components::dataset::{Freshness, PaneAge};
use crate::components::sync_state::{self, tone_of};
use crate::components::unknown::UnknownWord;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::{Mark, Tone};
use crate::urls::{self, TenantList};

/// Rows of datasets that fit beside the checks; the others are on the list.
const DATASETS_SHOWN: usize = 8;

const PASSWORDS: &str = "Password sync";

#[component]
pub fn SyncPane(tenant: TenantId, pane: Pane_, now: DateTime<Utc>) -> impl IntoView {
    let age = view! { <PaneAge statuses=pane.datasets.clone() now /> }.into_any();
    let checks = checks(&pane, now);
    let headline = headline(&checks);
    let rows: Vec<_> = checks
        .into_iter()
        .map(|check| {
            view! {
                <tr>
                    <th scope="row">
                        <span class="state">
                            <Mark tone=check.tone />
                            {check.label}
                        </span>
                    </th>
                    <td class="faint">
                        <span class="clip" title=check.detail.clone()>
                            {check.detail.clone()}
                        </span>
                    </td>
                    <td class="num">{check.figure}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Pane
            list=TenantList::Sync
            href=urls::tenant_list(tenant, TenantList::Sync)
            more="Every dataset".to_owned()
            age
        >
            {headline}
            <div class="sync-columns">
                <table class="list pane-list">
                    <caption class="visually-hidden">"Directory sync and connection"</caption>
                    <thead class="visually-hidden">
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"How"</th>
                            <th scope="col">"Where it stands"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <Ages datasets=pane.datasets now />
            </div>
        </Pane>
    }
    .into_any()
}

/// One line of the pane.
struct Check {
    tone: Tone,
    label: String,
    detail: String,
    figure: AnyView,
}

fn checks(pane: &Pane_, now: DateTime<Utc>) -> Vec<Check> {
    let mut checks = vec![
        sync_check("Directory sync", &pane.directory_scale, &pane.directory, now),
        sync_check(PASSWORDS, &pane.password_scale, &pane.password, now),
    ];
    checks.extend(pane.lines.iter().map(line));
    checks.extend([connection_check(&pane.connection, now), permissions(&pane.connection)]);
    checks.extend(ends(&pane.connection, now));
    checks.extend(pane.changes.iter().map(line));
    checks
}

fn sync_check(label: &str, scale: &str, state: &Known<SyncState>, now: DateTime<Utc>) -> Check {
    match state {
        Known::Unknown(cause) => Check {
            tone: Tone::Quiet,
            label: label.to_owned(),
            detail: String::new(),
            figure: view! { <UnknownWord cause=*cause /> }.into_any(),
        },
        Known::Known(state) => Check {
            // A tenant that syncs objects and no passwords may well want it so.
            tone: if *state == SyncState::Off && label == PASSWORDS { Tone::Quiet } else { sync_state::tone(*state) },
            label: label.to_owned(),
            detail: if matches!(state, SyncState::On { .. }) { scale.to_owned() } else { String::new() },
            figure: match *state {
                SyncState::Never => "cloud only".into_any(),
                SyncState::Off => "switched off".into_any(),
                SyncState::On { last_at: None, .. } => "never ran".into_any(),
                SyncState::On { last_at: Some(at), .. } => view! { <Ago at now /> }.into_any(),
            },
        },
    }
}

fn line(line: &SyncLine) -> Check {
    Check {
        tone: tone_of(line.gravity),
        label: line.label.clone(),
        detail: line.detail.clone(),
        figure: line.figure.clone().into_any(),
    }
}

fn connection_check(connection: &ConnectionSummary, now: DateTime<Utc>) -> Check {
    let told = told(connection, now);
    let words = told.words;
    Check {
        tone: told.tone,
        label: "Connection".to_owned(),
        detail: kind_label(connection.kind).to_owned(),
        figure: match connection.last_token_at {
            Some(at) if told.tone == Tone::Good => view! { "used " <Ago at now /> }.into_any(),
            _ => view! { <span class="clip" title=told.sentence>{words}</span> }.into_any(),
        },
    }
}

fn permissions(connection: &ConnectionSummary) -> Check {
    let (granted, wanted) = (connection.permissions_granted, connection.permissions_wanted);
    Check {
        tone: if wanted == 0 {
            Tone::Quiet
        } else if granted >= wanted {
            Tone::Good
        } else {
            Tone::Serious
        },
        label: "Permissions".to_owned(),
        detail: String::new(),
        figure: if wanted == 0 { "not read yet".to_owned() } else { format!("{granted} of {wanted}") }.into_any(),
    }
}

/// What will stop working on a known day.
fn ends(connection: &ConnectionSummary, now: DateTime<Utc>) -> Vec<Check> {
    let ends = [("Credential", connection.credential_ends_at), ("GDAP", connection.relationship_ends_at)];
    ends.into_iter()
        .filter_map(|(label, at)| {
            let at = at?;
            let days = (at - now).num_days();
            Some(Check {
                tone: match days {
                    ..0 => Tone::Bad,
                    0..30 => Tone::Serious,
                    _ => Tone::Good,
                },
                label: label.to_owned(),
                detail: text::date(at),
                figure: if days < 0 {
                    view! { "ended " <Ago at now /> }.into_any()
                } else {
                    view! { "ends " <Ago at now /> }.into_any()
                },
            })
        })
        .collect()
}

/// The number of what is wrong, or that nothing is.
fn headline(checks: &[Check]) -> AnyView {
    let wrong: Vec<&Check> =
        checks.iter().filter(|check| matches!(check.tone, Tone::Bad | Tone::Serious | Tone::Fair)).collect();
    let names: Vec<String> = wrong.iter().map(|check| lower(&check.label)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if wrong.is_empty() {
        return view! {
            <p class="headline">
                <strong>"All well"</strong>
                " as far as it is known"
            </p>
        }
        .into_any();
    }
    let worst = if wrong.iter().any(|check| check.tone == Tone::Bad) { "bad" } else { "serious" };
    view! {
        <p class="headline">
            <strong class=worst>{wrong.len()}</strong>
            {format!(" to mend: {}", text::list(&names))}
        </p>
    }
    .into_any()
}

fn lower(label: &str) -> String {
    if label == "GDAP" { label.to_owned() } else { label.to_lowercase() }
}

/// The datasets that are the most behind, each against its cadence.
#[component]
fn Ages(datasets: Vec<DatasetStatus>, now: DateTime<Utc>) -> impl IntoView {
    let mut datasets = datasets;
    datasets.sort_by_key(|status| {
        let freshness = Freshness::of(status, now);
        let lag = status
            .read_at
            .map_or(0, |at| (now - at).num_seconds() * 100 / status.dataset.spec().cadence.num_seconds().max(1));
        (matches!(freshness, Freshness::NotLicensed | Freshness::NotGranted | Freshness::NotYetRead), -lag)
    });
    let rows: Vec<_> = datasets
        .into_iter()
        .take(DATASETS_SHOWN)
        .map(|status| {
            let freshness = Freshness::of(&status, now);
            let age = match status.read_at {
                Some(at) => view! { <Ago at now wording=Wording::Bare /> }.into_any(),
                None => freshness.few_words().into_any(),
            };
            view! {
                <li title=format!("{}: {}", status.dataset.spec().label, freshness.label())>
                    <span class="clip">{status.dataset.spec().label}</span>
                    <Lag status=status.clone() now />
                    <span class="num">{age}</span>
                </li>
            }
        })
        .collect();
    view! {
        <div class="ages">
            <h3>"Age of what you see"</h3>
            <ul>{rows}</ul>
        </div>
    }
    .into_any()
}

/// How much of three cadences has passed: a full bar is overdue.
#[component]
fn Lag(status: DatasetStatus, now: DateTime<Utc>) -> impl IntoView {
    let limit = (status.dataset.spec().cadence * 3).num_seconds().max(1);
    let passed = status.read_at.map_or(0, |at| (now - at).num_seconds().clamp(0, limit));
    let class = format!(
        "fill-{}",
        match Freshness::of(&status, now) {
            Freshness::Fresh => "ink-2",
            other => other.tone().class(),
        }
    );
    view! {
        <svg class="bar lag" width="40" height="4" aria-hidden="true">
            <rect class="bar-ground" width="100%" height="100%" />
            <rect class=class width=format!("{}%", passed * 100 / limit) height="100%" />
        </svg>
    }
    .into_any()
}

//! The client's directory sync as the server writes it: it changes with a reading alone, and its code need not be in the wasm.

use domain::client::{ClientHeader, PermissionStatus};
use domain::dataset::DatasetStatus;
use serde::{Deserialize, Serialize};

/// What `/tenants/{id}/sync` is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenSync {
    pub header: ClientHeader,
    pub datasets: Vec<DatasetStatus>,
    /// HTML: the two syncs, and the reports below them.
    pub directory: String,
    /// HTML: our way to the client, and how its changes come to be known.
    pub connection: String,
    pub permissions: Vec<PermissionStatus>,
}

#[cfg(feature = "ssr")]
pub use ssr::write;

#[cfg(feature = "ssr")]
mod ssr {
    use chrono::{DateTime, Utc};
    use domain::client::{Report, SyncPane, SyncView};
    use domain::connection::ConnectionFact;
    use domain::known::Known;
    use domain::sync_health::SyncState;
    use leptos::prelude::*;

    use super::WrittenSync;
    use crate::components::sync_state::{SyncWord, tone_of};
    use crate::components::unknown::known_or_cause;
    use crate::ui::ago::Ago;
    use crate::ui::mark::Mark;
    use crate::ui::table::FramedTable;

    /// Every text is escaped as on any page.
    pub fn write(view: SyncView) -> WrittenSync {
        let SyncView { header, pane, reports, connection, permissions } = view;
        let SyncPane { directory, directory_scale, password, password_scale, datasets, changes, .. } = pane;
        let now = header.now;
        let directory = Owner::new().with(|| {
            let reports: Vec<_> = reports.into_iter().map(|report| told(report, now)).collect();
            let syncs = [("Objects", directory, directory_scale), ("Passwords", password, password_scale)];
            let syncs = syncs.map(|(label, state, scale)| stands(label, state, scale, now));
            view! {
                <dl class="facts">{syncs}</dl>
                {reports}
            }
            .to_html()
        });
        let connection = Owner::new().with(|| {
            let facts: Vec<_> = connection.into_iter().map(|fact| known(fact, now)).collect();
            view! {
                <dl class="facts">{facts}</dl>
                {changes.map(|changes| view! { <p class="faint">{changes.detail}</p> })}
            }
            .to_html()
        });
        WrittenSync { header, datasets, directory, connection, permissions }
    }

    fn stands(label: &'static str, state: Known<SyncState>, scale: String, now: DateTime<Utc>) -> AnyView {
        let is_on = matches!(state, Known::Known(SyncState::On { .. }));
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{known_or_cause(state, move |state| view! { <SyncWord state now /> })}</dd>
                {is_on.then(|| view! { <dd class="faint">{scale}</dd> })}
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

    /// What the server says of one matter, as it says it.
    fn told(report: Report, now: DateTime<Utc>) -> AnyView {
        let Report { title, note, heads, time_head, rows } = report;
        let is_timed = !time_head.is_empty();
        let heads: Vec<_> = heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect();
        let time_head = is_timed.then(|| {
            view! {
                <th scope="col" class="num">
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
                        <th scope="row">
                            <span class="state">
                                <Mark tone=tone_of(row.gravity) />
                                {first}
                            </span>
                        </th>
                        {cells}
                        {at}
                    </tr>
                }
            })
            .collect();
        let name = title.clone();
        let table = (!rows.is_empty()).then(|| view! { <FramedTable name heads=(heads, time_head).into_any() rows /> });
        view! {
            <h3>{title}</h3>
            {(!note.is_empty()).then(|| view! { <p class="faint">{note}</p> })}
            {table}
        }
        .into_any()
    }
}

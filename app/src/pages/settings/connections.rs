//! `/settings/connections`: every client with the way it is reached; connecting, checking and disconnecting.

mod client;
mod partner;

use domain::ids::TenantId;
use domain::operator::Permission;
use domain::settings::{ConnectionRow, PartnerConnection};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::answer::ask;
use crate::api::Dated;
use crate::api::connections::{
    CheckConnection, CreateConnection, CreateDelegatedConnection, DeleteTenant, DisconnectTenant,
    RemoveOwnRegistration, RequestConsent, SetOwnRegistration, get_partner, list_connections,
};
use crate::api::session::Session;
use crate::components::connection::{ConnectionWord, kind_label, told};
use crate::components::loaded::loaded;
use crate::forms::connect_client::ConnectClient;
use crate::forms::successes;
use crate::pages::settings::SettingsCrumbs;
use crate::text;
use crate::ui::heading::Heading;
use crate::ui::mark::Tone;
use crate::ui::table::{FramedTable, heads};
use crate::urls;

/// The writes of this page; each makes the list anew.
#[derive(Clone, Copy)]
pub struct Actions {
    create: ServerAction<CreateConnection>,
    consent: ServerAction<RequestConsent>,
    check: ServerAction<CheckConnection>,
    delegate: ServerAction<CreateDelegatedConnection>,
    register: ServerAction<SetOwnRegistration>,
    unregister: ServerAction<RemoveOwnRegistration>,
    disconnect: ServerAction<DisconnectTenant>,
    delete: ServerAction<DeleteTenant>,
}

impl Actions {
    fn new() -> Self {
        Self {
            create: ServerAction::new(),
            consent: ServerAction::new(),
            check: ServerAction::new(),
            delegate: ServerAction::new(),
            register: ServerAction::new(),
            unregister: ServerAction::new(),
            disconnect: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    /// Changes whenever something was written.
    fn written(self) -> Signal<usize> {
        let writes = [
            successes(self.create),
            successes(self.consent),
            successes(self.check),
            successes(self.delegate),
            successes(self.register),
            successes(self.unregister),
            successes(self.disconnect),
            successes(self.delete),
        ];
        Signal::derive(move || writes.iter().map(|successes| successes.get()).sum())
    }
}

#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let actions = Actions::new();
    let written = actions.written();
    let params = use_query_map();
    let chosen = Memo::new(move |_| params.read().get("tenant").and_then(|id| id.parse::<TenantId>().ok()));
    let connections =
        ask(move || written.get(), |_| async move { Ok((list_connections().await?, get_partner().await?)) });
    loaded(connections, move |(Dated { answer: rows, now }, partner)| {
        let panel = {
            let rows = rows.clone();
            move || {
                let row = chosen.get().and_then(|id| rows.iter().find(|row| row.tenant_id == id).cloned());
                match row {
                    Some(row) => view! { <client::Client row actions now /> }.into_any(),
                    None => view! { <Ways partner=partner.clone() actions now /> }.into_any(),
                }
            }
        };
        let troubled =
            rows.iter().filter(|row| !matches!(told(&row.connection, now).tone, Tone::Good | Tone::Quiet)).count()
                as u64;
        let said = match troubled {
            0 => "Every one is connected with what it needs.".to_owned(),
            1 => "1 needs you.".to_owned(),
            many => format!("{} need you.", text::number(many)),
        };
        let heading = text::count(rows.len() as u64, "connection", "connections");
        let rows: Vec<_> = rows.into_iter().map(|row| view! { <Row row chosen now /> }).collect();
        view! {
            <SettingsCrumbs here="Connections" />
            <header class="page-head">
                <div>
                    <Heading text=heading />
                    <p class="sub">{said}</p>
                </div>
                <div class="page-actions">
                    {move || {
                        chosen
                            .get()
                            .map(|_| {
                                view! {
                                    <a class="button" href=urls::CONNECTIONS>
                                        "Connect a client"
                                    </a>
                                }
                            })
                    }}
                </div>
            </header>
            <div class="beside">
                <FramedTable
                    name="Connections"
                    class="connections"
                    heads=heads([("Client", ""), ("State", ""), ("How", "wide-only"), ("Permissions", "num wide-only")])
                    rows
                />
                <div class="beside-panel">{panel}</div>
            </div>
        }
    })
}

#[component]
fn Row(row: ConnectionRow, chosen: Memo<Option<TenantId>>, now: chrono::DateTime<chrono::Utc>) -> impl IntoView {
    let id = row.tenant_id;
    let title = match &row.default_domain {
        Some(domain) => format!("{} · {domain}", row.tenant_name),
        None => row.tenant_name.clone(),
    };
    let how = if row.own_registration { "Own registration" } else { kind_label(row.connection.kind) };
    let permissions = match row.connection.permissions_wanted {
        0 => "not read".to_owned(),
        wanted => format!("{} of {wanted}", row.connection.permissions_granted),
    };
    view! {
        <tr class:chosen=move || chosen.get() == Some(id)>
            <th scope="row">
                <span class="clip" title=title>
                    <a
                        class="row-link"
                        href=urls::connection(id)
                        aria-current=move || (chosen.get() == Some(id)).then_some("true")
                    >
                        {row.tenant_name}
                    </a>
                    {row.is_partner.then(|| view! { " " <span class="tag">"partner"</span> })}
                </span>
            </th>
            <td>
                <ConnectionWord connection=row.connection now />
            </td>
            <td class="wide-only">{how}</td>
            <td class="num wide-only">{permissions}</td>
        </tr>
    }
    .into_any()
}

/// The two ways to a client, for who may connect.
#[component]
fn Ways(partner: PartnerConnection, actions: Actions, now: chrono::DateTime<chrono::Utc>) -> impl IntoView {
    if !Session::take().may(Permission::ManageConnections) {
        return view! {
            <section class="card">
                <p>"Choose a client to see its connection. Connecting clients is for administrators."</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="card" aria-labelledby="by-consent">
            <h2 id="by-consent">"Connect a client by admin consent"</h2>
            <ConnectClient action=actions.create />
        </section>
        <section class="card" aria-labelledby="by-gdap">
            <h2 id="by-gdap">"Connect through GDAP"</h2>
            <partner::Partner partner action=actions.delegate now />
        </section>
    }
    .into_any()
}

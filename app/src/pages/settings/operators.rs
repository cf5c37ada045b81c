//! `/settings/operators`: who may come in, as what, and to which clients.

use chrono::{DateTime, Utc};
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Reach, Role};
use domain::settings::OperatorRow;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::answer::ask;
use crate::api::Dated;
use crate::api::connections::list_connections;
use crate::api::operators::{DeleteOperator, SaveOperator, SignOutEverywhere, list_operators};
use crate::components::loaded::loaded;
use crate::forms::operator::OperatorForm;
use crate::forms::{FormError, failure, successes};
use crate::pages::settings::SettingsCrumbs;
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::heading::Heading;
use crate::ui::table::{FramedTable, heads};
use crate::urls;

/// The writes of this page; each makes the list anew.
#[derive(Clone, Copy)]
struct Actions {
    save: ServerAction<SaveOperator>,
    delete: ServerAction<DeleteOperator>,
    sign_out: ServerAction<SignOutEverywhere>,
}

#[component]
pub fn OperatorsPage() -> impl IntoView {
    let actions = Actions { save: ServerAction::new(), delete: ServerAction::new(), sign_out: ServerAction::new() };
    let (saved, deleted, signed_out) =
        (successes(actions.save), successes(actions.delete), successes(actions.sign_out));
    let params = use_query_map();
    let chosen = Memo::new(move |_| params.read().get("operator").and_then(|id| id.parse::<OperatorId>().ok()));
    let operators = ask(
        move || saved.get() + deleted.get() + signed_out.get(),
        |_| async move { Ok((list_operators().await?, list_connections().await?)) },
    );
    loaded(operators, move |(rows, Dated { answer: connections, now })| {
        let clients: Vec<(TenantId, String)> =
            connections.into_iter().map(|row| (row.tenant_id, row.tenant_name)).collect();
        let panel = {
            let (rows, clients) = (rows.clone(), clients.clone());
            move || {
                let operator = chosen.get().and_then(|id| rows.iter().find(|row| row.id == id).cloned());
                view! { <Panel operator clients=clients.clone() actions /> }
            }
        };
        let heading = text::count(rows.len() as u64, "operator", "operators");
        let admins = rows.iter().filter(|row| row.role == Role::Admin).count() as u64;
        let said = format!("{}. Nobody else gets in.", text::count(admins, "administrator", "administrators"));
        let rows: Vec<_> = rows.into_iter().map(|row| view! { <Row row clients=clients.clone() now /> }).collect();
        view! {
            <SettingsCrumbs here="Operators" />
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
                                    <a class="button" href=urls::OPERATORS>
                                        "Appoint somebody"
                                    </a>
                                }
                            })
                    }}
                </div>
            </header>
            <div class="beside">
                <FramedTable
                    name="Operators"
                    heads=heads([("Name", ""), ("Role", ""), ("Clients", "wide-only"), ("Last sign-in", "wide-only"), ("Sessions", "num")])
                    rows
                />
                <div class="beside-panel">{panel}</div>
            </div>
        }
    })
}

#[component]
fn Row(row: OperatorRow, clients: Vec<(TenantId, String)>, now: DateTime<Utc>) -> impl IntoView {
    let reach = match &row.reach {
        Reach::All => "all".to_owned(),
        Reach::Only(tenants) => {
            let names: Vec<&str> =
                clients.iter().filter(|(tenant, _)| tenants.contains(tenant)).map(|(_, name)| name.as_str()).collect();
            if names.is_empty() { text::count(tenants.len() as u64, "client", "clients") } else { names.join(", ") }
        }
    };
    let title = format!("{} · {}", row.display_name, row.user_principal_name);
    view! {
        <tr>
            <th scope="row">
                <span class="clip" title=title>
                    <a class="row-link" href=urls::operator(row.id)>
                        {row.display_name}
                    </a>
                    " "
                    <span class="faint">{row.user_principal_name}</span>
                </span>
            </th>
            <td>{row.role.label()}</td>
            <td class="wide-only">
                <span class="clip" title=reach.clone()>
                    {reach.clone()}
                </span>
            </td>
            <td class="wide-only">
                {match row.last_sign_in_at {
                    Some(at) => view! { <Ago at now /> }.into_any(),
                    None => view! { <span class="faint">"never"</span> }.into_any(),
                }}
            </td>
            <td class="num">{row.sessions}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Panel(operator: Option<OperatorRow>, clients: Vec<(TenantId, String)>, actions: Actions) -> impl IntoView {
    let title = match &operator {
        Some(operator) => format!("Change {}", operator.display_name),
        None => "Appoint somebody".to_owned(),
    };
    let ends = operator.as_ref().map(|operator| {
        let (id, same_id) = (operator.id.to_string(), operator.id.to_string());
        let (sign_out, delete) = (actions.sign_out, actions.delete);
        view! {
            <section class="card" aria-labelledby="end">
                <h2 id="end">"End"</h2>
                <div class="actions">
                    <ActionForm action=sign_out>
                        <input type="hidden" name="operator" value=same_id />
                        <button class="button" disabled=move || sign_out.pending().get()>
                            "Sign out everywhere"
                        </button>
                    </ActionForm>
                    <ActionForm action=delete>
                        <input type="hidden" name="operator" value=id />
                        <button class="button danger" disabled=move || delete.pending().get()>
                            "Remove the appointment"
                        </button>
                    </ActionForm>
                </div>
                <p class="faint">"Removing ends all sessions. The last administrator cannot be removed."</p>
                <FormError failure=failure(sign_out) />
                <FormError failure=failure(delete) />
            </section>
        }
    });
    view! {
        <section class="card" aria-labelledby="appointment">
            <h2 id="appointment">{title}</h2>
            <OperatorForm action=actions.save operator clients />
        </section>
        {ends}
    }
    .into_any()
}

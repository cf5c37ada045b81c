//! GDAP: the partner operator whose token reaches clients, and the relationships that can be connected without a click by
//! the client.

use chrono::{DateTime, Utc};
use domain::settings::{PartnerConnection, RelationshipRow};
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::connections::CreateDelegatedConnection;
use crate::components::connection::kind_label;
use crate::forms::{FormError, failure};
use crate::ui::ago::Ago;
use crate::ui::mark::{Mark, Tone};

#[component]
pub fn Partner(
    partner: PartnerConnection,
    action: ServerAction<CreateDelegatedConnection>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let failure = failure(action);
    let problem = partner.problem.as_ref().map(|cause| {
        view! {
            <p class="state">
                <Mark tone=Tone::Bad />
                <span>{format!("{} {} ({})", cause.meaning, cause.next_step, cause.code)}</span>
            </p>
        }
    });
    let nothing_listed = partner.connected && partner.problem.is_none();
    let who = if partner.connected {
        let name = partner.user_principal_name.unwrap_or_else(|| "a partner operator".to_owned());
        let renewed = partner.last_renewed_at.map(|at| view! { ", last used " <Ago at now /> });
        view! {
            <p>
                "Connected as " <strong>{name}</strong> {renewed}
                ". Unused for 90 days the connection ends, and somebody has to connect anew."
            </p>
        }
        .into_any()
    } else {
        view! { <p>"A partner operator connects once, with MFA; then every active relationship can be used."</p> }
            .into_any()
    };
    let connect = if partner.connected { "Connect as somebody else" } else { "Connect with your partner account" };
    let rows: Vec<_> = partner.relationships.into_iter().map(|row| view! { <Relationship row action now /> }).collect();
    let table = if rows.is_empty() {
        nothing_listed
            .then(|| view! { <p class="faint">"The partner tenant has no GDAP relationships."</p> })
            .into_any()
    } else {
        view! {
            <table class="list pane-list relationships stacks">
                <caption class="visually-hidden">"GDAP relationships"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Client"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Ends"</th>
                        <th scope="col">
                            <span class="visually-hidden">"Connect"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        {who} {problem}
        <p>
            <a class="button" rel="external" href=partner.connect_url>
                {connect}
            </a>
        </p>
        {table}
        <FormError failure />
    }
    .into_any()
}

#[component]
fn Relationship(
    row: RelationshipRow,
    action: ServerAction<CreateDelegatedConnection>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let act = match row.connected_by {
        Some(kind) => view! { <span class="faint">{format!("by {}", kind_label(kind))}</span> }.into_any(),
        None if row.status == "active" || row.status == "expiring" => view! {
            <ActionForm action>
                <input type="hidden" name="relationship" value=row.relationship_id />
                <button class="button" disabled=move || action.pending().get()>
                    "Connect"
                </button>
            </ActionForm>
        }
        .into_any(),
        None => view! { <span class="faint">"not usable"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="clip" title=row.tenant_name.clone()>
                    {row.tenant_name.clone()}
                </span>
            </th>
            <td>{row.status}</td>
            <td>{row.ends_at.map(|at| view! { <Ago at now /> })}</td>
            <td class="num">{act}</td>
        </tr>
    }
    .into_any()
}

//! Appoints a person, or changes an appointment. Identity is tenant id and object id, never a name.

use domain::ids::TenantId;
use domain::operator::{Reach, Role};
use domain::settings::OperatorRow;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::operators::SaveOperator;
use crate::forms::{FormError, beside, failure};
use crate::ui::field::TextField;

const FIELDS: &[&str] = &["home_tenant", "object_id", "display_name", "role", "tenants"];

/// `operator` is the appointment to change; without it a new one is made. `clients` are those that may be given.
#[component]
pub fn OperatorForm(
    action: ServerAction<SaveOperator>,
    operator: Option<OperatorRow>,
    clients: Vec<(TenantId, String)>,
) -> impl IntoView {
    let failure = failure(action);
    let change = operator.is_some();
    let id = operator.as_ref().map(|operator| operator.id.to_string()).unwrap_or_default();
    let given = match operator.as_ref().map(|operator| &operator.reach) {
        Some(Reach::Only(tenants)) => tenants.clone(),
        _ => Default::default(),
    };
    let role = operator.as_ref().map_or(Role::Technician, |operator| operator.role);
    let role_problem = beside(failure, "role");
    let tenants_problem = beside(failure, "tenants");
    let roles = Role::ALL.map(|each| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="role"
                    value=each.name()
                    checked=role == each
                />
                <span>{each.label()} " " <span class="faint">{may(each)}</span></span>
            </label>
        }
    });
    let boxes: Vec<_> = clients
        .into_iter()
        .map(|(tenant, name)| {
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        name="tenants[]"
                        value=tenant.to_string()
                        checked=given.contains(&tenant)
                    />
                    {name}
                </label>
            }
        })
        .collect();
    let (name, home_tenant, object_id) = operator
        .map(|operator| (operator.display_name, operator.home_tenant.to_string(), operator.object_id))
        .unwrap_or_default();
    view! {
        <ActionForm action attr:class="form">
            <input type="hidden" name="operator" value=id />
            <TextField
                name="display_name"
                label="Name"
                value=name
                required=true
                error=beside(failure, "display_name")
            />
            <TextField
                name="home_tenant"
                label="Tenant id"
                hint="Of the Entra tenant that the person signs in with."
                value=home_tenant
                required=true
                error=beside(failure, "home_tenant")
            />
            <TextField
                name="object_id"
                label="Object id"
                hint="Of the person in that tenant. Whoever tries to sign in without an appointment is shown both ids."
                value=object_id
                required=true
                error=beside(failure, "object_id")
            />
            <fieldset class="checks">
                <legend>"Role"</legend>
                {roles}
                <p class="error" role="alert">
                    {role_problem}
                </p>
            </fieldset>
            <fieldset class="checks given">
                <legend>"Clients given to the account manager"</legend>
                <div class="checks-scroll">{boxes}</div>
                <p class="error" role="alert">
                    {tenants_problem}
                </p>
            </fieldset>
            <FormError failure fields=FIELDS />
            <p>
                <button class="button primary" disabled=move || action.pending().get()>
                    {if change { "Change the appointment" } else { "Appoint" }}
                </button>
            </p>
        </ActionForm>
    }
    .into_any()
}

/// What a role may do, in a few words.
fn may(role: Role) -> &'static str {
    match role {
        Role::Admin => "everything: connects clients, appoints people, sees the audit log",
        Role::Technician => "sees every client and asks for fresh data",
        Role::AccountManager => "reads the clients given",
        Role::Viewer => "a person of the client: reads their own tenant alone",
    }
}

//! Gives a client an app registration of its own: its own quota, its own blast radius. The secret goes in and never comes out.

use domain::ids::TenantId;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::connections::{RemoveOwnRegistration, SetOwnRegistration};
use crate::forms::{FormError, beside, failure};
use crate::ui::field::TextField;

#[component]
pub fn OwnRegistrationForm(
    tenant: TenantId,
    present: bool,
    set: ServerAction<SetOwnRegistration>,
    remove: ServerAction<RemoveOwnRegistration>,
) -> impl IntoView {
    let (refused, not_removed) = (failure(set), failure(remove));
    let back = present.then(|| {
        view! {
            <ActionForm action=remove>
                <input type="hidden" name="tenant" value=tenant.to_string() />
                <button class="button" disabled=move || remove.pending().get()>
                    "Use the shared registration again"
                </button>
            </ActionForm>
            <FormError failure=not_removed />
        }
    });
    view! {
        <ActionForm action=set attr:class="form">
            <input type="hidden" name="tenant" value=tenant.to_string() />
            <TextField
                name="client_id"
                label="Application (client) id"
                required=true
                error=beside(refused, "client_id")
            />
            <TextField
                name="client_secret"
                label="Client secret"
                kind="password"
                hint="Kept in the vault; it is never shown again."
                required=true
                error=beside(refused, "client_secret")
            />
            <TextField
                name="secret_ends_on"
                label="The secret ends on"
                kind="date"
                hint="As the portal says; a warning comes 30 days before. Empty where you do not know."
                error=beside(refused, "secret_ends_on")
            />
            <FormError failure=refused fields=&["client_id", "client_secret", "secret_ends_on"] />
            <p>
                <button class="button" disabled=move || set.pending().get()>
                    {if present { "Replace the registration" } else { "Use this registration" }}
                </button>
            </p>
        </ActionForm>
        {back}
    }
    .into_any()
}

//! Deletes a client with all its data, once its name has been typed.

use domain::ids::TenantId;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::connections::DeleteTenant;
use crate::forms::{FormError, beside, failure};
use crate::ui::field::TextField;

#[component]
pub fn DeleteClient(tenant: TenantId, name: String, action: ServerAction<DeleteTenant>) -> impl IntoView {
    let failure = failure(action);
    view! {
        <ActionForm action attr:class="form">
            <input type="hidden" name="tenant" value=tenant.to_string() />
            <p>
                "Everything that was read from " <strong>{name}</strong>
                " is deleted: accounts, verdicts, history, tokens. There is no way back."
            </p>
            <TextField
                name="confirmation"
                label="Type the client's name to confirm"
                required=true
                error=beside(failure, "confirmation")
            />
            <FormError failure fields=&["confirmation"] />
            <p>
                <button class="button danger" disabled=move || action.pending().get()>
                    "Delete this client"
                </button>
            </p>
        </ActionForm>
    }
    .into_any()
}

//! One client's connection: its state and the way out, permissions, consent, own registration, disconnecting, deleting.

use chrono::{DateTime, Utc};
use domain::connection::{ConnectionKind, ConnectionState};
use domain::operator::Permission;
use domain::settings::ConnectionRow;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::Actions;
use crate::api::session::Session;
use crate::components::connection::{kind_label, told};
use crate::components::permissions::Permissions;
use crate::forms::connect_client::ConsentLink;
use crate::forms::delete_client::DeleteClient;
use crate::forms::own_registration::OwnRegistrationForm;
use crate::forms::{FormError, failure};
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::mark::Mark;
use crate::urls;

#[component]
pub fn Client(row: ConnectionRow, actions: Actions, now: DateTime<Utc>) -> impl IntoView {
    let told = told(&row.connection, now);
    let tenant = row.tenant_id;
    let may_manage = Session::take().may(Permission::ManageConnections);
    let used = row.connection.last_token_at.map(|at| view! { <p class="faint">"Last used " <Ago at now /></p> });
    let ends = row.connection.credential_ends_at.map(|at| {
        view! { <p class="faint">{format!("The credential ends on {}, ", text::date(at))} <Ago at now /> "."</p> }
    });
    let request_id = row.connection.cause.as_ref().and_then(|cause| cause.request_id.clone());
    let manage = may_manage.then(|| view! { <Manage row=row.clone() actions /> });
    view! {
        <section class="card" aria-labelledby="connection">
            <h2 id="connection">
                <a href=urls::tenant(tenant)>{row.tenant_name.clone()}</a>
            </h2>
            <p class="state">
                <Mark tone=told.tone />
                <span>{told.sentence}</span>
            </p>
            {request_id
                .map(|id| view! { <p class="faint">"Microsoft's request id " <code>{id}</code></p> })}
            <p class="faint">{kind_label(row.connection.kind)}</p>
            {used}
            {ends}
        </section>
        <section class="card" aria-labelledby="connection-permissions">
            <h2 id="connection-permissions">"Permissions"</h2>
            <Permissions permissions=row.permissions tenant_name=row.tenant_name />
        </section>
        {manage}
    }
    .into_any()
}

/// What an administrator may do about it.
#[component]
fn Manage(row: ConnectionRow, actions: Actions) -> impl IntoView {
    let tenant = row.tenant_id;
    let (consent, check, disconnect) = (actions.consent, actions.check, actions.disconnect);
    let link = move || {
        let request = consent.value().get().and_then(Result::ok).filter(|request| request.tenant_id == tenant);
        request.map(|request| view! { <ConsentLink request /> })
    };
    let by_consent = row.connection.kind == ConnectionKind::AppOnly;
    let is_disconnected = row.connection.state == ConnectionState::Disconnected;
    let hidden = move || view! { <input type="hidden" name="tenant" value=tenant.to_string() /> };
    let ask = by_consent.then(|| {
        view! {
            <ActionForm action=consent>
                {hidden()}
                <button class="button" disabled=move || consent.pending().get()>
                    "Consent link"
                </button>
            </ActionForm>
        }
    });
    let cut = (!is_disconnected).then(|| {
        view! {
            <ActionForm action=disconnect>
                {hidden()}
                <button class="button danger" disabled=move || disconnect.pending().get()>
                    "Disconnect"
                </button>
            </ActionForm>
        }
    });
    let registration = by_consent.then(|| {
        view! {
            <details class="card">
                <summary>
                    {if row.own_registration { "Its own registration" } else { "Give it a registration of its own" }}
                </summary>
                <OwnRegistrationForm
                    tenant
                    present=row.own_registration
                    set=actions.register
                    remove=actions.unregister
                />
            </details>
        }
    });
    view! {
        <section class="card" aria-labelledby="manage">
            <h2 id="manage">"Manage"</h2>
            <div class="actions">
                <ActionForm action=check>
                    {hidden()}
                    <button class="button" disabled=move || check.pending().get()>
                        "Check now"
                    </button>
                </ActionForm>
                {ask} {cut}
            </div>
            <p class="faint">
                "Disconnecting deletes the client's tokens at once. Its data stays until it is deleted."
            </p>
            <FormError failure=failure(check) />
            <FormError failure=failure(consent) />
            <FormError failure=failure(disconnect) />
            <div role="status">{link}</div>
        </section>
        {registration}
        <details class="card">
            <summary>"Delete this client"</summary>
            <DeleteClient tenant name=row.tenant_name action=actions.delete />
        </details>
    }
    .into_any()
}

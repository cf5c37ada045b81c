//! Sets the stage: signs in as the administrator, connects the partner and the clients, appoints people. Over HTTP where an
//! administrator would use a browser, through the services where they would press a button.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use app::backend::{Backend, Caller};
use app::error::Error;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use domain::operator::Role;
use domain::settings::{NewConnection, NewOperator, OwnRegistration};
use simulator::Announcement;
use simulator::announcement::{AnnouncedPerson, AnnouncedTenant};

use crate::services::connections::PARTNER_START;
use crate::state::AppState;

use super::visitor::Visitor;
use super::{key, person};

/// How many clients an account manager of the demo is given.
const CLIENTS_OF_AN_ACCOUNT_MANAGER: usize = 6;

/// Makes the stage ready: connections and people. Doing it again changes nothing that is right already.
///
/// `once_consented`: clients whose administrators give a consent that is not there.
pub async fn prepare(state: &AppState, announcement: &Announcement, once_consented: &[TenantId]) -> anyhow::Result<()> {
    let base = state.public_url.as_str().trim_end_matches('/').to_owned();
    let admin = person(announcement, "admin")?;
    let mut browser = Visitor::new(state.graph.http().clone());
    browser.sign_in(&base, &key(admin)).await.context("the administrator could not sign in")?;
    let caller = caller_of(state, admin).await?;
    let backend = &state.backend;
    browser.get(&format!("{base}{PARTNER_START}")).await?;
    browser.choose(&key(admin)).await.context("the partner could not be connected")?;
    connect_clients(backend, &caller, announcement, once_consented, state).await?;
    appoint(backend, &caller, announcement).await?;
    Ok(())
}

async fn caller_of(state: &AppState, person: &AnnouncedPerson) -> anyhow::Result<Caller> {
    let found = state.store.operators().get_by_identity(TenantId(person.tenant_id), person.object_id).await?;
    let appointment = found.context("the administrator was not appointed at sign-in")?;
    Ok(Caller { operator: appointment.operator, request_id: String::from("demo") })
}

/// Clients one after the other, as a person would; those that are connected already are left alone.
async fn connect_clients(
    backend: &Backend,
    caller: &Caller,
    announcement: &Announcement,
    once_consented: &[TenantId],
    state: &AppState,
) -> anyhow::Result<()> {
    let rows = backend.connections.list(caller).await?;
    let listed: BTreeMap<TenantId, ConnectionKind> =
        rows.into_iter().map(|row| (row.tenant_id, row.connection.kind)).collect();
    for client in announcement.tenants.iter().filter(|tenant| tenant.id != announcement.partner_tenant_id) {
        if !listed.contains_key(&TenantId(client.id)) {
            connect_client(backend, caller, announcement, client, once_consented, state).await?;
        }
    }
    if !listed.contains_key(&TenantId(announcement.partner_tenant_id)) || listed.len() == 1 {
        backend.connections.check(caller, TenantId(announcement.partner_tenant_id)).await?;
    }
    for relationship in backend.connections.get_partner(caller).await?.relationships {
        let is_wanted = match listed.get(&relationship.tenant_id) {
            None => relationship.connected_by.is_none(),
            // A world made anew knows nothing of consents through Partner Center; a look finds that out.
            Some(ConnectionKind::Delegated) => {
                backend.connections.check(caller, relationship.tenant_id).await?;
                true
            }
            Some(ConnectionKind::AppOnly) => false,
        };
        if relationship.status == "active" && is_wanted {
            match backend.connections.create_delegated(caller, &relationship.relationship_id).await {
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(error) => tracing::warn!(client = relationship.tenant_name, %error, "not connected through GDAP"),
            }
        }
    }
    Ok(())
}

async fn connect_client(
    backend: &Backend,
    caller: &Caller,
    announcement: &Announcement,
    client: &AnnouncedTenant,
    once_consented: &[TenantId],
    state: &AppState,
) -> anyhow::Result<()> {
    let tenant = TenantId(client.id);
    let new = NewConnection { tenant: client.domain.clone(), kind: ConnectionKind::AppOnly };
    let request = backend.connections.create(caller, new).await?;
    if let Some(own) = announcement.own_registrations.iter().find(|own| own.tenant_id == client.id) {
        let registration = OwnRegistration {
            client_id: own.client_id.to_string(),
            client_secret: own.client_secret.clone(),
            secret_ends_at: None,
        };
        backend.connections.set_own_registration(caller, tenant, Some(registration)).await?;
        state.jobs.refresh(tenant).await?;
        return Ok(());
    }
    // Where consent is still there, or once was, its administrator goes through the pages; the others stay as they are.
    let checked = backend.connections.check(caller, tenant).await?;
    let has_consent =
        matches!(checked.connection.state, ConnectionState::Connected | ConnectionState::MissingPermissions);
    let administrator =
        announcement.people.iter().find(|person| person.tenant_id == client.id && person.demo_role == "client_admin");
    if let (true, Some(administrator)) = (has_consent || once_consented.contains(&tenant), administrator) {
        let mut browser = Visitor::new(state.graph.http().clone());
        browser.get(&request.consent_url).await?;
        let page = browser.choose(&key(administrator)).await?;
        if !page.status.is_success() {
            bail!("{} did not connect: {}", client.name, page.status);
        }
    }
    Ok(())
}

async fn appoint(backend: &Backend, caller: &Caller, announcement: &Announcement) -> anyhow::Result<()> {
    let clients = announcement.tenants.iter().filter(|tenant| tenant.id != announcement.partner_tenant_id);
    let given: Vec<TenantId> = clients.map(|client| TenantId(client.id)).take(CLIENTS_OF_AN_ACCOUNT_MANAGER).collect();
    for person in &announcement.people {
        let role = match person.demo_role.as_str() {
            "technician" => Role::Technician,
            "account_manager" => Role::AccountManager,
            "viewer" => Role::Viewer,
            _ => continue,
        };
        let new = NewOperator {
            home_tenant: person.tenant_id.to_string(),
            object_id: person.object_id.to_string(),
            display_name: person.display_name.clone(),
            role,
            tenants: if role == Role::AccountManager { given.clone() } else { Vec::new() },
        };
        match backend.operators.create(caller, new).await {
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error).with_context(|| format!("{} was not appointed", person.display_name)),
        }
    }
    Ok(())
}

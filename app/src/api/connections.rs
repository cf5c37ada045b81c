//! Connecting, checking and disconnecting tenants. Forms post the writes, so their arguments are flat.

use domain::ids::TenantId;
use domain::settings::{ConnectionRow, ConsentRequest, PartnerConnection};
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};

use crate::api::Dated;
use crate::error::Error;

#[server(endpoint = "list_connections", input = Json, output = Postcard)]
pub async fn list_connections() -> Result<Dated<Vec<ConnectionRow>>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    Ok(Dated { answer: backend.connections.list(&caller).await?, now: crate::caller::requested_at()? })
}

#[server(endpoint = "get_partner", input = Json, output = Postcard)]
pub async fn get_partner() -> Result<PartnerConnection, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.get_partner(&caller).await
}

/// `tenant` is a domain or a tenant id.
#[server(endpoint = "create_connection")]
pub async fn create_connection(tenant: String) -> Result<ConsentRequest, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let new = domain::settings::NewConnection { tenant, kind: domain::connection::ConnectionKind::AppOnly };
    backend.connections.create(&caller, new).await
}

/// A fresh consent link for a tenant that is listed already.
#[server(endpoint = "request_consent")]
pub async fn request_consent(tenant: TenantId) -> Result<ConsentRequest, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.consent(&caller, tenant).await
}

#[server(endpoint = "check_connection")]
pub async fn check_connection(tenant: TenantId) -> Result<ConnectionRow, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.check(&caller, tenant).await
}

#[server(endpoint = "create_delegated_connection")]
pub async fn create_delegated_connection(relationship: String) -> Result<ConnectionRow, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.create_delegated(&caller, &relationship).await
}

/// `secret_ends_on` is a date (`2027-01-31`), or empty where it is not known.
#[server(endpoint = "set_own_registration")]
pub async fn set_own_registration(
    tenant: TenantId,
    client_id: String,
    client_secret: String,
    #[server(default)] secret_ends_on: String,
) -> Result<ConnectionRow, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let secret_ends_at = end_of_secret(&secret_ends_on)?;
    let registration = domain::settings::OwnRegistration { client_id, client_secret, secret_ends_at };
    backend.connections.set_own_registration(&caller, tenant, Some(registration)).await
}

/// Back to the deployment's registration.
#[server(endpoint = "remove_own_registration")]
pub async fn remove_own_registration(tenant: TenantId) -> Result<ConnectionRow, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.set_own_registration(&caller, tenant, None).await
}

#[server(endpoint = "disconnect_tenant")]
pub async fn disconnect_tenant(tenant: TenantId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.disconnect(&caller, tenant).await
}

/// `confirmation` is the tenant's name, typed.
#[server(endpoint = "delete_tenant")]
pub async fn delete_tenant(tenant: TenantId, #[server(default)] confirmation: String) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.connections.delete(&caller, tenant, &confirmation).await
}

#[cfg(feature = "ssr")]
fn end_of_secret(typed: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let invalid = |_| Error::Invalid {
        field: "secret_ends_on".to_owned(),
        message: "This is not a date. Write it as year, month and day, for example 2027-01-31.".to_owned(),
    };
    let day = chrono::NaiveDate::parse_from_str(typed, "%Y-%m-%d").map_err(invalid)?;
    Ok(Some(day.and_time(chrono::NaiveTime::MIN).and_utc()))
}

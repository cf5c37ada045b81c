//! One tenant: panes, lists, users, refresh.

use domain::client::{BlockerList, ClientView, SyncView, UserList};
use domain::ids::{TenantId, UserId};
use domain::list::ListQuery;
use domain::review::ReviewView;
use domain::user::UserView;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::error::Error;

#[server(endpoint = "get_tenant", input = Json)]
pub async fn get_tenant(tenant: TenantId) -> Result<ClientView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get(&caller, tenant).await
}

#[server(endpoint = "list_users", input = Json)]
pub async fn list_users(tenant: TenantId, query: ListQuery) -> Result<UserList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_users(&caller, tenant, &query).await
}

#[server(endpoint = "list_mfa", input = Json)]
pub async fn list_mfa(tenant: TenantId, query: ListQuery) -> Result<UserList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_mfa(&caller, tenant, &query).await
}

#[server(endpoint = "list_blockers", input = Json)]
pub async fn list_blockers(tenant: TenantId, query: ListQuery) -> Result<BlockerList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_blockers(&caller, tenant, &query).await
}

#[server(endpoint = "get_sync", input = Json)]
pub async fn get_sync(tenant: TenantId) -> Result<SyncView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_sync(&caller, tenant).await
}

#[server(endpoint = "get_user", input = Json)]
pub async fn get_user(tenant: TenantId, user: UserId) -> Result<UserView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_user(&caller, tenant, user).await
}

#[server(endpoint = "get_review", input = Json)]
pub async fn get_review(tenant: TenantId) -> Result<ReviewView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_review(&caller, tenant).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "mark_reviewed")]
pub async fn mark_reviewed(tenant: TenantId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.mark_reviewed(&caller, tenant).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "refresh_tenant")]
pub async fn refresh_tenant(tenant: TenantId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.refresh(&caller, tenant).await
}

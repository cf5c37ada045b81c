//! One tenant: panes, lists, users, refresh.

use domain::blocker::{EvidenceView, Protocol};
use domain::client::{BlockerList, BlockerView, ClientView, UserList};
use domain::ids::{TenantId, UserId};
use domain::list::ListQuery;
use domain::review::ReviewView;
use domain::user::UserView;
use domain::what_if::PlanView;
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};
use uuid::Uuid;

use crate::components::written_sync::WrittenSync;
use crate::error::Error;

#[server(endpoint = "get_tenant", input = Json, output = Postcard)]
pub async fn get_tenant(tenant: TenantId) -> Result<ClientView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get(&caller, tenant).await
}

#[server(endpoint = "list_users", input = Json, output = Postcard)]
pub async fn list_users(tenant: TenantId, query: ListQuery) -> Result<UserList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_users(&caller, tenant, &query).await
}

#[server(endpoint = "list_mfa", input = Json, output = Postcard)]
pub async fn list_mfa(tenant: TenantId, query: ListQuery) -> Result<UserList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_mfa(&caller, tenant, &query).await
}

#[server(endpoint = "list_blockers", input = Json, output = Postcard)]
pub async fn list_blockers(tenant: TenantId, query: ListQuery) -> Result<BlockerList, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.list_blockers(&caller, tenant, &query).await
}

#[server(endpoint = "get_blocker", input = Json, output = Postcard)]
pub async fn get_blocker(tenant: TenantId, principal: String, protocol: Protocol) -> Result<BlockerView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_blocker(&caller, tenant, &principal, protocol).await
}

#[server(endpoint = "get_evidence", input = Json, output = Postcard)]
pub async fn get_evidence(tenant: TenantId) -> Result<EvidenceView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_evidence(&caller, tenant).await
}

/// A form posts it, with or without JavaScript. `blocker`: the protocol's word and the principal, with a colon between.
#[server(endpoint = "set_blocker_work")]
pub async fn set_blocker_work(
    tenant: TenantId,
    blocker: String,
    #[server(default)] state: String,
    #[server(default)] owner: String,
    #[server(default)] due: String,
    #[server(default)] accepted_until: String,
    #[server(default)] notes: String,
) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let (protocol, principal) = blocker.split_once(':').ok_or(Error::NotFound)?;
    let protocol = Protocol::from_name(protocol).ok_or(Error::NotFound)?;
    let work = domain::blocker::NewWork {
        state: &state,
        owner: &owner,
        due: &due,
        notes: &notes,
        accepted_until: &accepted_until,
    };
    backend.tenants.set_work(&caller, tenant, principal, protocol, work).await
}

#[server(endpoint = "get_sync", input = Json, output = Postcard)]
pub async fn get_sync(tenant: TenantId) -> Result<WrittenSync, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let view = backend.tenants.get_sync(&caller, tenant).await?;
    let mends = caller.operator.may(domain::operator::Permission::ReadConnections);
    Ok(crate::components::written_sync::write(view, mends))
}

#[server(endpoint = "get_user", input = Json, output = Postcard)]
pub async fn get_user(tenant: TenantId, user: UserId) -> Result<UserView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_user(&caller, tenant, user).await
}

#[server(endpoint = "get_review", input = Json, output = Postcard)]
pub async fn get_review(tenant: TenantId) -> Result<ReviewView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_review(&caller, tenant).await
}

#[server(endpoint = "get_plans", input = Json, output = Postcard)]
pub async fn get_plans(tenant: TenantId) -> Result<PlanView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.get_plans(&caller, tenant).await
}

/// `changes`: the plan's words.
#[server(endpoint = "keep_plan")]
pub async fn keep_plan(tenant: TenantId, name: String, #[server(default)] changes: Vec<String>) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let plan = domain::what_if::Plan::from_words(changes.iter().map(String::as_str));
    backend.tenants.keep_plan(&caller, tenant, &name, plan).await
}

#[server(endpoint = "delete_plan")]
pub async fn delete_plan(tenant: TenantId, plan: Uuid) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.delete_plan(&caller, tenant, plan).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "mark_reviewed")]
pub async fn mark_reviewed(tenant: TenantId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.mark_reviewed(&caller, tenant).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "mark_account")]
pub async fn mark_account(
    tenant: TenantId,
    user: UserId,
    #[server(default)] kind: String,
    #[server(default)] reason: String,
    #[server(default)] ends_on: String,
) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    let mark = domain::mark::NewMark { kind: &kind, reason: &reason, ends_on: &ends_on };
    backend.tenants.mark_account(&caller, tenant, user, mark).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "unmark_account")]
pub async fn unmark_account(tenant: TenantId, user: UserId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.unmark_account(&caller, tenant, user).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "refresh_tenant")]
pub async fn refresh_tenant(tenant: TenantId) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.tenants.refresh(&caller, tenant).await
}

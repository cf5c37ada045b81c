//! The audit log.

use domain::list::{ListQuery, Page};
use domain::settings::AuditRow;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::error::Error;

#[server(endpoint = "list_audit", input = Json)]
pub async fn list_audit(query: ListQuery) -> Result<Page<AuditRow>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.audit.list(&caller, &query).await
}

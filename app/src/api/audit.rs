//! The audit log.

use domain::list::{ListQuery, Page};
use domain::settings::AuditRow;
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};

use crate::api::Dated;
use crate::error::Error;

#[server(endpoint = "list_audit", input = Json, output = Postcard)]
pub async fn list_audit(query: ListQuery) -> Result<Dated<Page<AuditRow>>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    Ok(Dated { answer: backend.audit.list(&caller, &query).await?, now: crate::caller::requested_at()? })
}

//! Reading the audit log: the port `Audit`.

use app::backend::{Audit as Port, Caller};
use app::error::Error;
use async_trait::async_trait;
use domain::list::{ListQuery, Page};
use domain::operator::Permission;
use domain::settings::AuditRow;

use crate::failure::internal;
use crate::store::Store;

pub struct AuditLog(pub Store);

#[async_trait]
impl Port for AuditLog {
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<Page<AuditRow>, Error> {
        if !caller.operator.may(Permission::ReadAuditLog) {
            return Err(Error::Forbidden);
        }
        self.0.audit_log().list(query).await.map_err(|error| internal(caller, &error))
    }
}

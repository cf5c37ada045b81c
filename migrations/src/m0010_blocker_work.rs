//! What is being done about blockers: it outlives the evidence, which is counted anew again and again.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
-- The account's id, or the name in the usage report. Empty until the tenant is judged again.
ALTER TABLE blockers ADD COLUMN principal text NOT NULL DEFAULT '';
CREATE INDEX blockers_by_protocol ON blockers (protocol, tenant_id);

CREATE TABLE blocker_works (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    principal text NOT NULL,
    protocol text NOT NULL,
    state text NOT NULL,
    owner text NOT NULL,
    due {date},
    notes text NOT NULL,
    accepted_until {date},
    reopened text,
    -- The author's name as it was.
    author text NOT NULL,
    changed_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, principal, protocol)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("blocker_works", "tenant_id")]).await
    }
}

//! When an operator last reviewed a client, and what lists of verdicts are narrowed by.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE reviews (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    operator_id {uuid} NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    at {time} NOT NULL,
    PRIMARY KEY (tenant_id, operator_id)
);

CREATE INDEX verdict_changes_by_time ON verdict_changes (tenant_id, at);

-- The strongest kind of method that a verdict found, and why an unknown one is unknown; null: judged before they were kept.
ALTER TABLE verdicts ADD COLUMN methods text;
ALTER TABLE verdicts ADD COLUMN unknown_cause text;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("reviews", "tenant_id")]).await
    }
}

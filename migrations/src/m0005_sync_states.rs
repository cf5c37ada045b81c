//! Who syncs a tenant at present, what was asked for, and when it is due again.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE sync_states (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    -- The run that holds the tenant, until held_until at most.
    holder {uuid},
    held_until {time},
    -- Somebody waits for every dataset to be read anew.
    refresh_requested_at {time},
    -- When the first of its datasets is due; null: at once.
    next_run_at {time}
);
CREATE INDEX sync_states_by_next_run ON sync_states (next_run_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("sync_states", "tenant_id")]).await
    }
}

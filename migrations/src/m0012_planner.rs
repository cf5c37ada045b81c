//! Who works, so that budgets are split among them; and which tenants somebody is looking at.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE processes (
    id {uuid} NOT NULL PRIMARY KEY,
    seen_at {time} NOT NULL
);
ALTER TABLE sync_states ADD COLUMN looked_at {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await
    }
}

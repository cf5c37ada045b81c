//! Whether password sync is switched on, where the client's settings can be read: it tells "off" from "stalled".

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "
-- Null: not told.
ALTER TABLE standings ADD COLUMN password_sync_on {bool};
ALTER TABLE standings ADD COLUMN password_sync_told_at {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMNS).await
    }
}

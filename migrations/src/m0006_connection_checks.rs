//! When a connection was last proved, so that what was granted is looked at again by itself.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMN: &str = "
-- Null: never, or before this was written down.
ALTER TABLE connections ADD COLUMN checked_at {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMN).await
    }
}

//! What a run of a dataset spent, and when Microsoft last revoked a token.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &str = "
ALTER TABLE dataset_statuses ADD COLUMN calls integer;
ALTER TABLE connections ADD COLUMN challenged_at {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMNS).await
    }
}

//! Administrators who are marked apart, and those whose verdict is not known, are counted beside the others: the partner
//! requirement counts them all.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMN: &str = "
-- Right after the next judgement or mark.
ALTER TABLE standings ADD COLUMN admins_marked integer NOT NULL DEFAULT 0;
ALTER TABLE standings ADD COLUMN admins_unknown integer NOT NULL DEFAULT 0;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMN).await
    }
}

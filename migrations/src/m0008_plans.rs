//! Plans of what-ifs, and the sign-ins that they are judged by; accounts that are meant to be different; Microsoft's own
//! figures.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE plans (
    id {uuid} NOT NULL PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name text NOT NULL,
    plan {json} NOT NULL,
    -- The author's name as it was.
    author text NOT NULL,
    kept_at {time} NOT NULL
);
CREATE INDEX plans_by_tenant ON plans (tenant_id, kept_at);

CREATE TABLE seen_sign_ins (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    last_day {date} NOT NULL,
    ways {json} NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE microsoft_views (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    view {json} NOT NULL
);

-- An account that is meant to be different, and who says so.
CREATE TABLE account_marks (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    author text NOT NULL,
    marked_at {time} NOT NULL,
    ends_on {date} NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(
            manager,
            &[
                ("plans", "tenant_id"),
                ("seen_sign_ins", "tenant_id"),
                ("microsoft_views", "tenant_id"),
                ("account_marks", "tenant_id"),
            ],
        )
        .await
    }
}

//! More evidence of legacy auth: failures by code, and what mailboxes let in.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
ALTER TABLE legacy_sign_ins ADD COLUMN failures {json} NOT NULL DEFAULT '{}';

CREATE TABLE mailbox_protocols (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    address text NOT NULL,
    user_id {uuid},
    smtp_auth_disabled {bool},
    pop {bool},
    imap {bool},
    active_sync {bool},
    ews {bool},
    mapi {bool},
    PRIMARY KEY (tenant_id, address)
);
CREATE INDEX mailbox_protocols_by_user ON mailbox_protocols (tenant_id, user_id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("mailbox_protocols", "tenant_id")]).await
    }
}

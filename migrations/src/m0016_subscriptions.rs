//! What Microsoft was asked to tell of: one subscription a tenant, to its users; and the changes that it told of.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE subscriptions (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    -- Microsoft's id. Null: there is none that is known of, and the four below are null too.
    subscription_id {uuid} UNIQUE,
    -- SHA-256 of the word that Microsoft has to send along.
    state_hash {bytes},
    -- The registration that made it: no other may change it.
    client_id text,
    -- Where it is told to.
    address text,
    expires_at {time},
    -- Since when nothing can have been missed.
    told_since {time},
    -- Microsoft asks for its renewal.
    renewal_wanted {bool} NOT NULL,
    -- Why there is none, or why it was not renewed.
    cause {json},
    failures integer NOT NULL,
    -- When it is looked after again; while one process does so, until when the others leave it alone.
    next_at {time} NOT NULL
);
CREATE INDEX subscriptions_by_next ON subscriptions (next_at);
-- Microsoft told of a change to users: from then on they are read.
ALTER TABLE sync_states ADD COLUMN users_told_at {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("subscriptions", "tenant_id")]).await
    }
}

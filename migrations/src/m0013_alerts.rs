//! Alerts, the channels that they go to, and what was sent.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE alerts (
    id {serial},
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    rule text NOT NULL,
    -- The same is told once. Of one that is over, with its number: then it may come again.
    alert_key text NOT NULL UNIQUE,
    cause text NOT NULL,
    detail text NOT NULL,
    path text NOT NULL,
    happened_at {time} NOT NULL,
    ended_at {time},
    snoozed_until {time}
);
CREATE INDEX alerts_by_time ON alerts (happened_at);
CREATE INDEX verdict_changes_of_all ON verdict_changes (at);

CREATE TABLE alert_channels (
    id {uuid} NOT NULL PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    rules {json} NOT NULL,
    tenants {json} NOT NULL,
    quiet {json} NOT NULL,
    digest {bool} NOT NULL,
    last_sent_at {time},
    last_error text
);

CREATE TABLE alert_deliveries (
    channel_id {uuid} NOT NULL REFERENCES alert_channels (id) ON DELETE CASCADE,
    alert_id bigint NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    -- Set at the first attempt, so that whoever gets a message twice can tell.
    message_id {uuid},
    attempts integer NOT NULL,
    next_at {time} NOT NULL,
    -- Null: it waits.
    sent_at {time},
    given_up {bool} NOT NULL,
    PRIMARY KEY (channel_id, alert_id)
);
CREATE INDEX alert_deliveries_waiting ON alert_deliveries (next_at) WHERE sent_at IS NULL AND NOT given_up;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(manager, &[("alerts", "tenant_id")]).await
    }
}

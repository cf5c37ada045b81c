//! What the facts mean: verdicts, their changes, blockers, the posture of each day, and one row a tenant for the fleet.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE verdicts (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    -- Position in the worst-first order of verdicts, as in users.
    verdict integer NOT NULL,
    -- The first reason's sentence.
    because text NOT NULL,
    phishing_resistant {bool} NOT NULL,
    -- The whole judgement, without the ages of its reasons: those are the ages of their datasets.
    judgement {json} NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE verdict_changes (
    id {serial},
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    at {time} NOT NULL,
    from_verdict integer,
    to_verdict integer NOT NULL,
    because text NOT NULL
);
CREATE INDEX verdict_changes_by_user ON verdict_changes (tenant_id, user_id, at);

CREATE TABLE blockers (
    id {serial},
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid},
    user_principal_name text NOT NULL,
    display_name text,
    protocol text NOT NULL,
    evidence text NOT NULL,
    successes integer NOT NULL,
    sprayed integer NOT NULL,
    blocked integer NOT NULL,
    first_seen_at {time},
    last_seen_at {time},
    addresses {json} NOT NULL,
    places {json} NOT NULL,
    user_agents {json} NOT NULL,
    probably {json},
    -- Lower case, for sorting and searching.
    sort_name text NOT NULL,
    search_text text NOT NULL
);
CREATE INDEX blockers_by_use ON blockers (tenant_id, last_seen_at, id);
CREATE INDEX blockers_by_user ON blockers (tenant_id, user_id);

CREATE TABLE postures (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day {date} NOT NULL,
    protected integer NOT NULL,
    partial integer NOT NULL,
    enrolment_open integer NOT NULL,
    unprotected integer NOT NULL,
    cannot_sign_in integer NOT NULL,
    unknown integer NOT NULL,
    PRIMARY KEY (tenant_id, day)
);

-- Counts of a tenant, kept by whoever writes what is counted.
CREATE TABLE standings (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    -- Null: the users were never read.
    users integer,
    -- Null: never judged.
    judged_at {time},
    protected integer NOT NULL DEFAULT 0,
    partial integer NOT NULL DEFAULT 0,
    enrolment_open integer NOT NULL DEFAULT 0,
    unprotected integer NOT NULL DEFAULT 0,
    cannot_sign_in integer NOT NULL DEFAULT 0,
    unknown integer NOT NULL DEFAULT 0,
    -- Null: the roles were never read.
    admins_unprotected integer,
    -- Null: no evidence could be read.
    blockers integer,
    smtp_auth integer,
    blockers_from_usage_report {bool} NOT NULL DEFAULT false,
    sprayed_30_days integer NOT NULL DEFAULT 0,
    blocked_30_days integer NOT NULL DEFAULT 0,
    -- Null with no time: never read.
    sync_enabled {bool},
    sync_read_at {time},
    last_sync_at {time},
    last_password_sync_at {time},
    -- 0 Free, 1 P1, 2 P2; null: never read.
    licence integer,
    -- The sources in force.
    enforced_by {json} NOT NULL DEFAULT '[]',
    -- The oldest of the datasets that the fleet's row rests on.
    read_at {time}
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(
            manager,
            &["verdicts", "verdict_changes", "blockers", "postures", "standings"].map(|table| (table, "tenant_id")),
        )
        .await
    }
}

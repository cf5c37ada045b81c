//! Operators, their tenants, their sessions, and the audit log.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE operators (
    id {uuid} NOT NULL PRIMARY KEY,
    home_tenant {uuid} NOT NULL,
    object_id {uuid} NOT NULL,
    display_name text NOT NULL,
    user_principal_name text NOT NULL,
    role text NOT NULL,
    -- False: operator_tenants lists the tenants within reach.
    reaches_all {bool} NOT NULL,
    created_at {time} NOT NULL,
    last_sign_in_at {time},
    UNIQUE (home_tenant, object_id)
);

CREATE TABLE operator_tenants (
    operator_id {uuid} NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    PRIMARY KEY (operator_id, tenant_id)
);
CREATE INDEX operator_tenants_by_tenant ON operator_tenants (tenant_id);

CREATE TABLE sessions (
    -- SHA-256 of the id in the cookie.
    id_hash {bytes} NOT NULL PRIMARY KEY,
    -- Null: not signed in yet.
    operator_id {uuid} REFERENCES operators (id) ON DELETE CASCADE,
    data {json} NOT NULL,
    created_at {time} NOT NULL,
    last_seen_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX sessions_by_operator ON sessions (operator_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Outlives whom and what it tells of: no foreign keys.
CREATE TABLE audit_log (
    id {serial},
    at {time} NOT NULL,
    operator_id {uuid},
    operator_name text,
    action text NOT NULL,
    tenant_id {uuid},
    tenant_name text,
    detail text NOT NULL,
    request_id text
);
CREATE INDEX audit_log_by_time ON audit_log (at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await
    }
}

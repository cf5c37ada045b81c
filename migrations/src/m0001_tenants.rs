//! Tenants, how they are reached, and the sealed secrets.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE tenants (
    id {uuid} NOT NULL PRIMARY KEY,
    name text NOT NULL,
    -- Lower case.
    sort_name text NOT NULL,
    default_domain text,
    is_partner {bool} NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX tenants_by_name ON tenants (sort_name);

CREATE TABLE connections (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    kind text NOT NULL,
    state text NOT NULL,
    cause {json},
    since {time},
    -- Permissions found granted; null: never looked.
    permissions_granted {json},
    consented_at {time},
    last_token_at {time},
    credential_ends_at {time},
    relationship_id text,
    relationship_ends_at {time},
    updated_at {time} NOT NULL
);

CREATE TABLE own_registrations (
    tenant_id {uuid} NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    client_id text NOT NULL,
    credential_ends_at {time},
    created_at {time} NOT NULL
);

CREATE TABLE sealed_secrets (
    id {serial},
    -- Null: the partner's or the deployment's own.
    tenant_id {uuid} REFERENCES tenants (id) ON DELETE CASCADE,
    kind text NOT NULL,
    key_id text NOT NULL,
    sealed {bytes} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
CREATE UNIQUE INDEX sealed_secrets_of_tenant ON sealed_secrets (tenant_id, kind) WHERE tenant_id IS NOT NULL;
CREATE UNIQUE INDEX sealed_secrets_of_deployment ON sealed_secrets (kind) WHERE tenant_id IS NULL;
CREATE INDEX sealed_secrets_by_key ON sealed_secrets (key_id);

CREATE TABLE consent_requests (
    state_hash {bytes} NOT NULL PRIMARY KEY,
    -- Null: the partner connects itself.
    tenant_id {uuid} REFERENCES tenants (id) ON DELETE CASCADE,
    operator_id {uuid} NOT NULL,
    kind text NOT NULL,
    -- What the callback needs besides, sealed by the vault.
    sealed_context {bytes},
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX consent_requests_by_tenant ON consent_requests (tenant_id);
CREATE INDEX consent_requests_by_end ON consent_requests (expires_at);

-- At most one row: the person through whom clients are reached by GDAP.
CREATE TABLE partner_connections (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    tenant_id {uuid} NOT NULL,
    object_id {uuid} NOT NULL,
    user_principal_name text NOT NULL,
    connected_at {time} NOT NULL,
    last_renewed_at {time} NOT NULL,
    cause {json}
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(
            manager,
            &[
                ("tenants", "id"),
                ("connections", "tenant_id"),
                ("own_registrations", "tenant_id"),
                ("sealed_secrets", "tenant_id"),
                ("consent_requests", "tenant_id"),
            ],
        )
        .await
    }
}

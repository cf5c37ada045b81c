//! What Microsoft said: the state of each dataset, and the facts. What is large or looked up by user has a table of its own;
//! the short lists that are only ever read whole share `documents`.

use sea_orm_migration::prelude::*;

use crate::dialect::{protect, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE dataset_statuses (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    dataset text NOT NULL,
    outcome text,
    running {bool} NOT NULL,
    started_at {time},
    finished_at {time},
    -- The last run that was done: the age of what is on screen.
    read_at {time},
    row_count integer,
    cause {json},
    next_run_at {time},
    -- Delta link, or where to go on.
    bookmark text,
    PRIMARY KEY (tenant_id, dataset)
);

CREATE TABLE documents (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    dataset text NOT NULL,
    document_key text NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (tenant_id, dataset, document_key)
);

CREATE TABLE users (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    user_principal_name text NOT NULL,
    display_name text NOT NULL,
    account_enabled {bool} NOT NULL,
    kind text NOT NULL,
    external_user_state text,
    created_at {time},
    department text,
    job_title text,
    usage_location text,
    licences {json} NOT NULL,
    licence_count integer NOT NULL,
    last_password_change_at {time},
    password_never_expires {bool} NOT NULL,
    on_premises_sync_enabled {bool},
    on_premises_last_sync_at {time},
    -- Lower case, for sorting and searching.
    sort_name text NOT NULL,
    search_text text NOT NULL,
    -- What the last verdict says, so that lists are one indexed query. Facts never write these.
    verdict integer NOT NULL DEFAULT 3,
    severity integer NOT NULL DEFAULT 7,
    is_admin {bool} NOT NULL DEFAULT false,
    findings integer NOT NULL DEFAULT 0,
    finding_rank integer NOT NULL DEFAULT 9,
    verdict_since {time},
    last_sign_in_at {time},
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX users_by_name ON users (tenant_id, sort_name, user_id);
CREATE INDEX users_by_severity ON users (tenant_id, severity, sort_name, user_id);
CREATE INDEX users_by_finding ON users (tenant_id, finding_rank, sort_name, user_id);
CREATE INDEX users_by_counts ON users (tenant_id, verdict, is_admin, account_enabled, kind, findings);

CREATE TABLE sign_in_activities (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    last_sign_in_at {time},
    last_non_interactive_sign_in_at {time},
    last_successful_sign_in_at {time},
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE mfa_registrations (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    is_admin {bool} NOT NULL,
    is_mfa_registered {bool} NOT NULL,
    is_mfa_capable {bool} NOT NULL,
    is_passwordless_capable {bool} NOT NULL,
    methods {json} NOT NULL,
    updated_at {time},
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE per_user_mfa_states (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE role_assignments (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    principal_id {uuid} NOT NULL,
    role_template_id {uuid} NOT NULL,
    directory_scope text NOT NULL,
    eligible {bool} NOT NULL,
    principal_kind text NOT NULL,
    role_name text NOT NULL,
    PRIMARY KEY (tenant_id, principal_id, role_template_id, directory_scope, eligible)
);

CREATE TABLE policy_groups (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    group_id {uuid} NOT NULL,
    display_name text,
    PRIMARY KEY (tenant_id, group_id)
);

CREATE TABLE policy_group_members (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    group_id {uuid} NOT NULL,
    PRIMARY KEY (tenant_id, user_id, group_id)
);

CREATE TABLE legacy_sign_ins (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day {date} NOT NULL,
    user_id {uuid} NOT NULL,
    user_principal_name text NOT NULL,
    client_app text NOT NULL,
    app_name text NOT NULL,
    ip_address text NOT NULL,
    protocol text NOT NULL,
    user_agent text,
    country text,
    city text,
    successes integer NOT NULL,
    sprayed integer NOT NULL,
    blocked integer NOT NULL,
    other_failures integer NOT NULL,
    first_at {time} NOT NULL,
    last_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, day, user_id, user_principal_name, client_app, app_name, ip_address)
);
CREATE INDEX legacy_sign_ins_by_user ON legacy_sign_ins (tenant_id, user_id);

CREATE TABLE mail_app_usages (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_principal_name text NOT NULL,
    concealed {bool} NOT NULL,
    last_activity {date},
    pop3 integer NOT NULL,
    imap4 integer NOT NULL,
    smtp integer NOT NULL,
    refreshed {date},
    period_days integer NOT NULL,
    PRIMARY KEY (tenant_id, user_principal_name)
);

CREATE TABLE delegated_relationships (
    -- The partner's tenant.
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    relationship_id text NOT NULL,
    display_name text NOT NULL,
    status text NOT NULL,
    customer_tenant {uuid} NOT NULL,
    customer_name text NOT NULL,
    ends_at {time},
    auto_extends {bool} NOT NULL,
    role_template_ids {json} NOT NULL,
    PRIMARY KEY (tenant_id, relationship_id)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        protect(
            manager,
            &[
                "dataset_statuses",
                "documents",
                "users",
                "sign_in_activities",
                "mfa_registrations",
                "per_user_mfa_states",
                "role_assignments",
                "policy_groups",
                "policy_group_members",
                "legacy_sign_ins",
                "mail_app_usages",
                "delegated_relationships",
            ]
            .map(|table| (table, "tenant_id")),
        )
        .await
    }
}

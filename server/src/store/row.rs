//! Rows of the fact tables from domain facts, and back.

use chrono::{DateTime, Utc};
use domain::facts::directory::{DelegatedRelationship, RoleAssignment, SignInActivity, User};
use domain::facts::exchange::MailboxProtocols;
use domain::facts::registration::{PerUserMfa, Registration};
use domain::facts::sign_in::{LegacySignIns, MailAppUsage};
use domain::ids::{TenantId, UserId};

use super::column::{JsonText, Word};
use super::entity::{
    delegated_relationship, legacy_sign_in, mail_app_usage, mailbox_protocol, mfa_registration, per_user_mfa_state,
    role_assignment, sign_in_activity, user,
};
use super::tenant::kept;

/// Counts fit by far; one that does not is cut, not wrapped.
pub(super) fn int(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) fn count(int: i32) -> u32 {
    u32::try_from(int).unwrap_or(0)
}

fn kept_if(at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    at.map(kept)
}

pub(super) fn activity_row(id: TenantId, fact: SignInActivity) -> sign_in_activity::Model {
    sign_in_activity::Model {
        tenant_id: id.0,
        user_id: fact.user_id.0,
        last_sign_in_at: kept_if(fact.last_sign_in_at),
        last_non_interactive_sign_in_at: kept_if(fact.last_non_interactive_sign_in_at),
        last_successful_sign_in_at: kept_if(fact.last_successful_sign_in_at),
    }
}

pub(super) fn activity(row: sign_in_activity::Model) -> SignInActivity {
    SignInActivity {
        user_id: UserId(row.user_id),
        last_sign_in_at: row.last_sign_in_at,
        last_non_interactive_sign_in_at: row.last_non_interactive_sign_in_at,
        last_successful_sign_in_at: row.last_successful_sign_in_at,
    }
}

pub(super) fn registration_row(id: TenantId, fact: Registration) -> mfa_registration::Model {
    mfa_registration::Model {
        tenant_id: id.0,
        user_id: fact.user_id.0,
        is_admin: fact.is_admin,
        is_mfa_registered: fact.is_mfa_registered,
        is_mfa_capable: fact.is_mfa_capable,
        is_passwordless_capable: fact.is_passwordless_capable,
        methods: JsonText(fact.methods),
        updated_at: kept_if(fact.updated_at),
    }
}

pub(super) fn registration(row: mfa_registration::Model) -> Registration {
    Registration {
        user_id: UserId(row.user_id),
        is_admin: row.is_admin,
        is_mfa_registered: row.is_mfa_registered,
        is_mfa_capable: row.is_mfa_capable,
        is_passwordless_capable: row.is_passwordless_capable,
        methods: row.methods.0,
        updated_at: row.updated_at,
    }
}

pub(super) fn state_row(id: TenantId, (user, state): (UserId, PerUserMfa)) -> per_user_mfa_state::Model {
    per_user_mfa_state::Model { tenant_id: id.0, user_id: user.0, state: Word(state) }
}

pub(super) fn role_row(id: TenantId, fact: RoleAssignment) -> role_assignment::Model {
    role_assignment::Model {
        tenant_id: id.0,
        principal_id: fact.principal_id,
        role_template_id: fact.role_template_id,
        directory_scope: fact.directory_scope,
        eligible: fact.eligible,
        principal_kind: Word(fact.principal_kind),
        role_name: fact.role_name,
    }
}

pub(super) fn role(row: role_assignment::Model) -> RoleAssignment {
    RoleAssignment {
        principal_id: row.principal_id,
        principal_kind: row.principal_kind.0,
        role_template_id: row.role_template_id,
        role_name: row.role_name,
        directory_scope: row.directory_scope,
        eligible: row.eligible,
    }
}

pub(super) fn legacy_row(id: TenantId, fact: LegacySignIns) -> legacy_sign_in::Model {
    legacy_sign_in::Model {
        tenant_id: id.0,
        day: fact.day,
        user_id: fact.user_id.0,
        user_principal_name: fact.user_principal_name,
        client_app: fact.client_app,
        app_name: fact.app_name,
        ip_address: fact.ip_address,
        protocol: Word(fact.protocol),
        user_agent: fact.user_agent,
        country: fact.country,
        city: fact.city,
        successes: int(fact.successes),
        sprayed: int(fact.sprayed),
        blocked: int(fact.blocked),
        other_failures: int(fact.other_failures),
        failures: JsonText(fact.failures),
        first_at: kept(fact.first_at),
        last_at: kept(fact.last_at),
    }
}

pub(super) fn legacy(row: legacy_sign_in::Model) -> LegacySignIns {
    LegacySignIns {
        user_id: UserId(row.user_id),
        user_principal_name: row.user_principal_name,
        protocol: row.protocol.0,
        client_app: row.client_app,
        app_name: row.app_name,
        ip_address: row.ip_address,
        user_agent: row.user_agent,
        country: row.country,
        city: row.city,
        day: row.day,
        successes: count(row.successes),
        sprayed: count(row.sprayed),
        blocked: count(row.blocked),
        other_failures: count(row.other_failures),
        failures: row.failures.0,
        first_at: row.first_at,
        last_at: row.last_at,
    }
}

pub(super) fn mailbox_row(id: TenantId, fact: MailboxProtocols) -> mailbox_protocol::Model {
    mailbox_protocol::Model {
        tenant_id: id.0,
        address: fact.address,
        user_id: fact.user_id.map(|user| user.0),
        smtp_auth_disabled: fact.smtp_auth_disabled,
        pop: fact.pop,
        imap: fact.imap,
        active_sync: fact.active_sync,
        ews: fact.ews,
        mapi: fact.mapi,
    }
}

pub(super) fn mailbox(row: mailbox_protocol::Model) -> MailboxProtocols {
    MailboxProtocols {
        address: row.address,
        user_id: row.user_id.map(UserId),
        smtp_auth_disabled: row.smtp_auth_disabled,
        pop: row.pop,
        imap: row.imap,
        active_sync: row.active_sync,
        ews: row.ews,
        mapi: row.mapi,
    }
}

pub(super) fn mail_row(id: TenantId, fact: MailAppUsage) -> mail_app_usage::Model {
    mail_app_usage::Model {
        tenant_id: id.0,
        user_principal_name: fact.user_principal_name,
        concealed: fact.concealed,
        last_activity: fact.last_activity,
        pop3: int(fact.pop3),
        imap4: int(fact.imap4),
        smtp: int(fact.smtp),
        refreshed: fact.refreshed,
        period_days: i32::from(fact.period_days),
    }
}

pub(super) fn mail(row: mail_app_usage::Model) -> MailAppUsage {
    MailAppUsage {
        user_principal_name: row.user_principal_name,
        concealed: row.concealed,
        last_activity: row.last_activity,
        pop3: count(row.pop3),
        imap4: count(row.imap4),
        smtp: count(row.smtp),
        refreshed: row.refreshed,
        period_days: u16::try_from(row.period_days).unwrap_or(u16::MAX),
    }
}

pub(super) fn relationship_row(id: TenantId, fact: DelegatedRelationship) -> delegated_relationship::Model {
    delegated_relationship::Model {
        tenant_id: id.0,
        relationship_id: fact.id,
        display_name: fact.display_name,
        status: fact.status,
        customer_tenant: fact.customer_tenant.0,
        customer_name: fact.customer_name,
        ends_at: kept_if(fact.ends_at),
        auto_extends: fact.auto_extends,
        role_template_ids: JsonText(fact.role_template_ids),
    }
}

pub(super) fn user(row: user::Model) -> User {
    User {
        id: UserId(row.user_id),
        user_principal_name: row.user_principal_name,
        display_name: row.display_name,
        account_enabled: row.account_enabled,
        kind: row.kind.0,
        external_user_state: row.external_user_state,
        created_at: row.created_at,
        department: row.department,
        job_title: row.job_title,
        usage_location: row.usage_location,
        licences: row.licences.0,
        last_password_change_at: row.last_password_change_at,
        password_never_expires: row.password_never_expires,
        on_premises_sync_enabled: row.on_premises_sync_enabled,
        on_premises_last_sync_at: row.on_premises_last_sync_at,
    }
}

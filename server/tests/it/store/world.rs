//! Tenants, users and verdicts for tests, short to write.

use chrono::{DateTime, TimeDelta, Utc};
use domain::facts::directory::{User, UserKind};
use domain::facts::registration::MethodStrength;
use domain::ids::{TenantId, UserId};
use domain::known::{Known, UnknownCause};
use domain::operator::{Operator, Reach, Role};
use domain::user::UserFinding;
use domain::verdict::{Enrolment, Judgement, Reason, Source, Verdict};
use server::store::{Done, Facts, Judged, JudgedUser, Scope, TenantStore, UsersChange};
use uuid::Uuid;

use crate::database::TestDatabase;

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

pub fn id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

pub fn tenant_id(number: u128) -> TenantId {
    TenantId(Uuid::from_u128(number << 64))
}

/// Lists a connected tenant.
pub async fn tenant(database: &TestDatabase, number: u128, name: &str) -> TenantStore {
    let tenant = list_tenant(database, number, name).await;
    let found = database.store.tenant(&Scope::of_tenant_job(tenant), tenant).await.expect("the store answers");
    found.expect("the tenant is there")
}

/// Past the store, which may not have all its tables yet.
pub async fn list_tenant(database: &TestDatabase, number: u128, name: &str) -> TenantId {
    let tenant = tenant_id(number);
    let uuid = database.uuid(tenant.0);
    let sort_name = name.to_lowercase();
    database
        .run(&format!(
            "INSERT INTO tenants (id, name, sort_name, is_partner, created_at) \
             VALUES ({uuid}, '{name}', '{sort_name}', false, '2026-01-01T00:00:00+00:00'); \
             INSERT INTO connections (tenant_id, kind, state, updated_at) \
             VALUES ({uuid}, 'app_only', 'connected', '2026-01-01T00:00:00+00:00')"
        ))
        .await;
    tenant
}

pub fn done_at(at: DateTime<Utc>) -> Done {
    Done { read_at: at, finished_at: at, next_run_at: at + TimeDelta::minutes(5), bookmark: None, calls: 3 }
}

pub fn done() -> Done {
    done_at(now())
}

pub fn user(number: u128, name: &str) -> User {
    User {
        id: id(number),
        user_principal_name: format!("u{number}@client.example"),
        display_name: name.to_owned(),
        account_enabled: true,
        kind: UserKind::Member,
        external_user_state: None,
        created_at: Some(now() - TimeDelta::days(400)),
        department: None,
        job_title: None,
        usage_location: Some(String::from("PT")),
        licences: vec![Uuid::from_u128(7)],
        last_password_change_at: None,
        password_never_expires: false,
        on_premises_sync_enabled: None,
        on_premises_last_sync_at: None,
    }
}

pub async fn write_users(tenant: &TenantStore, users: Vec<User>) {
    tenant.write_facts(Facts::Users(UsersChange::Full(users)), done()).await.expect("users are written");
}

pub fn judgement(verdict: Verdict) -> Judgement {
    Judgement {
        verdict,
        unknown_cause: (verdict == Verdict::Unknown).then_some(UnknownCause::NotLicensed),
        reasons: vec![Reason {
            source: Source::ConditionalAccess,
            text: format!("Because it is {}.", verdict.label()).into(),
            dataset: domain::dataset::Dataset::ConditionalAccessPolicies,
            read_at: None,
        }],
        holes: Vec::new(),
        lesser_holes: Vec::new(),
        uncertain: Vec::new(),
        enrolment: Enrolment::Registered,
        phishing_resistant: verdict == Verdict::Protected,
        locked_out: false,
        strongest: MethodStrength::None,
    }
}

pub fn judged(id: UserId, verdict: Verdict, is_admin: bool, findings: &[UserFinding]) -> JudgedUser {
    JudgedUser { id, judgement: judgement(verdict), is_admin, findings: findings.to_vec(), last_sign_in_at: None }
}

pub fn all_judged(users: Vec<JudgedUser>) -> Judged {
    Judged {
        at: now(),
        users,
        blockers: Known::Unknown(UnknownCause::NotLicensed),
        blockers_from_usage_report_alone: false,
        enforced_by: vec![Source::ConditionalAccess],
    }
}

/// Somebody who is signed in.
pub fn caller(role: Role, reach: Reach) -> app::backend::Caller {
    app::backend::Caller {
        operator: Operator {
            id: domain::ids::OperatorId(Uuid::from_u128(1)),
            home_tenant: tenant_id(99),
            display_name: String::from("Maria Ortiz"),
            user_principal_name: String::from("maria@partner.example"),
            role,
            reach,
        },
        request_id: String::from("test"),
    }
}

//! What is broken, by cause: nothing is told twice, nothing that is normal is told, and who has to act comes first.

use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::{Actor, Cause};
use domain::client::PermissionStatus;
use domain::connection::{ConnectionKind, ConnectionState, ConnectionSummary};
use domain::dataset::{Dataset, Outcome};
use domain::facts::directory::DirectorySync;
use domain::facts::hybrid::{CloudSyncJob, JobState, Quarantine};
use domain::ids::TenantId;
use domain::microsoft_error::sign_in_cause;
use domain::sync_health::{Scale, Scales};
use domain::trouble::{Area, FailingDataset, Health, grouped, troubles};
use rstest::rstest;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_356_000, 0).unwrap()
}

fn health(change: impl FnOnce(&mut Health)) -> Health {
    let mut health = Health {
        tenant: TenantId(Uuid::from_u128(1)),
        name: "Fabrikam".to_owned(),
        connection: ConnectionSummary {
            kind: ConnectionKind::AppOnly,
            state: ConnectionState::Connected,
            cause: None,
            since: Some(now() - TimeDelta::days(9)),
            permissions_granted: 1,
            permissions_wanted: 1,
            last_token_at: None,
            credential_ends_at: Some(now() + TimeDelta::days(300)),
            relationship_ends_at: None,
        },
        permissions: Vec::new(),
        renewed_at: None,
        directory_sync: None,
        failing: Vec::new(),
        object_errors: 0,
        service_errors: 0,
        quarantined: Vec::new(),
        certificates: Vec::new(),
    };
    change(&mut health);
    health
}

fn codes(health: &Health) -> Vec<String> {
    troubles(health, &Scales::default(), now()).into_iter().map(|trouble| trouble.cause.code).collect()
}

fn failing(dataset: Dataset, outcome: Outcome, code: &str, failures: u32) -> FailingDataset {
    let cause = Cause {
        code: code.to_owned(),
        meaning: format!("It is {code}."),
        next_step: "It is tried again by itself.".to_owned(),
        actor: Actor::Nobody,
        request_id: Some("differs each time".to_owned()),
    };
    FailingDataset { dataset, outcome, cause: Some(cause), since: Some(now() - TimeDelta::hours(3)), failures }
}

#[test]
fn a_sound_tenant_has_no_trouble() {
    assert_eq!(codes(&health(|_| {})), [""; 0]);
    // Passwords that are not synced are no fault, and a tenant that never synced is none.
    let objects_alone = DirectorySync { enabled: Some(true), last_sync_at: Some(now()), ..DirectorySync::default() };
    assert_eq!(codes(&health(|health| health.directory_sync = Some(objects_alone))), [""; 0]);
    let not_licensed = failing(Dataset::RegistrationDetails, Outcome::NotLicensed, "x", 1);
    assert_eq!(codes(&health(|health| health.failing = vec![not_licensed])), [""; 0]);
}

#[test]
fn what_follows_from_a_broken_connection_is_not_told_again() {
    let broken = health(|health| {
        health.connection.state = ConnectionState::Broken;
        health.connection.cause = Some(sign_in_cause(&[7_000_222], "invalid_client", None).0);
        health.failing = vec![failing(Dataset::Users, Outcome::Failed, "AADSTS7000222", 9)];
    });
    assert_eq!(codes(&broken), ["AADSTS7000222"]);
    let gone = health(|health| {
        health.connection.state = ConnectionState::Disconnected;
        health.connection.credential_ends_at = Some(now());
        health.failing = vec![failing(Dataset::Users, Outcome::Failed, "x", 9)];
    });
    assert_eq!(codes(&gone), [""; 0], "an operator wanted it so");
}

#[test]
fn a_permission_that_is_missing_is_told_once() {
    let missing = health(|health| {
        health.connection.state = ConnectionState::MissingPermissions;
        let permission = |name: &str, granted| PermissionStatus {
            permission: name.to_owned(),
            granted,
            features: vec!["who still uses legacy protocols".to_owned()],
            optional: name == "Synchronization.Read.All",
        };
        health.permissions = vec![
            permission("AuditLog.Read.All", Some(false)),
            permission("User.Read.All", Some(true)),
            permission("Synchronization.Read.All", Some(false)),
        ];
        health.failing = vec![
            failing(Dataset::LegacySignIns, Outcome::NotPermitted, "Authorization_RequestDenied", 4),
            failing(Dataset::Users, Outcome::Failed, "HTTP 503", 1),
            failing(Dataset::CloudSync, Outcome::NotPermitted, "not granted", 4),
            failing(Dataset::SyncSettings, Outcome::Failed, "HTTP 500", 1),
        ];
    });
    assert_eq!(codes(&missing), ["AuditLog.Read.All", "HTTP 503", "HTTP 500"], "what is optional may be missing");
}

#[rstest]
#[case::in_time(31, "")]
#[case::soon(29, "credential_ends_soon")]
#[case::over(-1, "credential_ended")]
fn an_end_is_told_thirty_days_before(#[case] days: i64, #[case] code: &str) {
    let found = codes(&health(|health| health.connection.credential_ends_at = Some(now() + TimeDelta::days(days))));
    assert_eq!(found.first().map_or("", String::as_str), code);
}

#[rstest]
#[case::renewed_daily(ConnectionKind::Delegated, 1, "")]
#[case::forgotten(ConnectionKind::Delegated, 61, "refresh_token_ends_soon")]
#[case::dead(ConnectionKind::Delegated, 91, "refresh_token_ended")]
#[case::none_is_used(ConnectionKind::AppOnly, 91, "")]
fn a_refresh_token_that_nothing_renews_is_told(#[case] kind: ConnectionKind, #[case] days: i64, #[case] code: &str) {
    let found = codes(&health(|health| {
        health.connection.kind = kind;
        health.renewed_at = Some(now() - TimeDelta::days(days));
    }));
    assert_eq!(found.first().map_or("", String::as_str), code);
}

#[rstest]
#[case::late(4, "directory_sync_late")]
#[case::stalled(25, "directory_sync_stalled")]
#[case::dead(24 * 8, "directory_sync_dead")]
fn a_sync_is_told_by_its_pace(#[case] hours: i64, #[case] code: &str) {
    let facts = DirectorySync {
        enabled: Some(true),
        last_sync_at: Some(now() - TimeDelta::hours(hours)),
        last_password_sync_at: Some(now()),
        password_switch: None,
    };
    assert_eq!(codes(&health(|health| health.directory_sync = Some(facts))), [code]);
}

#[test]
fn a_deployments_own_scale_decides_what_is_late() {
    let facts = DirectorySync {
        enabled: Some(true),
        last_sync_at: Some(now() - TimeDelta::hours(4)),
        last_password_sync_at: Some(now() - TimeDelta::hours(4)),
        password_switch: None,
    };
    let health = health(|health| health.directory_sync = Some(facts));
    let told = |directory, password| -> Vec<String> {
        let scales = Scales { directory, password };
        troubles(&health, &scales, now()).into_iter().map(|trouble| trouble.cause.code).collect()
    };
    let (patient, strict) = (Scale::of_hours(5, 6, 7), Scale::of_hours(1, 2, 4));
    assert_eq!(told(patient, patient), [""; 0]);
    assert_eq!(told(patient, strict), ["password_sync_dead"]);
    assert_eq!(told(strict, patient), ["directory_sync_dead"]);
}

#[test]
fn objects_and_certificates_belong_to_the_clients_sync() {
    let found = health(|health| {
        health.object_errors = 3;
        health.certificates = vec![
            ("fabrikam.example".to_owned(), now() + TimeDelta::days(3)),
            ("fine.example".to_owned(), now() + TimeDelta::days(90)),
        ];
    });
    let found = troubles(&found, &Scales::default(), now());
    assert!(found.iter().all(|trouble| trouble.area == Area::DirectorySync));
    let told: Vec<_> = found.iter().map(|trouble| (trouble.cause.code.as_str(), trouble.what.as_str())).collect();
    assert_eq!(
        told,
        [("object_errors", "3 objects"), ("signing_certificate_ends_soon", "fabrikam.example, 25 Nov 2026")]
    );
}

#[test]
fn a_quarantined_job_and_services_errors_belong_to_the_clients_sync() {
    let job = |reason: &str, configuration: &str| CloudSyncJob {
        id: "x".to_owned(),
        configuration: configuration.to_owned(),
        template: "AD2AADProvisioning".to_owned(),
        schedule: "Active".to_owned(),
        interval_minutes: None,
        state: JobState::Quarantine,
        last_run: None,
        last_success_at: None,
        failures_in_a_row: 0,
        quarantine: Some(Quarantine {
            reason: reason.to_owned(),
            since: Some(now() - TimeDelta::days(2)),
            next_attempt_at: None,
            error: None,
        }),
    };
    let found = health(|health| {
        health.service_errors = 1;
        health.quarantined = vec![job("TooManyDeletes", "corp.example"), job("TooManyDeletes", "lab.example")];
    });
    let found = troubles(&found, &Scales::default(), now());
    let told: Vec<_> = found.iter().map(|trouble| (trouble.cause.code.as_str(), trouble.what.as_str())).collect();
    assert_eq!(
        told,
        [
            ("service_errors", "1 error"),
            ("cloud_sync_quarantine", "corp.example: users and groups"),
            ("cloud_sync_quarantine", "lab.example: users and groups")
        ]
    );
    assert!(
        found.iter().all(|trouble| trouble.area == Area::DirectorySync && trouble.cause.actor == Actor::Technician)
    );
    assert_eq!(found[1].since, Some(now() - TimeDelta::days(2)));
}

#[test]
fn one_cause_is_one_line_however_many_it_breaks() {
    let tenant = |number: u128, change: &dyn Fn(&mut Health)| {
        let health = health(|health| change(health));
        (TenantId(Uuid::from_u128(number)), format!("Client {number:02}"), troubles(&health, &Scales::default(), now()))
    };
    let secret = |health: &mut Health| {
        health.connection.state = ConnectionState::Broken;
        health.connection.cause =
            Some(sign_in_cause(&[7_000_222], "invalid_client", Some(format!("trace {health:p}"))).0);
    };
    let two = |health: &mut Health| {
        health.failing = vec![
            failing(Dataset::Users, Outcome::Failed, "HTTP 503", 2),
            failing(Dataset::Domains, Outcome::Failed, "HTTP 503", 7),
        ];
    };
    let mut all: Vec<_> = (1..=30).map(|number| tenant(number, &secret)).collect();
    all.push(tenant(31, &two));
    all.push(tenant(32, &|_| {}));
    let groups = grouped(all);
    let told: Vec<_> = groups.iter().map(|group| (group.code.as_str(), group.tenants, group.affected.len())).collect();
    assert_eq!(told, [("AADSTS7000222", 30, 24), ("HTTP 503", 1, 1)]);
    assert_eq!(groups[0].actor, Actor::Administrator, "who has to act comes before what passes by itself");
    let affected = &groups[1].affected[0];
    assert_eq!((affected.what.join(", ").as_str(), affected.failures), ("Users, Domains", 7));
    assert_eq!(groups[1].since, Some(now() - TimeDelta::hours(3)));
}

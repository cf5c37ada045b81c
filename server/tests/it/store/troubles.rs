//! What is broken over the fleet, from what is stored: for whom, in one line a cause, and how often.

use app::backend::Fleet as _;
use app::error::Error;
use chrono::TimeDelta;
use domain::cause::Cause;
use domain::dataset::{Dataset, Outcome};
use domain::facts::directory::{DirectorySync, PrincipalKind};
use domain::facts::hybrid::{CloudSyncJob, DeletionGuard, JobState, ServiceError, SyncSettings};
use domain::operator::{Reach, Role};
use domain::sync_health::Scales;
use rstest::rstest;
use server::services::fleet::Fleet;
use server::store::{Facts, NotDone, TenantStore};

use super::verdicts::service;
use super::world::{caller, done, now, tenant, tenant_id};
use crate::database::{Kind, TestDatabase};

async fn fail(tenant: &TenantStore, dataset: Dataset, minutes: i64) {
    let at = now() - TimeDelta::minutes(minutes);
    let end = NotDone {
        outcome: Outcome::Failed,
        cause: Some(Cause::timeout(60)),
        finished_at: at,
        next_run_at: at,
        calls: 1,
    };
    tenant.finish(dataset, end).await.unwrap();
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn troubles_are_grouped_by_cause_for_whom_they_concern(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let (first, second) = (tenant(&database, 1, "Fabrikam").await, tenant(&database, 2, "Woodgrove").await);
    let clock = service(&database).clock;
    let fleet = Fleet { store: database.store.clone(), clock, scales: Scales::default() };
    let technician = caller(Role::Technician, Reach::All);
    let sound = fleet.list_troubles(&technician).await.unwrap();
    assert_eq!((sound.tenants, sound.sound, sound.groups.len()), (2, 2, 0));

    for minutes in [30, 20, 10] {
        fail(&first, Dataset::Domains, minutes).await;
    }
    fail(&second, Dataset::Users, 5).await;
    let late = DirectorySync {
        enabled: Some(true),
        last_sync_at: Some(now() - TimeDelta::hours(30)),
        last_password_sync_at: None,
        password_switch: None,
    };
    second.write_facts(Facts::DirectorySync(late), done()).await.unwrap();
    let found = fleet.list_troubles(&technician).await.unwrap();
    let told: Vec<_> = found.groups.iter().map(|group| (group.code.as_str(), group.tenants)).collect();
    assert_eq!(told, [("directory_sync_stalled", 1), ("timeout", 2)]);
    let timeout = &found.groups[1];
    let each: Vec<_> = timeout
        .affected
        .iter()
        .map(|affected| {
            (affected.name.as_str(), affected.failures, affected.since.map(|at| (now() - at).num_minutes()))
        })
        .collect();
    assert_eq!(each, [("Fabrikam", 3, Some(30)), ("Woodgrove", 1, Some(5))]);

    // One that is read again has not failed.
    first.write_facts(Facts::Domains(Vec::new()), done()).await.unwrap();
    let found = fleet.list_troubles(&technician).await.unwrap();
    assert_eq!(found.groups.iter().find(|group| group.code == "timeout").map(|group| group.tenants), Some(1));

    let manager = caller(Role::AccountManager, Reach::Only([tenant_id(1)].into()));
    let own = fleet.list_troubles(&manager).await.unwrap();
    assert!(
        own.groups.iter().all(|group| group.affected.iter().all(|affected| affected.name == "Fabrikam")),
        "{own:?}"
    );
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    assert_eq!(fleet.list_troubles(&viewer).await, Err(Error::Forbidden));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_the_settings_and_jobs_of_a_clients_sync_tell_is_told(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let client = tenant(&database, 1, "Fabrikam").await;
    let clock = service(&database).clock;
    let fleet = Fleet { store: database.store.clone(), clock, scales: Scales::default() };
    let codes = async || {
        let found = fleet.list_troubles(&caller(Role::Technician, Reach::All)).await.unwrap();
        found.groups.into_iter().map(|group| group.code).collect::<Vec<_>>()
    };
    let sync = DirectorySync {
        enabled: Some(true),
        last_sync_at: Some(now()),
        last_password_sync_at: Some(now() - TimeDelta::hours(30)),
        password_switch: None,
    };
    client.write_facts(Facts::DirectorySync(sync.clone()), done()).await.unwrap();
    assert_eq!(codes().await, ["password_sync_stalled"]);
    let settings = |password_sync| {
        Facts::SyncSettings(Some(SyncSettings {
            guard: Some(DeletionGuard::Count(Some(500))),
            password_sync,
            password_writeback: None,
            soft_match_blocked: None,
            hard_match_blocked: None,
            cloud_password_policy: None,
        }))
    };
    client.write_facts(settings(Some(false)), done()).await.unwrap();
    assert_eq!(codes().await, [""; 0], "it is off, and not stalled");
    // Another reading of the times does not forget the setting.
    client.write_facts(Facts::DirectorySync(sync), done()).await.unwrap();
    assert_eq!(codes().await, [""; 0]);
    for told in [Some(true), None] {
        client.write_facts(settings(told), done()).await.unwrap();
        assert_eq!(codes().await, ["password_sync_stalled"], "{told:?}");
    }
    client.write_facts(Facts::SyncSettings(None), done()).await.unwrap();
    assert_eq!(codes().await, ["password_sync_stalled"]);

    let job = |state, template: &str| CloudSyncJob {
        id: "same".to_owned(),
        configuration: "corp.example".to_owned(),
        template: template.to_owned(),
        schedule: "Active".to_owned(),
        interval_minutes: Some(2),
        state,
        last_run: None,
        last_success_at: None,
        failures_in_a_row: 0,
        quarantine: None,
    };
    let jobs = vec![job(JobState::Quarantine, "AD2AADProvisioning"), job(JobState::Active, "AD2AADPasswordHash")];
    assert_eq!(client.write_facts(Facts::CloudSync(jobs), done()).await.unwrap(), 2);
    let error = ServiceError {
        object_id: uuid::Uuid::from_u128(5),
        object_kind: PrincipalKind::User,
        display_name: "Ana".to_owned(),
        service_instance: "exchange/x".to_owned(),
        since: None,
        code: String::new(),
        message: "Taken.".to_owned(),
    };
    client.write_facts(Facts::ServiceErrors(vec![error]), done()).await.unwrap();
    let mut told = codes().await;
    told.sort();
    assert_eq!(told, ["cloud_sync_quarantine", "password_sync_stalled", "service_errors"]);
    client.write_facts(Facts::CloudSync(Vec::new()), done()).await.unwrap();
    client.write_facts(Facts::ServiceErrors(Vec::new()), done()).await.unwrap();
    assert_eq!(codes().await, ["password_sync_stalled"]);
}

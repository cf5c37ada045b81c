//! What services did not take over, contacts, Cloud Sync's jobs and the settings of directory sync: read, shown, and said to be
//! unknown where they are.

use app::backend::{Fleet as _, Tenants as _};
use app::error::Error;
use chrono::TimeDelta;
use domain::client::{Gravity, Report, SyncView};
use domain::connection::ConnectionState;
use domain::dataset::{Dataset, Outcome};
use domain::ids::TenantId;
use domain::known::Known;
use domain::operator::{Reach, Role};
use domain::sync_health::{Scales, SyncState};
use domain::trouble::TroubleGroup;
use server::services::fleet::Fleet;
use server::store::Scope;
use simulator::world::Kind;
use simulator::{FaultKind, Side};

use super::single::denied;
use super::{House, technician};

async fn view(house: &House, tenant: TenantId) -> SyncView {
    house.services().get_sync(&technician(), tenant).await.unwrap()
}

async fn report(house: &House, tenant: TenantId, title: &str) -> Report {
    let reports = view(house, tenant).await.reports;
    reports.into_iter().find(|report| report.title == title).unwrap()
}

async fn quarantined(house: &House) -> Option<TroubleGroup> {
    let fleet = Fleet { store: house.store.clone(), clock: house.clock.clone(), scales: Scales::default() };
    let groups = fleet.list_troubles(&technician()).await.unwrap().groups;
    groups.into_iter().find(|group| group.code == "cloud_sync_quarantine")
}

const OBJECTS: &str = "Objects that fail to sync";
const SERVICES: &str = "Objects that a service did not take over";

fn refused() -> FaultKind {
    FaultKind::Error {
        status: 400,
        code: String::from("Request_UnsupportedQuery"),
        message: String::from("Unsupported or invalid query filter clause."),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_both_kinds_are_shown_with_contacts_beside_the_others() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SyncObjectErrors).await;
    house.drain().await;
    for dataset in [Dataset::ObjectErrors, Dataset::ServiceErrors, Dataset::ContactErrors] {
        house.assert_done(tenant, dataset).await;
    }
    let objects = report(&house, tenant, OBJECTS).await;
    assert_eq!((objects.rows.len(), objects.note.as_str()), (5, ""));
    assert!(objects.rows.iter().any(|row| row.cells[0] == "Carrier" && row.cells[1] == "Contact" && row.at.is_some()));
    let services = report(&house, tenant, SERVICES).await;
    let said: Vec<&str> = services.rows.iter().map(|row| row.cells[3].as_str()).collect();
    assert_eq!(said, ["The proxy address is already used. (ExB0A4D9)", "The external address is not valid."]);
    assert!(services.rows.iter().all(|row| row.cells[2] == "Exchange Online"), "{services:?}");
    // A client reads the same of its own tenant, and nothing of another.
    let mut viewer = technician();
    (viewer.operator.role, viewer.operator.reach) = (Role::Viewer, Reach::Only([tenant].into()));
    let own = house.services().get_sync(&viewer, tenant).await.unwrap();
    assert_eq!(own.reports, view(&house, tenant).await.reports);
    viewer.operator.reach = Reach::Only([TenantId(uuid::Uuid::from_u128(7))].into());
    assert_eq!(house.services().get_sync(&viewer, tenant).await, Err(Error::NotFound));
    let pane = house.services().get(&technician(), tenant).await.unwrap().sync;
    let line = pane.lines.iter().find(|line| line.label == "Service errors").unwrap();
    assert_eq!((line.gravity, line.figure.as_str()), (Gravity::Warning, "1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_is_refused_is_answered_by_looking_at_everybody() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SyncObjectErrors).await;
    house.change(tenant, |directory| directory.refuses_service_filter = true).await;
    house.drain().await;
    house.assert_done(tenant, Dataset::ServiceErrors).await;
    assert_eq!(report(&house, tenant, SERVICES).await.rows.len(), 2, "what is resolved is no error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_that_nobody_tells_are_not_none() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.fault(tenant, "/v1.0/groups", refused(), None);
    house.fault(tenant, "/v1.0/contacts", denied(), None);
    house.drain().await;
    assert_eq!(house.outcome(tenant, Dataset::ServiceErrors).await, Some(Outcome::Failed));
    assert_eq!(house.outcome(tenant, Dataset::ContactErrors).await, Some(Outcome::NotPermitted));
    let services = report(&house, tenant, SERVICES).await;
    assert!(services.rows.is_empty() && !services.note.contains("None"), "{services:?}");
    assert!(
        services.note.contains("Users and groups: Not known. Microsoft did not accept the request."),
        "{services:?}"
    );
    assert!(services.note.contains("Contacts: Not known. The permission OrgContact.Read.All"), "{services:?}");
    let pane = view(&house, tenant).await.pane;
    let line = pane.lines.iter().find(|line| line.label == "Service errors").unwrap();
    assert_eq!((line.gravity, line.figure.as_str()), (Gravity::Quiet, "read failed"));
    house.simulator.faults().clear();
    house.refresh(tenant).await;
    assert_eq!(report(&house, tenant, SERVICES).await.note, "None.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_cloud_sync_are_told_and_those_in_quarantine_are_broken() {
    let house = House::open().await;
    let (sound, dead) = (house.connect_kind(Kind::SyncHealthy).await, house.connect_kind(Kind::SyncDead).await);
    let none = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    for tenant in [sound, dead, none] {
        house.assert_done(tenant, Dataset::CloudSync).await;
    }
    let told = report(&house, sound, "Cloud Sync").await;
    assert!(told.rows.iter().all(|row| row.gravity == Gravity::Good && row.cells[2] == "Runs every 2 min"), "{told:?}");
    let carried: Vec<&str> = told.rows.iter().map(|row| row.cells[1].as_str()).collect();
    assert_eq!(carried, ["passwords", "users and groups"]);
    let told = report(&house, dead, "Cloud Sync").await;
    assert!(told.rows.iter().all(|row| row.gravity == Gravity::Bad && row.cells[4].contains("firewall")), "{told:?}");
    assert!(told.rows[0].cells[2].contains("no agent answers. Next attempt"), "{told:?}");
    let line = view(&house, dead).await.pane.lines.pop().unwrap();
    assert_eq!((line.gravity, line.figure.as_str()), (Gravity::Bad, "2 of 2 jobs in quarantine"));
    let nothing = report(&house, none, "Cloud Sync").await;
    assert_eq!((nothing.rows.len(), nothing.note.as_str()), (0, "No configuration of Cloud Sync was found."));
    assert!(view(&house, none).await.pane.lines.iter().all(|line| line.label != "Cloud Sync"));

    let group = quarantined(&house).await.unwrap();
    assert_eq!((group.tenants, group.affected[0].tenant), (1, dead));
    assert!(group.since.is_some() && group.affected[0].what.len() == 2, "{group:?}");
    // What may not be read any more is not told for ever.
    house.fault(dead, "/v1.0/servicePrincipals", denied(), None);
    house.refresh(dead).await;
    assert_eq!(quarantined(&house).await, None);
    let old = report(&house, dead, "Cloud Sync").await;
    assert!(old.rows.len() == 2 && old.note.contains("It could not be read again"), "{old:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_optional_and_was_not_granted_is_not_asked_for_and_hurts_nothing() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaTrustedLocation).await;
    let granted: Vec<String> = house.simulator.world().read().await.tenants[&tenant.0]
        .service_principal
        .as_ref()
        .map(|principal| principal.roles.iter().cloned().collect())
        .unwrap();
    let scope = Scope::of_system();
    let connections = house.store.connections(&scope);
    connections.update(tenant, house.clock.now(), |connection| connection.granted = Some(granted)).await.unwrap();
    house.drain().await;
    for dataset in [Dataset::CloudSync, Dataset::ContactErrors, Dataset::SyncSettings] {
        let status = house.status(tenant, dataset).await;
        let cause = status.cause.unwrap();
        assert_eq!(status.outcome, Some(Outcome::NotPermitted), "{dataset:?}");
        assert!(cause.meaning.contains(dataset.spec().permission) && cause.meaning.contains("optional"), "{cause:?}");
    }
    let asked = |path| house.simulator.requests().count(Side::Graph, Some(tenant.0), path);
    for path in ["/v1.0/servicePrincipals", "/v1.0/contacts", "/v1.0/directory/onPremisesSynchronization"] {
        assert_eq!(asked(path), 0, "{path}");
    }
    let told = view(&house, tenant).await;
    assert_eq!(told.header.connection.state, ConnectionState::Connected);
    assert_eq!(told.header.connection.permissions_granted, told.header.connection.permissions_wanted);
    let report = told.reports.iter().find(|report| report.title == "Cloud Sync").unwrap();
    assert!(
        report.note.starts_with("Not known. The permission Synchronization.Read.All was not granted"),
        "{report:?}"
    );
    let line = told.pane.lines.last().unwrap();
    assert_eq!((line.label.as_str(), line.figure.as_str()), ("Cloud Sync", "not permitted"));
    let fleet = Fleet { store: house.store.clone(), clock: house.clock.clone(), scales: Scales::default() };
    let troubles = fleet.list_troubles(&technician()).await.unwrap();
    assert_eq!(troubles.sound, 1, "{troubles:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_by_itself_is_told_that_settings_are_for_people() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SyncHealthy).await;
    house.drain().await;
    let status = house.status(tenant, Dataset::SyncSettings).await;
    assert_eq!(status.outcome, Some(Outcome::NotPermitted));
    let told = report(&house, tenant, "Settings of directory sync").await;
    assert!(told.rows.is_empty() && told.note.contains("to people alone"), "{told:?}");
    assert!(told.note.contains("Connect the client through GDAP"), "{told:?}");
    // Without the setting, what ran on time is on.
    let password = view(&house, tenant).await.pane.password;
    assert!(matches!(password, Known::Known(SyncState::On { .. })), "{password:?}");
    house.advance(TimeDelta::hours(7));
    house.fault(tenant, "/v1.0/directory/onPremisesSynchronization", refused(), None);
    house.drain().await;
    let told = report(&house, tenant, "Settings of directory sync").await;
    assert!(
        told.note.contains("Microsoft did not accept the request"),
        "another refusal keeps its own words: {told:?}"
    );
}

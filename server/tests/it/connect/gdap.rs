use std::sync::Arc;

use app::backend::Connections as _;
use app::backend::Tenants as _;
use app::error::Error;
use chrono::{DateTime, TimeDelta, Utc};
use domain::client::SyncView;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::operator::Role;
use domain::sync_health::{Scales, SyncState};
use secrecy::ExposeSecret;
use serde_json::Value;
use server::audit::Audit;
use server::graph::Query;
use server::jobs::progress::Progress;
use server::random::Random;
use server::services::connections::PartnerEnding;
use server::services::tenants::Tenants;
use server::sync::Sync;
use simulator::announcement::AnnouncedPerson;
use simulator::world::Kind;
use simulator::world::directory::sync::Sync as Sync_;
use simulator::{Fault, FaultKind};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::office::{Office, answer_of, caller};

pub(super) async fn sign_in(office: &Office, person: &AnnouncedPerson) -> PartnerEnding {
    let admin = caller(Role::Admin);
    let authorize = office.connections.start_partner(&admin).await.unwrap();
    let landed = office.sign_in(&authorize, person).await;
    office.connections.finish_partner(&admin, &answer_of(&landed), &landed["code"]).await.unwrap()
}

pub(super) async fn admin_agent(office: &Office) -> AnnouncedPerson {
    let world = office.simulator.world().read().await;
    let agent = world.tenants[&world.partner].people.iter().find(|one| one.is_admin_agent && one.mfa).unwrap();
    let people = &office.simulator.announcement().people;
    people.iter().find(|one| one.object_id == agent.object_id).unwrap().clone()
}

async fn relationship_of(office: &Office, kind: Kind) -> String {
    let world = office.simulator.world().read().await;
    world.tenants_of(kind).next().unwrap().gdap.as_ref().unwrap().relationship_id.clone()
}

#[tokio::test]
async fn a_client_without_consent_is_reached_through_the_partner_without_its_click() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let before = office.connections.get_partner(&admin).await.unwrap();
    assert!(!before.connected && before.relationships.is_empty());
    let agent = admin_agent(&office).await;
    let ending = sign_in(&office, &agent).await;
    assert_eq!(ending, PartnerEnding::Connected { user_principal_name: agent.user_principal_name.clone() });

    let partner = office.connections.get_partner(&admin).await.unwrap();
    assert!(partner.connected);
    let tenant = office.client_of(Kind::GdapOnly).await;
    let row = partner.relationships.iter().find(|row| row.tenant_id == tenant).unwrap();
    assert_eq!((row.status.as_str(), row.connected_by), ("active", None));

    let connected = office.connections.create_delegated(&admin, &row.relationship_id).await.unwrap();
    assert_eq!(connected.connection.kind, ConnectionKind::Delegated);
    assert_eq!(connected.connection.state, ConnectionState::Connected, "{:?}", connected.connection.cause);
    assert!(connected.connection.relationship_ends_at.is_some());
    assert_eq!(*office.nudged.lock().unwrap(), [tenant]);
    let users = office.graph_of(tenant).pages::<Value>(Query::v1("users").select(&["id"])).collect().await.unwrap();
    assert!(!users.is_empty());
    let again = office.connections.create_delegated(&admin, &row.relationship_id).await.unwrap_err();
    assert!(matches!(again, Error::Conflict(_)), "{again:?}");
    let partner = office.connections.get_partner(&admin).await.unwrap();
    let row = partner.relationships.iter().find(|row| row.tenant_id == tenant).unwrap();
    assert_eq!(row.connected_by, Some(ConnectionKind::Delegated));
}

#[tokio::test]
async fn a_sign_in_without_mfa_does_not_connect() {
    let office = Office::open().await;
    let people = &office.simulator.announcement().people;
    let person = people.iter().find(|one| one.tenant_id == office.partner().0 && !one.mfa).unwrap().clone();
    assert_eq!(sign_in(&office, &person).await, PartnerEnding::WithoutMfa);
    assert!(!office.connections.get_partner(&caller(Role::Admin)).await.unwrap().connected);
}

#[tokio::test]
async fn the_answer_belongs_to_who_began_and_counts_once_and_in_time() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let agent = admin_agent(&office).await;
    let authorize = office.connections.start_partner(&admin).await.unwrap();
    let landed = office.sign_in(&authorize, &agent).await;
    let (answer, code) = (answer_of(&landed), landed["code"].clone());

    let mut other = caller(Role::Admin);
    other.operator.id = domain::ids::OperatorId(uuid::Uuid::from_u128(8));
    assert_eq!(office.connections.finish_partner(&other, &answer, &code).await.unwrap(), PartnerEnding::Unknown);
    assert_eq!(office.connections.finish_partner(&admin, &answer, "").await.unwrap(), PartnerEnding::Unknown);
    let first = office.connections.finish_partner(&admin, &answer, &code).await.unwrap();
    assert!(matches!(first, PartnerEnding::Connected { .. }), "{first:?}");
    assert_eq!(office.connections.finish_partner(&admin, &answer, &code).await.unwrap(), PartnerEnding::Unknown);

    let authorize = office.connections.start_partner(&admin).await.unwrap();
    let landed = office.sign_in(&authorize, &agent).await;
    office.advance(TimeDelta::minutes(21));
    let late = office.connections.finish_partner(&admin, &answer_of(&landed), &landed["code"]).await.unwrap();
    assert_eq!(late, PartnerEnding::Unknown);
}

#[tokio::test]
async fn one_refresh_token_serves_many_clients_at_once_and_survives_rotation() {
    let office = Office::open().await;
    sign_in(&office, &admin_agent(&office).await).await;
    let admin = caller(Role::Admin);
    let all = office.connections.get_partner(&admin).await.unwrap().relationships;
    let active: Vec<_> = all.iter().filter(|row| row.status == "active").take(4).collect();
    assert!(active.len() > 1);
    for row in &active {
        office.connections.create_delegated(&admin, &row.relationship_id).await.unwrap();
    }
    for round in 0..3 {
        office.advance(TimeDelta::hours(2));
        let reads = active.iter().map(|row| {
            let graph = office.graph_of(row.tenant_id);
            async move { graph.pages::<Value>(Query::v1("users").select(&["id"]).top(5)).next().await }
        });
        for read in futures::future::join_all(reads).await {
            assert!(read.is_ok(), "round {round}: {read:?}");
        }
    }
    let partner = office.store.consents().get_partner().await.unwrap().unwrap();
    assert!(office.clock.now() - partner.last_renewed_at < TimeDelta::minutes(1), "{partner:?}");
}

#[tokio::test]
async fn daily_renewal_keeps_an_idle_partner_alive_and_its_death_is_told() {
    let office = Office::open().await;
    sign_in(&office, &admin_agent(&office).await).await;
    for _ in 0..4 {
        office.advance(TimeDelta::days(25));
        office.tokens.renew_partner().await.unwrap();
    }
    office.advance(TimeDelta::days(91));
    let error = office.tokens.renew_partner().await.unwrap_err();
    assert_eq!(error.aadsts(), Some(700_082), "{error}");
    let partner = office.store.consents().get_partner().await.unwrap().unwrap();
    assert_eq!(partner.cause.unwrap().code, "AADSTS700082");
    assert!(!office.connections.get_partner(&caller(Role::Admin)).await.unwrap().connected);
}

#[tokio::test]
async fn a_relationship_that_ended_breaks_the_connection_with_its_cause() {
    let office = Office::open().await;
    sign_in(&office, &admin_agent(&office).await).await;
    let admin = caller(Role::Admin);
    let relationship = relationship_of(&office, Kind::GdapOnly).await;
    let tenant = office.connections.create_delegated(&admin, &relationship).await.unwrap().tenant_id;
    office
        .change(|world| world.tenants.get_mut(&tenant.0).unwrap().gdap.as_mut().unwrap().status = "terminated".into())
        .await;
    office.advance(TimeDelta::hours(2));
    let read = office.graph_of(tenant).get_one::<Value>(&Query::v1("organization")).await;
    assert!(read.is_err());
    let stored = office.stored(tenant).await;
    assert_eq!(stored.state, ConnectionState::Broken);
    assert!(stored.cause.is_some_and(|cause| cause.code.starts_with("AADSTS")));
    let gone = office.connections.create_delegated(&admin, &relationship).await.unwrap_err();
    assert!(matches!(gone, Error::Invalid { .. }), "{gone:?}");
    let unknown = office.connections.create_delegated(&admin, "no such").await.unwrap_err();
    assert!(matches!(unknown, Error::Invalid { .. }), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_directory_sync_are_told_to_people() {
    let office = Office::open().await;
    sign_in(&office, &admin_agent(&office).await).await;
    let relationship = relationship_of(&office, Kind::GdapOnly).await;
    let tenant = office.connections.create_delegated(&caller(Role::Admin), &relationship).await.unwrap().tenant_id;
    let now = office.clock.now();
    let stalled = now - TimeDelta::hours(90);
    let change = |change: fn(&mut Sync_, DateTime<Utc>)| {
        office.change(move |world| change(&mut world.tenants.get_mut(&tenant.0).unwrap().directory.sync, stalled))
    };
    change(|sync, stalled| sync.last_password_sync = Some(stalled)).await;
    let url = office.folder.database_url();
    let database = sea_orm::Database::connect(url.expose_secret()).await.unwrap();
    let progress = Progress::connect(&database, CancellationToken::new());
    let tokens = Arc::new(office.tokens.clone());
    let sync = Sync::new(office.store.clone(), office.graph.clone(), tokens, office.clock.clone(), progress);
    let services = Tenants {
        extras: office.graph.settings().extras,
        store: office.store.clone(),
        audit: Audit::new(office.store.clone(), office.clock.clone()),
        clock: office.clock.clone(),
        scales: Scales::default(),
        random: Random::from_system(),
        refresh: Arc::new(|_| Box::pin(std::future::ready(Ok(())))),
        looks: Default::default(),
    };
    let read = async || {
        sync.run(tenant, Uuid::new_v4(), &CancellationToken::new()).await.unwrap();
        services.get_sync(&caller(Role::Technician), tenant).await.unwrap()
    };
    let view = read().await;
    let report = view.reports.iter().find(|report| report.title == "Settings of directory sync").unwrap();
    let cells: Vec<_> = report.rows.iter().map(|row| row.cells[1].as_str()).collect();
    assert_eq!(cells[..2], ["stops a sync that would delete more than 500 objects", "on"], "{report:?}");
    let stands = |view: &SyncView| view.pane.password.known().copied().unwrap();
    assert!(stands(&view).is_late(), "it is on and has stalled: {:?}", view.pane.password);

    change(|sync, _| sync.passwords_off = true).await;
    office.advance(TimeDelta::hours(7));
    assert_eq!(stands(&read().await), SyncState::Off, "the same stamp, and it is switched off");
}

#[tokio::test]
async fn an_optional_permission_that_microsoft_refuses_does_not_sink_the_rest() {
    let office = Office::open().await;
    sign_in(&office, &admin_agent(&office).await).await;
    let relationship = relationship_of(&office, Kind::GdapOnly).await;
    // The first consent asks for what the registration does not have.
    let kind = FaultKind::Error { status: 400, code: String::from("x"), message: String::from("Unknown scope.") };
    let path_prefix = String::from("/v1/customers");
    office.simulator.faults().inject(Fault { tenant: None, path_prefix, kind, times: Some(1) });
    let row = office.connections.create_delegated(&caller(Role::Admin), &relationship).await.unwrap();
    assert_eq!(row.connection.state, ConnectionState::Connected, "{:?}", row.connection.cause);
    let lacks: Vec<_> = row.permissions.iter().filter(|one| one.granted == Some(false)).collect();
    assert!(!lacks.is_empty() && lacks.iter().all(|one| one.optional), "{lacks:?}");
    assert_eq!(row.connection.permissions_granted, row.connection.permissions_wanted);
}

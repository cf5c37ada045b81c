//! The vault over a real database: wrong keys at start-up, rotation while serving, and no secret anywhere in the clear.

use std::io::Write;
use std::sync::{Arc, Mutex};

use app::backend::{Connections as _, Keys as _};
use chrono::TimeDelta;
use domain::operator::Role;
use domain::settings::OwnRegistration;
use serde_json::Value;
use server::clock::Clock;
use server::graph::{Query, Surroundings};
use server::random::Random;
use server::services::keys::Keys;
use server::services::secrets::{KeyRingSource, OpenError, SecretError, Secrets};
use server::services::tokens::Tokens;
use server::store::Store;
use server::timer::SkippingTimer;
use server::vault::{KeyRing, VaultError};
use simulator::FaultKind;
use simulator::world::Kind;

use crate::office::{Folder, Office, answer_of, app_credential, caller, open_store};

fn surroundings() -> Surroundings {
    Surroundings { clock: Clock::default(), timer: Arc::new(SkippingTimer::default()), random: Random::from_system() }
}

async fn open(store: &Store, folder: &Folder) -> Result<Secrets, OpenError> {
    Secrets::open(store.clone(), &KeyRingSource::File(folder.keys()), &surroundings()).await
}

fn dump(folder: &Folder) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tenantry.db")) {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    all
}

#[tokio::test]
async fn the_first_start_makes_a_ring_that_only_its_owner_reads() {
    let folder = Folder::new();
    let store = open_store(&folder).await;
    open(&store, &folder).await.unwrap();
    let ring = std::fs::read_to_string(folder.keys()).unwrap();
    assert_eq!(KeyRing::parse(&ring).unwrap().ids().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(folder.keys()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    open(&store, &folder).await.unwrap();
    assert_eq!(std::fs::read_to_string(folder.keys()).unwrap(), ring, "the second start leaves it alone");
}

#[tokio::test]
async fn a_lost_or_wrong_key_stops_the_start_and_destroys_nothing() {
    let folder = Folder::new();
    let store = open_store(&folder).await;
    open(&store, &folder).await.unwrap();
    let right = std::fs::read_to_string(folder.keys()).unwrap();
    let before = store.secrets().sample_by_key().await.unwrap();

    std::fs::remove_file(folder.keys()).unwrap();
    let error = open(&store, &folder).await.unwrap_err();
    assert!(matches!(error, OpenError::Gone { .. }), "{error:?}");
    assert!(!folder.keys().exists(), "no new ring is made over sealed secrets");

    let random = Random::from_system();
    std::fs::write(folder.keys(), KeyRing::generate_line("other", &random)).unwrap();
    let error = open(&store, &folder).await.unwrap_err();
    assert!(matches!(&error, OpenError::Secrets(SecretError::Vault(VaultError::MissingKey { .. }))), "{error:?}");

    let id = KeyRing::parse(&right).unwrap().current().id().to_owned();
    std::fs::write(folder.keys(), KeyRing::generate_line(&id, &random)).unwrap();
    let error = open(&store, &folder).await.unwrap_err();
    assert!(matches!(&error, OpenError::Secrets(SecretError::Vault(VaultError::WrongKey { .. }))), "{error:?}");

    assert_eq!(store.secrets().sample_by_key().await.unwrap(), before);
    std::fs::write(folder.keys(), right).unwrap();
    open(&store, &folder).await.unwrap();
}

#[tokio::test]
async fn rotation_moves_every_secret_while_serving_and_the_old_key_can_go() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let registration = OwnRegistration {
        client_id: office.simulator.announcement().client_id.to_string(),
        client_secret: office.simulator.announcement().client_secret.clone(),
        secret_ends_at: None,
    };
    office.connections.set_own_registration(&admin, tenant, Some(registration)).await.unwrap();

    let old = std::fs::read_to_string(office.folder.keys()).unwrap();
    let new = KeyRing::generate_line("new", &Random::from_system());
    std::fs::write(office.folder.keys(), format!("{new}\n{old}")).unwrap();
    let secrets = open(&office.store, &office.folder).await.unwrap();
    let app = app_credential(&office.simulator);
    let (clock, entra) = (office.clock.clone(), office.graph.entra());
    let tokens = Arc::new(Tokens::new(office.store.clone(), secrets.clone(), entra, app, clock.clone()));
    let keys = Keys { secrets, audit: office.keys.audit.clone(), clock };
    let serving = async {
        for _ in 0..10 {
            office.advance(TimeDelta::hours(2));
            let graph = office.graph.tenant(tenant, tokens.clone());
            graph.get_one::<Value>(&Query::v1("organization")).await.unwrap();
        }
    };
    let (moved, ()) = tokio::join!(keys.rotate(&admin), serving);
    assert_eq!(moved.unwrap(), 1);
    assert_eq!(keys.rotate(&admin).await.unwrap(), 0, "a second time moves nothing");
    let rows = keys.list(&admin).await.unwrap();
    assert!(rows[0].is_current && rows[0].key_id == "new" && rows[0].sealed == 2, "{rows:?}");
    assert!(rows[1..].iter().all(|row| row.sealed == 0), "{rows:?}");
    std::fs::write(office.folder.keys(), new).unwrap();
    open(&office.store, &office.folder).await.unwrap();
    assert_eq!(keys.list(&caller(Role::Technician)).await.unwrap_err(), app::error::Error::Forbidden);
}

/// Collects everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_found_in_the_database_the_log_or_what_is_answered() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let mut answered = String::new();

    let tenant = office.connect(Kind::SecurityDefaults).await;
    let own = office.simulator.announcement().own_registrations[0].clone();
    let own_tenant = domain::ids::TenantId(own.tenant_id);
    office.add(&own.tenant_id.to_string()).await;
    let registration = OwnRegistration {
        client_id: own.client_id.to_string(),
        client_secret: own.client_secret.clone(),
        secret_ends_at: None,
    };
    let row = office.connections.set_own_registration(&admin, own_tenant, Some(registration)).await;
    answered.push_str(&format!("{row:?}"));

    let agent = {
        let world = office.simulator.world().read().await;
        let agent = world.tenants[&world.partner].people.iter().find(|one| one.is_admin_agent && one.mfa).unwrap();
        let people = &office.simulator.announcement().people;
        people.iter().find(|one| one.object_id == agent.object_id).unwrap().clone()
    };
    let authorize = office.connections.start_partner(&admin).await.unwrap();
    let landed = office.sign_in(&authorize, &agent).await;
    let ending = office.connections.finish_partner(&admin, &answer_of(&landed), &landed["code"]).await;
    answered.push_str(&format!("{ending:?}"));
    let replay = office.connections.finish_partner(&admin, &answer_of(&landed), &landed["code"]).await;
    answered.push_str(&format!("{replay:?}"));
    let partner = office.connections.get_partner(&admin).await.unwrap();
    let relationship = partner.relationships.iter().find(|row| row.status == "active").unwrap();
    let delegated = office.connections.create_delegated(&admin, &relationship.relationship_id).await;
    answered.push_str(&format!("{partner:?} {delegated:?}"));

    for fault in
        [FaultKind::TruncatedJson, FaultKind::WrongContentType, FaultKind::HtmlErrorPage, FaultKind::Aadsts(7_000_215)]
    {
        office.advance(TimeDelta::hours(2));
        office.fault(tenant, "/oauth2/v2.0/token", fault, None);
        let failed = office.graph_of(tenant).get_one::<Value>(&Query::v1("organization")).await.unwrap_err();
        answered.push_str(&format!("{failed} {failed:?} {:?}", failed.cause()));
        office.simulator.faults().clear();
    }
    office.advance(TimeDelta::hours(2));
    office.tokens.renew_partner().await.unwrap();
    answered.push_str(&format!("{:?} {:?}", office.tokens, office.connections.list(&admin).await));

    let canaries = office.simulator.canaries().await;
    assert!(canaries.len() > 8, "{}", canaries.len());
    let (database, log) = (dump(&office.folder), log.0.lock().unwrap().clone());
    assert!(database.len() > 10_000 && log.len() > 1_000, "there is something to search");
    for (place, text) in [("database", &database), ("log", &log), ("answers", &answered.into_bytes())] {
        for canary in canaries.iter().map(String::as_str).chain(["CANARYtnt", "eyJjYW5hcnkiOiJDQU5BUll0bnQi"]) {
            let found = text.windows(canary.len()).position(|window| window == canary.as_bytes());
            assert_eq!(found, None, "a secret stands in the {place}");
        }
    }
}

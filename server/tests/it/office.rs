//! The product's services over a pretended Microsoft and a database of their own, with time that a test moves.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use app::backend::Caller;
use chrono::TimeDelta;
use domain::connection::ConnectionKind;
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Operator, Reach, Role};
use domain::settings::NewConnection;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use secrecy::SecretString;
use server::audit::Audit;
use server::clock::Clock;
use server::graph::credential::{AppCredential, Proof};
use server::graph::{Graph, GraphSettings, Surroundings, TenantGraph};
use server::random::Random;
use server::services::connections::{Answer, ConnectSettings, Connections};
use server::services::keys::Keys;
use server::services::secrets::{KeyRingSource, Secrets};
use server::services::subscriptions::Subscriptions;
use server::services::tokens::Tokens;
use server::store::{Scope, Store, StoreSettings};
use server::timer::SkippingTimer;
use simulator::announcement::AnnouncedPerson;
use simulator::world::{Kind, World};
use simulator::{Fault, FaultKind, Options, Simulator};
use url::Url;
use uuid::Uuid;

pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";

pub struct Office {
    pub simulator: Simulator,
    pub store: Store,
    pub tokens: Tokens,
    pub graph: Graph,
    pub connections: Connections,
    pub keys: Keys,
    pub clock: Clock,
    pub timer: SkippingTimer,
    pub nudged: Arc<Mutex<Vec<TenantId>>>,
    pub folder: Folder,
    pub browser: Client,
}

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenantry-test-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn database_url(&self) -> SecretString {
        SecretString::from(format!("sqlite:{}?mode=rwc", self.0.join("tenantry.db").display()))
    }

    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// With settings of the client that a test bends.
    pub async fn open_with(bend: impl FnOnce(&mut GraphSettings)) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let announcement = simulator.announcement();
        let mut settings = GraphSettings {
            graph_url: Url::parse(&announcement.graph_url).unwrap(),
            login_url: Url::parse(&announcement.login_url).unwrap(),
            partner_center_url: Url::parse(&announcement.graph_url).unwrap(),
            exchange_url: Url::parse(&announcement.graph_url).unwrap(),
            extras: domain::dataset::Extras { exchange_settings: true },
            budget_scale: None,
            ..GraphSettings::default()
        };
        bend(&mut settings);
        let (clock, timer) = (Clock::default(), SkippingTimer::default());
        let surroundings =
            Surroundings { clock: clock.clone(), timer: Arc::new(timer.clone()), random: Random::from_system() };
        let folder = Folder::new();
        let store = open_store(&folder).await;
        let graph = Graph::new(settings, surroundings.clone()).unwrap();
        let secrets = Secrets::open(store.clone(), &KeyRingSource::File(folder.keys()), &surroundings).await.unwrap();
        let app = app_credential(&simulator);
        let tokens = Tokens::new(store.clone(), secrets.clone(), graph.entra(), app, clock.clone());
        let audit = Audit::new(store.clone(), clock.clone());
        let nudged: Arc<Mutex<Vec<TenantId>>> = Arc::default();
        let nudges = Arc::clone(&nudged);
        let connections = Connections {
            store: store.clone(),
            secrets: secrets.clone(),
            tokens: tokens.clone(),
            subscriptions: Subscriptions {
                store: store.clone(),
                tokens: tokens.clone(),
                graph: graph.clone(),
                surroundings: surroundings.clone(),
                address: None,
            },
            graph: graph.clone(),
            audit: audit.clone(),
            settings: ConnectSettings {
                public_url: Url::parse(PUBLIC_URL).unwrap(),
                partner_tenant: TenantId(announcement.partner_tenant_id),
            },
            surroundings,
            nudge: Arc::new(move |tenant| {
                nudges.lock().unwrap().push(tenant);
                Box::pin(std::future::ready(()))
            }),
        };
        connections.start().await.unwrap();
        let keys = Keys { secrets: secrets.clone(), audit, clock: clock.clone() };
        let browser = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { simulator, store, tokens, graph, connections, keys, clock, timer, nudged, folder, browser }
    }

    /// A client of this kind, as the world was generated.
    pub async fn client_of(&self, kind: Kind) -> TenantId {
        TenantId(self.simulator.world().read().await.tenants_of(kind).next().unwrap().id)
    }

    pub fn partner(&self) -> TenantId {
        TenantId(self.simulator.announcement().partner_tenant_id)
    }

    pub async fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut *self.simulator.world().write().await)
    }

    pub fn fault(&self, tenant: TenantId, path_prefix: &str, kind: FaultKind, times: Option<u32>) {
        self.simulator.faults().inject(Fault {
            tenant: Some(tenant.0),
            path_prefix: path_prefix.to_owned(),
            kind,
            times,
        });
    }

    /// Both clocks, Microsoft's and ours.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.simulator.clock().advance(by);
    }

    pub fn person(&self, tenant: TenantId, demo_role: &str) -> AnnouncedPerson {
        let people = &self.simulator.announcement().people;
        people.iter().find(|one| one.tenant_id == tenant.0 && one.demo_role == demo_role).unwrap().clone()
    }

    /// Lists a client that has consented already, and proves it.
    pub async fn connect(&self, kind: Kind) -> TenantId {
        let tenant = self.client_of(kind).await;
        let link = self.add(&tenant.to_string()).await;
        let answer = self.consent(&link, "accept").await;
        let ending = self.connections.finish_consent(&answer, "test").await.unwrap();
        assert!(matches!(ending, server::services::connections::Ending::Connected { .. }), "{ending:?}");
        tenant
    }

    /// Adds a tenant and answers its consent link.
    pub async fn add(&self, typed: &str) -> String {
        use app::backend::Connections as _;
        let new = NewConnection { tenant: typed.to_owned(), kind: ConnectionKind::AppOnly };
        self.connections.create(&caller(Role::Admin), new).await.unwrap().consent_url
    }

    pub fn graph_of(&self, tenant: TenantId) -> TenantGraph {
        self.graph.tenant(tenant, Arc::new(self.tokens.clone()))
    }

    /// Follows a consent link as the client's administrator, and answers what Microsoft sends back.
    pub async fn consent(&self, link: &str, decision: &str) -> Answer {
        let link = Url::parse(link).unwrap();
        let tenant: TenantId = link.path_segments().unwrap().next().unwrap().parse().unwrap();
        let role = if tenant == self.partner() { "admin" } else { "client_admin" };
        let person = self.person(tenant, role);
        let page = self.browser.get(link.clone()).send().await.unwrap();
        assert!(page.status().is_success(), "{}", page.text().await.unwrap());
        let form = [
            ("request", link.query().unwrap().to_owned()),
            ("person", key(&person)),
            ("decision", decision.to_owned()),
        ];
        let url = format!("{}/{tenant}/adminconsent/decision", self.simulator.announcement().login_url);
        let landed = landing(&self.browser.post(url).form(&form).send().await.unwrap(), "/connect/consent");
        answer_of(&landed)
    }

    /// Signs a person in at an authorize address, and answers what Microsoft sends back.
    pub async fn sign_in(&self, authorize: &str, person: &AnnouncedPerson) -> HashMap<String, String> {
        let authorize = Url::parse(authorize).unwrap();
        let realm = authorize.path_segments().unwrap().next().unwrap().to_owned();
        let form = [("request", authorize.query().unwrap().to_owned()), ("person", key(person))];
        let url = format!("{}/{realm}/login", self.simulator.announcement().login_url);
        landing(&self.browser.post(url).form(&form).send().await.unwrap(), "/connect/partner/callback")
    }

    /// What the app may do in a tenant by itself.
    pub async fn granted(&self, tenant: TenantId) -> std::collections::BTreeSet<String> {
        let world = self.simulator.world().read().await;
        world.tenants[&tenant.0].service_principal.as_ref().map(|app| app.roles.clone()).unwrap_or_default()
    }

    /// What is stored of a connection.
    pub async fn stored(&self, tenant: TenantId) -> server::store::connections::StoredConnection {
        let scope = Scope::of_tenant_job(tenant);
        self.store.connections(&scope).get(tenant).await.unwrap().unwrap()
    }
}

pub fn app_credential(simulator: &Simulator) -> AppCredential {
    let announcement = simulator.announcement();
    AppCredential {
        client_id: Arc::from(announcement.client_id.to_string()),
        proof: Proof::Secret(SecretString::from(announcement.client_secret.clone())),
        ends_at: None,
    }
}

pub async fn open_store(folder: &Folder) -> Store {
    let store = Store::connect(&StoreSettings { url: folder.database_url(), max_connections: 8 }).await.unwrap();
    store.migrate().await.unwrap();
    store
}

pub fn caller(role: Role) -> Caller {
    Caller {
        operator: Operator {
            id: OperatorId(Uuid::from_u128(7)),
            home_tenant: TenantId(Uuid::from_u128(1)),
            display_name: String::from("Test"),
            user_principal_name: String::from("test@partner.example"),
            role,
            reach: Reach::All,
        },
        request_id: String::from("test"),
    }
}

pub fn answer_of(landed: &HashMap<String, String>) -> Answer {
    let get = |name: &str| landed.get(name).cloned().unwrap_or_default();
    Answer {
        state: get("state"),
        tenant: get("tenant"),
        admin_consent: get("admin_consent"),
        error: get("error"),
        error_description: get("error_description"),
    }
}

fn key(person: &AnnouncedPerson) -> String {
    format!("{}:{}", person.tenant_id, person.object_id)
}

fn landing(response: &Response, path: &str) -> HashMap<String, String> {
    let location = response.headers().get(LOCATION).unwrap_or_else(|| panic!("no redirect: {response:?}"));
    let location = location.to_str().unwrap();
    assert!(location.starts_with(&format!("{PUBLIC_URL}{path}")), "{location}");
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

//! Syncing the simulated world: what is read, what is judged, and what happens when something goes wrong.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod assessed;
mod evidence;
mod fleet;
mod hybrid;
mod jobs;
mod proofs;
mod refusals;
mod rehearsal;
mod single;
mod watch;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::ids::TenantId;
use domain::sync_health::Scales;
use domain::verdict::Verdict;
use secrecy::SecretString;
use server::audit::Audit;
use server::clock::Clock;
use server::graph::credential::{AppCredential, Proof};
use server::graph::entra::{Entra, Grant};
use server::graph::{AccessToken, AccessTokens, Graph, GraphError, GraphSettings, Resource, Surroundings};
use server::jobs::Jobs;
use server::jobs::progress::Progress;
use server::random::Random;
use server::services::tenants::Tenants;
use server::store::connections::NewTenant;
use server::store::{JudgeFacts, Scope, Store, TenantStore};
use server::sync::Sync;
use server::timer::{SkippingTimer, Timer};
use simulator::world::{Directory, Kind};
use simulator::{Fault, FaultKind, Options, Simulator};
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use uuid::Uuid;

use crate::database::{Kind as Database, TestDatabase};

/// The simulated world with a product that syncs it.
struct House {
    simulator: Simulator,
    store: Store,
    graph: Graph,
    tokens: Arc<AppTokens>,
    sync: Sync,
    jobs: Jobs,
    clock: Clock,
    progress: Progress,
    _stop: DropGuard,
    database: TestDatabase,
}

/// Tokens by client credentials, kept for the test; what the vault and the connections do with theirs is tested elsewhere.
struct AppTokens {
    entra: Entra,
    app: AppCredential,
    held: Mutex<HashMap<(TenantId, Resource), AccessToken>>,
}

#[async_trait]
impl AccessTokens for AppTokens {
    async fn get(&self, tenant: TenantId, resource: Resource) -> Result<AccessToken, GraphError> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.get(&(tenant, resource)) {
            return Ok(token.clone());
        }
        let tokens = self.entra.take_tokens(tenant, &self.app, Grant::ClientCredentials, resource, None).await?;
        let token = AccessToken {
            secret: Arc::new(tokens.access_token),
            client_id: Arc::clone(&self.app.client_id),
            expires_at: chrono::DateTime::<chrono::Utc>::MAX_UTC,
        };
        held.insert((tenant, resource), token.clone());
        Ok(token)
    }

    async fn renew(
        &self,
        tenant: TenantId,
        resource: Resource,
        _refused: &AccessToken,
        _claims: Option<&str>,
    ) -> Result<AccessToken, GraphError> {
        self.held.lock().await.remove(&(tenant, resource));
        self.get(tenant, resource).await
    }
}

impl House {
    async fn open() -> Self {
        Self::open_on(Database::Sqlite).await.expect("SQLite is always there")
    }

    /// `None`: this machine has no such database.
    async fn open_on(kind: Database) -> Option<Self> {
        let clock = Clock::default();
        Self::open_with(kind, Options::default(), clock, Arc::new(SkippingTimer::default()), None).await
    }

    /// `budgets`: the share of Microsoft's limits that is spent; `None`: without end.
    async fn open_with(
        kind: Database,
        options: Options,
        clock: Clock,
        timer: Arc<dyn Timer>,
        budgets: Option<f64>,
    ) -> Option<Self> {
        let database = TestDatabase::open(kind).await?;
        let simulator = Simulator::start(options).await.unwrap();
        let announcement = simulator.announcement();
        let settings = GraphSettings {
            graph_url: Url::parse(&announcement.graph_url).unwrap(),
            login_url: Url::parse(&announcement.login_url).unwrap(),
            partner_center_url: Url::parse(&announcement.graph_url).unwrap(),
            exchange_url: Url::parse(&announcement.graph_url).unwrap(),
            extras: domain::dataset::Extras { exchange_settings: true },
            budget_scale: budgets,
            ..GraphSettings::default()
        };
        let surroundings = Surroundings { clock: clock.clone(), timer, random: Random::from_system() };
        let graph = Graph::new(settings, surroundings).unwrap();
        let app = AppCredential {
            client_id: Arc::from(announcement.client_id.to_string()),
            proof: Proof::Secret(SecretString::from(announcement.client_secret.clone())),
            ends_at: None,
        };
        let tokens = Arc::new(AppTokens { entra: graph.entra(), app, held: Mutex::default() });
        let store = database.store.clone();
        let stop = CancellationToken::new();
        let progress = Progress::connect(&database.raw().await, stop.clone());
        let sync = Sync::new(
            store.clone(),
            graph.clone(),
            Arc::clone(&tokens) as Arc<dyn AccessTokens>,
            clock.clone(),
            progress.clone(),
        );
        let jobs = Jobs::connect(store.clone(), sync.clone(), clock.clone(), Random::from_system()).await.unwrap();
        Some(Self { simulator, store, graph, tokens, sync, jobs, clock, progress, _stop: stop.drop_guard(), database })
    }

    /// Another process on the same database, as far as jobs can tell.
    async fn second_process(&self) -> (Jobs, Sync) {
        let tokens = Arc::clone(&self.tokens) as Arc<dyn AccessTokens>;
        let sync = Sync::new(self.store.clone(), self.graph.clone(), tokens, self.clock.clone(), self.progress.clone());
        let jobs =
            Jobs::connect(self.store.clone(), sync.clone(), self.clock.clone(), Random::from_system()).await.unwrap();
        (jobs, sync)
    }

    /// Lists every tenant of the world as connected, whether it can be reached or not.
    async fn connect_all(&self) {
        let tenants: Vec<_> =
            self.simulator.world().read().await.tenants_in_order().iter().map(|tenant| TenantId(tenant.id)).collect();
        for tenant in tenants {
            self.connect(tenant).await;
        }
    }

    async fn connect_kind(&self, kind: Kind) -> TenantId {
        let tenant = self.client_of(kind).await;
        self.connect(tenant).await;
        tenant
    }

    async fn connect(&self, tenant: TenantId) {
        let scope = Scope::of_system();
        let is_partner = self.simulator.announcement().partner_tenant_id == tenant.0;
        let new = NewTenant {
            id: tenant,
            name: tenant.to_string(),
            default_domain: None,
            is_partner,
            kind: ConnectionKind::AppOnly,
        };
        let connections = self.store.connections(&scope);
        assert!(connections.create(new, self.clock.now()).await.unwrap());
        connections
            .update(tenant, self.clock.now(), |connection| connection.state = ConnectionState::Connected)
            .await
            .unwrap();
    }

    async fn client_of(&self, kind: Kind) -> TenantId {
        TenantId(self.simulator.world().read().await.tenants_of(kind).next().unwrap().id)
    }

    /// Syncs everything that is due.
    async fn drain(&self) {
        tokio::time::timeout(std::time::Duration::from_secs(300), self.jobs.drain())
            .await
            .expect("the queue never came to rest")
            .unwrap();
    }

    async fn refresh(&self, tenant: TenantId) {
        // Later than what ran before, to the microsecond that databases keep.
        self.advance(TimeDelta::seconds(1));
        self.jobs.refresh(tenant).await.unwrap();
        self.drain().await;
    }

    async fn tenant(&self, tenant: TenantId) -> TenantStore {
        self.store.tenant(&Scope::of_tenant_job(tenant), tenant).await.unwrap().unwrap()
    }

    async fn status(&self, tenant: TenantId, dataset: Dataset) -> DatasetStatus {
        let statuses = self.tenant(tenant).await.list_datasets().await.unwrap();
        statuses.into_iter().find(|status| status.dataset == dataset).unwrap()
    }

    async fn outcome(&self, tenant: TenantId, dataset: Dataset) -> Option<Outcome> {
        self.status(tenant, dataset).await.outcome
    }

    /// Fails with everything that is known of the dataset.
    async fn assert_done(&self, tenant: TenantId, dataset: Dataset) {
        let status = self.status(tenant, dataset).await;
        assert_eq!(status.outcome, Some(Outcome::Done), "{status:#?}");
    }

    async fn facts(&self, tenant: TenantId) -> JudgeFacts {
        self.tenant(tenant).await.load_facts().await.unwrap()
    }

    async fn change<T>(&self, tenant: TenantId, change: impl FnOnce(&mut Directory) -> T) -> T {
        let mut world = self.simulator.world().write().await;
        change(&mut world.tenants.get_mut(&tenant.0).unwrap().directory)
    }

    fn fault(&self, tenant: TenantId, path_prefix: &str, kind: FaultKind, times: Option<u32>) {
        self.simulator.faults().inject(Fault {
            tenant: Some(tenant.0),
            path_prefix: path_prefix.to_owned(),
            kind,
            times,
        });
    }

    /// Both clocks, Microsoft's and ours.
    fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.simulator.clock().advance(by);
    }

    fn services(&self) -> Tenants {
        Tenants {
            extras: self.graph.settings().extras,
            store: self.store.clone(),
            audit: Audit::new(self.store.clone(), self.clock.clone()),
            clock: self.clock.clone(),
            scales: Scales::default(),
            random: Random::from_system(),
            refresh: Arc::new(|_| Box::pin(std::future::ready(Ok(())))),
            looks: Default::default(),
        }
    }

    /// Verdicts of a tenant's users, by user principal name.
    /// Datasets that were not read, each with how its last run ended.
    async fn unfinished(&self, tenant: TenantId) -> Vec<DatasetStatus> {
        let statuses = self.tenant(tenant).await.list_datasets().await.unwrap();
        statuses.into_iter().filter(|status| status.outcome != Some(Outcome::Done)).collect()
    }

    async fn verdicts(&self, tenant: TenantId) -> HashMap<String, Verdict> {
        use domain::list::ListQuery;
        let mut verdicts = HashMap::new();
        let services = self.services();
        for page in 1.. {
            let query = ListQuery { page, ..ListQuery::default() };
            let list = app::backend::Tenants::list_mfa(&services, &technician(), tenant, &query).await.unwrap();
            verdicts.extend(list.users.rows.iter().map(|row| (row.user_principal_name.clone(), row.verdict)));
            if page >= list.users.pages() {
                return verdicts;
            }
        }
        unreachable!("pages end")
    }
}

/// Somebody who sees every tenant.
pub(super) fn technician() -> app::backend::Caller {
    use domain::ids::OperatorId;
    use domain::operator::{Operator, Reach, Role};
    app::backend::Caller {
        operator: Operator {
            id: OperatorId(Uuid::from_u128(1)),
            home_tenant: TenantId(Uuid::from_u128(2)),
            display_name: String::from("Test"),
            user_principal_name: String::from("test@partner.example"),
            role: Role::Technician,
            reach: Reach::All,
        },
        request_id: String::from("test"),
    }
}

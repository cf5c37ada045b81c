//! Being told of changes by the pretended Microsoft, over HTTP both ways: from the handshake to the page, and everything that
//! somebody else may post there.

mod door;
mod lifecycle;
mod upkeep;

use chrono::TimeDelta;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use rstest::rstest;
use server::store::Scope;
use server::store::connections::NewTenant;
use simulator::world::Kind;
use simulator::{Fault, FaultKind, Side};

use crate::database::{Kind as Database, TestDatabase};
use crate::world::World;

/// A server that is told, with a tenant whose users were read.
struct Scene {
    world: World,
    tenant: TenantId,
    database: TestDatabase,
}

impl Scene {
    async fn open() -> Self {
        Self::open_with(Database::Sqlite, &[]).await.expect("SQLite is always there")
    }

    /// `None`: this machine has no such database.
    async fn open_with(database: Database, settings: &[(&str, &str)]) -> Option<Self> {
        let database = TestDatabase::empty(database).await?;
        let mut set = vec![("database.url", database.url.as_str()), ("notifications.enabled", "true")];
        set.extend(settings);
        let world = World::start_with(&set).await;
        let tenant = world.simulator.world().read().await.tenants_of(Kind::SecurityDefaults).next().unwrap().id;
        let scene = Self { world, tenant: TenantId(tenant), database };
        scene.connect(scene.tenant).await;
        Some(scene)
    }

    /// The same, with a subscription that is live and users that were read for it.
    async fn told() -> Self {
        let scene = Self::open().await;
        scene.settle().await;
        scene
    }

    /// Lists the tenant as connected, and reads it.
    async fn connect(&self, tenant: TenantId) {
        self.list(tenant).await;
        self.drain().await;
    }

    async fn list(&self, tenant: TenantId) {
        let scope = Scope::of_system();
        let name = tenant.to_string();
        let new =
            NewTenant { id: tenant, name, default_domain: None, is_partner: false, kind: ConnectionKind::AppOnly };
        let now = self.world.state().clock.now();
        let connections = self.world.state().store.connections(&scope);
        assert!(connections.create(new, now).await.unwrap());
        connections.update(tenant, now, |one| one.state = ConnectionState::Connected).await.unwrap();
    }

    async fn drain(&self) {
        let drained = tokio::time::timeout(std::time::Duration::from_secs(300), self.world.state().jobs.drain());
        drained.await.expect("the queue never came to rest").unwrap();
    }

    async fn keep_up(&self) {
        self.world.state().subscriptions.keep_up_once().await.unwrap();
    }

    /// Has Microsoft asked, reads what is due, and waits until a change would be read at once.
    async fn settle(&self) {
        self.keep_up().await;
        self.drain().await;
        self.world.advance(TimeDelta::seconds(61));
        self.drain().await;
    }

    fn subscriptions(&self) -> Vec<simulator::graph::subscriptions::Subscription> {
        self.world.simulator.subscriptions().list(self.world.state().clock.now())
    }

    /// How often the tenant's users were asked for.
    fn readings(&self) -> u64 {
        self.world.simulator.requests().count(Side::Graph, Some(self.tenant.0), "/v1.0/users/delta")
    }

    /// Renames somebody at Microsoft.
    async fn rename(&self, tenant: TenantId, name: &str) {
        let mut world = self.world.simulator.world().write().await;
        let directory = &mut world.tenants.get_mut(&tenant.0).unwrap().directory;
        let user = directory.users().next().unwrap().id;
        assert!(directory.update_user(user, |user| user.display_name = name.to_owned()));
    }

    fn fault(&self, kind: FaultKind) {
        let path_prefix = String::from("/v1.0/subscriptions");
        self.world.simulator.faults().inject(Fault { tenant: Some(self.tenant.0), path_prefix, kind, times: None });
    }

    /// A page of the tenant, as an administrator sees it.
    async fn page(&self, path: &str) -> String {
        let (mut browser, _) = self.world.sign_in(self.world.person("admin")).await;
        let page = browser.get(&self.world.url(&format!("/tenants/{}{path}", self.tenant))).await.unwrap();
        assert_eq!(page.status, 200, "{path}");
        page.body
    }

    async fn close(self) {
        self.world.stop().await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_told_read_and_shown(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(scene) = Scene::open_with(database, &[]).await else { return };
    assert!(scene.subscriptions().is_empty());
    scene.settle().await;
    let made = scene.subscriptions();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].change_type, "updated,deleted");
    let life = made[0].expires_at - scene.world.state().clock.now();
    assert!(life > TimeDelta::days(2) && life <= TimeDelta::days(3), "{life}");

    let before = scene.readings();
    scene.rename(scene.tenant, "Renamed Quickly").await;
    assert_eq!(scene.world.simulator.tell_subscribers().await, [202]);
    scene.drain().await;
    assert_eq!(scene.readings(), before, "changes are gathered first");
    scene.world.advance(TimeDelta::seconds(10));
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    let users = scene.page("/users?q=Renamed").await;
    assert!(users.contains("Renamed Quickly"), "{users}");
    for path in ["", "/sync"] {
        let page = scene.page(path).await;
        assert!(page.contains("Told by Microsoft of changes to accounts since"), "{path}: {page}");
    }
    let state = made[0].client_state.clone().unwrap();
    let dump = scene.database.dump().await;
    assert!(!dump.windows(state.len()).any(|window| window == state.as_bytes()), "the word is kept as a hash alone");
    scene.world.simulator.tell_subscribers().await;
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1, "what was read once is not due again");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_while_the_subscription_was_made_is_read() {
    let scene = Scene::open().await;
    let before = scene.readings();
    scene.rename(scene.tenant, "Too Early To Be Told").await;
    scene.keep_up().await;
    assert!(scene.world.simulator.tell_subscribers().await.is_empty(), "nobody tells of it");
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    assert!(scene.page("/users?q=Early").await.contains("Too Early To Be Told"));
    scene.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_changes_is_read_together(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(scene) = Scene::open_with(database, &[]).await else { return };
    scene.settle().await;
    let before = scene.readings();
    for number in 0..40 {
        scene.rename(scene.tenant, &format!("Name {number}")).await;
        assert_eq!(scene.world.simulator.tell_subscribers().await, [202]);
    }
    scene.world.advance(TimeDelta::seconds(10));
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1, "forty changes, one reading");

    // It goes on and on: the tenant is read once a minute for it, and not never.
    for _ in 0..12 {
        for number in 0..3 {
            scene.rename(scene.tenant, &format!("Other name {number}")).await;
            scene.world.simulator.tell_subscribers().await;
        }
        scene.world.advance(TimeDelta::seconds(10));
        scene.drain().await;
    }
    let during = scene.readings() - before - 1;
    assert!((1..=2).contains(&during), "{during} readings in two minutes");
    scene.world.advance(TimeDelta::seconds(60));
    scene.drain().await;
    assert!(scene.page("/users?q=Other").await.contains("Other name 2"), "the last change is seen");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_body_may_tell_of_several_tenants() {
    let scene = Scene::open().await;
    let other = scene.world.simulator.world().read().await.tenants_of(Kind::CaComplete).next().unwrap().id;
    scene.connect(TenantId(other)).await;
    scene.settle().await;
    assert_eq!(scene.subscriptions().len(), 2);
    scene.rename(scene.tenant, "One").await;
    scene.rename(TenantId(other), "Other").await;
    let readings = |tenant| scene.world.simulator.requests().count(Side::Graph, Some(tenant), "/v1.0/users/delta");
    let before = (readings(scene.tenant.0), readings(other));
    assert_eq!(scene.world.simulator.tell_subscribers().await, [202], "one delivery");
    scene.world.advance(TimeDelta::seconds(10));
    scene.drain().await;
    assert_eq!((readings(scene.tenant.0), readings(other)), (before.0 + 1, before.1 + 1));
    scene.close().await;
}

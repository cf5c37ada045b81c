//! The queue: one turn at a time for a tenant, nothing lost, nobody starved.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::TimeDelta;
use domain::dataset::{Dataset, Outcome};
use domain::progress::SyncStep;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use server::jobs::WorkerSettings;
use server::store::Scope;
use server::sync::Turn;
use simulator::world::Kind;
use simulator::{FaultKind, Side};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::House;
use crate::database::Kind as Database;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_hold_one_tenant_at_once(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    let tenant = house.connect_kind(Kind::CaComplete).await;
    let (_, other) = house.second_process().await;
    house.fault(tenant, "/v1.0/organization", FaultKind::Slow(Duration::from_millis(300)), None);
    let stop = CancellationToken::new();
    let (one, two) =
        tokio::join!(house.sync.run(tenant, Uuid::new_v4(), &stop), other.run(tenant, Uuid::new_v4(), &stop));
    let mut turns = [one.unwrap(), two.unwrap()];
    turns.sort_by_key(|turn| *turn != Turn::Finished);
    assert_eq!(turns, [Turn::Finished, Turn::HeldElsewhere]);
    assert_eq!(house.simulator.requests().count(Side::Graph, Some(tenant.0), "/v1.0/subscribedSkus"), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_process_held_is_taken_over(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    // A process that took hold, began a dataset and was killed.
    let now = house.clock.now();
    let held = house.store.hold_tenant(tenant, Uuid::new_v4(), now, now + TimeDelta::seconds(45)).await.unwrap();
    assert!(held.is_some());
    house.tenant(tenant).await.start(Dataset::Users, now).await.unwrap();
    let stop = CancellationToken::new();
    assert_eq!(house.sync.run(tenant, Uuid::new_v4(), &stop).await.unwrap(), Turn::HeldElsewhere);
    house.advance(TimeDelta::minutes(1));
    house.drain().await;
    let status = house.status(tenant, Dataset::Users).await;
    assert_eq!(status.outcome, Some(Outcome::Done));
    assert!(!status.running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_is_stopped_is_handed_back_and_finished_later() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaComplete).await;
    let stopped = CancellationToken::new();
    stopped.cancel();
    assert_eq!(house.sync.run(tenant, Uuid::new_v4(), &stopped).await.unwrap(), Turn::HandedBack);
    assert_eq!(house.outcome(tenant, Dataset::Users).await, None);
    house.drain().await;
    house.assert_done(tenant, Dataset::Users).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_loses_nothing(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    house.connect_all().await;
    let workers = house.jobs.start(&WorkerSettings::default());
    let mut heard = house.progress.subscribe();
    // In the middle of the first tenants.
    while !matches!(heard.recv().await.unwrap().step, SyncStep::DatasetStarted { .. }) {}
    workers.stop().await;
    let (jobs, _) = house.second_process().await;
    jobs.drain().await.unwrap();
    for kind in [Kind::SecurityDefaults, Kind::CaComplete, Kind::NoP1, Kind::SyncDead] {
        let tenant = house.client_of(kind).await;
        house.assert_done(tenant, Dataset::Users).await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_twice_for_fresh_data_reads_once(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    house.simulator.requests().clear();
    house.advance(TimeDelta::seconds(1));
    house.jobs.refresh(tenant).await.unwrap();
    house.jobs.refresh(tenant).await.unwrap();
    assert_eq!(house.jobs.waiting().await.unwrap(), 1);
    house.drain().await;
    assert_eq!(house.simulator.requests().count(Side::Graph, Some(tenant.0), "/v1.0/subscribedSkus"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_leaves_no_transaction_behind() {
    let Some(house) = House::open_on(Database::Postgres).await else { return };
    let raw = house.database.raw().await;
    let scope = Scope::of_system();
    // Some answer of the database's is `BEGIN`'s.
    for waits in 1..=8 {
        HangUp { waits, inner: Box::pin(house.store.list_tenants(&scope)) }.await;
        // Outside a transaction, once through all connections of the pool.
        for _ in 0..8 {
            house.jobs.waiting().await.unwrap();
        }
        let sql =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
                   AND query LIKE '%apalis.jobs%'";
        let left_open = raw.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        assert_eq!(left_open.len(), 0, "the queue was read within somebody else's transaction ({waits} waits)");
    }
}

/// Polls until `inner` has made it wait so many times, and drops it.
struct HangUp<F> {
    waits: u32,
    inner: Pin<Box<F>>,
}

impl<F: Future> Future for HangUp<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.waits -= 1;
        match self.inner.as_mut().poll(context) {
            Poll::Pending if self.waits > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_tenant_gives_its_place_up_to_those_who_wait() {
    let house = House::open().await;
    let slow = house.connect_kind(Kind::CaComplete).await;
    // Each of its answers takes a minute by our clock: one turn cannot read all of it.
    house.fault(slow, "/v1.0/", FaultKind::Slow(Duration::from_millis(30)), None);
    let others = [house.connect_kind(Kind::SecurityDefaults).await, house.connect_kind(Kind::NoP1).await];
    let mut heard = house.progress.subscribe();
    let workers = house.jobs.start(&WorkerSettings { concurrency: 1 });
    let (mut turns_of_slow, mut waiting) = (0, others.to_vec());
    while !waiting.is_empty() {
        let event = heard.recv().await.unwrap();
        match event.step {
            SyncStep::DatasetFinished { .. } if event.tenant == slow => house.clock.advance(TimeDelta::minutes(1)),
            SyncStep::Finished if event.tenant == slow => turns_of_slow += 1,
            SyncStep::Finished => waiting.retain(|tenant| *tenant != event.tenant),
            _ => {}
        }
    }
    workers.stop().await;
    assert!(turns_of_slow <= 2, "the others waited for {turns_of_slow} turns of the slow one");
    for other in others {
        house.assert_done(other, Dataset::Users).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_fails_over_and_over_starves_nobody() {
    let house = House::open().await;
    let broken = house.connect_kind(Kind::NoP1).await;
    house.fault(broken, "/", FaultKind::ServiceUnavailable { retry_after_seconds: None }, None);
    let well = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    house.assert_done(well, Dataset::Users).await;
    assert_eq!(house.outcome(broken, Dataset::Users).await, Some(Outcome::Failed));
    house.simulator.faults().clear();
    house.advance(TimeDelta::hours(1));
    house.tokens.held.lock().await.clear();
    house.drain().await;
    house.assert_done(broken, Dataset::Users).await;
}

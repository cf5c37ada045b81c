//! Verdicts rest on facts that are there, and on no others.

use chrono::TimeDelta;
use domain::dataset::Dataset;
use domain::verdict::Verdict;
use server::store::{Done, Facts, StoreError};
use simulator::world::Kind;
use uuid::Uuid;

use super::House;
use super::single::denied;

async fn protected(house: &House, tenant: domain::ids::TenantId) -> usize {
    house.verdicts(tenant).await.into_values().filter(|verdict| *verdict == Verdict::Protected).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_of_a_turn_that_was_cut_off_before_it_judged_are_judged_by_the_next() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    assert!(protected(&house, tenant).await > 0);
    // What a process wrote that was killed right after it.
    house.advance(TimeDelta::minutes(6));
    let now = house.clock.now();
    let done =
        Done { read_at: now, finished_at: now, next_run_at: now + TimeDelta::days(30), bookmark: None, calls: 3 };
    house.tenant(tenant).await.write_facts(Facts::SecurityDefaults(false), done).await.unwrap();
    house.drain().await;
    assert_eq!(protected(&house, tenant).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_taken_over_writes_no_more() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    let now = house.clock.now();
    let later = now + TimeDelta::seconds(45);
    let old = house.store.hold_tenant(tenant, Uuid::new_v4(), now, later).await.unwrap().unwrap();
    let store = house.tenant(tenant).await.held_by(&old);
    store.start(Dataset::Users, now).await.unwrap();
    house.store.hold_tenant(tenant, Uuid::new_v4(), later, later + TimeDelta::seconds(45)).await.unwrap().unwrap();
    let done = Done { read_at: now, finished_at: now, next_run_at: later, bookmark: None, calls: 3 };
    let written = store.write_facts(Facts::SecurityDefaults(true), done).await;
    assert!(matches!(written, Err(StoreError::HoldLost)), "{written:?}");
    assert_eq!(house.status(tenant, Dataset::SecurityDefaults).await.outcome, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_that_nobody_could_read_for_a_week_protect_nobody() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaComplete).await;
    house.drain().await;
    let before = protected(&house, tenant).await;
    assert!(before > 0);
    house.fault(tenant, "/v1.0/identity/conditionalAccess", denied(), None);
    house.advance(TimeDelta::days(6));
    house.drain().await;
    assert_eq!(protected(&house, tenant).await, before, "the last data still counts");
    house.advance(TimeDelta::days(2));
    house.drain().await;
    assert_eq!(protected(&house, tenant).await, 0);
    assert!(house.status(tenant, Dataset::ConditionalAccessPolicies).await.read_at.is_some(), "and stays on screen");

    house.simulator.faults().clear();
    house.advance(TimeDelta::hours(2));
    house.drain().await;
    assert_eq!(protected(&house, tenant).await, before);
}

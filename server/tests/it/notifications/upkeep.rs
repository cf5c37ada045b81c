//! Making and renewing subscriptions as time passes, and what is left when Microsoft refuses.

use chrono::TimeDelta;
use domain::dataset::{Dataset, Outcome};
use domain::ids::TenantId;
use rstest::rstest;
use server::graph::subscriptions::NewSubscription;
use server::store::Scope;
use simulator::world::Kind;
use simulator::{FaultKind, Side};

use super::Scene;
use crate::database::Kind as Database;

fn calls(scene: &Scene) -> u64 {
    scene.world.simulator.requests().count(Side::Graph, Some(scene.tenant.0), "/v1.0/subscriptions")
}

fn forbidden() -> FaultKind {
    FaultKind::Error { status: 403, code: String::from("Forbidden"), message: String::from("Too many subscriptions.") }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_renewed_every_day_and_never_runs_out(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(scene) = Scene::open_with(database, &[]).await else { return };
    scene.settle().await;
    let first = scene.subscriptions().remove(0);
    let calls_before = calls(&scene);
    scene.keep_up().await;
    assert_eq!(calls(&scene), calls_before, "nothing is due");
    for day in 1..=6 {
        scene.world.advance(TimeDelta::hours(24));
        scene.keep_up().await;
        let now = scene.subscriptions().remove(0);
        assert_eq!(now.id, first.id);
        assert!(now.expires_at > first.expires_at + TimeDelta::hours(24 * day - 1), "day {day}");
    }
    assert!(scene.page("/sync").await.contains("Told by Microsoft"));
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_that_fails_is_tried_until_it_ends_and_then_it_is_said() {
    let scene = Scene::told().await;
    let first = scene.subscriptions().remove(0);
    scene.fault(FaultKind::ServiceUnavailable { retry_after_seconds: None });
    scene.world.advance(TimeDelta::hours(30));
    scene.keep_up().await;
    assert!(scene.page("/sync").await.contains("Told by Microsoft"), "it lives on for now");
    let asked = calls(&scene);
    scene.keep_up().await;
    assert_eq!(calls(&scene), asked, "not again at once");
    scene.world.advance(TimeDelta::minutes(3));
    scene.keep_up().await;
    assert!(calls(&scene) > asked);
    scene.world.advance(TimeDelta::days(2));
    let page = scene.page("/sync").await;
    assert!(!page.contains("Told by Microsoft") && page.contains("Accounts are asked for every 5"), "{page}");
    scene.world.simulator.faults().clear();
    scene.keep_up().await;
    assert_ne!(scene.subscriptions().remove(0).id, first.id);
    assert!(scene.page("/sync").await.contains("Told by Microsoft"));
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_microsoft_has_lost_is_made_anew_at_its_renewal() {
    let scene = Scene::told().await;
    let lost = scene.subscriptions().remove(0);
    scene.world.simulator.subscriptions().remove(lost.id);
    scene.world.advance(TimeDelta::hours(25));
    scene.keep_up().await;
    assert_ne!(scene.subscriptions().remove(0).id, lost.id);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_leaves_polling_as_it_is_and_names_its_cause() {
    let scene = Scene::open().await;
    scene.fault(forbidden());
    scene.keep_up().await;
    assert!(scene.subscriptions().is_empty());
    for path in ["", "/sync"] {
        let page = scene.page(path).await;
        assert!(page.contains("Accounts are asked for every 5"), "{path}: {page}");
        assert!(
            page.contains("Microsoft refuses a subscription here") && page.contains("(Forbidden)"),
            "{path}: {page}"
        );
    }
    let asked = calls(&scene);
    scene.keep_up().await;
    assert_eq!(calls(&scene), asked, "not again at once");
    let before = scene.readings();
    scene.world.advance(TimeDelta::minutes(6));
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    let store = &scene.world.state().store;
    let tenant = store.tenant(&Scope::of_tenant_job(scene.tenant), scene.tenant).await.unwrap().unwrap();
    for status in tenant.list_datasets().await.unwrap() {
        assert!(status.dataset != Dataset::Users || status.outcome == Some(Outcome::Done), "{status:?}");
    }
    scene.keep_up().await;
    assert!(calls(&scene) > asked, "it is tried again");
    scene.world.simulator.faults().clear();
    scene.world.advance(TimeDelta::hours(1));
    scene.keep_up().await;
    assert_eq!(scene.subscriptions().len(), 1);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_does_not_answer_is_named() {
    // Nothing listens there.
    let here = [("notifications.address", "http://127.0.0.1:1")];
    let scene = Scene::open_with(Database::Sqlite, &here).await.unwrap();
    scene.keep_up().await;
    let page = scene.page("/sync").await;
    assert!(page.contains("Microsoft could not reach the address"), "{page}");
    assert!(page.contains("(ValidationError)"), "{page}");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_before_the_users_were_read() {
    let scene = Scene::open().await;
    let other = scene.world.simulator.world().read().await.tenants_of(Kind::CaComplete).next().unwrap().id;
    scene.list(TenantId(other)).await;
    scene.keep_up().await;
    assert!(scene.subscriptions().iter().all(|made| made.tenant == scene.tenant.0));
    scene.drain().await;
    scene.keep_up().await;
    assert_eq!(scene.subscriptions().len(), 2);
    scene.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_make_one(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(scene) = Scene::open_with(database, &[]).await else { return };
    let other = scene.world.state().subscriptions.clone();
    let (one, two) = tokio::join!(scene.world.state().subscriptions.keep_up_once(), other.keep_up_once());
    one.unwrap();
    two.unwrap();
    assert_eq!(scene.subscriptions().len(), 1);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_left_behind_that_died_in_between_is_ended() {
    let scene = Scene::open().await;
    // It had asked Microsoft, and had not written down the answer.
    let state = scene.world.state();
    let (changes, lifecycle) = (scene.world.url("/microsoft/changes"), scene.world.url("/microsoft/lifecycle"));
    let ends_at = state.clock.now() + TimeDelta::days(3);
    let new = NewSubscription::to_users(&changes, &lifecycle, ends_at, "forgotten");
    let tokens = std::sync::Arc::new(state.subscriptions.tokens.clone());
    let left = state.graph.tenant(scene.tenant, tokens).create_subscription(&new).await.unwrap();
    scene.keep_up().await;
    let made = scene.subscriptions();
    assert_eq!(made.len(), 1);
    assert_ne!(made[0].id, left.id);
    scene.close().await;
}

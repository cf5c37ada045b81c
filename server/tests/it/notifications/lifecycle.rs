//! What Microsoft tells of the subscription itself, and what ends it from here.

use app::backend::Connections as _;
use chrono::TimeDelta;
use domain::operator::Role;
use domain::settings::OwnRegistration;
use server::services::subscriptions::Subscriptions;
use server::store::Scope;
use simulator::{FaultKind, Lifecycle};

use super::Scene;
use crate::office::caller;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_delivered_is_read() {
    let scene = Scene::told().await;
    let before = scene.readings();
    scene.rename(scene.tenant, "Missed Person").await;
    assert_eq!(scene.world.simulator.tell_lifecycle(scene.tenant.0, Lifecycle::Missed).await, [202]);
    scene.world.advance(TimeDelta::seconds(10));
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    assert!(scene.page("/users?q=Missed").await.contains("Missed Person"));
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_microsoft_ended_is_made_anew() {
    let scene = Scene::told().await;
    let (before, old) = (scene.readings(), scene.subscriptions().remove(0));
    scene.rename(scene.tenant, "Lost In Between").await;
    assert_eq!(scene.world.simulator.tell_lifecycle(scene.tenant.0, Lifecycle::SubscriptionRemoved).await, [202]);
    let page = scene.page("/sync").await;
    assert!(page.contains("Microsoft has ended the subscription"), "{page}");
    scene.keep_up().await;
    let made = scene.subscriptions();
    assert_eq!(made.len(), 1);
    assert_ne!((made[0].id, &made[0].client_state), (old.id, &old.client_state));
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    assert!(scene.page("/users?q=Lost").await.contains("Lost In Between"));
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_renewed_when_microsoft_asks_for_it() {
    let scene = Scene::told().await;
    let tell = async || scene.world.simulator.tell_lifecycle(scene.tenant.0, Lifecycle::ReauthorizationRequired).await;
    assert_eq!(tell().await, [202]);
    assert_eq!(tell().await, [202], "twice is as good as once");
    scene.rename(scene.tenant, "Held Back").await;
    assert!(scene.world.simulator.tell_subscribers().await.is_empty(), "nothing is told until then");
    let before = scene.subscriptions().remove(0);
    scene.world.advance(TimeDelta::seconds(1));
    scene.keep_up().await;
    let after = scene.subscriptions().remove(0);
    assert!(after.id == before.id && !after.paused && after.expires_at > before.expires_at);
    assert_eq!(scene.world.simulator.tell_subscribers().await, [202]);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_with_the_connection() {
    let scene = Scene::told().await;
    let admin = caller(Role::Admin);
    scene.world.state().connections.disconnect(&admin, scene.tenant).await.unwrap();
    assert!(scene.subscriptions().is_empty());
    assert_eq!(scene.world.state().store.get_subscription(scene.tenant).await.unwrap(), None);
    scene.keep_up().await;
    assert!(scene.subscriptions().is_empty(), "who is disconnected is not asked for");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_let_go_even_when_microsoft_does_not_hear_it() {
    let scene = Scene::told().await;
    scene.fault(FaultKind::ServiceUnavailable { retry_after_seconds: Some(3_600) });
    let admin = caller(Role::Admin);
    let scope = Scope::of_tenant_job(scene.tenant);
    let name = scene.world.state().store.connections(&scope).get(scene.tenant).await.unwrap().unwrap().name;
    scene.world.state().connections.delete(&admin, scene.tenant, &name).await.unwrap();
    assert_eq!(scene.subscriptions().len(), 1, "it is left over, and ends by itself");
    scene.rename(scene.tenant, "Nobody Listens").await;
    assert_eq!(scene.world.simulator.tell_subscribers().await, [202], "what is told for it is nobody's");
    scene.world.advance(TimeDelta::days(3));
    assert!(scene.subscriptions().is_empty());
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_registration_makes_its_own() {
    let scene = Scene::told().await;
    let announced = scene.world.simulator.announcement();
    let registration = OwnRegistration {
        client_id: announced.client_id.to_string(),
        client_secret: announced.client_secret.clone(),
        secret_ends_at: None,
    };
    let old = scene.subscriptions().remove(0);
    let connections = &scene.world.state().connections;
    connections.set_own_registration(&caller(Role::Admin), scene.tenant, Some(registration)).await.unwrap();
    assert!(scene.subscriptions().is_empty());
    scene.keep_up().await;
    assert_ne!(scene.subscriptions().remove(0).id, old.id);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_it_off_ends_all_of_them_and_polling_goes_on() {
    let scene = Scene::told().await;
    let switched_off = Subscriptions { address: None, ..scene.world.state().subscriptions.clone() };
    scene.fault(FaultKind::TooManyRequests { retry_after_seconds: Some(600.0) });
    switched_off.keep_up_once().await.unwrap();
    assert_eq!(scene.subscriptions().len(), 1, "Microsoft is busy");
    let page = scene.page("/sync").await;
    assert!(!page.contains("Told by Microsoft") && page.contains("Accounts are asked for every 5"), "{page}");
    scene.rename(scene.tenant, "Too Late").await;
    scene.world.simulator.tell_subscribers().await;
    let later = scene.world.state().clock.now() + TimeDelta::seconds(10);
    assert!(!scene.world.state().store.due_tenants(later).await.unwrap().iter().any(|due| due.is_told));
    scene.world.simulator.faults().clear();
    scene.world.advance(TimeDelta::minutes(11));
    switched_off.keep_up_once().await.unwrap();
    assert!(scene.subscriptions().is_empty());
    assert_eq!(scene.world.state().store.get_subscription(scene.tenant).await.unwrap(), None);
    let page = scene.page("/sync").await;
    assert!(!page.contains("Accounts are asked for every"), "{page}");
    let before = scene.readings();
    scene.drain().await;
    assert_eq!(scene.readings(), before + 1);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_is_told_in_place_of_the_old_one() {
    let scene = Scene::told().await;
    let old = scene.subscriptions().remove(0);
    // The same server by another name.
    let address = scene.world.base.replace("127.0.0.1", "localhost");
    let moved = Subscriptions { address: Some(address.clone()), ..scene.world.state().subscriptions.clone() };
    scene.world.advance(TimeDelta::hours(25));
    moved.keep_up_once().await.unwrap();
    let made = scene.subscriptions();
    assert_eq!(made.len(), 1);
    assert!(made[0].id != old.id && made[0].notification_url.starts_with(&address), "{made:?}");
    scene.close().await;
}

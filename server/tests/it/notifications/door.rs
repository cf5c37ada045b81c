//! The two addresses that anybody on the internet may call.

use chrono::TimeDelta;
use domain::dataset::Dataset;
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use reqwest::{RequestBuilder, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use server::http::notifications::{FLOOR, GATHER};
use server::services::subscriptions::{CHANGES, LIFECYCLE, hash};
use server::store::subscriptions::{LiveSubscription, Taken, Told, What};
use uuid::Uuid;

use super::Scene;
use crate::database::{Kind as Database, TestDatabase};
use crate::store::world::{now, tenant, tenant_id, user, write_users};
use crate::world::World;

fn post(world: &World, path: &str) -> RequestBuilder {
    world.state().graph.http().post(world.url(path))
}

async fn status(world: &World, path: &str, body: &Value) -> (StatusCode, String) {
    let answer = post(world, path).json(body).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_validation_token_comes_back_as_it_was_and_as_text() {
    let world = World::start_with(&[("notifications.enabled", "true")]).await;
    for path in [CHANGES, LIFECYCLE] {
        for token in [
            "Validation: Testing client application reachability for subscription Request-Id: 1+1=2 & 100% %41",
            "<script>alert(1)</script>",
            "ä€\u{1f600}",
        ] {
            let asked = post(&world, path).query(&[("validationToken", token)]).header(CONTENT_TYPE, "text/plain");
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
            assert_eq!(answer.text().await.unwrap(), token);
        }
        for refused in [String::new(), "x".repeat(1_001), String::from("a\nb"), String::from("a\0b")] {
            let answer = post(&world, path).query(&[("validationToken", &refused)]).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{refused}");
            assert_eq!(answer.text().await.unwrap(), "");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_notification_is_refused_and_nothing_is_looked_up() {
    let world = World::start_with(&[("notifications.enabled", "true")]).await;
    for body in ["", "{}", "[]", "null", "{\"value\":{}}", "{\"value\":[1]}", "<html>"] {
        let answer = post(&world, CHANGES).body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let huge = post(&world, CHANGES).body("x".repeat(300 << 10)).send().await.unwrap();
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let get = world.state().graph.http().get(world.url(CHANGES)).send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    // Well formed, and nothing that ours could be.
    for item in [json!({}), json!({"subscriptionId": "x", "tenantId": "y", "clientState": "z"})] {
        assert_eq!(status(&world, CHANGES, &json!({"value": [item]})).await.0, StatusCode::ACCEPTED);
    }
    world.stop().await;
}

#[tokio::test]
async fn the_addresses_are_not_there_while_it_is_switched_off() {
    let world = World::start().await;
    for path in [CHANGES, LIFECYCLE] {
        let answer = post(&world, path).query(&[("validationToken", "x")]).send().await.unwrap();
        assert!(!answer.status().is_success(), "{path}: {}", answer.status());
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_word_a_wrong_tenant_and_a_foreign_subscription_change_nothing() {
    let scene = Scene::told().await;
    let live = scene.subscriptions().remove(0);
    let right = json!({
        "subscriptionId": live.id, "tenantId": live.tenant, "clientState": live.client_state,
        "changeType": "updated", "resource": "Users/x",
    });
    let with = |name: &str, value: Value| {
        let mut item = right.clone();
        item[name] = value;
        item
    };
    let wrong = [
        with("clientState", json!("wrong")),
        with("clientState", Value::Null),
        with("clientState", json!("")),
        with("tenantId", json!(Uuid::new_v4())),
        with("subscriptionId", json!(Uuid::new_v4())),
    ];
    let due = async || {
        let later = scene.world.state().clock.now() + TimeDelta::seconds(10);
        scene.world.state().store.due_tenants(later).await.unwrap().iter().any(|due| due.is_told)
    };
    let mut answers = Vec::new();
    for item in &wrong {
        for event in [None, Some("subscriptionRemoved"), Some("reauthorizationRequired"), Some("missed")] {
            let mut item = item.clone();
            if let Some(event) = event {
                item["lifecycleEvent"] = json!(event);
            }
            answers.push(status(&scene.world, LIFECYCLE, &json!({"value": [item]})).await);
        }
    }
    answers.push(status(&scene.world, CHANGES, &json!({"value": wrong})).await);
    assert!(!due().await);
    assert_eq!(
        scene.world.state().store.get_subscription(scene.tenant).await.unwrap().unwrap().live.unwrap().id,
        live.id
    );
    scene.keep_up().await;
    assert_eq!(scene.subscriptions().len(), 1);
    // Neither a session nor an origin is needed, and the right one is answered like the wrong ones.
    let told = post(&scene.world, CHANGES).header(ORIGIN, "https://evil.example").json(&json!({"value": [right]}));
    let told = told.send().await.unwrap();
    let right = (told.status(), told.text().await.unwrap());
    assert!(due().await);
    assert!(answers.iter().all(|answer| *answer == right), "{answers:?}");
    assert_eq!(right, (StatusCode::ACCEPTED, String::new()));
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_many_is_taken_as_a_whole() {
    let scene = Scene::told().await;
    let live = scene.subscriptions().remove(0);
    let item = |id: Uuid, state: &str| json!({"subscriptionId": id, "tenantId": live.tenant, "clientState": state});
    let mut items: Vec<Value> = (0..600).map(|_| item(Uuid::new_v4(), "x")).collect();
    items.push(item(live.id, live.client_state.as_deref().unwrap()));
    assert_eq!(status(&scene.world, CHANGES, &json!({"value": items})).await.0, StatusCode::ACCEPTED);
    let later = scene.world.state().clock.now() + TimeDelta::seconds(10);
    let due = scene.world.state().store.due_tenants(later).await.unwrap();
    assert!(due.iter().any(|due| due.is_told && due.tenant == scene.tenant));
    scene.close().await;
}

/// What is told while users are being read may be missing from that reading.
#[rstest]
#[tokio::test]
async fn a_change_that_is_told_during_a_reading_is_read_after_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(database) = TestDatabase::open(database).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na")]).await;
    let (store, id, begun) = (&database.store, tenant_id(1), now());
    let claim = {
        store.enrol_subscriptions(begun).await.unwrap();
        store.claim_subscriptions(begun, begun + TimeDelta::minutes(1), 4).await.unwrap().remove(0)
    };
    let live = LiveSubscription {
        id: Uuid::from_u128(9),
        client_id: String::from("app"),
        address: String::from("https://tenantry.example.com"),
        expires_at: begun + TimeDelta::days(3),
        told_since: begun,
        is_told: true,
    };
    let holder = Uuid::from_u128(1);
    let first = store.hold_tenant(id, holder, begun, begun + TimeDelta::minutes(9)).await.unwrap().unwrap();
    assert!(store.create_subscription(&claim, &live, &hash("word"), begun + TimeDelta::days(1)).await.unwrap());
    assert!(!store.create_subscription(&claim, &live, &hash("word"), begun).await.unwrap(), "a claim counts once");
    store.release_tenant(id, &first, Some(begun + TimeDelta::hours(1)), true).await.unwrap();

    // The reading that the new subscription asked for, and a change in the middle of it.
    let second = store.hold_tenant(id, holder, begun, begun + TimeDelta::minutes(9)).await.unwrap().unwrap();
    assert_eq!(second.users_told_at, Some(begun));
    let at = begun + TimeDelta::seconds(1);
    tenant.start(Dataset::Users, at).await.unwrap();
    let told = Told { subscription: live.id, tenant: id, state_hash: hash("word"), what: What::Changed };
    let take = async |at| store.take_told(std::slice::from_ref(&told), at, GATHER, FLOOR).await.unwrap();
    let during = at + TimeDelta::seconds(1);
    assert_eq!(take(during).await, Taken { noted: 1, ..Taken::default() });
    assert_eq!(take(during).await, Taken { known: 1, ..Taken::default() });
    store.release_tenant(id, &second, Some(begun + TimeDelta::hours(1)), true).await.unwrap();
    let is_due = async |at| store.due_tenants(at).await.unwrap().iter().any(|due| due.tenant == id && due.is_told);
    assert!(!is_due(at + FLOOR - TimeDelta::seconds(1)).await);
    assert!(is_due(at + FLOOR).await);

    // A turn that could not read them is over too: it does not come again and again.
    let third = store.hold_tenant(id, holder, at + FLOOR, at + TimeDelta::minutes(9)).await.unwrap().unwrap();
    assert_eq!(third.users_told_at, Some(at + FLOOR));
    store.release_tenant(id, &third, Some(begun + TimeDelta::hours(1)), true).await.unwrap();
    assert!(!is_due(at + FLOOR).await);
}

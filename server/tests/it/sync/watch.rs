//! Watching: what happens is told as it happens, to who may see the tenant.

use std::time::Duration;

use app::caller::SignedIn;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::operator::{Reach, Role};
use futures::StreamExt;
use rstest::rstest;
use server::config::Flags;
use server::http::Sessions;
use server::http::events::{CHECK_EVERY, Events, routes};
use server::random::Random;
use simulator::world::Kind;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{House, technician};
use crate::database::Kind as Database;

fn router(house: &House, caller: Option<app::backend::Caller>) -> (Router, CancellationToken) {
    checking_every(CHECK_EVERY, house, caller)
}

fn checking_every(
    check_every: Duration,
    house: &House,
    caller: Option<app::backend::Caller>,
) -> (Router, CancellationToken) {
    let shutdown = CancellationToken::new();
    let config = server::config::load_apart(&Flags::default()).unwrap();
    let sessions = Sessions::new(&config, house.store.clone(), house.clock.clone(), Random::from_system());
    let events = Events { progress: house.progress.clone(), shutdown: shutdown.clone(), sessions, check_every };
    (routes::<()>(events).layer(axum::Extension(SignedIn(caller))), shutdown)
}

async fn open(router: Router, path: &str) -> axum::response::Response {
    router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
}

/// Everything that is told until `last` is; then the server stops, and the stream has to end.
async fn read(response: axum::response::Response, shutdown: CancellationToken, last: &str) -> String {
    let mut text = String::new();
    let mut body = response.into_body().into_data_stream();
    while let Some(chunk) = body.next().await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        if text.contains(last) {
            shutdown.cancel();
        }
    }
    text
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_is_seen_as_it_happens(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    let (router, shutdown) = router(&house, Some(technician()));
    let response = open(router, &format!("/tenants/{tenant}/events")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let heard = tokio::spawn(read(response, shutdown, "\"finished\""));
    house.refresh(tenant).await;
    let text = heard.await.unwrap();
    for word in [
        "event: ready",
        "\"queued\"",
        "\"started\"",
        "\"dataset_started\",\"dataset\":\"users\"",
        "\"judged\"",
        "\"finished\"",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    // Whoever asks was let in, and their browser has no session any more.
    let (router, _shutdown) = checking_every(Duration::from_millis(1), &house, Some(technician()));
    let response = open(router, &format!("/tenants/{tenant}/events")).await;
    let ended = axum::body::to_bytes(response.into_body(), usize::MAX);
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("the stream goes on").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_of_a_tenant_out_of_reach() {
    let house = House::open().await;
    let own = house.connect_kind(Kind::SecurityDefaults).await;
    let other = house.connect_kind(Kind::NoP1).await;
    let mut viewer = technician();
    viewer.operator.role = Role::Viewer;
    viewer.operator.reach = Reach::Only([own].into());
    let path = |tenant| format!("/tenants/{tenant}/events");
    let status = |caller, path: String| {
        let (router, _) = router(&house, caller);
        async move { open(router, &path).await.status() }
    };
    assert_eq!(status(Some(viewer.clone()), path(own)).await, StatusCode::OK);
    assert_eq!(status(Some(viewer.clone()), path(other)).await, StatusCode::NOT_FOUND);
    assert_eq!(status(Some(viewer.clone()), String::from("/tenants/nonsense/events")).await, StatusCode::NOT_FOUND);
    assert_eq!(status(Some(viewer), String::from("/events")).await, StatusCode::FORBIDDEN);
    assert_eq!(status(None, String::from("/events")).await, StatusCode::UNAUTHORIZED);

    let mut manager = technician();
    manager.operator.role = Role::AccountManager;
    manager.operator.reach = Reach::Only([own].into());
    let (router, shutdown) = router(&house, Some(manager));
    let response = open(router, "/events").await;
    let heard = tokio::spawn(read(response, shutdown, "\"finished\""));
    house.drain().await;
    let text = heard.await.unwrap();
    assert!(text.contains(&own.to_string()));
    assert!(!text.contains(&other.to_string()));
}

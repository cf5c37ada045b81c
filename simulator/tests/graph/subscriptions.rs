//! Subscriptions to users: the handshake, what is told, and what is refused.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use simulator::Lifecycle;
use simulator::world::Kind;
use uuid::Uuid;

use crate::reader::{Answer, Reader, answer};

type Heard = Arc<Mutex<Vec<Value>>>;
type Status = Arc<Mutex<StatusCode>>;

/// An address that wants to be told, and what it was told.
pub struct Listener {
    pub url: String,
    heard: Heard,
    /// What it answers to what it is told.
    status: Status,
}

impl Listener {
    /// `echo`: what it answers to a token.
    pub async fn start(echo: fn(String) -> axum::response::Response) -> Self {
        let (heard, status) = (Heard::default(), Status::new(Mutex::new(StatusCode::ACCEPTED)));
        let take = move |State((heard, status)): State<(Heard, Status)>, RawQuery(query): RawQuery, body: String| async move {
            let query = query.unwrap_or_default();
            let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken");
            if let Some((_, token)) = token {
                return echo(token.into_owned());
            }
            heard.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            status.lock().unwrap().into_response()
        };
        let app = Router::new().route("/told", post(take)).with_state((heard.clone(), status.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/told", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, heard, status }
    }

    pub async fn willing() -> Self {
        Self::start(plain).await
    }

    fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn plain(token: String) -> axum::response::Response {
    ([(CONTENT_TYPE, "text/plain")], token).into_response()
}

pub fn wanted(url: &str, expires_at: DateTime<Utc>) -> Value {
    json!({
        "changeType": "updated,deleted", "resource": "users", "notificationUrl": url, "lifecycleNotificationUrl": url,
        "expirationDateTime": expires_at, "clientState": "a word"
    })
}

async fn rename(reader: &Reader, tenant: Uuid) -> Uuid {
    let renamed = |world: &mut simulator::world::World| {
        let directory = &mut world.tenants.get_mut(&tenant).unwrap().directory;
        let user = directory.users().next().unwrap().id;
        directory.update_user(user, |user| user.display_name.push('x'));
        user
    };
    reader.change(renamed).await
}

async fn send(reader: &Reader, method: reqwest::Method, token: &str, path: &str, body: &Value) -> Answer {
    answer(reader.http.request(method, reader.url(path)).bearer_auth(token).json(body)).await
}

#[tokio::test]
async fn a_willing_address_is_told_of_changes_and_of_its_subscription() {
    let (reader, listener) = (Reader::new().await, Listener::willing().await);
    let tenant = reader.tenant(Kind::CaComplete).await;
    let token = reader.token(tenant).await;
    let now = reader.simulator.clock().now();
    rename(&reader, tenant).await;
    let made = reader.post(&token, "/v1.0/subscriptions", &wanted(&listener.url, now + TimeDelta::days(3))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert!(reader.simulator.tell_subscribers().await.is_empty(), "what was before is not told");

    let user = rename(&reader, tenant).await;
    *listener.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(reader.simulator.tell_subscribers().await, [503]);
    *listener.status.lock().unwrap() = StatusCode::ACCEPTED;
    assert_eq!(reader.simulator.tell_subscribers().await, [202], "what was not taken is told again");
    assert!(reader.simulator.tell_subscribers().await.is_empty(), "what was taken is not");
    let told = listener.heard().pop().unwrap();
    let told = &told["value"][0];
    assert_eq!(told["resourceData"]["id"], json!(user));
    assert_eq!((&told["clientState"], &told["tenantId"]), (&json!("a word"), &json!(tenant)));
    assert_eq!((&told["subscriptionId"], &told["changeType"]), (&made.body["id"], &json!("updated")));

    reader.simulator.tell_lifecycle(tenant, Lifecycle::ReauthorizationRequired).await;
    assert_eq!(listener.heard()[0]["value"][0]["lifecycleEvent"], "reauthorizationRequired");
    rename(&reader, tenant).await;
    assert!(reader.simulator.tell_subscribers().await.is_empty(), "it is paused");
    let path = format!("/v1.0/subscriptions/{}", made.body["id"].as_str().unwrap());
    let renewal = json!({"expirationDateTime": now + TimeDelta::days(4)});
    assert_eq!(send(&reader, reqwest::Method::PATCH, &token, &path, &renewal).await.status, StatusCode::OK);
    assert_eq!(reader.simulator.tell_subscribers().await, [202]);

    assert_eq!(
        send(&reader, reqwest::Method::DELETE, &token, &path, &Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    for method in [reqwest::Method::GET, reqwest::Method::PATCH, reqwest::Method::DELETE] {
        assert_eq!(send(&reader, method, &token, &path, &renewal).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn who_does_not_echo_the_token_as_plain_text_is_not_told() {
    let reader = Reader::new().await;
    let token = reader.token(reader.tenant(Kind::CaComplete).await).await;
    let ends_at = reader.simulator.clock().now() + TimeDelta::days(1);
    let echoes: [fn(String) -> axum::response::Response; 4] = [
        |token| ([(CONTENT_TYPE, "text/html")], token).into_response(),
        |token| ([(CONTENT_TYPE, "text/plain")], format!("{token} ")).into_response(),
        |token| (StatusCode::ACCEPTED, [(CONTENT_TYPE, "text/plain")], token).into_response(),
        |_| StatusCode::OK.into_response(),
    ];
    for echo in echoes {
        let listener = Listener::start(echo).await;
        let refused = reader.post(&token, "/v1.0/subscriptions", &wanted(&listener.url, ends_at)).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "ValidationError"));
    }
    let silent = reader.post(&token, "/v1.0/subscriptions", &wanted("http://127.0.0.1:1/told", ends_at)).await;
    assert_eq!(silent.code(), "ValidationError");
}

#[tokio::test]
async fn what_microsoft_would_not_take_is_refused() {
    let (reader, listener) = (Reader::new().await, Listener::willing().await);
    let tenant = reader.tenant(Kind::CaComplete).await;
    let token = reader.token(tenant).await;
    let now = reader.simulator.clock().now();
    let right = wanted(&listener.url, now + TimeDelta::days(1));
    for (name, value) in [
        ("resource", json!("auditLogs/signIns")),
        ("changeType", json!("created")),
        ("clientState", json!("x".repeat(129))),
        ("notificationUrl", json!("http://tenantry.example.com/told")),
        ("notificationUrl", json!("nowhere")),
        ("expirationDateTime", json!(now + TimeDelta::days(30))),
        ("expirationDateTime", json!(now - TimeDelta::days(1))),
        ("expirationDateTime", json!("soon")),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value;
        let refused = reader.post(&token, "/v1.0/subscriptions", &wrong).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "InvalidRequest"), "{name}");
    }
    for _ in 0..100 {
        assert_eq!(reader.post(&token, "/v1.0/subscriptions", &right).await.status, StatusCode::CREATED);
    }
    assert_eq!(reader.post(&token, "/v1.0/subscriptions", &right).await.status, StatusCode::FORBIDDEN);
    assert_eq!(reader.get(tenant, "/v1.0/subscriptions").await.rows().len(), 100);
    let other = reader.tenant(Kind::SecurityDefaults).await;
    assert!(reader.get(other, "/v1.0/subscriptions").await.rows().is_empty(), "another tenant has none");
    reader.simulator.clock().advance(TimeDelta::days(1));
    assert!(reader.get(tenant, "/v1.0/subscriptions").await.rows().is_empty(), "they have ended");
    let without = |world: &mut simulator::world::World| {
        world.tenants.get_mut(&tenant).unwrap().service_principal.as_mut().unwrap().roles.remove("User.Read.All")
    };
    assert!(reader.change(without).await);
    assert_eq!(reader.get(tenant, "/v1.0/subscriptions").await.code(), "Authorization_RequestDenied");
}

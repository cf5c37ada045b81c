//! `/subscriptions`: who wants to be told of changes to users. An address is asked whether it wants to be told before it is;
//! then it hears of what changed in the world, and of what becomes of its subscription.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;

use super::error::GraphError;
use crate::service::Service;
use crate::tokens::Verified;

const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(41_760);
const SHORTEST_LIFE: TimeDelta = TimeDelta::minutes(45);
const LONGEST_STATE: usize = 128;
/// Of one app in one tenant.
const MOST: usize = 100;
const VALIDATION: Duration = Duration::from_secs(10);
const DELIVERY: Duration = Duration::from_secs(3);
/// Any of them opens `users`.
const PERMISSIONS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];

/// One subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: Uuid,
    pub tenant: Uuid,
    pub app: Uuid,
    pub change_type: String,
    pub notification_url: String,
    pub lifecycle_url: Option<String>,
    pub client_state: Option<String>,
    pub expires_at: DateTime<Utc>,
    /// Nothing is told until it is renewed.
    pub paused: bool,
    /// The version of the directory that was told of.
    told: usize,
}

/// What happens to a subscription, in Graph's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    ReauthorizationRequired,
    SubscriptionRemoved,
    Missed,
}

impl Lifecycle {
    fn word(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// All subscriptions. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    all: Arc<Mutex<Vec<Subscription>>>,
    http: Arc<OnceLock<reqwest::Client>>,
}

/// One delivery.
struct Post {
    url: String,
    told: Vec<Value>,
    /// The subscriptions that it is for, each with the version of the directory that they have seen then.
    seen: Vec<(Uuid, usize)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    change_type: String,
    notification_url: String,
    lifecycle_notification_url: Option<String>,
    resource: String,
    expiration_date_time: DateTime<Utc>,
    client_state: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Renewal {
    expiration_date_time: DateTime<Utc>,
}

impl Subscriptions {
    /// Those that have not ended at `now`.
    pub fn list(&self, now: DateTime<Utc>) -> Vec<Subscription> {
        let mut all = self.lock();
        all.retain(|subscription| subscription.expires_at > now);
        all.clone()
    }

    /// Ends one without a word, as Microsoft may.
    pub fn remove(&self, id: Uuid) {
        self.lock().retain(|subscription| subscription.id != id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Subscription>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut Subscription)) {
        if let Some(subscription) = self.lock().iter_mut().find(|subscription| subscription.id == id) {
            change(subscription);
        }
    }

    fn http(&self) -> &reqwest::Client {
        self.http.get_or_init(|| {
            let _already_installed = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::new()
        })
    }

    /// Whether the address echoes the token as plain text.
    async fn is_willing(&self, url: &str, token: &str) -> bool {
        let Ok(mut url) = Url::parse(url) else { return false };
        url.query_pairs_mut().append_pair("validationToken", token);
        let request =
            self.http().post(url).header(header::CONTENT_TYPE, "text/plain; charset=utf-8").timeout(VALIDATION);
        let Ok(answer) = request.send().await else { return false };
        let is_plain = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
        answer.status() == 200 && is_plain && answer.text().await.is_ok_and(|text| text == token)
    }

    /// The status that the address answers with; 0: none in time.
    async fn post(&self, url: &str, notifications: &[Value]) -> u16 {
        let request = self.http().post(url).json(&json!({"value": notifications})).timeout(DELIVERY);
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Tells every address of what changed since it was last told; what is not taken is told again the next time. Answers the
    /// statuses of the addresses.
    pub(crate) async fn tell(&self, service: &Service) -> Vec<u16> {
        let now = service.clock.now();
        let mut posts: Vec<Post> = Vec::new();
        {
            let world = service.world.read().await;
            for subscription in self.list(now).into_iter().filter(|subscription| !subscription.paused) {
                let Some(tenant) = world.tenants.get(&subscription.tenant) else { continue };
                let changes = tenant.directory.changes();
                let users = changes.since(subscription.told).into_keys();
                let told: Vec<Value> = users
                    .filter_map(|position| tenant.directory.user_at(position))
                    .map(|user| {
                        let is_gone = user.removal.as_ref().is_some_and(|removal| removal.permanently);
                        (user.id, if is_gone { "deleted" } else { "updated" })
                    })
                    .filter(|(_, kind)| subscription.change_type.split(',').any(|wanted| wanted.trim() == *kind))
                    .map(|(user, kind)| of_user(&subscription, user, kind))
                    .collect();
                let seen = (subscription.id, changes.version());
                // One body bears what several subscriptions of one address are told.
                match posts.iter_mut().find(|post| post.url == subscription.notification_url) {
                    _ if told.is_empty() => {}
                    Some(post) => {
                        post.told.extend(told);
                        post.seen.push(seen);
                    }
                    None => posts.push(Post { url: subscription.notification_url, told, seen: vec![seen] }),
                }
            }
        }
        let mut statuses = Vec::new();
        for Post { url, told, seen } in posts {
            let status = self.post(&url, &told).await;
            if (200..300).contains(&status) {
                seen.into_iter().for_each(|(id, version)| self.change(id, |subscription| subscription.told = version));
            }
            statuses.push(status);
        }
        statuses
    }

    /// Tells of what happens to the tenant's subscriptions, and lets it happen. Answers the statuses of the addresses.
    pub(crate) async fn tell_lifecycle(&self, tenant: Uuid, event: Lifecycle, service: &Service) -> Vec<u16> {
        let version = service.world.read().await.tenants.get(&tenant).map_or(0, |t| t.directory.changes().version());
        let mut statuses = Vec::new();
        for subscription in self.list(service.clock.now()).into_iter().filter(|one| one.tenant == tenant) {
            match event {
                Lifecycle::ReauthorizationRequired => self.change(subscription.id, |one| one.paused = true),
                Lifecycle::SubscriptionRemoved => self.remove(subscription.id),
                Lifecycle::Missed => self.change(subscription.id, |one| one.told = version),
            }
            if let Some(url) = &subscription.lifecycle_url {
                statuses.push(self.post(url, &[of_lifecycle(&subscription, event)]).await);
            }
        }
        statuses
    }
}

fn of_user(subscription: &Subscription, user: Uuid, change_type: &str) -> Value {
    json!({
        "id": Uuid::new_v4(),
        "changeType": change_type,
        "clientState": subscription.client_state,
        "resource": format!("Users/{user}"),
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.User",
            "@odata.id": format!("Users/{user}"),
            "id": user,
        },
        "subscriptionExpirationDateTime": time(subscription.expires_at),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
    })
}

fn of_lifecycle(subscription: &Subscription, event: Lifecycle) -> Value {
    json!({
        "clientState": subscription.client_state,
        "lifecycleEvent": event.word(),
        "resource": "users",
        "subscriptionExpirationDateTime": time(subscription.expires_at),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What stands after `/subscriptions`: nothing, or an id. `None`: it is another path.
pub(super) fn rest(path: &str) -> Option<&str> {
    let below = path.strip_prefix("/v1.0").or_else(|| path.strip_prefix("/beta"))?;
    let rest = below.strip_prefix("/subscriptions")?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

/// `GET`, `POST /subscriptions`; `GET`, `PATCH`, `DELETE /subscriptions/{id}`
pub(super) async fn answer(
    service: &Service,
    caller: &Verified,
    method: &Method,
    id: &str,
    body: &[u8],
) -> Result<Response, GraphError> {
    let granted = if caller.user.is_some() { &caller.scopes } else { &caller.roles };
    if !PERMISSIONS.iter().any(|permission| granted.contains(*permission)) {
        return Err(GraphError::denied());
    }
    let now = service.clock.now();
    let all = &service.subscriptions;
    if id.is_empty() {
        let mine = || all.list(now).into_iter().filter(|one| one.app == caller.app_id && one.tenant == caller.tenant);
        return match *method {
            Method::GET => {
                // What only the subscriber knows is not told again.
                let rows: Vec<Value> =
                    mine().map(|one| Subscription { client_state: None, ..one }).map(object).collect();
                Ok(axum::Json(json!({"@odata.context": context(service, ""), "value": rows})).into_response())
            }
            Method::POST => create(service, caller, body, mine().count(), now).await,
            _ => Err(not_allowed()),
        };
    }
    let found = all.list(now).into_iter().find(|one| {
        one.id.to_string().eq_ignore_ascii_case(id) && one.app == caller.app_id && one.tenant == caller.tenant
    });
    let gone = || GraphError::new(StatusCode::NOT_FOUND, "ResourceNotFound", "The object was not found.");
    let mut subscription = found.ok_or_else(gone)?;
    match *method {
        Method::GET => Ok(entity(service, StatusCode::OK, Subscription { client_state: None, ..subscription })),
        Method::DELETE => {
            all.remove(subscription.id);
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Method::PATCH => {
            let renewal: Renewal = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
            subscription.expires_at = end(renewal.expiration_date_time, now)?;
            subscription.paused = false;
            let expires_at = subscription.expires_at;
            all.change(subscription.id, |one| (one.expires_at, one.paused) = (expires_at, false));
            Ok(entity(service, StatusCode::OK, Subscription { client_state: None, ..subscription }))
        }
        _ => Err(not_allowed()),
    }
}

async fn create(
    service: &Service,
    caller: &Verified,
    body: &[u8],
    existing: usize,
    now: DateTime<Utc>,
) -> Result<Response, GraphError> {
    let new: New = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    if new.resource.trim_start_matches('/') != "users" {
        return Err(invalid(format!("Resource '{}' is not supported here.", new.resource)));
    }
    if !new.change_type.split(',').all(|kind| matches!(kind.trim(), "updated" | "deleted")) {
        return Err(invalid("Subscriptions to users take the change types updated and deleted."));
    }
    if new.client_state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(invalid("clientState is too long."));
    }
    let expires_at = end(new.expiration_date_time, now)?;
    if existing >= MOST {
        let message = "Operation is not permitted: the limit of subscriptions was reached.";
        return Err(GraphError::new(StatusCode::FORBIDDEN, "Forbidden", message));
    }
    for url in std::iter::once(&new.notification_url).chain(&new.lifecycle_notification_url) {
        if !may_be_told(url) {
            return Err(invalid("The notification URL must be HTTPS."));
        }
        let id = service.random.uuid();
        let token = format!("Validation: Testing client application reachability for subscription Request-Id: {id}");
        if !service.subscriptions.is_willing(url, &token).await {
            let message = "Subscription validation request failed. Notification endpoint must respond with 200 OK to \
                           validation request.";
            return Err(GraphError::new(StatusCode::BAD_REQUEST, "ValidationError", message));
        }
    }
    let told = service.world.read().await.tenants.get(&caller.tenant).map_or(0, |t| t.directory.changes().version());
    let subscription = Subscription {
        id: service.random.uuid(),
        tenant: caller.tenant,
        app: caller.app_id,
        change_type: new.change_type,
        notification_url: new.notification_url,
        lifecycle_url: new.lifecycle_notification_url,
        client_state: new.client_state,
        expires_at,
        paused: false,
        told,
    };
    service.subscriptions.lock().push(subscription.clone());
    Ok(entity(service, StatusCode::CREATED, subscription))
}

/// HTTPS; plain HTTP on this machine alone, which the real Microsoft never takes.
fn may_be_told(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

fn end(asked: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, GraphError> {
    if asked <= now || asked > now + LONGEST_LIFE {
        return Err(invalid("Subscription expiration can only be 41760 minutes in the future."));
    }
    Ok(asked.max(now + SHORTEST_LIFE))
}

fn object(one: Subscription) -> Value {
    json!({
        "id": one.id,
        "resource": "users",
        "applicationId": one.app,
        "changeType": one.change_type,
        "clientState": one.client_state,
        "notificationUrl": one.notification_url,
        "notificationQueryOptions": null,
        "lifecycleNotificationUrl": one.lifecycle_url,
        "expirationDateTime": time(one.expires_at),
        "creatorId": one.app,
        "includeResourceData": null,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": null,
        "encryptionCertificateId": null,
        "notificationUrlAppId": null,
    })
}

fn entity(service: &Service, status: StatusCode, one: Subscription) -> Response {
    let mut object = object(one);
    object["@odata.context"] = json!(context(service, "/$entity"));
    (status, axum::Json(object)).into_response()
}

fn context(service: &Service, of: &str) -> String {
    format!("{}/v1.0/$metadata#subscriptions{of}", service.urls.graph)
}

fn invalid(message: impl Into<String>) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "InvalidRequest", message)
}

fn not_allowed() -> GraphError {
    let message = "Specified HTTP method is not allowed for the request target.";
    GraphError::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
}

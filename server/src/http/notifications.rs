//! What Microsoft tells: that users changed, and what becomes of a subscription. Anybody may call here, so that a call costs a
//! look at most, says nothing of what exists, and starts no work: what is right is noted, and whoever works finds it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::TimeDelta;
use domain::ids::TenantId;
use serde::Deserialize;
use tokio::sync::Semaphore;
use url::form_urlencoded;
use uuid::Uuid;

use crate::clock::Clock;
use crate::services::subscriptions::{CHANGES, LIFECYCLE, hash};
use crate::state::AppState;
use crate::store::Store;
use crate::store::subscriptions::{Told, What};

/// Microsoft gathers what it tells; a body of so many bytes holds hundreds of changes.
const LARGEST_BODY: usize = 256 << 10;
/// Changes of one body that are looked at; Microsoft sends fewer.
const MOST: usize = 1_000;
/// Of a validation token; Microsoft's have about a hundred characters.
const LONGEST_TOKEN: usize = 1_000;
/// Of a word; ours have 43 characters, and Microsoft keeps at most so many.
const LONGEST_WORD: usize = 128;
/// Calls that look at once: however many come, pages find the database free.
const AT_ONCE: usize = 4;
/// Microsoft counts an answer after three seconds as none.
const PATIENCE: Duration = Duration::from_secs(2);
/// Changes come in flocks.
pub const GATHER: TimeDelta = TimeDelta::seconds(10);
/// However much a tenant changes, its users are read for it no more often.
pub const FLOOR: TimeDelta = TimeDelta::seconds(60);

/// What the two addresses need of the server's state.
#[derive(Clone)]
struct Door {
    store: Store,
    clock: Clock,
    places: Arc<Semaphore>,
}

/// The two addresses; none while notifications are switched off. They belong behind neither the session nor the check of
/// origins: no browser calls here, and nothing here rests on a cookie.
pub fn routes(state: &AppState) -> Router<AppState> {
    if !state.subscriptions.is_on() {
        return Router::new();
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let door = Door { store: state.store.clone(), clock: state.clock.clone(), places };
    Router::new()
        .route(CHANGES, post(take))
        .route(LIFECYCLE, post(take))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(door)
}

#[derive(Deserialize)]
struct Delivery {
    value: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    #[serde(default)]
    subscription_id: Option<String>,
    #[serde(default)]
    tenant_id: Option<String>,
    #[serde(default)]
    client_state: Option<String>,
    #[serde(default)]
    lifecycle_event: Option<String>,
}

impl Notification {
    /// `None`: it is not made as Microsoft makes them, and nobody needs to be asked.
    fn told(self) -> Option<Told> {
        let word = self.client_state.filter(|word| !word.is_empty() && word.len() <= LONGEST_WORD)?;
        Some(Told {
            subscription: Uuid::try_parse(&self.subscription_id?).ok()?,
            tenant: TenantId(Uuid::try_parse(&self.tenant_id?).ok()?),
            state_hash: hash(&word),
            what: match self.lifecycle_event.as_deref() {
                Some("reauthorizationRequired") => What::RenewalWanted,
                Some("subscriptionRemoved") => What::Removed,
                // `missed`, and whatever else may come: reading is always right.
                None | Some(_) => What::Changed,
            },
        })
    }
}

async fn take(State(door): State<Door>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    if let Some(token) = validation_token(query.as_deref().unwrap_or_default()) {
        return validate(&token);
    }
    let Ok(Delivery { value }) = serde_json::from_slice(&body) else {
        count("unreadable", 1);
        return StatusCode::BAD_REQUEST.into_response();
    };
    let all = value.len();
    let told: Vec<Told> = value.into_iter().take(MOST).filter_map(Notification::told).collect();
    count("foreign", all - told.len());
    if told.is_empty() {
        return StatusCode::ACCEPTED.into_response();
    }
    let taking = async {
        let _place = door.places.acquire().await.ok()?;
        Some(door.store.take_told(&told, door.clock.now(), GATHER, FLOOR).await)
    };
    match tokio::time::timeout(PATIENCE, taking).await {
        Ok(Some(Ok(taken))) => {
            count("noted", taken.noted as usize);
            count("known", taken.known as usize);
            count("foreign", taken.foreign as usize);
            if taken.foreign > 0 {
                tracing::debug!(foreign = taken.foreign, "somebody tells for a subscription that is none of ours");
            }
            // The same to everybody: nobody learns here which subscriptions there are.
            StatusCode::ACCEPTED.into_response()
        }
        Ok(Some(Err(error))) => {
            tracing::error!(error = &error as &dyn std::error::Error, "what Microsoft told was not written down");
            again(told.len())
        }
        Ok(None) | Err(_) => again(told.len()),
    }
}

/// Microsoft asks whether somebody here wants to be told, and gets its own word back, as text and nothing else.
fn validate(token: &str) -> Response {
    if token.is_empty() || token.len() > LONGEST_TOKEN || token.chars().any(char::is_control) {
        count("unreadable", 1);
        return StatusCode::BAD_REQUEST.into_response();
    }
    count("validation", 1);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, token.to_owned()).into_response()
}

fn validation_token(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken").map(|(_, token)| token.into())
}

/// Microsoft tells it again, for up to four hours.
fn again(notifications: usize) -> Response {
    count("put_off", notifications);
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, HeaderValue::from_static("30"))]).into_response()
}

fn count(outcome: &'static str, notifications: usize) {
    metrics::counter!("tenantry_notifications_total", "outcome" => outcome).increment(notifications as u64);
}

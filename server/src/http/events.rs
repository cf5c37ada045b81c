//! `/events` and `/tenants/{id}/events`: what happens in the background, as server-sent events, to who may see the tenant.

use std::convert::Infallible;
use std::time::Duration;

use app::backend::Caller;
use app::caller::SignedIn;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use domain::ids::TenantId;
use domain::operator::{Operator, Permission};
use domain::progress::SyncEvent;
use futures::{Stream, StreamExt, future, stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use super::session::Sessions;
use crate::jobs::progress::Progress;

/// Proxies cut connections that are silent for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a stream makes sure that its listener may still listen.
pub const CHECK_EVERY: Duration = Duration::from_secs(15);

/// What the streams need of the server's state.
#[derive(Clone)]
pub struct Events {
    pub progress: Progress,
    /// Streams end with the server, so that they hold up no shutdown.
    pub shutdown: CancellationToken,
    pub sessions: Sessions,
    pub check_every: Duration,
}

/// The routes, for whatever router the pages are in; the session must have been read before.
pub fn routes<S: Clone + Send + Sync + 'static>(events: Events) -> Router<S> {
    Router::new().route("/events", get(fleet)).route("/tenants/{id}/events", get(tenant)).with_state(events)
}

/// Every tenant in reach.
async fn fleet(State(events): State<Events>, signed_in: Option<Extension<SignedIn>>, headers: HeaderMap) -> Response {
    match caller(signed_in) {
        Some(caller) if caller.operator.may(Permission::ListTenants) => answer(events, headers, caller.operator, None),
        Some(_) => StatusCode::FORBIDDEN.into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// One tenant; what is out of reach is not found.
async fn tenant(
    State(events): State<Events>,
    signed_in: Option<Extension<SignedIn>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(Caller { operator, .. }) = caller(signed_in) else { return StatusCode::UNAUTHORIZED.into_response() };
    match tenant.parse::<TenantId>() {
        Ok(tenant) if operator.may(Permission::ReadTenant) && operator.reach.includes(tenant) => {
            answer(events, headers, operator, Some(tenant))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn caller(signed_in: Option<Extension<SignedIn>>) -> Option<Caller> {
    signed_in.and_then(|Extension(signed_in)| signed_in.0)
}

fn answer(events: Events, headers: HeaderMap, operator: Operator, only: Option<TenantId>) -> Response {
    let shutdown = events.shutdown.clone().cancelled_owned();
    let heard = stream(events.progress.subscribe(), operator.clone(), only)
        .take_until(shutdown)
        .take_until(Box::pin(until_changed(events, headers, operator)));
    Sse::new(heard).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// Resolves when the session has ended or the operator is not what they were: browsers then ask again, as whom they are.
async fn until_changed(events: Events, headers: HeaderMap, operator: Operator) {
    loop {
        tokio::time::sleep(events.check_every).await;
        match events.sessions.operator(&headers).await {
            Ok(Some(now)) if now == operator => {}
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "the session of an event stream could not be read; it ends"),
        }
    }
}

/// Begins with a word, so that the browser knows that it is connected; `missed` tells a slow listener to look for itself.
fn stream(
    heard: broadcast::Receiver<SyncEvent>,
    operator: Operator,
    only: Option<TenantId>,
) -> impl Stream<Item = Result<Message, Infallible>> {
    let hello = stream::once(future::ready(Ok(Message::default().event("ready").data("{}"))));
    let events = BroadcastStream::new(heard).filter_map(move |heard| {
        let message = match heard {
            Ok(event) if only.is_none_or(|only| only == event.tenant) && operator.reach.includes(event.tenant) => {
                serde_json::to_string(&event).ok().map(|text| Message::default().data(text))
            }
            Ok(_) => None,
            Err(_missed) => Some(Message::default().event("missed").data("{}")),
        };
        future::ready(message.map(Ok))
    });
    hello.chain(events)
}

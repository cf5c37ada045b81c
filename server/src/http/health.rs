//! For whoever watches the server: alive, ready, numbers. No tenant's name is in any of them.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use secrecy::ExposeSecret;

use crate::oidc::is_same;
use crate::state::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(numbers))
}

/// The process runs and answers.
async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers too, and is up to date.
async fn ready(State(state): State<AppState>) -> Response {
    match state.store.is_migrated().await {
        Ok(true) => "ready\n".into_response(),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the database is not migrated\n").into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// Prometheus' text format.
async fn numbers(
    State(state): State<AppState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let may_read = match &state.metrics_token {
        Some(token) => headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .is_some_and(|given| is_same(given, token.expose_secret())),
        None => {
            let is_proxied = headers.contains_key("x-forwarded-for") || headers.contains_key(FORWARDED);
            peer.is_some_and(|Extension(ConnectInfo(peer))| peer.ip().is_loopback()) && !is_proxied
        }
    };
    if !may_read {
        return (StatusCode::FORBIDDEN, "set http.metrics_token to read this from elsewhere\n").into_response();
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render()).into_response()
}

//! The web server: routes, and the layers that every request passes. Handlers decide nothing about tenants: services do.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use app::backend::Backend;
use app::caller::{RequestedAt, SignedIn};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::FutureExt;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::clock::Clock;
use crate::services::connections::{CONSENT_CALLBACK, PARTNER_CALLBACK, PARTNER_START};
use crate::state::AppState;

mod assets;
mod consent;
mod cookie;
mod csrf;
pub mod events;
mod executor;
mod exports;
mod health;
pub mod notifications;
mod page;
mod partner;
mod request;
mod security;
mod session;
mod sign_in;
mod status;

use events::Events;

pub use assets::names as asset_names;
pub use page::Notice;
pub use request::RequestId;
pub use session::{By, Sessions};

/// Everything that the server answers.
pub fn router(state: AppState) -> Router {
    executor::install();
    let (random, over_tls, origin) = (state.random.clone(), state.over_tls, state.origin.clone());
    let timeout = state.request_timeout;
    let notifications = notifications::routes(&state);
    Router::new()
        .merge(pages(&state))
        .merge(public())
        .merge(exports::routes())
        .merge(events::routes(Events {
            progress: state.jobs.progress().clone(),
            shutdown: state.shutdown.clone(),
            sessions: state.sessions.clone(),
            check_every: events::CHECK_EVERY,
        }))
        .layer(from_fn_with_state(state.clone(), session::identify))
        .merge(health::routes())
        .layer(CompressionLayer::new())
        .layer(from_fn(assets::serve))
        .layer(RequestBodyLimitLayer::new(state.body_limit))
        .layer(from_fn(move |request: Request, next: Next| csrf::guard(origin.clone(), request, next)))
        .merge(notifications)
        .layer(from_fn(move |request: Request, next: Next| within(timeout, request, next)))
        .layer(from_fn(catch_panic))
        .layer(from_fn(move |request: Request, next: Next| security::harden(over_tls, request, next)))
        .layer(from_fn(move |request: Request, next: Next| request::observe(random.clone(), request, next)))
        .with_state(state)
}

/// The app's pages, for who is signed in, and its server functions, which answer for themselves.
fn pages(state: &AppState) -> Router<AppState> {
    let assets = state.assets.clone();
    let shell = move || app::shell(assets.clone());
    let context = context(state.backend.clone(), state.clock.clone());
    let not_found = leptos_axum::render_app_to_stream_with_context(context.clone(), shell.clone());
    let routes = generate_route_list(app::App);
    Router::new()
        .leptos_routes_with_context(state, routes, context, shell)
        .fallback(move |request: Request| async move {
            let mut response = not_found(request).await;
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        })
        .layer(from_fn(require_for_pages))
}

/// Server functions live under `/api` and say "signed out" in their own words.
async fn require_for_pages(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") {
        return status::of_refusal(next.run(request).await).await;
    }
    session::require(request, next).await
}

/// What pages and server functions find in their context.
fn context(backend: Backend, clock: Clock) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let signed_in = use_context::<Parts>().and_then(|parts| parts.extensions.get::<SignedIn>().cloned());
        provide_context(signed_in.unwrap_or(SignedIn(None)));
        provide_context(RequestedAt(clock.now()));
        provide_context(backend.clone());
    }
}

/// Signing in and out, and what Microsoft sends browsers back to.
fn public() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in::begin))
        .route("/sign-in/callback", get(sign_in::finish))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/signed-out", get(sign_in::signed_out))
        .route(CONSENT_CALLBACK, get(consent::finish))
        .route("/connect/exchange/{tenant}", post(consent::ask_for_exchange))
        .route(PARTNER_START, get(partner::start))
        .route(PARTNER_CALLBACK, get(partner::finish))
}

/// Counts until the answer begins: event streams may go on.
async fn within(limit: Duration, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_elapsed| {
        tracing::error!(limit_seconds = limit.as_secs(), "a request took too long");
        let notice = Notice::new(StatusCode::SERVICE_UNAVAILABLE, "This took too long")
            .say("Tenantry is busy. Try again in a moment.")
            .link("Open Tenantry", "/");
        quoting(notice, id).into_response()
    })
}

async fn catch_panic(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_panic| {
        // The panic hook has logged it, within this request's span.
        let notice = Notice::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here")
            .say("Quote the request below to whoever runs this server.")
            .link("Open Tenantry", "/");
        quoting(notice, id).into_response()
    })
}

fn quoting(notice: Notice, id: Option<RequestId>) -> Notice {
    match id {
        Some(RequestId(id)) => notice.quote(&id),
        None => notice,
    }
}

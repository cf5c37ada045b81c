//! The pages as a server gives them out: the real router, shell and server functions over a fake backend.

use app::backend::Backend;
use app::caller::{RequestedAt, SignedIn};
use app::{App, Assets, shell};
use axum::Router;
use axum::http::Request;
use chrono::{DateTime, Utc};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};

/// The pages for one person.
pub fn site(signed_in: SignedIn, backend: Backend, now: DateTime<Utc>) -> Router {
    let options = LeptosOptions::builder().output_name("tenantry").build();
    let assets = Assets::of(&options);
    let context = move || {
        provide_context(signed_in.clone());
        provide_context(backend.clone());
        provide_context(RequestedAt(now));
    };
    let fallback = {
        let (context, assets) = (context.clone(), assets.clone());
        leptos_axum::render_app_async_with_context(context, move || shell(assets.clone()))
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, move || shell(assets.clone()))
        .fallback(move |request: Request<axum::body::Body>| fallback(request))
        .with_state(options)
}

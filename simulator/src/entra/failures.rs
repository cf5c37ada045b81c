//! Lets requests to the sign-in service meet the failures that were set up for them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use super::errors::Refusal;
use crate::faults::carry_out;
use crate::service::Service;

/// An AADSTS code that the handler has to refuse with, at the client's redirect address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Injected(pub u32);

/// The layer around all routes. Paths are matched without the tenant segment, e.g. `/oauth2/v2.0/token`.
pub(super) async fn meet(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (segment, rest) = path.get(1..).and_then(|path| path.split_once('/')).unwrap_or_default();
    let rest = format!("/{rest}");
    let tenant = match Uuid::try_parse(segment) {
        Ok(id) => Some(id),
        Err(_) => service.world.read().await.find_tenant(segment).map(|tenant| tenant.id),
    };
    match service.faults.take_aadsts(tenant, &rest) {
        Some(code) if answers_at_the_client(&rest) => {
            request.extensions_mut().insert(Injected(code));
            return next.run(request).await;
        }
        Some(code) => return Refusal::new(code).into_json(&service, None),
        None => {}
    }
    match service.faults.pick(tenant, &rest) {
        None => next.run(request).await,
        Some(kind) => carry_out(kind, &service.urls.login, service.clock.now(), request, next).await,
    }
}

/// Endpoints whose failures travel with the browser.
fn answers_at_the_client(path: &str) -> bool {
    ["/oauth2/v2.0/authorize", "/adminconsent", "/v2.0/adminconsent"].contains(&path)
}

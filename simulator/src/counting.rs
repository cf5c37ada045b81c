//! The layer that counts requests by tenant and path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;

use crate::requests::Side;
use crate::service::Service;

/// Counts every request that the router gets.
pub(crate) fn counted(router: Router, service: Arc<Service>, side: Side) -> Router {
    router.layer(from_fn_with_state((service, side), count))
}

async fn count(State((service, side)): State<(Arc<Service>, Side)>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let tenant = match side {
        Side::Login => path.split('/').nth(1).and_then(|segment| Uuid::try_parse(segment).ok()),
        Side::Graph => {
            request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(tenant_of)
        }
    };
    service.requests.record(side, tenant, path);
    next.run(request).await
}

/// The tenant that a bearer token claims; for counting alone, nothing is verified.
fn tenant_of(authorization: &str) -> Option<Uuid> {
    let payload = URL_SAFE_NO_PAD.decode(authorization.strip_prefix("Bearer ")?.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Uuid::try_parse(claims["tid"].as_str()?).ok()
}

//! What every request gets: an id, a span for its log lines, a line when it is answered, and its place in the metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::random::Random;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// In the log, in error pages, in the audit log, and in the `x-request-id` of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

pub async fn observe(random: Random, mut request: Request, next: Next) -> Response {
    let id = random.uuid().simple().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    // The path alone: queries carry codes and what people search for.
    let span = tracing::info_span!("request", id, %method, path = request.uri().path());
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, elapsed_ms = elapsed.as_secs_f64() * 1000.0, "answered"));
    // A browser may send any word as the method; each would be a series of its own.
    let known = ["GET", "HEAD", "POST", "OPTIONS"].into_iter().find(|known| method == *known);
    let labels = [("method", known.unwrap_or("other").to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("tenantry_http_requests_total", &labels).increment(1);
    metrics::histogram!("tenantry_http_request_seconds", &labels).record(elapsed);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

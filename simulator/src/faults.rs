//! Failures on demand: sentinels by tenant and path, and a random rate. Both services ask here before they answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

/// The largest answer that a fault takes apart.
const LARGEST_BODY: usize = 64 << 20;

/// A failure to be met by matching requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `None`: every tenant, and requests that name none.
    pub tenant: Option<Uuid>,
    /// Graph: the whole path, e.g. `/v1.0/users`. Sign-in: the path after the tenant, e.g. `/oauth2/v2.0/token`. Empty: all.
    pub path_prefix: String,
    pub kind: FaultKind,
    /// How many requests meet it; `None`: until cleared.
    pub times: Option<u32>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// 429, with `Retry-After` in seconds (fractions too) or without.
    TooManyRequests { retry_after_seconds: Option<f64> },
    /// 503, with or without `Retry-After`.
    ServiceUnavailable { retry_after_seconds: Option<u32> },
    /// Any status with an error of Graph's shape.
    Error { status: u16, code: String, message: String },
    /// A CAE challenge: 401 with `error="insufficient_claims"` and these claims (JSON, not yet encoded).
    ClaimsChallenge { claims: String },
    /// The sign-in service refuses with this AADSTS code, in the way of the endpoint asked. Means nothing to Graph.
    Aadsts(u32),
    /// The connection breaks in the middle of the answer.
    Reset,
    /// A complete answer whose JSON stops half-way.
    TruncatedJson,
    /// The right body, called `text/plain`.
    WrongContentType,
    /// The right answer, late.
    Slow(Duration),
    /// The right page, whose `@odata.nextLink` leads to itself.
    RepeatedPage,
    /// 502 with a gateway's HTML page.
    HtmlErrorPage,
    /// The right answer, with a `Date` that is so much off.
    ClockSkew(TimeDelta),
}

/// The failures that are set up. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<Fault>,
    random: Option<(f64, StdRng)>,
}

impl Fault {
    fn matches(&self, tenant: Option<Uuid>, path: &str) -> bool {
        (self.tenant.is_none() || self.tenant == tenant) && path.starts_with(&self.path_prefix)
    }

    fn is_aadsts(&self) -> bool {
        matches!(self.kind, FaultKind::Aadsts(_))
    }
}

impl State {
    /// The first sentinel that is wanted, used once.
    fn take(&mut self, is_wanted: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let position = self.faults.iter().position(|fault| fault.times != Some(0) && is_wanted(fault))?;
        let fault = &mut self.faults[position];
        let kind = fault.kind.clone();
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                self.faults.remove(position);
            }
        }
        Some(kind)
    }
}

impl Faults {
    /// No sentinels; a random failure in so many requests of one (0.0 never).
    pub fn at_rate(rate: f64, seed: u64) -> Faults {
        let random = (rate > 0.0).then(|| (rate.min(1.0), StdRng::seed_from_u64(seed)));
        Faults { state: Arc::new(Mutex::new(State { faults: Vec::new(), random })) }
    }

    /// Sets up a failure; the first one that matches a request is met.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Takes all sentinels away. The random rate stays.
    pub fn clear(&self) {
        self.lock().faults.clear();
    }

    /// The AADSTS code that a sign-in request of this tenant has to fail with, if any; counts it.
    pub fn take_aadsts(&self, tenant: Option<Uuid>, path: &str) -> Option<u32> {
        match self.lock().take(|fault| fault.matches(tenant, path) && fault.is_aadsts())? {
            FaultKind::Aadsts(code) => Some(code),
            _ => None,
        }
    }

    /// The throttling that an item of a batch meets, if any; counts it. Answers `Retry-After` in seconds.
    pub fn take_throttling(&self, tenant: Uuid, path: &str) -> Option<Option<f64>> {
        let is_throttling = |fault: &Fault| matches!(fault.kind, FaultKind::TooManyRequests { .. });
        match self.lock().take(|fault| fault.matches(Some(tenant), path) && is_throttling(fault))? {
            FaultKind::TooManyRequests { retry_after_seconds } => Some(retry_after_seconds),
            _ => None,
        }
    }

    /// The failure of HTTP that a request meets, if any; counts it.
    pub fn pick(&self, tenant: Option<Uuid>, path: &str) -> Option<FaultKind> {
        let mut state = self.lock();
        if let Some(kind) = state.take(|fault| fault.matches(tenant, path) && !fault.is_aadsts()) {
            return Some(kind);
        }
        let (rate, random) = state.random.as_mut()?;
        random.random_bool(*rate).then(|| match random.random_range(0..6) {
            0 => FaultKind::TooManyRequests { retry_after_seconds: Some(1.5) },
            1 => FaultKind::TooManyRequests { retry_after_seconds: None },
            2 => FaultKind::ServiceUnavailable { retry_after_seconds: Some(1) },
            3 => FaultKind::Reset,
            4 => FaultKind::TruncatedJson,
            _ => FaultKind::HtmlErrorPage,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request in the way of the failure. `base_url` is the service's own address.
pub async fn carry_out(kind: FaultKind, base_url: &str, now: DateTime<Utc>, request: Request, next: Next) -> Response {
    match kind {
        FaultKind::TooManyRequests { retry_after_seconds } => {
            let body = json!({"error": {
                "code": "TooManyRequests", "message": "Please retry again later.",
                "innerError": {"code": "429", "date": inner_date(now), "message": "Please retry after", "status": "429"}
            }});
            with_retry_after(StatusCode::TOO_MANY_REQUESTS, body, retry_after_seconds.map(|s| s.to_string()))
        }
        FaultKind::ServiceUnavailable { retry_after_seconds } => {
            let body = error_body("serviceNotAvailable", "The service is temporarily unavailable.", now);
            with_retry_after(StatusCode::SERVICE_UNAVAILABLE, body, retry_after_seconds.map(|s| s.to_string()))
        }
        FaultKind::Error { status, code, message } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(error_body(&code, &message, now))).into_response()
        }
        FaultKind::ClaimsChallenge { claims } => challenge(&claims, now),
        // The sign-in service asks for these itself.
        FaultKind::Aadsts(_) => next.run(request).await,
        FaultKind::Reset => broken(next.run(request).await).await,
        FaultKind::TruncatedJson => rewrite(next.run(request).await, |body| body.slice(..body.len() / 2)).await,
        FaultKind::WrongContentType => {
            let mut response = next.run(request).await;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            response
        }
        FaultKind::Slow(by) => {
            tokio::time::sleep(by).await;
            next.run(request).await
        }
        FaultKind::RepeatedPage => {
            let own = format!("{base_url}{}", request.uri());
            rewrite(next.run(request).await, |body| with_next_link(&body, own)).await
        }
        FaultKind::HtmlErrorPage => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
            (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        FaultKind::ClockSkew(by) => {
            let mut response = next.run(request).await;
            let date = (now + by).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            if let Ok(date) = HeaderValue::from_str(&date) {
                response.headers_mut().insert(header::DATE, date);
            }
            response
        }
    }
}

fn with_retry_after(status: StatusCode, body: Value, retry_after: Option<String>) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(value) = retry_after.and_then(|seconds| HeaderValue::from_str(&seconds).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// `WWW-Authenticate` of a CAE challenge.
pub(crate) fn challenge_header(claims: &str) -> String {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(claims);
    format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{encoded}\""
    )
}

fn challenge(claims: &str, now: DateTime<Utc>) -> Response {
    let value = challenge_header(claims);
    let body = error_body("InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge.", now);
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, value)], axum::Json(body)).into_response()
}

/// The status and the headers of an answer, half of its body, and then nothing.
async fn broken(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let reset = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let pieces = [Ok(bytes.slice(..bytes.len() / 2)), Err(reset())];
    let mut response = Response::from_parts(parts, Body::from_stream(futures::stream::iter(pieces)));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// The same answer with another body.
async fn rewrite(response: Response, change: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = response.into_parts();
    match axum::body::to_bytes(body, LARGEST_BODY).await {
        Ok(bytes) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(change(bytes)))
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn with_next_link(body: &Bytes, link: String) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut page)) if page.contains_key("value") => {
            page.remove("@odata.deltaLink");
            page.insert("@odata.nextLink".into(), Value::String(link));
            Value::Object(page).to_string().into()
        }
        _ => body.clone(),
    }
}

fn error_body(code: &str, message: &str, now: DateTime<Utc>) -> Value {
    json!({"error": {"code": code, "message": message, "innerError": {"date": inner_date(now)}}})
}

fn inner_date(now: DateTime<Utc>) -> String {
    now.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(tenant: Option<Uuid>, path_prefix: &str, times: Option<u32>) -> Fault {
        Fault { tenant, path_prefix: path_prefix.into(), kind: FaultKind::Reset, times }
    }

    #[test]
    fn a_sentinel_hits_its_tenant_and_path_so_many_times() {
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let faults = Faults::default();
        faults.inject(fault(Some(mine), "/v1.0/users", Some(2)));
        assert_eq!(faults.pick(Some(other), "/v1.0/users"), None);
        assert_eq!(faults.pick(Some(mine), "/v1.0/domains"), None);
        assert_eq!(faults.pick(None, "/v1.0/users"), None);
        assert_eq!(faults.pick(Some(mine), "/v1.0/users/delta"), Some(FaultKind::Reset));
        assert_eq!(faults.pick(Some(mine), "/v1.0/users"), Some(FaultKind::Reset));
        assert_eq!(faults.pick(Some(mine), "/v1.0/users"), None);
    }

    #[test]
    fn a_lasting_sentinel_stays_until_cleared() {
        let faults = Faults::default();
        faults.inject(fault(None, "", None));
        assert!((0..5).all(|_| faults.pick(None, "/x").is_some()));
        faults.clear();
        assert_eq!(faults.pick(None, "/x"), None);
    }

    #[test]
    fn the_random_rate_is_about_kept_and_repeatable() {
        let failures = |seed| {
            let faults = Faults::at_rate(0.2, seed);
            (0..1000).map(|_| faults.pick(None, "/x")).collect::<Vec<_>>()
        };
        let met = failures(7).iter().filter(|kind| kind.is_some()).count();
        assert!((150..250).contains(&met), "{met}");
        assert_eq!(failures(7), failures(7));
        assert!(Faults::at_rate(0.0, 7).pick(None, "/x").is_none());
    }

    #[test]
    fn a_repeated_page_leads_to_itself() {
        let page = Bytes::from_static(br#"{"value":[1],"@odata.nextLink":"https://there"}"#);
        let body: Value = serde_json::from_slice(&with_next_link(&page, "https://here".into())).unwrap_or_default();
        assert_eq!(body, json!({"value": [1], "@odata.nextLink": "https://here"}));
    }
}

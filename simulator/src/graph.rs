//! The pretended Microsoft Graph: who asks, what for, what it costs, and the answer. Each resource has a file of its own.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use uuid::Uuid;

mod batch;
mod call;
mod devices;
mod endpoints;
mod entity;
mod error;
mod exchange;
mod filter;
mod groups;
mod organization;
mod page;
mod partner;
mod partner_center;
mod permissions;
mod policies;
mod principals;
mod query;
mod registration;
mod roles;
mod sign_ins;
pub mod subscriptions;
mod synchronization;
mod throttle;
mod usage;
mod users;
mod users_delta;

use call::{Answer, Call, Version};
use error::GraphError;
use query::Query;
use throttle::{Class, Cost, Throttler};

use crate::faults;
use crate::service::Service;
use crate::tokens::{TokenError, Verified};
use crate::world::World;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Graph's state.
#[derive(Debug)]
pub(crate) struct Graph {
    pub service: Arc<Service>,
    throttler: Throttler,
}

/// All routes of Graph's address. Partner Center's consents live here too, under their own path.
pub fn router(service: Arc<Service>) -> Router {
    let graph = Arc::new(Graph { throttler: Throttler::new(service.throttle), service });
    Router::new().fallback(answer).layer(from_fn_with_state(graph.clone(), meet_faults)).with_state(graph)
}

/// Lets a failure that was set up happen, unless it is none of this request's.
async fn meet_faults(State(graph): State<Arc<Graph>>, mut request: Request, next: Next) -> Response {
    let service = &graph.service;
    // Once per request: the signature is what costs most.
    let caller = Caller::of(service, request.headers());
    let tenant =
        caller.0.as_ref().ok().map(|caller| caller.tenant).or_else(|| exchange::tenant_of(request.uri().path()));
    request.extensions_mut().insert(caller);
    let asked_id = request.headers().get(CLIENT_REQUEST_ID).cloned();
    let mut response = match service.faults.pick(tenant, request.uri().path()) {
        Some(kind) => faults::carry_out(kind, &service.urls.graph, service.clock.now(), request, next).await,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    if !headers.contains_key(REQUEST_ID) {
        let id = service.random.uuid().to_string();
        headers.extend(HeaderValue::from_str(&id).ok().map(|id| (REQUEST_ID, id)));
    }
    if !headers.contains_key(CLIENT_REQUEST_ID) {
        let id = asked_id.or_else(|| headers.get(REQUEST_ID).cloned());
        headers.extend(id.map(|id| (CLIENT_REQUEST_ID, id)));
    }
    if !headers.contains_key(header::DATE) {
        let date = service.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        headers.extend(HeaderValue::from_str(&date).ok().map(|date| (header::DATE, date)));
    }
    response
}

/// Answers any request.
async fn answer(
    State(graph): State<Arc<Graph>>,
    Extension(caller): Extension<Caller>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let service = &graph.service;
    if uri.path() == usage::DOWNLOAD_PATH {
        let token = uri.query().and_then(|query| query.strip_prefix("token=")).unwrap_or_default();
        return usage::download(&*service.world.read().await, token, service.clock.now());
    }
    if uri.path().starts_with(partner_center::PREFIX) {
        return partner_center::answer(service, &method, uri.path(), &headers, &body).await;
    }
    if uri.path().starts_with(exchange::PREFIX) {
        let query = uri.query().unwrap_or_default();
        return exchange::answer(service, &method, uri.path(), query, &headers, &body).await;
    }
    let eventual =
        headers.get("consistencylevel").is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual"));
    let request = Asked { method, target: uri.path_and_query().map_or("/", |target| target.as_str()), eventual };
    let id = RequestId::of(service, &headers);
    let caller = match caller.0 {
        Ok(caller) => caller,
        Err(error) => return id.refuse(service, unauthorized(service, error)),
    };
    if let Some(rest) = subscriptions::rest(uri.path()) {
        // Without the world's lock: addresses are asked, and ask back.
        return match subscriptions::answer(service, &caller, &request.method, rest, &body).await {
            Ok(answer) => id.mark(answer),
            Err(error) => id.refuse(service, error),
        };
    }
    let world = service.world.read().await;
    if let Some(version) = batch::version(request.target) {
        return match batch::answer(&graph, &world, &caller, version, &request.method, &body) {
            Ok(answer) => id.mark(answer.into_response()),
            Err(error) => id.refuse(service, error),
        };
    }
    match graph.ask(&world, &caller, &request) {
        Ok(answer) => id.mark(answer.into_response()),
        Err(error) => id.refuse(service, error),
    }
}

/// What is asked for, whether on its own or in a batch.
struct Asked<'a> {
    method: Method,
    /// Path and query, with the version.
    target: &'a str,
    eventual: bool,
}

impl Graph {
    /// Finds the endpoint, checks cost, permission and rights, and answers.
    fn ask(&self, world: &World, caller: &Verified, asked: &Asked<'_>) -> Result<Answer, GraphError> {
        let (path, raw_query) = asked.target.split_once('?').unwrap_or((asked.target, ""));
        let path = &decoded(path)?;
        let (version, below) = split_version(path).ok_or_else(|| GraphError::bad_request("Invalid version."))?;
        let (endpoint, parts) = endpoints::find(version, below).ok_or_else(|| {
            let segment = below.trim_start_matches('/').split('/').next().unwrap_or_default();
            GraphError { status: StatusCode::NOT_FOUND, ..GraphError::no_such_segment(segment) }
        })?;
        if asked.method != Method::GET {
            let message = "Specified HTTP method is not allowed for the request target.";
            return Err(GraphError::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message));
        }
        let tenant = world.tenants.get(&caller.tenant).ok_or_else(|| {
            GraphError::new(
                StatusCode::UNAUTHORIZED,
                "Authorization_IdentityNotFound",
                "The identity of the calling application could not be established.",
            )
        })?;
        let query = Query::parse(raw_query, asked.eventual)?;
        let now = self.service.clock.now();
        let cost = Cost {
            class: endpoint.class,
            units: units(endpoint.units, &query),
            app: caller.app_id,
            tenant: tenant.id,
            users: tenant.directory.user_count(),
            sign_in_activity: endpoint.path == "/users" && users::asks_for_activity(&query),
            report: (endpoint.class == Class::UsageReports).then_some(endpoint.path),
        };
        let used = self.throttler.admit(&cost, now).inspect_err(|_| self.service.requests.record_throttled())?;
        let call = Call { service: &self.service, world, tenant, caller, version, now, path, parts, query: &query };
        permissions::check(&call, endpoint)?;
        let mut answer = (endpoint.handler)(&call)?;
        if endpoint.class == Class::Directory {
            answer.headers.push((HeaderName::from_static("x-ms-resource-unit"), HeaderValue::from(cost.units)));
        }
        if used > 0.8 {
            let share = HeaderValue::from_str(&format!("{used:.1}"));
            answer.headers.extend(share.ok().map(|v| (HeaderName::from_static("x-ms-throttle-limit-percentage"), v)));
        }
        Ok(answer)
    }
}

fn split_version(path: &str) -> Option<(Version, &str)> {
    let versions = [Version::V1, Version::Beta];
    versions.into_iter().find_map(|version| {
        let below = path.strip_prefix('/')?.strip_prefix(version.segment())?;
        below.starts_with('/').then_some((version, below.trim_end_matches('/')))
    })
}

fn decoded(path: &str) -> Result<String, GraphError> {
    // A path is decoded like a form's value, but for the plus sign.
    let pair = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, path)| path.into_owned());
    decoded.ok_or_else(|| GraphError::bad_request("The path cannot be read."))
}

/// Resource units with the query's modifiers; never below one.
fn units(base: u32, query: &Query) -> u32 {
    let is_small = query.get("top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20);
    let discount = u32::from(query.get("select").is_some()) + u32::from(is_small);
    (base + u32::from(query.get("expand").is_some())).saturating_sub(discount).max(1)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who asks, or why the token is refused; `None` if there is none.
#[derive(Clone)]
struct Caller(Result<Arc<Verified>, Option<TokenError>>);

impl Caller {
    fn of(service: &Service, headers: &HeaderMap) -> Caller {
        Caller(match bearer(headers) {
            None => Err(None),
            Some(token) => service.tokens.verify(token).map(Arc::new).map_err(Some),
        })
    }
}

fn unauthorized(service: &Service, error: Option<TokenError>) -> GraphError {
    match error {
        None => GraphError::unauthorized("Access token is empty."),
        Some(TokenError::Expired) => GraphError::unauthorized("Lifetime validation failed, the token is expired."),
        Some(TokenError::Audience) => GraphError::unauthorized("Access token validation failure. Invalid audience."),
        Some(TokenError::Revoked) => {
            let nbf = service.clock.now().timestamp();
            let claims = format!("{{\"access_token\":{{\"nbf\":{{\"essential\":true,\"value\":\"{nbf}\"}}}}}}");
            let mut error = GraphError::unauthorized("Continuous access evaluation resulted in challenge.");
            error.headers.clear();
            error.with_header(header::WWW_AUTHENTICATE, &faults::challenge_header(&claims))
        }
        Some(TokenError::Malformed | TokenError::Signature) => {
            GraphError::unauthorized("Access token validation failure.")
        }
    }
}

/// The two ids that every answer bears.
struct RequestId {
    own: Uuid,
    /// The client's, or our own.
    client: String,
}

impl RequestId {
    fn of(service: &Service, headers: &HeaderMap) -> RequestId {
        let own = service.random.uuid();
        let client = headers.get(CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok());
        RequestId { own, client: client.map_or_else(|| own.to_string(), String::from) }
    }

    fn mark(&self, mut response: Response) -> Response {
        let ids = [
            (REQUEST_ID, HeaderValue::from_str(&self.own.to_string())),
            (CLIENT_REQUEST_ID, HeaderValue::from_str(&self.client)),
        ];
        for (name, value) in ids {
            response.headers_mut().extend(value.ok().map(|value| (name, value)));
        }
        response
    }

    fn refuse(&self, service: &Service, error: GraphError) -> Response {
        let body = error.body(self.own, &self.client, service.clock.now());
        let mut response = (error.status, axum::Json(body)).into_response();
        response.headers_mut().extend(error.headers);
        self.mark(response)
    }
}

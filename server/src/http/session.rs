//! Sessions: opened at sign-in, read at every request, ended by time or by will. The operator is read anew each time, so that
//! a changed role or a withdrawn appointment counts at once.

use app::backend::Caller;
use app::caller::SignedIn;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use domain::ids::OperatorId;
use domain::operator::Operator;
use sha2::{Digest, Sha256};

use super::cookie::Cookie;
use super::page::Notice;
use super::request::RequestId;
use crate::clock::Clock;
use crate::config::Config;
use crate::random::Random;
use crate::state::AppState;
use crate::store::sessions::{Session, SessionHash};
use crate::store::{Store, StoreError};

/// How often a session's last use is written down.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Opens, finds and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    clock: Clock,
    random: Random,
    idle: TimeDelta,
    absolute: TimeDelta,
    over_tls: bool,
}

impl Sessions {
    pub fn new(config: &Config, store: Store, clock: Clock, random: Random) -> Self {
        Self {
            store,
            clock,
            random,
            idle: TimeDelta::minutes(i64::from(config.sign_in.session_idle_minutes)),
            absolute: TimeDelta::hours(i64::from(config.sign_in.session_absolute_hours)),
            over_tls: config.is_served_over_tls(),
        }
    }

    /// A new session in place of the one that the browser had, if any. Answers the `Set-Cookie`.
    pub async fn open(&self, operator: OperatorId, headers: &HeaderMap) -> Result<HeaderValue, SessionError> {
        self.end(headers).await?;
        let id = self.random.token();
        let now = self.clock.now();
        self.store.sessions().create(&hash(&id), operator, now, now + self.absolute).await?;
        Ok(Cookie::Session.set(&id, self.absolute, self.over_tls)?)
    }

    /// Ends the browser's session. Answers the `Set-Cookie` that makes it forget.
    pub async fn end(&self, headers: &HeaderMap) -> Result<HeaderValue, SessionError> {
        if let Some(id) = Cookie::Session.read(headers, self.over_tls) {
            self.store.sessions().delete(&hash(&id)).await?;
        }
        Ok(Cookie::Session.forget(self.over_tls)?)
    }

    /// Who the cookie's session belongs to now; `None`: it has ended. Does not count as a use of it.
    pub async fn operator(&self, headers: &HeaderMap) -> Result<Option<Operator>, StoreError> {
        match self.find(headers).await? {
            Some((_, session)) => self.operator_of(&session).await,
            None => Ok(None),
        }
    }

    /// As `operator`, and counts as a use.
    async fn operator_using(&self, headers: &HeaderMap) -> Result<Option<Operator>, StoreError> {
        let Some((hash, session)) = self.find(headers).await? else { return Ok(None) };
        let now = self.clock.now();
        if now - session.last_seen_at >= NOTED_EVERY.min(self.idle / 2) {
            self.store.sessions().update_last_seen(&hash, now).await?;
        }
        self.operator_of(&session).await
    }

    async fn operator_of(&self, session: &Session) -> Result<Option<Operator>, StoreError> {
        Ok(self.store.operators().get(session.operator).await?.map(|found| found.operator))
    }

    /// The running session that the cookie names.
    async fn find(&self, headers: &HeaderMap) -> Result<Option<(SessionHash, Session)>, StoreError> {
        let Some(id) = Cookie::Session.read(headers, self.over_tls) else { return Ok(None) };
        let hash = hash(&id);
        let Some(session) = self.store.sessions().get(&hash).await? else { return Ok(None) };
        let now = self.clock.now();
        if now >= session.expires_at || now - session.last_seen_at >= self.idle {
            self.store.sessions().delete(&hash).await?;
            return Ok(None);
        }
        Ok(Some((hash, session)))
    }

    /// Forgets sessions that nobody will use again.
    pub async fn tidy(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.store.sessions().delete_ended(now, now - self.idle).await
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("the session could not be stored")]
    Store(#[from] StoreError),
    #[error("the cookie could not be written")]
    Cookie(#[from] axum::http::header::InvalidHeaderValue),
}

fn hash(id: &str) -> SessionHash {
    Sha256::digest(id).into()
}

/// Finds out who asks, and puts the answer where pages, server functions and handlers look for it.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let caller = match caller_of(&state, request.headers(), &request_id).await {
        Ok(caller) => caller,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the session could not be read");
            return Notice::new(StatusCode::SERVICE_UNAVAILABLE, "Tenantry cannot reach its database")
                .say("Nothing was changed. Try again in a moment.")
                .quote(&request_id)
                .into_response();
        }
    };
    request.extensions_mut().insert(SignedIn(caller));
    let mut response = next.run(request).await;
    // What one person saw must not be shown to the next.
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn caller_of(state: &AppState, headers: &HeaderMap, request_id: &str) -> Result<Option<Caller>, StoreError> {
    let operator = state.sessions.operator_using(headers).await?;
    Ok(operator.map(|operator| Caller { operator, request_id: request_id.to_owned() }))
}

/// Sends who is signed out to the sign-in page, and afterwards to where they wanted to go.
pub async fn require(request: Request, next: Next) -> Response {
    let is_signed_in = request.extensions().get::<SignedIn>().is_some_and(|signed_in| signed_in.0.is_some());
    if is_signed_in {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    Redirect::to(&app::urls::sign_in(wanted)).into_response()
}

/// The signed-in caller, for handlers outside the app. Nobody gets 401.
pub struct By(pub Caller);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match parts.extensions.get::<SignedIn>().and_then(|signed_in| signed_in.0.clone()) {
            Some(caller) => Ok(Self(caller)),
            None => Err((StatusCode::UNAUTHORIZED, "You are signed out.").into_response()),
        }
    }
}

/// Appends a `Set-Cookie`.
pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

//! Signing in and out: `/sign-in`, `/sign-in/callback`, `/sign-out`, `/signed-out`. Every end that is not a session is a page
//! that says why and what to do.

use app::caller::SignedIn;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::header::{HOST, HeaderMap};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use serde::Deserialize;
use url::{Host, Url};

use super::cookie::Cookie;
use super::page::Notice;
use super::request::RequestId;
use super::session::{SessionError, with_cookie};
use crate::oidc::{Attempt, Identity, OidcError, Refusal, is_same};
use crate::services::admission::Admission;
use crate::state::AppState;

const COOKIE_LIFE: TimeDelta = TimeDelta::minutes(30);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begin {
    /// A local path with its query.
    return_to: String,
    /// Ask which account, even when one is signed in at Microsoft.
    choose: bool,
}

/// Sends the browser to Microsoft. Changes nothing but the browser's own cookie.
pub async fn begin(
    State(state): State<AppState>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    begin: Result<Query<Begin>, QueryRejection>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Query(begin) = begin.unwrap_or_default();
    let return_to = local_path(&begin.return_to);
    if signed_in.0.is_some() && !begin.choose {
        return Redirect::to(&return_to).into_response();
    }
    if let Some(canonical) = other_loopback_name(&state.public_url, &headers, &uri) {
        return Redirect::to(&canonical).into_response();
    }
    let attempt = Attempt::begin(&state.random, state.clock.now(), return_to);
    let cookie = Cookie::SignIn.set(&attempt.to_cookie(), COOKIE_LIFE, state.over_tls);
    match (state.oidc.begin(&attempt, begin.choose).await, cookie) {
        (Ok(url), Ok(cookie)) => with_cookie(Redirect::to(url.as_str()).into_response(), cookie),
        (Err(error), _) => refuse(&error, &request_id, attempt.return_to()),
        (_, Err(error)) => broken(&error, &request_id),
    }
}

/// What Microsoft sends back; everything is optional because anybody can type an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    code: String,
    state: String,
    error: String,
    error_description: String,
}

pub async fn finish(
    State(state): State<AppState>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    answer: Result<Query<Answer>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Query(answer) = answer.unwrap_or_default();
    let attempt = Cookie::SignIn
        .read(&headers, state.over_tls)
        .and_then(|cookie| Attempt::from_cookie(&cookie, state.clock.now()))
        .filter(|attempt| is_same(&attempt.state(), &answer.state));
    let Some(attempt) = attempt else {
        tracing::warn!("a sign-in came back that this browser did not begin, or too late");
        return Notice::new(StatusCode::BAD_REQUEST, "This sign-in cannot be finished")
            .say("It took too long, was begun in another window or browser, or the address was typed by hand.")
            .say("Nobody was signed in. Begin again, and stay in one window.")
            .link("Sign in", "/sign-in")
            .quote(&request_id)
            .into_response();
    };
    let response = finish_attempt(&state, &request_id, &attempt, answer, &headers).await;
    // Used up; one that another site's link did not name stays.
    match Cookie::SignIn.forget(state.over_tls) {
        Ok(forget) => with_cookie(response, forget),
        Err(_) => response,
    }
}

async fn finish_attempt(
    state: &AppState,
    request_id: &str,
    attempt: &Attempt,
    answer: Answer,
    headers: &HeaderMap,
) -> Response {
    if !answer.error.is_empty() {
        let error = OidcError::Refused { error: answer.error, description: answer.error_description };
        return refuse(&error, request_id, attempt.return_to());
    }
    if answer.code.is_empty() {
        return refuse(&OidcError::Malformed(String::from("no code came back")), request_id, attempt.return_to());
    }
    match state.oidc.finish(attempt, answer.code).await {
        Ok(identity) => admit(state, request_id, &identity, attempt.return_to(), headers).await,
        Err(error) => refuse(&error, request_id, attempt.return_to()),
    }
}

async fn admit(
    state: &AppState,
    request_id: &str,
    identity: &Identity,
    return_to: &str,
    headers: &HeaderMap,
) -> Response {
    match state.admission.admit(identity, request_id).await {
        Ok(Admission::Appointed(operator)) => match state.sessions.open(operator.id, headers).await {
            Ok(cookie) => with_cookie(Redirect::to(return_to).into_response(), cookie),
            Err(error) => broken(&error, request_id),
        },
        Ok(Admission::NotAppointed) => not_appointed(state, identity, request_id),
        Err(error) => broken(&error, request_id),
    }
}

fn not_appointed(state: &AppState, identity: &Identity, request_id: &str) -> Response {
    Notice::new(StatusCode::FORBIDDEN, "You have no access to Tenantry yet")
        .say(format!("Microsoft knows you as {} ({}).", identity.display_name, identity.user_principal_name))
        .say(format!("Nobody has appointed you here. Ask {}, and give them these two ids:", state.contact))
        .say(format!("Tenant id {}, object id {}.", identity.tenant, identity.object_id))
        .link("Sign in as somebody else", "/sign-in?choose=true")
        .quote(request_id)
        .into_response()
}

/// Ends the session of this browser.
pub async fn sign_out(
    State(state): State<AppState>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    match end(&state, &signed_in, &headers).await {
        Ok(response) => response,
        Err(error) => broken(&error, &request_id),
    }
}

async fn end(state: &AppState, signed_in: &SignedIn, headers: &HeaderMap) -> Result<Response, SessionError> {
    let forget = state.sessions.end(headers).await?;
    if let Some(caller) = &signed_in.0 {
        state.audit.record(crate::audit::Actor::Caller(caller), "session.delete", None, "Signed out").await?;
    }
    Ok(with_cookie(Redirect::to("/signed-out").into_response(), forget))
}

pub async fn signed_out() -> Notice {
    Notice::new(StatusCode::OK, "You are signed out")
        .say("Tenantry has forgotten your session. You may still be signed in at Microsoft in this browser.")
        .link("Sign in again", "/sign-in?choose=true")
}

fn refuse(error: &OidcError, request_id: &str, return_to: &str) -> Response {
    tracing::warn!(error = error as &dyn std::error::Error, "nobody was signed in");
    let again = app::urls::sign_in(return_to);
    let notice = match error {
        OidcError::Unreachable(_) | OidcError::Malformed(_) => {
            Notice::new(StatusCode::BAD_GATEWAY, "Microsoft's sign-in service does not answer")
                .say("Tenantry could not talk to it, or did not understand it. Nobody was signed in.")
                .say("Try again in a moment. \"tenantry doctor\" tells whoever runs this server more.")
        }
        OidcError::Refused { error, description } => {
            Notice::new(StatusCode::FORBIDDEN, "Microsoft did not sign you in")
                .say(meaning(error))
                .say(first_line(description))
        }
        OidcError::Token(Refusal::PrivateAccount) => {
            Notice::new(StatusCode::FORBIDDEN, "This is a private Microsoft account")
                .say("Tenantry takes work accounts alone. Sign in with the account of your company.")
        }
        OidcError::Token(refusal) => Notice::new(StatusCode::FORBIDDEN, "This sign-in could not be proved")
            .say(format!("Microsoft's answer was refused: {refusal}."))
            .say("Nobody was signed in. Begin again; if it happens twice, tell whoever runs this server."),
        OidcError::Credential(_) => {
            Notice::new(StatusCode::INTERNAL_SERVER_ERROR, "Tenantry cannot prove itself to Microsoft").say(
                "Its certificate or secret cannot be used. Whoever runs this server should run \"tenantry doctor\".",
            )
        }
    };
    notice
        .link("Try again", again)
        .link("Use another account", "/sign-in?choose=true")
        .quote(request_id)
        .into_response()
}

/// OAuth's words for people (RFC 6749, section 4.1.2.1).
fn meaning(error: &str) -> &'static str {
    match error {
        "access_denied" => "The sign-in was cancelled, or the account may not use Tenantry.",
        "invalid_grant" => "The sign-in was used already, or took too long. Begin again.",
        "invalid_client" => "Tenantry's own secret or certificate was refused. Tell whoever runs this server.",
        "interaction_required" | "login_required" => "Microsoft has to ask you something first. Begin again.",
        "server_error" | "temporarily_unavailable" => "Microsoft has a problem. Try again in a moment.",
        _ => "Microsoft gave this reason:",
    }
}

/// Microsoft appends trace ids on lines of their own.
fn first_line(description: &str) -> String {
    description.lines().next().unwrap_or_default().chars().take(300).collect()
}

fn broken(error: &(dyn std::error::Error + 'static), request_id: &str) -> Response {
    tracing::error!(error, "a request failed");
    Notice::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here")
        .say("Nothing was changed. Quote the request below to whoever runs this server.")
        .link("Open Tenantry", "/")
        .quote(request_id)
        .into_response()
}

/// It travels in a cookie, and browsers drop cookies that are longer than 4 kB.
const LONGEST_PATH: usize = 2000;

/// A path of this site, or the first page. Browsers read `//host` and `/\host` as other sites.
fn local_path(wanted: &str) -> String {
    let is_local = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && !wanted.chars().any(char::is_control)
        && !wanted.starts_with("/sign-in")
        && wanted.len() <= LONGEST_PATH;
    if is_local { wanted.to_owned() } else { String::from("/") }
}

/// `localhost` and `127.0.0.1` are two hosts to a browser: a sign-in that begins at one cannot end at the other.
fn other_loopback_name(public_url: &Url, headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let asked = Url::parse(&format!("http://{}", headers.get(HOST)?.to_str().ok()?)).ok()?;
    let is_loopback = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let differs = asked.host() != public_url.host() && is_loopback(&asked) && is_loopback(public_url);
    let path = uri.path_and_query().map_or("/sign-in", axum::http::uri::PathAndQuery::as_str);
    differs.then(|| public_url.join(path).ok().map(String::from)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_returned_to() {
        assert_eq!(local_path("/tenants/x?q=a"), "/tenants/x?q=a");
        let long = format!("/{}", "x".repeat(5000));
        for foreign in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x", &long]
        {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn a_sign_in_does_not_return_to_itself() {
        assert_eq!(local_path("/sign-in?return_to=/sign-in"), "/");
    }
}

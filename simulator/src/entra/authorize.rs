//! The authorize endpoint: the sign-in page, the consent question, and the code at the end. A picked person is signed in: the
//! pretended accounts have no passwords.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::consent::{self, Standing};
use super::errors::{Refusal, sentinel_hint};
use super::failures::Injected;
use super::grants::CodeGrant;
use super::pages::Asked;
use super::people::{self, Candidate};
use super::realm::Realm;
use super::redirect::{self, Mode};
use super::scopes::Scopes;
use super::{Entra, pages};
use crate::world::{AppRegistration, World};

/// The browser's session cookie.
pub(super) const COOKIE: &str = "SIMULATEDAUTH";

/// The parameters as they came; nothing is believed yet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    response_mode: Option<String>,
    scope: String,
    state: String,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
    claims: Option<String>,
}

/// A request whose client and redirect address are known: from here on, failures go back to the client.
struct Request {
    realm: Realm,
    app: AppRegistration,
    mode: Mode,
    parameters: Parameters,
    scopes: Scopes,
}

/// Why a request is not answered with a page.
enum Stop {
    /// Shown to the person.
    Page(Refusal),
    /// Told to the client.
    Client(Response),
}

impl Request {
    async fn read(entra: &Entra, segment: &str, query: &str) -> Result<Self, Stop> {
        let parameters: Parameters = serde_urlencoded::from_str(query)
            .map_err(|error| Stop::Page(Refusal::with(9_002_313, error.to_string())))?;
        let world = entra.service.world.read().await;
        let realm = Realm::read(&world, segment).map_err(Stop::Page)?;
        let app = known_app(&world, &parameters.client_id).map_err(Stop::Page)?;
        if parameters.redirect_uri.is_empty() {
            return Err(Stop::Page(Refusal::new(900_971)));
        }
        if !redirect::is_registered(&app, &parameters.redirect_uri) {
            return Err(Stop::Page(mismatch(&app, &parameters.redirect_uri)));
        }
        let mode = Mode::read(parameters.response_mode.as_deref()).unwrap_or(Mode::Query);
        match check(&parameters, entra) {
            Ok(scopes) => Ok(Self { realm, app, mode, parameters, scopes }),
            Err(refusal) => {
                let error = refusal.error();
                Err(Stop::Client(answer_error(&parameters, mode, error, &refusal)))
            }
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        answer_error(&self.parameters, self.mode, refusal.error(), refusal)
    }

    fn refuse_as(&self, error: &str, refusal: &Refusal) -> Response {
        answer_error(&self.parameters, self.mode, error, refusal)
    }

    fn form<'a>(&self, step: &str, query: &'a str) -> pages::Form<'a> {
        pages::Form { action: format!("/{}/{step}", self.realm.segment()), request: query }
    }

    /// The authentication context that is demanded as essential, if any (`claims={"id_token":{"acrs":{…}}}`).
    fn demanded_context(&self) -> Option<String> {
        let claims: Value = serde_json::from_str(self.parameters.claims.as_deref()?).ok()?;
        ["id_token", "access_token"].iter().find_map(|token| {
            let asked = &claims[token]["acrs"];
            let value = asked["value"].as_str().or_else(|| asked["values"][0].as_str())?;
            (asked["essential"] == true).then(|| value.to_owned())
        })
    }
}

fn check(parameters: &Parameters, entra: &Entra) -> Result<Scopes, Refusal> {
    match parameters.response_type.as_str() {
        "code" => {}
        "" => return Err(missing("response_type")),
        other => {
            return Err(Refusal::with(70005, format!("response_type '{other}' is not enabled for the application.")));
        }
    }
    if Mode::read(parameters.response_mode.as_deref()).is_none() {
        return Err(Refusal::with(90023, "response_mode is not one of query, fragment, form_post."));
    }
    if parameters.scope.trim().is_empty() {
        return Err(missing("scope"));
    }
    if let Some(prompt) = &parameters.prompt
        && !["login", "none", "consent", "select_account", ""].contains(&prompt.as_str())
    {
        return Err(Refusal::with(90023, format!("The prompt value '{prompt}' is not supported.")));
    }
    if let Some(challenge) = &parameters.code_challenge {
        let method_is_known = matches!(parameters.code_challenge_method.as_deref(), None | Some("plain" | "S256"));
        if !method_is_known || !(43..=128).contains(&challenge.len()) {
            return Err(Refusal::new(501_491));
        }
    }
    if let Some(claims) = &parameters.claims
        && serde_json::from_str::<Value>(claims).is_err()
    {
        return Err(Refusal::with(9_002_313, "The claims parameter is not JSON."));
    }
    Scopes::read(&parameters.scope, &entra.service.urls)
}

/// `GET /{tenant}/oauth2/v2.0/authorize`
pub(super) async fn show(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    injected: Option<Extension<Injected>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let request = match Request::read(&entra, &segment, &query).await {
        Ok(request) => request,
        Err(stop) => return stop.into_response(),
    };
    if let Some(Extension(Injected(code))) = injected {
        return request.refuse(&Refusal::new(code));
    }
    let hint = request.parameters.login_hint.as_deref();
    if let Some(code) = hint.and_then(sentinel_hint) {
        return request.refuse(&Refusal::new(code));
    }
    let candidates = people::list(&*entra.service.world.read().await, request.realm);
    let hinted =
        hint.and_then(|hint| candidates.iter().find(|one| one.person.user_principal_name.eq_ignore_ascii_case(hint)));
    if request.parameters.prompt.as_deref() == Some("none") {
        let session = session_cookie(&headers).and_then(|cookie| entra.grants.session(cookie));
        let signed_in = session.and_then(|session| {
            candidates.iter().find(|one| one.tenant == session.tenant && one.person.object_id == session.person)
        });
        return match hinted.or(if hint.is_none() { signed_in } else { None }) {
            Some(candidate) => finish(&entra, &request, candidate.clone(), &query).await,
            None => request.refuse(&Refusal::new(50058)),
        };
    }
    let note = match (hint, hinted) {
        (Some(hint), None) => Some(format!("Nobody here is called {hint}.")),
        _ => None,
    };
    let partner = entra.service.world.read().await.partner;
    let (featured, rest): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|one| one.is_featured(partner));
    pages::sign_in(&request.app.display_name, &request.form("login", &query), &featured, &rest, hint, note.as_deref())
        .into_response()
}

#[derive(Deserialize)]
pub(super) struct Pick {
    request: String,
    person: String,
}

/// `POST /{tenant}/login`: somebody was picked.
pub(super) async fn pick(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    Form(picked): Form<Pick>,
) -> Response {
    let request = match Request::read(&entra, &segment, &picked.request).await {
        Ok(request) => request,
        Err(stop) => return stop.into_response(),
    };
    let candidates = people::list(&*entra.service.world.read().await, request.realm);
    match people::find(candidates, &picked.person) {
        Some(candidate) => finish(&entra, &request, candidate, &picked.request).await,
        None => pages::refused(&Refusal::new(50034)),
    }
}

#[derive(Deserialize)]
pub(super) struct Decision {
    request: String,
    person: String,
    decision: String,
}

/// `POST /{tenant}/consent`: the consent question was answered.
pub(super) async fn decide(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    Form(answer): Form<Decision>,
) -> Response {
    let request = match Request::read(&entra, &segment, &answer.request).await {
        Ok(request) => request,
        Err(stop) => return stop.into_response(),
    };
    let mut world = entra.service.world.write().await;
    let Some(candidate) = people::find(people::list(&world, request.realm), &answer.person) else {
        return pages::refused(&Refusal::new(50034));
    };
    let standing = consent::standing(&world, &request.app, &candidate, &request.scopes);
    let needs_administrator = matches!(standing, Standing::AskAdministrator(_)) && !candidate.person.is_tenant_admin;
    if needs_administrator {
        return request.refuse(&Refusal::new(90094));
    }
    if answer.decision != "accept" {
        return request.refuse(&Refusal::new(65004));
    }
    let asked = match standing {
        Standing::AskUser(asked) | Standing::AskAdministrator(asked) => asked,
        Standing::Granted => std::collections::BTreeSet::new(),
    };
    consent::grant(
        &mut world,
        &entra.service.random,
        candidate.tenant,
        request.app.client_id,
        &Default::default(),
        &asked,
    );
    drop(world);
    issue(&entra, &request, &candidate)
}

/// The person is known: ask for consent where it lacks, else answer with a code.
async fn finish(entra: &Entra, request: &Request, candidate: Candidate, query: &str) -> Response {
    let service = &entra.service;
    let standing = consent::standing(&*service.world.read().await, &request.app, &candidate, &request.scopes);
    let silent = request.parameters.prompt.as_deref() == Some("none");
    let asked_anew = request.parameters.prompt.as_deref() == Some("consent");
    let (asked, by_administrator) = match standing {
        Standing::Granted if asked_anew => (request.scopes.permissions.clone(), false),
        Standing::Granted => return issue(entra, request, &candidate),
        Standing::AskUser(asked) => (asked, false),
        Standing::AskAdministrator(asked) => (asked, true),
    };
    if silent {
        return request.refuse_as("consent_required", &Refusal::new(65001));
    }
    let may_accept = !by_administrator || candidate.person.is_tenant_admin;
    let identity = ["openid", "profile"].map(String::from).into();
    let listed = [
        Asked { kind: "On your behalf", permissions: &asked },
        Asked { kind: "To sign you in and read your name", permissions: &identity },
    ];
    pages::consent(&request.app.display_name, &request.form("consent", query), &candidate, &listed, may_accept)
        .into_response()
}

fn issue(entra: &Entra, request: &Request, candidate: &Candidate) -> Response {
    let context = request.demanded_context();
    if context.is_some() && !candidate.person.mfa {
        return request.refuse(&Refusal::new(50072));
    }
    let service = &entra.service;
    let (cookie, session) = entra.grants.open_session(service, candidate.tenant, candidate.person.object_id);
    let hashed = request.parameters.code_challenge_method.as_deref() == Some("S256");
    let code = entra.grants.issue_code(
        service,
        CodeGrant {
            realm: request.realm,
            client_id: request.app.client_id,
            redirect_uri: request.parameters.redirect_uri.clone(),
            scope: request.parameters.scope.clone(),
            nonce: request.parameters.nonce.clone(),
            challenge: request.parameters.code_challenge.clone().map(|challenge| (challenge, hashed)),
            subject: candidate.subject(),
            app_roles: candidate.person.app_roles.clone(),
            acrs: context.into_iter().collect(),
            session: session.id,
            issued_at: service.clock.now(),
            redeemed: false,
        },
    );
    let parameters =
        [("code", code.as_str()), ("state", &request.parameters.state), ("session_state", &session.id.to_string())];
    let mut response = redirect::send(&request.parameters.redirect_uri, request.mode, &parameters);
    if let Ok(cookie) = format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax").parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Page(refusal) => pages::refused(&refusal),
            Self::Client(response) => response,
        }
    }
}

fn answer_error(parameters: &Parameters, mode: Mode, error: &str, refusal: &Refusal) -> Response {
    let description = refusal.message();
    redirect::send(
        &parameters.redirect_uri,
        mode,
        &[("error", error), ("error_description", &description), ("state", &parameters.state)],
    )
}

/// The registration that a `client_id` parameter names.
pub(super) fn known_app(world: &World, client_id: &str) -> Result<AppRegistration, Refusal> {
    if client_id.is_empty() {
        return Err(missing("client_id"));
    }
    let app = Uuid::try_parse(client_id).ok().and_then(|id| world.registration(id));
    app.cloned().ok_or_else(|| {
        Refusal::with(700_016, format!("Application with identifier '{client_id}' was not found in the directory."))
    })
}

pub(super) fn mismatch(app: &AppRegistration, redirect_uri: &str) -> Refusal {
    let text = format!(
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{}'.",
        app.client_id
    );
    Refusal::with(50011, text)
}

pub(super) fn missing(parameter: &str) -> Refusal {
    Refusal::with(900_144, format!("The request body must contain the following parameter: '{parameter}'."))
}

/// The session cookie's value, if the browser sent one.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

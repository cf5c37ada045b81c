//! Admin consent in both forms, acceptance and refusal. The form without a scope asks for everything that the registration lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;

use super::authorize::{known_app, mismatch, missing};
use super::consent;
use super::errors::Refusal;
use super::failures::Injected;
use super::pages::Asked;
use super::people::{self, Candidate};
use super::realm::Realm;
use super::redirect::{self, Mode};
use super::scopes::Scopes;
use super::{Entra, pages};
use crate::tokens::Resource;
use crate::world::AppRegistration;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
}

struct Request {
    realm: Realm,
    app: AppRegistration,
    parameters: Parameters,
    /// `None` in the older form, which has no scope.
    scopes: Option<Scopes>,
}

impl Request {
    async fn read(entra: &Entra, segment: &str, query: &str, older: bool) -> Result<Self, Refusal> {
        let parameters: Parameters =
            serde_urlencoded::from_str(query).map_err(|error| Refusal::with(9_002_313, error.to_string()))?;
        let world = entra.service.world.read().await;
        let realm = Realm::read(&world, segment)?;
        if realm == Realm::Common && !older {
            return Err(Refusal::with(
                50059,
                "Admin consent needs a tenant or 'organizations' in the address; 'common' is not supported.",
            ));
        }
        let app = known_app(&world, &parameters.client_id)?;
        if parameters.redirect_uri.is_empty() {
            return Err(Refusal::new(900_971));
        }
        if !redirect::is_registered(&app, &parameters.redirect_uri) {
            return Err(mismatch(&app, &parameters.redirect_uri));
        }
        let scopes = match older {
            true => None,
            false if parameters.scope.trim().is_empty() => return Err(missing("scope")),
            false => Some(Scopes::read(&parameters.scope, &entra.service.urls)?),
        };
        Ok(Self { realm, app, parameters, scopes })
    }

    /// Application permissions and delegated permissions that are asked for.
    fn asked(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        match &self.scopes {
            None => (self.app.required_roles.clone(), self.app.required_scopes.clone()),
            Some(scopes) if scopes.default && scopes.resource == Resource::Exchange => {
                (BTreeSet::from(["Exchange.ManageAsApp".to_owned()]), BTreeSet::from(["Exchange.Manage".to_owned()]))
            }
            Some(scopes) if scopes.default => (self.app.required_roles.clone(), self.app.required_scopes.clone()),
            Some(scopes) => (BTreeSet::new(), scopes.permissions.clone()),
        }
    }

    fn form<'a>(&self, step: &str, query: &'a str) -> pages::Form<'a> {
        let older = if self.scopes.is_none() { "?older=true" } else { "" };
        pages::Form { action: format!("/{}/adminconsent/{step}{older}", self.realm.segment()), request: query }
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        let uri = &self.parameters.redirect_uri;
        let state = self.parameters.state.as_str();
        let description = refusal.message();
        match (&self.scopes, refusal.code) {
            (Some(_), _) => redirect::send(
                uri,
                Mode::Query,
                &[
                    ("admin_consent", "True"),
                    ("error", "consent_required"),
                    ("error_description", &description),
                    ("state", state),
                ],
            ),
            (None, 65004) => redirect::send(
                uri,
                Mode::Query,
                &[
                    ("error", "permission_denied"),
                    ("error_description", "The admin canceled the request"),
                    ("state", state),
                ],
            ),
            (None, _) => redirect::send(
                uri,
                Mode::Query,
                &[("error", refusal.error()), ("error_description", &description), ("state", state)],
            ),
        }
    }

    fn accepted(&self, candidate: &Candidate) -> Response {
        let tenant = candidate.tenant.to_string();
        let state = self.parameters.state.as_str();
        let uri = &self.parameters.redirect_uri;
        match &self.scopes {
            Some(_) => redirect::send(
                uri,
                Mode::Query,
                &[("admin_consent", "True"), ("tenant", &tenant), ("scope", &self.parameters.scope), ("state", state)],
            ),
            None => {
                redirect::send(uri, Mode::Query, &[("tenant", &tenant), ("state", state), ("admin_consent", "True")])
            }
        }
    }
}

/// `GET /{tenant}/v2.0/adminconsent`
pub(super) async fn show(
    state: State<Arc<Entra>>,
    path: Path<String>,
    injected: Option<Extension<Injected>>,
    query: RawQuery,
) -> Response {
    ask_who(state, path, injected, query, false).await
}

/// `GET /{tenant}/adminconsent`
pub(super) async fn show_older(
    state: State<Arc<Entra>>,
    path: Path<String>,
    injected: Option<Extension<Injected>>,
    query: RawQuery,
) -> Response {
    ask_who(state, path, injected, query, true).await
}

async fn ask_who(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    injected: Option<Extension<Injected>>,
    RawQuery(query): RawQuery,
    older: bool,
) -> Response {
    let query = query.unwrap_or_default();
    let request = match Request::read(&entra, &segment, &query, older).await {
        Ok(request) => request,
        Err(refusal) => return pages::refused(&refusal),
    };
    if let Some(Extension(Injected(code))) = injected {
        return request.refuse(&Refusal::new(code));
    }
    let people = people::list(&*entra.service.world.read().await, request.realm);
    let (administrators, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|one| one.person.is_tenant_admin);
    pages::sign_in(&request.app.display_name, &request.form("login", &query), &administrators, &others, None, None)
        .into_response()
}

#[derive(Deserialize)]
pub(super) struct Posted {
    request: String,
    person: String,
    #[serde(default)]
    decision: String,
}

/// `POST /{tenant}/adminconsent/login`: somebody was picked.
pub(super) async fn pick(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    Form(posted): Form<Posted>,
) -> Response {
    let (request, candidate) = match read_post(&entra, &segment, query, &posted).await {
        Ok(read) => read,
        Err(refusal) => return pages::refused(&refusal),
    };
    let (roles, scopes) = request.asked();
    let listed = [
        Asked { kind: "As itself, in the whole organisation", permissions: &roles },
        Asked { kind: "On behalf of the person signed in", permissions: &scopes },
    ];
    let form = request.form("decision", &posted.request);
    pages::consent(&request.app.display_name, &form, &candidate, &listed, candidate.person.is_tenant_admin)
        .into_response()
}

/// `POST /{tenant}/adminconsent/decision`: accepted or cancelled.
pub(super) async fn decide(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    Form(posted): Form<Posted>,
) -> Response {
    let (request, candidate) = match read_post(&entra, &segment, query, &posted).await {
        Ok(read) => read,
        Err(refusal) => return pages::refused(&refusal),
    };
    if !candidate.person.is_tenant_admin {
        return request.refuse(&Refusal::new(90094));
    }
    if posted.decision != "accept" {
        return request.refuse(&Refusal::new(65004));
    }
    let (roles, scopes) = request.asked();
    let mut world = entra.service.world.write().await;
    consent::grant(&mut world, &entra.service.random, candidate.tenant, request.app.client_id, &roles, &scopes);
    request.accepted(&candidate)
}

async fn read_post(
    entra: &Entra,
    segment: &str,
    query: Option<String>,
    posted: &Posted,
) -> Result<(Request, Candidate), Refusal> {
    let request = Request::read(entra, segment, &posted.request, query.as_deref() == Some("older=true")).await?;
    let people = people::list(&*entra.service.world.read().await, request.realm);
    let candidate = people::find(people, &posted.person).ok_or_else(|| Refusal::new(50034))?;
    Ok((request, candidate))
}

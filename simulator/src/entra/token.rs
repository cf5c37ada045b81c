//! The token endpoint: authorization code, refresh token and client credentials.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Entra;
use super::authorize::missing;
use super::client::{self, Client, Credentials};
use super::errors::Refusal;
use super::grants::{CodeGrant, RefreshGrant};
use super::realm::Realm;
use super::scopes::{Scopes, USER_CONSENTABLE, of_resource};
use crate::service::Service;
use crate::tokens::{AccessGrant, IdGrant, Subject};
use crate::world::{ServicePrincipal, Tenant, World};

/// The form fields of a token request.
struct Fields(HashMap<String, String>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| missing(name))
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(String::from)
    }

    /// The client declares that it understands claims challenges (`xms_cc` holds `cp1`).
    fn declares_cae(&self) -> Result<bool, Refusal> {
        let Some(claims) = self.get("claims") else { return Ok(false) };
        let claims: Value =
            serde_json::from_str(claims).map_err(|_| Refusal::with(9_002_313, "The claims parameter is not JSON."))?;
        Ok(claims["access_token"]["xms_cc"]["values"]
            .as_array()
            .is_some_and(|values| values.iter().any(|value| value == "cp1")))
    }
}

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn redeem(
    State(entra): State<Arc<Entra>>,
    Path(segment): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = headers.get("client-request-id").and_then(|value| value.to_str().ok());
    let mut response = match answer(&entra, &segment, &headers, &body).await {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.into_json(&entra.service, asked),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(id) = HeaderValue::try_from(entra.service.random.uuid().to_string()) {
        response.headers_mut().insert("x-ms-request-id", id);
    }
    if let Some(id) = headers.get("client-request-id") {
        response.headers_mut().insert("client-request-id", id.clone());
    }
    response
}

async fn answer(entra: &Entra, segment: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let fields = Fields(serde_urlencoded::from_bytes(body).map_err(|_| Refusal::new(9_002_313))?);
    let service = &entra.service;
    let world = service.world.read().await;
    let realm = Realm::read(&world, segment)?;
    let grant_type = fields.require("grant_type")?;
    if headers.contains_key(header::ORIGIN) {
        return Err(Refusal::new(9_002_326));
    }
    let credentials = Credentials {
        client_id: fields.owned("client_id"),
        secret: fields.owned("client_secret"),
        assertion: fields.owned("client_assertion"),
        assertion_type: fields.owned("client_assertion_type"),
    };
    let login = &service.urls.login;
    let audiences: Vec<String> = [segment, &realm.segment()]
        .iter()
        .flat_map(|segment| {
            [
                format!("{login}/{segment}/oauth2/v2.0/token"),
                format!("{login}/{segment}/v2.0"),
                format!("{login}/{segment}/"),
            ]
        })
        .collect();
    let client = client::authenticate(&world, &credentials.or_basic(headers), &audiences, service.clock.now())?;
    match grant_type {
        "client_credentials" => client_credentials(service, &world, realm, &client, &fields),
        "authorization_code" => authorization_code(entra, &world, realm, &client, &fields),
        "refresh_token" => refresh_token(entra, &world, realm, &client, &fields),
        other => Err(Refusal::with(70003, format!("The app requested an unsupported grant type '{other}'."))),
    }
}

fn client_credentials(
    service: &Service,
    world: &World,
    realm: Realm,
    client: &Client,
    fields: &Fields,
) -> Result<Value, Refusal> {
    let Realm::Tenant(tenant) = realm else {
        return Err(Refusal::new(9_001_023));
    };
    let scope = fields.require("scope")?;
    let scopes = Scopes::read(scope, &service.urls)?;
    if !scopes.default || scopes.openid || scopes.offline_access {
        return Err(Refusal::with(
            1_002_012,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    }
    let tenant = found(world, tenant)?;
    let principal = principal(world, tenant, client).ok_or_else(|| {
        let text = format!("The client application {} is missing service principal in the tenant {}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119", client.app.client_id, tenant.id);
        Refusal::with(7_000_229, text)
    })?;
    let minted = mint(
        service,
        &AccessGrant {
            tenant: tenant.id,
            resource: scopes.resource,
            app_id: client.app.client_id,
            app_name: client.app.display_name.clone(),
            service_principal: enabled(principal, client)?.object_id,
            certificate: client.certificate,
            roles: of_resource(scopes.resource, &principal.roles),
            scopes: BTreeSet::new(),
            subject: None,
            cae: fields.declares_cae()?,
        },
    )?;
    Ok(json!({
        "token_type": "Bearer", "expires_in": minted.expires_in_seconds, "ext_expires_in": minted.expires_in_seconds,
        "access_token": minted.token,
    }))
}

fn authorization_code(
    entra: &Entra,
    world: &World,
    realm: Realm,
    client: &Client,
    fields: &Fields,
) -> Result<Value, Refusal> {
    let service = &entra.service;
    let redirect_uri = fields.require("redirect_uri")?;
    let check = |grant: &CodeGrant| {
        if grant.client_id != client.app.client_id {
            return Err(Refusal::with(70000, "The authorization code was issued to another client."));
        }
        if grant.realm != realm && Realm::Tenant(grant.subject.home_tenant) != realm {
            return Err(Refusal::new(700_005));
        }
        if grant.redirect_uri != redirect_uri {
            return Err(Refusal::new(500_112));
        }
        check_verifier(grant, fields.get("code_verifier"))
    };
    let grant = entra.grants.redeem_code(service, fields.require("code")?, check)?;
    let scopes = Scopes::read(fields.get("scope").unwrap_or(&grant.scope), &service.urls)?;
    let session = Signed {
        subject: grant.subject.clone(),
        app_roles: grant.app_roles,
        session: grant.session,
        scope: grant.scope.clone(),
    };
    // Who asked for `openid` and `offline_access` when the person signed in gets an ID token and a refresh token; nobody else.
    let signed_in_for = Scopes::read(&grant.scope, &service.urls)?;
    let scopes = Scopes { openid: signed_in_for.openid, offline_access: signed_in_for.offline_access, ..scopes };
    let id = IdExtras { nonce: grant.nonce, acrs: grant.acrs };
    delegated(entra, world, grant.subject.home_tenant, client, fields, &scopes, session, id)
}

fn check_verifier(grant: &CodeGrant, verifier: Option<&str>) -> Result<(), Refusal> {
    match (&grant.challenge, verifier) {
        (None, None) => Ok(()),
        (Some((challenge, hashed)), Some(verifier)) => {
            let computed = if *hashed { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) } else { verifier.to_owned() };
            if computed == *challenge { Ok(()) } else { Err(Refusal::new(501_481)) }
        }
        (Some(_), None) => {
            Err(Refusal::with(501_481, "The code_verifier is missing: the authorization request had a code_challenge."))
        }
        (None, Some(_)) => Err(Refusal::with(
            501_481,
            "A code_verifier was sent, but the authorization request had no code_challenge.",
        )),
    }
}

fn refresh_token(
    entra: &Entra,
    world: &World,
    realm: Realm,
    client: &Client,
    fields: &Fields,
) -> Result<Value, Refusal> {
    let service = &entra.service;
    let grant = entra.grants.use_refresh(service, fields.require("refresh_token")?, client.app.client_id)?;
    let tenant = match realm {
        Realm::Tenant(id) => id,
        Realm::Organizations | Realm::Common => grant.subject.home_tenant,
    };
    if tenant != grant.subject.home_tenant {
        check_gdap(service, world, tenant, &grant)?;
    } else if world
        .tenants
        .get(&tenant)
        .is_none_or(|home| !home.people.iter().any(|person| person.object_id == grant.subject.object_id))
    {
        return Err(Refusal::new(50034));
    }
    let asked = Scopes::read(fields.get("scope").unwrap_or(&grant.scope), &service.urls)?;
    let scopes = Scopes { offline_access: true, ..asked };
    let session =
        Signed { subject: grant.subject, app_roles: grant.app_roles, session: grant.session, scope: grant.scope };
    delegated(entra, world, tenant, client, fields, &scopes, session, IdExtras::default())
}

/// A partner's person at a client: an active relationship, membership of the admin agents, and a sign-in with MFA.
fn check_gdap(service: &Service, world: &World, tenant: Uuid, grant: &RefreshGrant) -> Result<(), Refusal> {
    let tenant = found(world, tenant)?;
    let person = world
        .tenants
        .get(&grant.subject.home_tenant)
        .and_then(|home| home.people.iter().find(|person| person.object_id == grant.subject.object_id));
    let is_agent = grant.subject.home_tenant == world.partner && person.is_some_and(|person| person.is_admin_agent);
    let is_active = tenant.gdap.as_ref().is_some_and(|gdap| gdap.is_active(service.clock.now()));
    if !is_agent || !is_active {
        let text = format!(
            "User account '{}' from identity provider '{}/{}/' does not exist in tenant '{}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.",
            grant.subject.user_principal_name, service.urls.login, grant.subject.home_tenant, tenant.display_name
        );
        return Err(Refusal::with(50020, text));
    }
    if !grant.subject.mfa {
        return Err(Refusal::new(50076));
    }
    Ok(())
}

/// A person's sign-in, as code and refresh token carry it on.
struct Signed {
    subject: Subject,
    app_roles: Vec<String>,
    session: Uuid,
    scope: String,
}

#[derive(Default)]
struct IdExtras {
    nonce: Option<String>,
    acrs: Vec<String>,
}

#[expect(clippy::too_many_arguments, reason = "the one place where a person's tokens are put together")]
fn delegated(
    entra: &Entra,
    world: &World,
    tenant: Uuid,
    client: &Client,
    fields: &Fields,
    scopes: &Scopes,
    signed: Signed,
    id: IdExtras,
) -> Result<Value, Refusal> {
    let service = &entra.service;
    let tenant = found(world, tenant)?;
    let not_consented = || {
        let text = format!(
            "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an interactive authorization request for this user and resource.",
            client.app.client_id, client.app.display_name
        );
        Refusal::with(65001, text)
    };
    let principal = enabled(principal(world, tenant, client).ok_or_else(not_consented)?, client)?;
    let consented = of_resource(scopes.resource, &principal.scopes);
    let mut granted: BTreeSet<String> = match scopes.default {
        true => consented,
        false
            if scopes
                .permissions
                .iter()
                .all(|scope| consented.contains(scope) || USER_CONSENTABLE.contains(&scope.as_str())) =>
        {
            scopes.permissions.clone()
        }
        false => return Err(not_consented()),
    };
    if granted.is_empty() && scopes.default {
        return Err(not_consented());
    }
    let listed = scopes.granted(&granted);
    if granted.is_empty() {
        granted.extend(listed.split(' ').filter(|scope| !scope.is_empty()).map(String::from));
    }
    let minted = mint(
        service,
        &AccessGrant {
            tenant: tenant.id,
            resource: scopes.resource,
            app_id: client.app.client_id,
            app_name: client.app.display_name.clone(),
            service_principal: principal.object_id,
            certificate: client.certificate,
            roles: BTreeSet::new(),
            scopes: granted,
            subject: Some(signed.subject.clone()),
            cae: fields.declares_cae()?,
        },
    )?;
    let mut body = json!({
        "token_type": "Bearer", "scope": listed, "expires_in": minted.expires_in_seconds, "ext_expires_in": minted.expires_in_seconds,
        "access_token": minted.token,
    });
    if scopes.openid {
        let token = service.tokens.mint_id(&IdGrant {
            client_id: client.app.client_id,
            subject: signed.subject.clone(),
            nonce: id.nonce,
            app_roles: signed.app_roles.clone(),
            acrs: id.acrs,
            with_profile: scopes.profile || signed.scope.contains("profile"),
            with_email: scopes.email,
            session: signed.session,
        });
        body["id_token"] = json!(token.map_err(|error| Refusal::with(90033, error.to_string()))?);
    }
    if fields.get("client_info") == Some("1") {
        let info = json!({ "uid": signed.subject.object_id, "utid": signed.subject.home_tenant }).to_string();
        body["client_info"] = json!(URL_SAFE_NO_PAD.encode(info));
    }
    if scopes.offline_access {
        let generation = service.tokens.generation(signed.subject.object_id);
        body["refresh_token"] = json!(entra.grants.issue_refresh(
            service,
            RefreshGrant {
                client_id: client.app.client_id,
                scope: signed.scope,
                subject: signed.subject,
                app_roles: signed.app_roles,
                session: signed.session,
                generation,
                used_at: service.clock.now(),
            },
        ));
    }
    Ok(body)
}

fn mint(service: &Service, grant: &AccessGrant) -> Result<crate::tokens::Minted, Refusal> {
    service.tokens.mint_access(grant).map_err(|error| Refusal::with(90033, error.to_string()))
}

fn found(world: &World, tenant: Uuid) -> Result<&Tenant, Refusal> {
    world.tenants.get(&tenant).ok_or_else(|| Refusal::new(90002))
}

fn principal<'world>(
    world: &'world World,
    tenant: &'world Tenant,
    client: &Client,
) -> Option<&'world ServicePrincipal> {
    tenant.principal_of(client.app.client_id, world.app.client_id)
}

fn enabled<'world>(principal: &'world ServicePrincipal, client: &Client) -> Result<&'world ServicePrincipal, Refusal> {
    match principal.enabled {
        true => Ok(principal),
        false => {
            let text = format!("Application '{}'({}) is disabled.", client.app.client_id, client.app.display_name);
            Err(Refusal::with(7_000_112, text))
        }
    }
}

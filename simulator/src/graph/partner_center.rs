//! Partner Center's consents: lets the partner give its app delegated permissions in a client, without the client's click.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::bearer;
use crate::service::Service;
use crate::tokens::{Resource, Verified};
use crate::world::roles::CLOUD_APPLICATION_ADMINISTRATOR;
use crate::world::{ServicePrincipal, World};

/// The paths of Partner Center, which is another host in the real world.
pub(super) const PREFIX: &str = "/v1/customers/";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consent {
    application_id: Uuid,
    #[expect(dead_code, reason = "demanded by the API, of no effect here")]
    display_name: String,
    application_grants: Vec<Grant>,
}

#[derive(Debug, Deserialize)]
struct Grant {
    /// Joined by a comma and a space.
    scope: String,
}

/// `POST /v1/customers/{tenant}/applicationconsents` and `DELETE …/applicationconsents/{app}`
pub(super) async fn answer(
    service: &Service,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let caller = bearer(headers).and_then(|token| service.tokens.verify_for(Resource::PartnerCenter, token).ok());
    let Some(caller) = caller else { return refuse(StatusCode::UNAUTHORIZED, "The access token is not valid.") };
    if caller.user.is_none() {
        return refuse(StatusCode::FORBIDDEN, "App+User authentication is needed.");
    }
    if !caller.mfa {
        return refuse(StatusCode::UNAUTHORIZED, "MFA required");
    }
    let mut rest = path.trim_start_matches(PREFIX).split('/');
    let (tenant, area, app) = (rest.next().and_then(|id| Uuid::try_parse(id).ok()), rest.next(), rest.next());
    let (Some(tenant), Some("applicationconsents")) = (tenant, area) else {
        return refuse(StatusCode::NOT_FOUND, "The resource does not exist.");
    };
    let mut world = service.world.write().await;
    if let Err(reason) = may_consent(&world, &caller, tenant, service.clock.now()) {
        return refuse(StatusCode::FORBIDDEN, reason);
    }
    let product = world.app.client_id;
    if method == Method::POST {
        match serde_json::from_slice::<Consent>(body) {
            Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
            Ok(consent) if consent.application_id != caller.app_id || caller.app_id != product => {
                refuse(StatusCode::BAD_REQUEST, "The application of the token differs from the one to consent to.")
            }
            Ok(consent) => give(&mut world, tenant, &consent, service.random.uuid()),
        }
    } else if method == Method::DELETE && app.and_then(|app| Uuid::try_parse(app).ok()) == Some(product) {
        if let Some(principal) = world.tenants.get_mut(&tenant).and_then(|tenant| tenant.service_principal.as_mut()) {
            principal.scopes.clear();
        }
        StatusCode::NO_CONTENT.into_response()
    } else {
        refuse(StatusCode::NOT_FOUND, "The resource does not exist.")
    }
}

fn may_consent(
    world: &World,
    caller: &Verified,
    tenant: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), &'static str> {
    let person = caller.user.and_then(|user| world.person(world.partner, user));
    if !person.is_some_and(|person| person.is_admin_agent) {
        return Err("The user is not an admin agent of the partner.");
    }
    let gdap = world.tenants.get(&tenant).and_then(|tenant| tenant.gdap.as_ref()).filter(|gdap| gdap.is_active(now));
    match gdap {
        None => Err("There is no active relationship with the customer."),
        Some(gdap) if !gdap.role_definition_ids.contains(&CLOUD_APPLICATION_ADMINISTRATOR) => {
            Err("Cloud Application Administrator is needed at the customer.")
        }
        Some(_) => Ok(()),
    }
}

fn give(world: &mut World, tenant: Uuid, consent: &Consent, object_id: Uuid) -> Response {
    let Some(tenant) = world.tenants.get_mut(&tenant) else {
        return refuse(StatusCode::NOT_FOUND, "The customer does not exist.");
    };
    let principal = tenant.service_principal.get_or_insert_with(|| ServicePrincipal {
        object_id,
        enabled: true,
        ..ServicePrincipal::default()
    });
    if !principal.scopes.is_empty() {
        return refuse(StatusCode::CONFLICT, "Permission entry already exists.");
    }
    let scopes = consent.application_grants.iter().flat_map(|grant| grant.scope.split(',').map(str::trim));
    principal.scopes = scopes.filter(|scope| !scope.is_empty()).map(String::from).collect();
    (StatusCode::CREATED, axum::Json(json!({"applicationId": consent.application_id}))).into_response()
}

fn refuse(status: StatusCode, description: &str) -> Response {
    (status, axum::Json(json!({"code": status.as_u16(), "description": description}))).into_response()
}

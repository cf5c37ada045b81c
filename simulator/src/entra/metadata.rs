//! OpenID metadata, the signing keys and instance discovery.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::realm::Realm;
use super::{Entra, errors::Refusal};

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn openid_configuration(State(entra): State<Arc<Entra>>, Path(segment): Path<String>) -> Response {
    let realm = match Realm::read(&*entra.service.world.read().await, &segment) {
        Ok(realm) => realm,
        Err(refusal) => return not_a_tenant(&entra, refusal),
    };
    let login = &entra.service.urls.login;
    let base = format!("{login}/{}", realm.segment());
    Json(json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "issuer": realm.issuer(login),
        "request_uri_parameter_supported": false,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "frontchannel_logout_supported": true,
        "http_logout_supported": true,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "name", "oid", "preferred_username", "sid", "tid", "ver", "email", "roles", "acrs"
        ],
        "tenant_region_scope": null,
        "cloud_instance_name": host(login),
        "msgraph_host": host(&entra.service.urls.graph),
    }))
    .into_response()
}

/// `GET /{tenant}/discovery/v2.0/keys`
pub(super) async fn keys(State(entra): State<Arc<Entra>>, Path(segment): Path<String>) -> Response {
    let realm = match Realm::read(&*entra.service.world.read().await, &segment) {
        Ok(realm) => realm,
        Err(refusal) => return not_a_tenant(&entra, refusal),
    };
    Json(entra.service.tokens.keys().jwks(&realm.issuer(&entra.service.urls.login))).into_response()
}

#[derive(Deserialize)]
pub(super) struct InstanceQuery {
    #[serde(default)]
    authorization_endpoint: String,
}

/// `GET /common/discovery/instance`: which hosts share one identity of this cloud.
pub(super) async fn instance(State(entra): State<Arc<Entra>>, Query(query): Query<InstanceQuery>) -> Response {
    let login = &entra.service.urls.login;
    let Some(segment) =
        query.authorization_endpoint.strip_prefix(login.as_str()).and_then(|path| path.split('/').nth(1))
    else {
        return Refusal::with(50049, "Unknown or invalid instance.").into_json(&entra.service, None);
    };
    let host = host(login);
    Json(json!({
        "tenant_discovery_endpoint": format!("{login}/{segment}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    }))
    .into_response()
}

fn not_a_tenant(entra: &Entra, refusal: Refusal) -> Response {
    refusal.into_json(&entra.service, None)
}

/// Host and port of a base URL.
fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url)
}

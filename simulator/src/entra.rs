//! The pretended sign-in service of Entra: metadata, sign-in page, tokens, admin consent. Everything of HTTP; what a token says is
//! made in `tokens`.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::service::Service;

mod admin_consent;
mod authorize;
mod client;
mod consent;
mod errors;
mod failures;
mod grants;
pub(crate) mod keys;
mod metadata;
mod pages;
mod people;
mod realm;
mod redirect;
mod scopes;
mod sign_out;
mod token;

/// The sign-in service's state.
#[derive(Debug)]
pub(crate) struct Entra {
    pub service: Arc<Service>,
    pub grants: grants::Grants,
}

/// All routes of the sign-in address.
pub fn router(service: Arc<Service>) -> Router {
    let entra = Arc::new(Entra { service: service.clone(), grants: grants::Grants::default() });
    Router::new()
        .route("/common/discovery/instance", get(metadata::instance))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::openid_configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::show))
        .route("/{tenant}/login", post(authorize::pick))
        .route("/{tenant}/consent", post(authorize::decide))
        .route("/{tenant}/oauth2/v2.0/token", post(token::redeem))
        .route("/{tenant}/oauth2/v2.0/logout", get(sign_out::end_session))
        .route("/{tenant}/adminconsent", get(admin_consent::show_older))
        .route("/{tenant}/v2.0/adminconsent", get(admin_consent::show))
        .route("/{tenant}/adminconsent/login", post(admin_consent::pick))
        .route("/{tenant}/adminconsent/decision", post(admin_consent::decide))
        .route("/error", get(pages::error_lookup))
        .fallback(pages::not_found)
        .with_state(entra)
        .layer(from_fn_with_state(service, failures::meet))
}

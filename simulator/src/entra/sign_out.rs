//! The end-session endpoint: forgets the browser's session and sends it back.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::authorize::{COOKIE, session_cookie};
use super::redirect::{self, Mode};
use super::{Entra, pages};

#[derive(Deserialize)]
pub(super) struct Parameters {
    post_logout_redirect_uri: Option<String>,
    #[serde(default)]
    state: String,
}

/// `GET /{tenant}/oauth2/v2.0/logout`
pub(super) async fn end_session(
    State(entra): State<Arc<Entra>>,
    headers: HeaderMap,
    Query(asked): Query<Parameters>,
) -> Response {
    if let Some(cookie) = session_cookie(&headers) {
        entra.grants.close_session(cookie);
    }
    let world = entra.service.world.read().await;
    let mut apps = std::iter::once(&world.app).chain(&world.other_apps);
    let mut response = match asked.post_logout_redirect_uri {
        Some(uri) if apps.any(|app| redirect::is_registered(app, &uri)) => {
            redirect::send(&uri, Mode::Query, &[("state", &asked.state)])
        }
        _ => pages::signed_out().into_response(),
    };
    if let Ok(expired) = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax").parse() {
        response.headers_mut().append(header::SET_COOKIE, expired);
    }
    response
}

//! Sends the browser back to the client, in the response mode that it asked for.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::errors::Refusal;
use super::pages;
use crate::world::AppRegistration;

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    pub fn read(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("query") => Some(Self::Query),
            Some("fragment") => Some(Self::Fragment),
            Some("form_post") => Some(Self::FormPost),
            Some(_) => None,
        }
    }
}

/// Whether the registration knows this address. A registration without addresses takes any loopback one.
pub(crate) fn is_registered(app: &AppRegistration, redirect_uri: &str) -> bool {
    if !app.redirect_uris.is_empty() {
        return app.redirect_uris.iter().any(|registered| registered == redirect_uri);
    }
    Url::parse(redirect_uri).is_ok_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

/// Answers the client at its redirect address.
pub(crate) fn send(redirect_uri: &str, mode: Mode, parameters: &[(&str, &str)]) -> Response {
    let parameters: Vec<_> = parameters.iter().filter(|(_, value)| !value.is_empty()).copied().collect();
    let encoded = match serde_urlencoded::to_string(&parameters) {
        Ok(encoded) => encoded,
        Err(error) => return pages::failure(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let target = match mode {
        Mode::FormPost => return Html(pages::form_post(redirect_uri, &parameters)).into_response(),
        Mode::Fragment => format!("{redirect_uri}#{encoded}"),
        Mode::Query if redirect_uri.contains('?') => format!("{redirect_uri}&{encoded}"),
        Mode::Query => format!("{redirect_uri}?{encoded}"),
    };
    match HeaderValue::try_from(target) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => pages::refused(&Refusal::new(50011)),
    }
}

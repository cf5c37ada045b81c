//! Refuses requests that change something and that another site's page made: server functions have no such check of their
//! own. `Sec-Fetch-Site` decides where the browser sends it, else `Origin` has to be ours.

use axum::extract::Request;
use axum::http::header::{HeaderMap, HeaderName, ORIGIN};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::page::Notice;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// `origin` is ours, as browsers spell it.
pub async fn guard(origin: String, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || comes_from_us(request.headers(), &origin) {
        return next.run(request).await;
    }
    tracing::warn!(origin = ?request.headers().get(ORIGIN), "refused a request that another site's page made");
    Notice::new(StatusCode::FORBIDDEN, "This request came from another site")
        .say("Tenantry only takes changes from its own pages. Nothing was changed.")
        .say(format!("Open {origin} and try again there."))
        .link("Open Tenantry", "/")
        .into_response()
}

fn comes_from_us(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get(SEC_FETCH_SITE).map(axum::http::HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => true,
        Some(_) => false,
        None => headers.get(ORIGIN).is_some_and(|value| value.as_bytes() == origin.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_may_change_something() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        let ours = "https://tenantry.example.com";
        assert!(comes_from_us(&headers(&[("origin", ours)]), ours));
        assert!(comes_from_us(&headers(&[("sec-fetch-site", "same-origin")]), ours));
        assert!(comes_from_us(&headers(&[("sec-fetch-site", "none")]), ours));
        assert!(!comes_from_us(&headers(&[]), ours));
        assert!(!comes_from_us(&headers(&[("origin", "null")]), ours));
        assert!(!comes_from_us(&headers(&[("origin", "https://tenantry.example.com.evil.example")]), ours));
        assert!(!comes_from_us(&headers(&[("sec-fetch-site", "cross-site"), ("origin", ours)]), ours));
        assert!(!comes_from_us(&headers(&[("sec-fetch-site", "same-site")]), ours));
    }
}

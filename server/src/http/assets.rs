//! The site's files: embedded in a release, read from disk otherwise; compressed variants where the browser takes them.

use std::borrow::Cow;
use std::path::{Component, Path};

use app::Assets;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap,
    HeaderValue, VARY,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";

/// A worker's policy is its own script's, not the page's: it loads the rules and a tenant's facts.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
);

/// What `scripts/build-site` writes about the hashed names.
#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    what_if: String,
}

/// Answers requests for files of the site, and hands on everything else.
pub async fn serve(request: Request, next: Next) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    // Pages have no dot in their last part, files have one; `/tenants/….csv` is no file of the site.
    if !path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return next.run(request).await;
    }
    let Some(plain) = read(path) else { return next.run(request).await };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    answer(path, plain, request.headers())
}

fn answer(path: &str, plain: Cow<'static, [u8]>, headers: &HeaderMap) -> Response {
    let (encoding, content) = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, suffix)| Some((Some(encoding), read(&format!("{path}.{suffix}"))?)))
        .unwrap_or((None, plain));
    let caching = if path.starts_with("pkg/") { IMMUTABLE } else { A_DAY };
    let body = match content {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = body.into_response();
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if path.starts_with("pkg/what-if-worker.") {
        answer.insert(CONTENT_SECURITY_POLICY, WORKER_POLICY);
    }
    if let Some(encoding) = encoding {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Where the page finds its style sheet and its script. `None` when the site was not built.
pub fn names() -> Option<Assets> {
    let manifest: Manifest = serde_json::from_slice(&read("pkg/manifest.json")?).ok()?;
    Some(Assets::in_pkg(&manifest.css, &manifest.js, &manifest.wasm, &manifest.what_if))
}

fn read(path: &str) -> Option<Cow<'static, [u8]>> {
    if cfg!(debug_assertions) {
        let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        return is_inside
            .then(|| std::fs::read(Path::new(env!("SITE_FOLDER")).join(path)).ok())
            .flatten()
            .map(Cow::Owned);
    }
    let found = embedded::FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    embedded::FILES.get(found).map(|(_, bytes)| Cow::Borrowed(*bytes))
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let (name, quality) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_folder() {
        assert!(read("../Cargo.toml").is_none());
        assert!(read("/etc/passwd").is_none());
        assert!(read("pkg/../../Cargo.toml").is_none());
    }

    #[test]
    fn an_encoding_that_is_refused_is_not_used() {
        let headers = |text| HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(text))]);
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(accepts(&headers("br;q=0.5"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers("gzip"), "br"));
    }
}

//! One request and its whole answer, within a time and a size; then the answer as JSON or as a typed error.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use reqwest::{Client, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::graph::challenge;
use crate::graph::error::{Failure, GraphError};
use crate::graph::retry::parse_retry_after;

/// A whole answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub timeout: Duration,
    pub max_bytes: usize,
}

pub(crate) async fn exchange(
    client: &Client,
    request: Request,
    limits: Limits,
    asked: &str,
) -> Result<Answer, GraphError> {
    tokio::time::timeout(limits.timeout, read_whole(client, request, limits, asked))
        .await
        .unwrap_or_else(|_elapsed| Err(GraphError::new(Failure::TimedOut(limits.timeout), asked)))
}

async fn read_whole(client: &Client, request: Request, limits: Limits, asked: &str) -> Result<Answer, GraphError> {
    let response = client.execute(request).await.map_err(|error| transport(&error, limits, asked))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| transport(&error, limits, asked))?;
        if body.len() + chunk.len() > limits.max_bytes {
            return Err(GraphError::new(Failure::TooLarge(limits.max_bytes), asked).with_status(status.as_u16()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// Says what broke without the URL, which may hold names.
fn transport(error: &reqwest::Error, limits: Limits, asked: &str) -> GraphError {
    let failure = if error.is_timeout() {
        Failure::TimedOut(limits.timeout)
    } else if error.is_connect() {
        Failure::Unreachable(innermost(error))
    } else {
        Failure::Interrupted
    };
    GraphError::new(failure, asked)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    source.to_string()
}

/// The answer's JSON if its status is a success, a typed error otherwise.
pub(crate) fn json<T: DeserializeOwned>(answer: &Answer, now: DateTime<Utc>, asked: &str) -> Result<T, GraphError> {
    if !answer.status.is_success() {
        return Err(refusal(answer, now, asked));
    }
    parse(answer, asked).map_err(|failure| {
        GraphError::new(failure, asked)
            .with_status(answer.status.as_u16())
            .with_request_id(header(&answer.headers, "request-id"))
    })
}

fn parse<T: DeserializeOwned>(answer: &Answer, asked: &str) -> Result<T, Failure> {
    let content_type = header(&answer.headers, CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
    if !content_type.contains("json") {
        return Err(if looks_like_a_page(&content_type, &answer.body) {
            Failure::WebPage
        } else {
            Failure::WrongType(if content_type.is_empty() { String::from("no type") } else { content_type })
        });
    }
    serde_json::from_slice(&without_nul(&answer.body)).map_err(|error| {
        tracing::debug!(asked, line = error.line(), column = error.column(), "an answer could not be read");
        match error.classify() {
            serde_json::error::Category::Eof => Failure::Truncated,
            _ => Failure::Shape(place(&error)),
        }
    })
}

/// PostgreSQL stores no NUL in text, and no name means one: it becomes the sign for what cannot be shown.
fn without_nul(json: &[u8]) -> Cow<'_, [u8]> {
    const NUL: &[u8] = br"\u0000";
    if !json.windows(NUL.len()).any(|window| window == NUL) {
        return Cow::Borrowed(json);
    }
    let text = String::from_utf8_lossy(json).replace(r"\u0000", r"\ufffd");
    Cow::Owned(text.into_bytes())
}

fn looks_like_a_page(content_type: &str, body: &[u8]) -> bool {
    content_type.contains("html") || body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Where JSON went wrong, without any value of it: values may be personal or secret.
pub(crate) fn place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") {
        return text;
    }
    format!("something unexpected at line {}, column {}", error.line(), error.column())
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorDetail,
    /// Partner Center's words.
    description: Option<String>,
}

#[derive(Default, Deserialize)]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
    /// Exchange's endpoint says here what it means.
    #[serde(default)]
    details: Vec<ErrorMessage>,
    #[serde(alias = "innererror", alias = "innerError")]
    inner: Option<InnerError>,
}

#[derive(Default, Deserialize)]
struct ErrorMessage {
    message: Option<String>,
}

#[derive(Default, Deserialize)]
struct InnerError {
    #[serde(rename = "request-id")]
    request_id: Option<String>,
}

/// Graph's error, read from status, headers and body; a body that is not Graph's leaves the status to speak.
pub(crate) fn refusal(answer: &Answer, now: DateTime<Utc>, asked: &str) -> GraphError {
    let ErrorBody { error: body, description } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let detail = body.details.into_iter().find_map(|detail| detail.message);
    let request_id = body.inner.and_then(|inner| inner.request_id).or_else(|| header(&answer.headers, "request-id"));
    GraphError::new(Failure::Refused, asked)
        .with_status(answer.status.as_u16())
        .with_code(body.code, detail.or(body.message).or(description).map(shortened))
        .with_request_id(request_id)
        .with_retry_after(retry_after(&answer.headers, now))
        .with_claims(challenge::claims(&answer.headers))
        .with_location(header(&answer.headers, LOCATION.as_str()))
}

pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    parse_retry_after(&header(headers, RETRY_AFTER.as_str())?, now)
}

pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Microsoft's words, kept to a length that fits a cell and a log line.
pub(crate) fn shortened(mut text: String) -> String {
    const LONGEST: usize = 400;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        headers.insert("request-id", "from-header".parse().unwrap());
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.as_bytes().to_vec() }
    }

    #[derive(Debug, Deserialize)]
    struct Row {
        id: String,
    }

    fn failure(answer: &Answer) -> Failure {
        json::<Row>(answer, Utc::now_for_tests(), "v1.0/users").unwrap_err().failure().clone()
    }

    trait NowForTests {
        fn now_for_tests() -> DateTime<Utc>;
    }
    impl NowForTests for Utc {
        fn now_for_tests() -> DateTime<Utc> {
            DateTime::from_timestamp(1_795_000_000, 0).unwrap()
        }
    }

    #[test]
    fn every_malformed_answer_has_its_own_name() {
        assert_eq!(failure(&answer(200, "text/html", "<html>")), Failure::WebPage);
        assert_eq!(failure(&answer(200, "text/plain", " <!doctype html>")), Failure::WebPage);
        assert_eq!(
            failure(&answer(200, "text/plain", "{\"id\":\"a\"}")),
            Failure::WrongType(String::from("text/plain"))
        );
        assert_eq!(failure(&answer(200, "application/json", "{\"id\":\"a")), Failure::Truncated);
        assert_eq!(failure(&answer(200, "application/json", "")), Failure::Truncated);
        assert!(
            matches!(failure(&answer(200, "application/json", "{}")), Failure::Shape(text) if text.contains("missing field `id`"))
        );
    }

    #[test]
    fn a_nul_in_a_name_becomes_a_sign_that_can_be_stored() {
        let answer = answer(200, "application/json", r#"{"id":"a\u0000b"}"#);
        let row: Row = json(&answer, Utc::now_for_tests(), "v1.0/users").unwrap();
        assert_eq!(row.id, "a\u{fffd}b");
    }

    #[test]
    fn a_shape_error_never_repeats_the_value() {
        let error =
            json::<Row>(&answer(200, "application/json", r#"{"id":{"secret":"CANARY"}}"#), Utc::now_for_tests(), "x");
        let text = format!("{:?}", error.unwrap_err());
        assert!(!text.contains("CANARY"), "{text}");
    }

    #[test]
    fn a_refusal_carries_code_message_and_the_inner_request_id() {
        let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges","innerError":{"request-id":"from-body"}}}"#;
        let error =
            json::<Row>(&answer(403, "application/json", body), Utc::now_for_tests(), "v1.0/users").unwrap_err();
        assert_eq!(error.code(), Some("Authorization_RequestDenied"));
        assert_eq!(error.request_id(), Some("from-body"));
        assert_eq!(error.outcome(), domain::dataset::Outcome::NotPermitted);
    }

    #[test]
    fn a_refusal_without_a_readable_body_keeps_status_and_header() {
        let error = json::<Row>(&answer(502, "text/html", "<html>"), Utc::now_for_tests(), "v1.0/users").unwrap_err();
        assert_eq!((error.status(), error.code(), error.request_id()), (Some(502), None, Some("from-header")));
        assert_eq!(error.cause().code, "HTTP 502");
    }
}

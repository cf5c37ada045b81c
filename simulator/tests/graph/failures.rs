//! Failures that a test sets up.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use reqwest::StatusCode;
use simulator::world::Kind;
use simulator::{Fault, FaultKind};

use crate::reader::Reader;

const PATH: &str = "/v1.0/users?$top=3";

async fn with_fault(kind: FaultKind) -> (Reader, String) {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::CaComplete).await;
    let token = reader.token(tenant).await;
    let fault = Fault { tenant: Some(tenant), path_prefix: "/v1.0/users".into(), kind, times: Some(1) };
    reader.simulator.faults().inject(fault);
    (reader, token)
}

#[tokio::test]
async fn a_sentinel_is_met_once_and_by_its_tenant_alone() {
    let (reader, token) = with_fault(FaultKind::TooManyRequests { retry_after_seconds: Some(2.128) }).await;
    let elsewhere = reader.get_at(Kind::NoP1, PATH).await;
    assert_eq!(elsewhere.status, StatusCode::OK);
    let refused = reader.ask(&token, PATH, &[("client-request-id", "mine")]).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"));
    assert_eq!(refused.headers["retry-after"], "2.128");
    assert_eq!(refused.headers["client-request-id"], "mine");
    assert_eq!(reader.ask(&token, PATH, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unavailable_service_may_leave_open_when_it_is_back() {
    let (reader, token) = with_fault(FaultKind::ServiceUnavailable { retry_after_seconds: None }).await;
    let refused = reader.ask(&token, PATH, &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn connections_break() {
    let (reader, token) = with_fault(FaultKind::Reset).await;
    let request = reader.http.get(reader.url(PATH)).bearer_auth(&token).send().await;
    let failed = match request {
        Err(_) => true,
        Ok(response) => response.bytes().await.is_err(),
    };
    assert!(failed);
}

#[tokio::test]
async fn bodies_are_cut_mislabelled_or_html() {
    let (reader, token) = with_fault(FaultKind::TruncatedJson).await;
    let cut = reader.ask(&token, PATH, &[]).await;
    assert_eq!(cut.status, StatusCode::OK);
    assert!(!cut.text.is_empty() && serde_json::from_str::<serde_json::Value>(&cut.text).is_err());

    let (reader, token) = with_fault(FaultKind::WrongContentType).await;
    let mislabelled = reader.ask(&token, PATH, &[]).await;
    assert!(mislabelled.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(mislabelled.rows().len(), 3);

    let (reader, token) = with_fault(FaultKind::HtmlErrorPage).await;
    let page = reader.ask(&token, PATH, &[]).await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.text.starts_with("<html>"));
}

#[tokio::test]
async fn a_page_leads_to_itself() {
    let (reader, token) = with_fault(FaultKind::RepeatedPage).await;
    let page = reader.ask(&token, PATH, &[]).await;
    assert_eq!(page.body["@odata.nextLink"], reader.url(PATH));
}

#[tokio::test]
async fn answers_come_late_and_clocks_are_off() {
    let (reader, token) = with_fault(FaultKind::Slow(Duration::from_millis(80))).await;
    let asked = std::time::Instant::now();
    assert_eq!(reader.ask(&token, PATH, &[]).await.status, StatusCode::OK);
    assert!(asked.elapsed() >= Duration::from_millis(80));

    let (reader, token) = with_fault(FaultKind::ClockSkew(TimeDelta::hours(-3))).await;
    let answer = reader.ask(&token, PATH, &[]).await;
    let date = DateTime::parse_from_rfc2822(answer.headers["date"].to_str().unwrap()).unwrap();
    assert!((reader.simulator.clock().now() - date.to_utc()).num_minutes() >= 179);
}

#[tokio::test]
async fn a_challenge_carries_its_claims() {
    let (reader, token) = with_fault(FaultKind::ClaimsChallenge { claims: "{\"access_token\":{}}".into() }).await;
    let challenge = reader.ask(&token, PATH, &[]).await;
    assert_eq!(challenge.status, StatusCode::UNAUTHORIZED);
    let header = challenge.headers["www-authenticate"].to_str().unwrap();
    assert!(header.contains("insufficient_claims") && header.contains("eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="), "{header}");
}

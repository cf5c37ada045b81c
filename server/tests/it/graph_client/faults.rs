use std::time::Duration;

use chrono::TimeDelta;
use domain::ids::TenantId;
use serde::Deserialize;
use server::graph::error::Failure;
use server::graph::{GraphError, Query};
use server::timer::Timer;
use simulator::world::Kind;
use simulator::{FaultKind, Side};

use crate::office::Office;

const USERS: &str = "/v1.0/users";
const TOKEN: &str = "/oauth2/v2.0/token";

#[derive(Debug, Deserialize)]
struct User {
    id: String,
}

async fn users(office: &Office, tenant: TenantId) -> Result<Vec<User>, GraphError> {
    office.graph_of(tenant).pages(Query::v1("users").select(&["id"]).top(20)).collect().await
}

fn passing_faults() -> Vec<FaultKind> {
    vec![
        FaultKind::TooManyRequests { retry_after_seconds: Some(2.128) },
        FaultKind::TooManyRequests { retry_after_seconds: None },
        FaultKind::ServiceUnavailable { retry_after_seconds: Some(3) },
        FaultKind::ServiceUnavailable { retry_after_seconds: None },
        FaultKind::Reset,
        FaultKind::TruncatedJson,
        FaultKind::WrongContentType,
        FaultKind::HtmlErrorPage,
    ]
}

#[tokio::test]
async fn what_passes_is_asked_again_and_no_row_is_lost_or_doubled() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let whole = users(&office, tenant).await.unwrap().len();
    assert!(whole > 20, "several pages");
    for fault in passing_faults() {
        office.fault(tenant, USERS, fault.clone(), Some(1));
        let mut ids: Vec<String> = users(&office, tenant).await.unwrap().into_iter().map(|user| user.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), whole, "{fault:?}");
    }
}

#[tokio::test]
async fn retry_after_is_waited_for_to_the_fraction() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let before = office.timer.elapsed();
    office.fault(tenant, USERS, FaultKind::TooManyRequests { retry_after_seconds: Some(2.128) }, Some(1));
    users(&office, tenant).await.unwrap();
    let waited = office.timer.elapsed() - before;
    assert_eq!(waited, Duration::from_millis(2128));
}

#[tokio::test]
async fn what_lasts_fails_with_its_own_words_and_stays_bounded() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let codes = [
        "TooManyRequests",
        "TooManyRequests",
        "serviceNotAvailable",
        "serviceNotAvailable",
        "interrupted",
        "truncated",
    ];
    for (fault, code) in passing_faults().into_iter().zip(codes) {
        office.simulator.faults().clear();
        office.simulator.requests().clear();
        office.fault(tenant, USERS, fault.clone(), None);
        let error = users(&office, tenant).await.unwrap_err();
        assert!(error.cause().code.eq_ignore_ascii_case(code), "{fault:?}: {error}");
        let asked = office.simulator.requests().count(Side::Graph, Some(tenant.0), USERS);
        assert!((2..=7).contains(&asked), "{fault:?} asked {asked} times");
    }
    office.simulator.faults().clear();
    office.fault(tenant, USERS, FaultKind::WrongContentType, None);
    assert!(matches!(users(&office, tenant).await.unwrap_err().failure(), Failure::WrongType(_)));
    office.simulator.faults().clear();
    office.fault(tenant, USERS, FaultKind::HtmlErrorPage, None);
    assert_eq!(users(&office, tenant).await.unwrap_err().status(), Some(502));
}

#[tokio::test]
async fn a_page_that_leads_to_itself_ends_the_reading() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    office.fault(tenant, USERS, FaultKind::RepeatedPage, None);
    let error = users(&office, tenant).await.unwrap_err();
    assert_eq!(error.failure(), &Failure::PageLoop);
}

#[tokio::test]
async fn a_slow_page_ends_at_the_deadline() {
    let office = Office::open_with(|settings| {
        settings.attempt_timeout = Duration::from_millis(300);
        settings.max_attempts = 1;
    })
    .await;
    let tenant = office.connect(Kind::CaComplete).await;
    office.fault(tenant, USERS, FaultKind::Slow(Duration::from_secs(30)), None);
    let error = users(&office, tenant).await.unwrap_err();
    assert_eq!(error.failure(), &Failure::TimedOut(Duration::from_millis(300)));
}

#[tokio::test]
async fn a_large_answer_is_not_read_to_its_end() {
    let office = Office::open_with(|settings| settings.max_body_bytes = 12_000).await;
    let tenant = office.connect(Kind::CaComplete).await;
    let all = office.graph_of(tenant).pages::<User>(Query::v1("users").top(999)).collect().await;
    assert_eq!(all.unwrap_err().failure(), &Failure::TooLarge(12_000));
}

#[tokio::test]
async fn a_claims_challenge_is_answered_with_one_fresh_token() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    users(&office, tenant).await.unwrap();
    office.simulator.requests().clear();
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    office.fault(tenant, USERS, FaultKind::ClaimsChallenge { claims: claims.to_owned() }, Some(1));
    users(&office, tenant).await.unwrap();
    assert_eq!(office.simulator.requests().count(Side::Login, Some(tenant.0), &format!("/{tenant}{TOKEN}")), 1);

    office.simulator.requests().clear();
    office.fault(tenant, USERS, FaultKind::ClaimsChallenge { claims: claims.to_owned() }, None);
    let error = users(&office, tenant).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(office.simulator.requests().count(Side::Graph, Some(tenant.0), USERS), 2, "once more, and no further");
}

#[tokio::test]
async fn one_tenants_failure_is_its_own() {
    let office = Office::open().await;
    let broken = office.connect(Kind::CaComplete).await;
    let well = office.connect(Kind::SecurityDefaults).await;
    office.fault(broken, USERS, FaultKind::ServiceUnavailable { retry_after_seconds: None }, None);
    let (broken, well) = tokio::join!(users(&office, broken), users(&office, well));
    assert!(broken.is_err());
    assert!(well.is_ok_and(|users| !users.is_empty()));
}

#[tokio::test]
async fn a_date_that_is_off_harms_no_reading() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    office.fault(tenant, "", FaultKind::ClockSkew(TimeDelta::hours(3)), None);
    office.clock.advance(TimeDelta::minutes(90));
    office.simulator.clock().advance(TimeDelta::minutes(90));
    assert!(!users(&office, tenant).await.unwrap().is_empty());
}

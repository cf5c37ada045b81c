//! Microsoft's budgets, over HTTP.

use chrono::TimeDelta;
use reqwest::StatusCode;
use simulator::world::Kind;
use simulator::{Options, Throttle};

use crate::reader::Reader;

async fn throttled() -> Reader {
    Reader::with(Options { users_per_tenant: 10, throttle: Throttle::Real, ..Options::default() }).await
}

#[tokio::test]
async fn the_sixth_report_within_ten_seconds_is_refused_until_it_may_come_again() {
    let reader = throttled().await;
    let token = reader.token(reader.tenant(Kind::CaComplete).await).await;
    let path = "/v1.0/auditLogs/signIns?$top=1";
    let mut refused = None;
    // The machine's time runs on meanwhile, so that a sixth may just be let in.
    for _ in 0..12 {
        let answer = reader.ask(&token, path, &[]).await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"));
    let wait: f64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait > 0.0 && wait <= 2.0, "{wait}");
    reader.simulator.clock().advance(TimeDelta::milliseconds((wait * 1000.0) as i64 + 1));
    assert_eq!(reader.ask(&token, path, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn conditional_access_does_not_say_when_to_come_back() {
    let reader = throttled().await;
    let token = reader.token(reader.tenant(Kind::CaComplete).await).await;
    let mut refused = None;
    for _ in 0..50 {
        let answer = reader.ask(&token, "/v1.0/identity/conditionalAccess/policies", &[]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    assert!(!refused.unwrap().headers.contains_key("retry-after"));
}

#[tokio::test]
async fn the_directory_tells_what_a_request_cost() {
    let reader = throttled().await;
    let token = reader.token(reader.tenant(Kind::CaComplete).await).await;
    let cost = async |path: &str| reader.ask(&token, path, &[]).await.headers["x-ms-resource-unit"].clone();
    assert_eq!(cost("/v1.0/users").await, "2");
    assert_eq!(cost("/v1.0/users?$select=id").await, "1");
    assert_eq!(cost("/v1.0/subscribedSkus").await, "3");
}

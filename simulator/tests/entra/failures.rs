//! Failures on demand: by a tenant id, by a login hint, and set up by a test.

use simulator::{Fault, FaultKind};

use crate::guest::{GRAPH, Guest, landing};

/// Every code of the reference's table, section A9.
const CODES: [u32; 83] = [
    700_016, 7_000_229, 700_011, 650_056, 65001, 65004, 90094, 90095, 90099, 500_011, 650_052, 7_000_215, 7_000_222,
    700_027, 50012, 50013, 500_133, 7_000_218, 900_144, 90014, 9_002_313, 70001, 7_000_112, 700_082, 70008, 70043,
    50173, 50089, 50132, 50133, 70000, 50076, 50074, 50078, 50072, 50079, 50158, 50161, 53000, 53001, 53002, 53003,
    530_032, 530_035, 530_034, 53011, 50053, 50055, 50144, 50056, 50057, 50034, 50020, 51004, 16000, 50105, 50126,
    90002, 90038, 900_432, 900_382, 5_000_224, 900_023, 500_021, 500_022, 500_212, 500_213, 50002, 90033, 90006, 90012,
    90024, 50033, 50087, 90090, 90055, 50196, 900_971, 50011, 501_481, 54005, 700_005, 50177,
];

#[tokio::test]
async fn every_code_is_reached_by_a_sentinel_tenant() {
    let guest = Guest::new().await;
    for code in CODES {
        let tenant = format!("aad57500-0000-4000-8000-{code:012}");
        let answer = guest.token(&tenant, &[("grant_type", "client_credentials"), ("scope", GRAPH)]).await;
        assert_eq!(answer.code(), u64::from(code));
        assert!(answer.status.is_client_error() || answer.status.is_server_error());
        for field in ["error", "error_description", "timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(answer.body[field].is_string(), "AADSTS{code} has no {field}");
        }
    }
}

#[tokio::test]
async fn a_login_hint_fails_the_sign_in() {
    let guest = Guest::new().await;
    let landed = landing(&guest.authorize("organizations", &[("login_hint", "aadsts-50105@anywhere.example")]).await);
    assert_eq!((landed["error"].as_str(), landed["state"].as_str()), ("access_denied", "the state"));
    assert!(landed["error_description"].starts_with("AADSTS50105"));
}

#[tokio::test]
async fn a_fault_hits_one_tenant_for_as_long_as_it_was_set_up() {
    let guest = Guest::new().await;
    let tenant = guest.partner();
    let fault = |path: &str, kind| Fault { tenant: Some(tenant), path_prefix: path.into(), kind, times: Some(1) };
    let faults = guest.simulator.faults();

    faults.inject(fault("/oauth2/v2.0/token", FaultKind::Aadsts(53003)));
    let other = guest.simulator.announcement().tenants[1].id;
    assert_eq!(guest.app_token(other).await.code(), 0);
    assert_eq!(guest.app_token(tenant).await.code(), 53003);
    assert_eq!(guest.app_token(tenant).await.code(), 0);

    faults.inject(fault("/oauth2/v2.0/authorize", FaultKind::Aadsts(90033)));
    assert_eq!(landing(&guest.authorize(&tenant.to_string(), &[]).await)["error"], "temporarily_unavailable");
    assert_eq!(guest.authorize(&tenant.to_string(), &[]).await.status(), 200);

    faults.inject(fault("/oauth2/v2.0/token", FaultKind::HtmlErrorPage));
    let response = guest.post(&format!("/{tenant}/oauth2/v2.0/token"), &[]).await;
    assert_eq!(response.status(), 502);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}

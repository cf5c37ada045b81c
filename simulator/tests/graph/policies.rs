//! Policies as each kind of tenant has them.

use serde_json::Value;
use simulator::world::Kind;

use crate::reader::Reader;

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

async fn mfa_policy(reader: &Reader, kind: Kind) -> Value {
    let policies = reader.get_at(kind, POLICIES).await;
    let found = policies.rows().iter().find(|policy| {
        let controls = policy["grantControls"]["builtInControls"].as_array();
        controls.is_some_and(|controls| controls.iter().any(|control| control == "mfa"))
    });
    found.cloned().unwrap_or_else(|| panic!("no MFA policy: {}", policies.text))
}

#[tokio::test]
async fn each_hole_is_where_its_kind_says() {
    let reader = Reader::new().await;
    let users = |policy: &Value| policy["conditions"]["users"].clone();
    let complete = mfa_policy(&reader, Kind::CaComplete).await;
    assert_eq!(complete["state"], "enabled");
    assert_eq!(users(&complete)["excludeGroups"].as_array().unwrap().len(), 0);
    assert_eq!(users(&complete)["excludeUsers"].as_array().unwrap().len(), 0);

    let group = mfa_policy(&reader, Kind::CaExcludedGroup).await;
    assert_eq!(users(&group)["excludeGroups"].as_array().unwrap().len(), 1);
    let device = mfa_policy(&reader, Kind::CaCompliantDevice).await;
    assert_eq!(device["grantControls"]["operator"], "OR");
    assert!(device["grantControls"]["builtInControls"].to_string().contains("compliantDevice"));
    let place = mfa_policy(&reader, Kind::CaTrustedLocation).await;
    assert_eq!(place["conditions"]["locations"]["excludeLocations"][0], "AllTrusted");
    let app = mfa_policy(&reader, Kind::CaAppExcluded).await;
    assert_eq!(app["conditions"]["applications"]["excludeApplications"].as_array().unwrap().len(), 1);
    let watched = mfa_policy(&reader, Kind::CaReportOnly).await;
    assert_eq!(watched["state"], "enabledForReportingButNotEnforced");
    let accounts = mfa_policy(&reader, Kind::BreakGlass).await;
    assert_eq!(users(&accounts)["excludeUsers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn security_defaults_and_policies_exclude_each_other() {
    let reader = Reader::new().await;
    for (kind, expected) in [(Kind::SecurityDefaults, true), (Kind::CaComplete, false), (Kind::NoP1, false)] {
        let policy = reader.get_at(kind, "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy").await;
        assert_eq!(policy.body["isEnabled"], expected, "{kind:?}");
    }
    let policies = reader.get_at(Kind::SecurityDefaults, POLICIES).await;
    assert!(policies.rows().iter().all(|policy| policy["state"] != "enabled"));
}

#[tokio::test]
async fn locations_strengths_and_methods_are_told() {
    let reader = Reader::new().await;
    let places = reader.get_at(Kind::CaTrustedLocation, "/v1.0/identity/conditionalAccess/namedLocations").await;
    assert!(places.rows().iter().any(|place| place["isTrusted"] == true));
    let strengths = reader.get_at(Kind::CaComplete, "/v1.0/policies/authenticationStrengthPolicies").await;
    assert_eq!(strengths.rows()[0]["id"], "00000000-0000-0000-0000-000000000002");
    let methods = reader.get_at(Kind::BreakGlass, "/v1.0/policies/authenticationMethodsPolicy").await;
    assert!(methods.text.contains("externalAuthenticationMethodConfiguration"));
}

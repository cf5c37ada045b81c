//! What tenants without Entra P1 or P2 are refused, each in its own way.

use reqwest::StatusCode;
use simulator::world::Kind;

use crate::reader::Reader;

const NOT_PREMIUM: (StatusCode, &str) =
    (StatusCode::FORBIDDEN, "Authentication_RequestFromNonPremiumTenantOrB2CTenant");

#[tokio::test]
async fn logs_and_registration_need_p1() {
    let reader = Reader::new().await;
    for path in [
        "/v1.0/auditLogs/signIns",
        "/v1.0/reports/authenticationMethods/userRegistrationDetails",
        "/v1.0/users?$select=id,signInActivity",
    ] {
        let refused = reader.get_at(Kind::NoP1, path).await;
        assert_eq!((refused.status, refused.code()), NOT_PREMIUM, "{path}");
        assert_eq!(reader.get_at(Kind::SecurityDefaults, path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn policies_are_empty_without_p1_and_eligibility_needs_p2() {
    let reader = Reader::new().await;
    let policies = reader.get_at(Kind::NoP1, "/v1.0/identity/conditionalAccess/policies").await;
    assert_eq!((policies.status, policies.rows().len()), (StatusCode::OK, 0));

    let path = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";
    let refused = reader.get_at(Kind::CaReportOnly, path).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "AadPremiumLicenseRequired"));
    assert!(!reader.get_at(Kind::CaComplete, path).await.rows().is_empty());
}

#[tokio::test]
async fn licences_tell_what_is_in_force() {
    let reader = Reader::new().await;
    let skus = reader.get_at(Kind::NoP1, "/v1.0/subscribedSkus").await;
    let premium: Vec<_> = skus.rows().iter().filter(|sku| sku.to_string().contains("AAD_PREMIUM")).collect();
    assert!(premium.iter().all(|sku| sku["capabilityStatus"] == "Suspended"), "{premium:?}");
    let bought = reader.get_at(Kind::CaComplete, "/v1.0/subscribedSkus?$select=skuPartNumber,consumedUnits").await;
    assert!(
        bought.rows().iter().any(|sku| sku["skuPartNumber"] == "SPE_E5" && sku["consumedUnits"].as_u64() > Some(5))
    );
}

#[tokio::test]
async fn a_lapsed_licence_closes_the_log_at_once() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::SecurityDefaults).await;
    reader.change(|world| world.tenants.get_mut(&tenant).unwrap().directory.subscriptions.clear()).await;
    let refused = reader.get(tenant, "/v1.0/auditLogs/signIns").await;
    assert_eq!((refused.status, refused.code()), NOT_PREMIUM);
}

//! Tokens that are missing, spoiled or too weak.

use chrono::TimeDelta;
use reqwest::StatusCode;
use simulator::world::Kind;

use crate::reader::Reader;

#[tokio::test]
async fn nobody_and_who_comes_too_late_are_sent_away() {
    let reader = Reader::new().await;
    let url = reader.url("/v1.0/users");
    let nobody = crate::reader::answer(reader.http.get(&url)).await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"));
    assert!(nobody.headers.contains_key("www-authenticate"));
    let token = reader.token(reader.partner()).await;
    let spoiled = reader.ask(&format!("{}x", &token[..token.len() - 1]), "/v1.0/users", &[]).await;
    assert_eq!(spoiled.status, StatusCode::UNAUTHORIZED);
    reader.simulator.clock().advance(TimeDelta::hours(2));
    let late = reader.ask(&token, "/v1.0/users", &[]).await;
    assert_eq!((late.status, late.code()), (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn each_endpoint_wants_its_permission() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::CaComplete).await;
    for (permission, path) in [
        ("User.Read.All", "/v1.0/users"),
        ("User.Read.All", "/v1.0/users/delta"),
        ("Organization.Read.All", "/v1.0/organization"),
        ("Organization.Read.All", "/v1.0/subscribedSkus"),
        ("AuditLog.Read.All", "/v1.0/auditLogs/signIns"),
        ("AuditLog.Read.All", "/v1.0/reports/authenticationMethods/userRegistrationDetails"),
        ("AuditLog.Read.All", "/v1.0/users?$select=signInActivity"),
        ("Policy.Read.All", "/v1.0/identity/conditionalAccess/policies"),
        ("Policy.Read.All", "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"),
        ("Policy.Read.All", "/v1.0/users?$select=perUserMfaState"),
        ("RoleManagement.Read.Directory", "/v1.0/roleManagement/directory/roleAssignments"),
        ("Domain.Read.All", "/v1.0/domains"),
        ("Reports.Read.All", "/v1.0/reports/getEmailAppUsageUserDetail(period='D30')"),
        ("ReportSettings.Read.All", "/v1.0/admin/reportSettings"),
    ] {
        let granted = reader.get(tenant, path).await;
        assert!(granted.status.is_success() || granted.status == StatusCode::FOUND, "{path}: {}", granted.text);
        let before = reader
            .change(|world| {
                let principal = world.tenants.get_mut(&tenant).unwrap().service_principal.as_mut().unwrap();
                let before = principal.clone();
                principal.roles.remove(permission);
                before
            })
            .await;
        let refused = reader.get(tenant, path).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"), "{path}");
        reader.change(|world| world.tenants.get_mut(&tenant).unwrap().service_principal = Some(before)).await;
    }
}

#[tokio::test]
async fn directory_sync_features_are_not_for_apps() {
    let reader = Reader::new().await;
    let refused = reader.get_at(Kind::SyncHealthy, "/v1.0/directory/onPremisesSynchronization").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"));
}

//! The tenant itself, its domains, groups and roles, and what the app was granted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use simulator::world::Kind;

use crate::reader::Reader;

#[tokio::test]
async fn organization_tells_when_it_was_synced_and_beta_tells_of_passwords() {
    let reader = Reader::new().await;
    let dead = reader.get_at(Kind::SyncDead, "/v1.0/organization").await;
    assert_eq!(dead.rows()[0]["onPremisesSyncEnabled"], true);
    assert!(dead.rows()[0].get("onPremisesLastPasswordSyncDateTime").is_none());
    let never = reader.get_at(Kind::CaComplete, "/v1.0/organization?$select=onPremisesSyncEnabled").await;
    assert!(never.rows()[0]["onPremisesSyncEnabled"].is_null());
    let once = reader.get_at(Kind::CaReportOnly, "/v1.0/organization").await;
    assert_eq!(once.rows()[0]["onPremisesSyncEnabled"], false);

    let select = "organization?$select=onPremisesLastPasswordSyncDateTime,onPremisesLastSyncDateTime";
    let late = reader.get_at(Kind::PasswordSyncLate, &format!("/beta/{select}")).await;
    let row = &late.rows()[0];
    assert!(row["onPremisesLastPasswordSyncDateTime"].as_str() < row["onPremisesLastSyncDateTime"].as_str(), "{row}");
    let unknown = reader.get_at(Kind::PasswordSyncLate, &format!("/v1.0/{select}")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_federated_domain_shows_a_certificate_and_its_end() {
    let reader = Reader::new().await;
    let domains = reader.get_at(Kind::Federated, "/v1.0/domains").await;
    let domain = domains.rows().iter().find(|domain| domain["authenticationType"] == "Federated").unwrap();
    let path = format!("/v1.0/domains/{}/federationConfiguration", domain["id"].as_str().unwrap());
    let configuration = reader.get_at(Kind::Federated, &path).await;
    let row = &configuration.rows()[0];
    assert_eq!(row["federatedIdpMfaBehavior"], "enforceMfaByFederatedIdp");
    let der = STANDARD.decode(row["signingCertificate"].as_str().unwrap()).unwrap();
    let ends_at = reader
        .look(|world| {
            let tenant = world.tenants_of(Kind::Federated).next().unwrap();
            tenant.directory.domains[0].federation.as_ref().unwrap().signing_certificate_ends_at
        })
        .await;
    // UTCTime in DER: the end as text within the bytes.
    let text = ends_at.format("%y%m%d%H%M%SZ").to_string();
    assert!(der.windows(text.len()).any(|window| window == text.as_bytes()));
}

#[tokio::test]
async fn members_of_members_are_found() {
    let reader = Reader::new().await;
    let policies = reader.get_at(Kind::CaExcludedGroup, "/v1.0/identity/conditionalAccess/policies").await;
    let excluded = policies.rows().iter().find_map(|p| p["conditions"]["users"]["excludeGroups"][0].as_str()).unwrap();
    let direct = reader.get_at(Kind::CaExcludedGroup, &format!("/v1.0/groups/{excluded}/members")).await;
    let path = format!("/v1.0/groups/{excluded}/transitiveMembers?$select=id");
    let all = reader.get_at(Kind::CaExcludedGroup, &path).await;
    assert!(direct.rows().iter().any(|member| member["@odata.type"] == "#microsoft.graph.group"));
    assert!(all.rows().len() > direct.rows().len());
}

#[tokio::test]
async fn administrators_are_told_with_their_principals() {
    let reader = Reader::new().await;
    let path = "/v1.0/roleManagement/directory/roleAssignments?$expand=principal";
    let assignments = reader.get_at(Kind::BreakGlass, path).await;
    let admins: Vec<_> = assignments
        .rows()
        .iter()
        .filter(|row| row["roleDefinitionId"] == "62e90394-69f5-4237-9190-012177145e10")
        .map(|row| row["principal"]["userPrincipalName"].as_str().unwrap())
        .collect();
    assert!(admins.iter().any(|name| name.starts_with("breakglass")), "{admins:?}");
    assert!(assignments.rows().iter().any(|row| row["principal"]["@odata.type"] == "#microsoft.graph.group"));
    let roles = reader.get_at(Kind::BreakGlass, "/v1.0/roleManagement/directory/roleDefinitions").await;
    let known = |id| roles.rows().iter().any(|role| &role["templateId"] == id);
    assert!(assignments.rows().iter().all(|row| known(&row["roleDefinitionId"])));
}

#[tokio::test]
async fn grants_name_what_was_consented() {
    let reader = Reader::new().await;
    let app = reader.simulator.announcement().client_id;
    let path = format!("/v1.0/servicePrincipals(appId='{app}')/appRoleAssignments");
    let complete = reader.get_at(Kind::CaComplete, &path).await;
    let partial = reader.get_at(Kind::BreakGlass, &path).await;
    let reports = "230c1aed-a721-4c5d-9cb4-a90514e508ef";
    let grants = |rows: &[serde_json::Value]| rows.iter().any(|row| row["appRoleId"] == reports);
    assert!(grants(complete.rows()) && !grants(partial.rows()));
    let scopes = format!("/v1.0/servicePrincipals(appId='{app}')/oauth2PermissionGrants");
    assert_eq!(reader.get_at(Kind::CaComplete, &scopes).await.status, StatusCode::FORBIDDEN);
    let tenant = reader.tenant(Kind::CaComplete).await;
    reader
        .change(|world| {
            let principal = world.tenants.get_mut(&tenant).unwrap().service_principal.as_mut().unwrap();
            principal.roles.insert("Directory.Read.All".into());
        })
        .await;
    let granted = reader.get(tenant, &scopes).await;
    assert!(granted.rows()[0]["scope"].as_str().unwrap().contains("User.Read"));
}

#[tokio::test]
async fn small_collections_page_when_asked_to_and_roles_show_their_members() {
    let reader = Reader::new().await;
    let token = reader.token(reader.tenant(Kind::BreakGlass).await).await;
    let path = "/v1.0/roleManagement/directory/roleAssignments";
    let (all, one_page) = reader.all(&token, path).await;
    let (paged, pages) = reader.all(&token, &format!("{path}?$top=2")).await;
    assert_eq!((one_page, pages), (1, all.len().div_ceil(2)));
    assert_eq!(all, paged);
    let roles = reader.ask(&token, "/v1.0/directoryRoles?$expand=members", &[]).await;
    let members: usize = roles.rows().iter().map(|role| role["members"].as_array().unwrap().len()).sum();
    assert_eq!(members, all.len());
}

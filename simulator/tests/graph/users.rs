//! `/users`: selection, paging, filters and counts.

use std::collections::HashSet;

use chrono::TimeDelta;
use reqwest::StatusCode;
use simulator::world::Kind;

use crate::reader::Reader;

#[tokio::test]
async fn pages_follow_each_other_and_hold_everybody_once() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::SecurityDefaults).await;
    let token = reader.token(tenant).await;
    let (rows, pages) = reader.all(&token, "/v1.0/users?$select=id,displayName&$top=7").await;
    let expected = reader.look(|world| world.tenants[&tenant].directory.user_count()).await;
    let ids: HashSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!((rows.len(), ids.len(), pages), (expected, expected, expected.div_ceil(7)));
    assert!(rows.iter().all(|row| row.as_object().unwrap().len() == 2));
}

#[tokio::test]
async fn a_page_link_dies_and_serves_its_own_query_alone() {
    let reader = Reader::new().await;
    let token = reader.token(reader.tenant(Kind::SecurityDefaults).await).await;
    let page = reader.ask(&token, "/v1.0/users?$top=5", &[]).await;
    let link = page.body["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&reader.simulator.announcement().graph_url));
    let other = reader.ask(&token, &link.replace("$top=5", "$top=6"), &[]).await;
    assert_eq!((other.status, other.code()), (StatusCode::BAD_REQUEST, "Directory_UnsupportedPageToken"));
    reader.simulator.clock().advance(TimeDelta::minutes(50));
    assert_eq!(reader.ask(&token, &link, &[]).await.status, StatusCode::OK);
    reader.simulator.clock().advance(TimeDelta::minutes(20));
    let token = reader.token(reader.tenant(Kind::SecurityDefaults).await).await;
    let expired = reader.ask(&token, &link, &[]).await;
    assert_eq!((expired.status, expired.code()), (StatusCode::BAD_REQUEST, "Directory_ExpiredPageToken"));
}

#[tokio::test]
async fn what_cannot_be_selected_is_refused_in_two_ways() {
    let reader = Reader::new().await;
    let unknown = reader.get_at(Kind::CaComplete, "/v1.0/users?$select=id,shoeSize").await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::BAD_REQUEST, "BadRequest"));
    let single = reader.get_at(Kind::CaComplete, "/v1.0/users?$select=id,aboutMe").await;
    assert_eq!((single.status, single.code()), (StatusCode::NOT_IMPLEMENTED, "NotImplemented"));
    let skip = reader.get_at(Kind::CaComplete, "/v1.0/users?$skip=10").await;
    assert_eq!(skip.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn top_has_limits_and_a_lower_one_with_sign_in_activity() {
    let reader = Reader::new().await;
    let status = async |path: &str| reader.get_at(Kind::CaComplete, path).await.status;
    assert_eq!(status("/v1.0/users?$top=999").await, StatusCode::OK);
    assert_eq!(status("/v1.0/users?$top=1000").await, StatusCode::BAD_REQUEST);
    assert_eq!(status("/v1.0/users?$select=id,signInActivity&$top=500").await, StatusCode::OK);
    assert_eq!(status("/v1.0/users?$select=id,signInActivity&$top=501").await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn filters_choose_and_advanced_ones_need_the_header() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::GuestsPending).await;
    let token = reader.token(tenant).await;
    let path = "/v1.0/users?$filter=userType eq 'Guest'&$select=userType,externalUserState";
    let guests = reader.ask(&token, path, &[]).await;
    assert!(!guests.rows().is_empty());
    assert!(guests.rows().iter().all(|row| row["userType"] == "Guest"));
    assert!(guests.rows().iter().any(|row| row["externalUserState"] == "PendingAcceptance"));

    let advanced = "/v1.0/users?$filter=assignedLicenses/$count eq 0&$count=true";
    let refused = reader.ask(&token, advanced, &[]).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "Request_UnsupportedQuery"));
    let allowed = reader.ask(&token, advanced, &[("ConsistencyLevel", "eventual")]).await;
    let unlicensed = reader
        .look(|world| world.tenants[&tenant].directory.users().filter(|user| user.licences.is_empty()).count())
        .await;
    assert_eq!(allowed.body["@odata.count"], unlicensed);
}

#[tokio::test]
async fn synced_users_and_object_errors_are_found() {
    let reader = Reader::new().await;
    let path = "/v1.0/users?$filter=onPremisesProvisioningErrors/any(o:o/category eq 'PropertyConflict')\
                &$select=id,onPremisesSyncEnabled,onPremisesProvisioningErrors";
    let broken = reader.get_at(Kind::SyncObjectErrors, path).await;
    assert!(!broken.rows().is_empty(), "{}", broken.text);
    assert!(broken.rows().iter().all(|row| row["onPremisesSyncEnabled"] == true));
    assert_eq!(reader.get_at(Kind::SyncHealthy, path).await.rows().len(), 0);
}

#[tokio::test]
async fn the_undocumented_mfa_state_is_told_hidden_or_refused_by_tenant() {
    let reader = Reader::new().await;
    let path = "/v1.0/users?$select=id,perUserMfaState";
    let told = reader.get_at(Kind::PerUserMfa, path).await;
    assert!(told.rows().iter().any(|row| row["perUserMfaState"] == "enforced"));
    let hidden = reader.get_at(Kind::NoP1, path).await;
    assert!(hidden.rows().iter().all(|row| row.get("perUserMfaState").is_none()));
    assert_eq!(reader.get_at(Kind::PopClients, path).await.status, StatusCode::BAD_REQUEST);

    let user = told.rows()[0]["id"].as_str().unwrap().to_owned();
    let single = reader.get_at(Kind::PerUserMfa, &format!("/beta/users/{user}/authentication/requirements")).await;
    assert_eq!(single.body["perUserMfaState"], told.rows()[0]["perUserMfaState"]);
}

#[tokio::test]
async fn one_user_is_found_by_id_and_by_name_and_another_is_not() {
    let reader = Reader::new().await;
    let list = reader.get_at(Kind::CaComplete, "/v1.0/users?$top=1").await;
    let (id, upn) = (list.rows()[0]["id"].as_str().unwrap(), list.rows()[0]["userPrincipalName"].as_str().unwrap());
    for key in [id, upn] {
        let one = reader.get_at(Kind::CaComplete, &format!("/v1.0/users/{key}?$select=id,displayName")).await;
        assert_eq!(one.body["id"], *id, "{}", one.text);
    }
    let nobody = reader.get_at(Kind::CaComplete, "/v1.0/users/6f9619ff-8b86-4d01-b42d-00cf4fc964ff").await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::NOT_FOUND, "Request_ResourceNotFound"));
    let nowhere = reader.get_at(Kind::CaComplete, "/v1.0/nothing/there").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.body["error"]["innerError"]["request-id"].is_string());
}

#[tokio::test]
async fn the_clients_request_id_comes_back() {
    let reader = Reader::new().await;
    let token = reader.token(reader.partner()).await;
    let answer = reader.ask(&token, "/v1.0/organization", &[("client-request-id", "mine")]).await;
    assert_eq!(answer.headers["client-request-id"], "mine");
    assert!(answer.headers.contains_key("request-id") && answer.headers.contains_key("date"));
}

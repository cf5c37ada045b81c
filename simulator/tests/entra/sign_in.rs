//! The authorize endpoint, its page, and the code that it ends in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::header::SET_COOKIE;
use serde_json::Value;
use sha2::{Digest, Sha256};
use simulator::world::Kind;

use crate::guest::{CALLBACK, Guest, key, landing};

const VERIFIER: &str = "a-verifier-that-is-at-least-forty-three-characters-long";

/// The claims of an ID token, its signature checked against the published keys.
async fn claims_of(guest: &Guest, token: &str) -> Value {
    let keys: Value = guest.get("/organizations/discovery/v2.0/keys", &[]).await.json().await.unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let key = DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[guest.simulator.announcement().client_id]);
    jsonwebtoken::decode(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn the_page_offers_one_person_of_each_role_as_a_button() {
    let guest = Guest::new().await;
    let page = guest.authorize("organizations", &[]).await.text().await.unwrap();
    for role in ["admin", "technician", "account_manager", "nobody", "viewer", "client_admin"] {
        let person = guest.person(role);
        assert!(page.contains(&format!("value=\"{}\"", key(&person))), "no button for {role}");
        assert!(page.contains(&person.user_principal_name));
    }
    assert!(page.contains("without MFA"));
    assert!(page.contains("<button type=\"submit\" name=\"person\""));

    let one_tenant = guest.authorize(&guest.partner().to_string(), &[]).await.text().await.unwrap();
    assert!(!one_tenant.contains(&guest.person("viewer").user_principal_name));
}

#[tokio::test]
async fn a_sign_in_ends_in_an_id_token_that_can_be_validated() {
    let guest = Guest::new().await;
    let admin = guest.person("admin");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let changes = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let landed = landing(&guest.pick("organizations", &admin, &changes).await);
    assert_eq!(landed["state"], "the state");

    let answer =
        guest.redeem("organizations", &landed["code"], &[("code_verifier", VERIFIER), ("client_info", "1")]).await;
    let claims = claims_of(&guest, answer.body["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["iss"], guest.url(&format!("/{}/v2.0", admin.tenant_id)));
    assert_eq!(claims["tid"], admin.tenant_id.to_string());
    assert_eq!(claims["oid"], admin.object_id.to_string());
    assert_eq!(claims["nonce"], "the nonce");
    assert_eq!(claims["preferred_username"], admin.user_principal_name);
    assert_eq!(claims["roles"][0], "Admin");
    assert!(claims.get("amr").is_none(), "version 2.0 has no amr");
    assert!(answer.body["client_info"].is_string());

    let verified = guest.simulator.tokens().verify(answer.access_token()).unwrap();
    assert_eq!(verified.user, Some(admin.object_id));
    assert!(verified.mfa && verified.scopes.contains("User.Read"));
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_with_its_verifier_and_its_tenant() {
    let guest = Guest::new().await;
    let admin = guest.person("admin");
    let realm = admin.tenant_id.to_string();
    let plain = [("code_challenge", VERIFIER)];

    let code = guest.code(&realm, &admin, &plain).await;
    assert_eq!(guest.redeem(&realm, &code, &[]).await.code(), 501_481);
    assert_eq!(guest.redeem(&realm, &code, &[("code_verifier", "another")]).await.code(), 501_481);
    let elsewhere = guest.client_of(Kind::SecurityDefaults).await.to_string();
    assert_eq!(guest.redeem(&elsewhere, &code, &[("code_verifier", VERIFIER)]).await.code(), 700_005);
    let wrong_address =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", "http://127.0.0.1:9/other")];
    assert_eq!(guest.token(&realm, &wrong_address).await.code(), 500_112);
    assert_eq!(guest.redeem(&realm, &code, &[("code_verifier", VERIFIER)]).await.code(), 0);
    assert_eq!(guest.redeem(&realm, &code, &[("code_verifier", VERIFIER)]).await.code(), 54005);
    assert_eq!(guest.redeem(&realm, "CANARYtnt.0.invented", &[]).await.code(), 70000);

    let late = guest.code(&realm, &admin, &[]).await;
    guest.simulator.clock().advance(TimeDelta::minutes(11));
    assert_eq!(guest.redeem(&realm, &late, &[]).await.code(), 70008);
}

#[tokio::test]
async fn only_who_asked_for_it_gets_a_refresh_token() {
    let guest = Guest::new().await;
    let admin = guest.person("admin");
    let realm = admin.tenant_id.to_string();
    let code = guest.code(&realm, &admin, &[("scope", "openid User.Read")]).await;
    let answer = guest.redeem(&realm, &code, &[("scope", "openid offline_access User.Read")]).await;
    assert!(answer.body["id_token"].is_string());
    assert!(answer.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn silent_sign_in_needs_a_name_or_a_session() {
    let guest = Guest::new().await;
    let technician = guest.person("technician");
    let none = ("prompt", "none");

    let nobody = landing(&guest.authorize("organizations", &[none]).await);
    assert_eq!((nobody["error"].as_str(), nobody["state"].as_str()), ("login_required", "the state"));
    let unknown = landing(&guest.authorize("organizations", &[none, ("login_hint", "x@nowhere.example")]).await);
    assert_eq!(unknown["error"], "login_required");
    let hinted = [none, ("login_hint", technician.user_principal_name.as_str())];
    assert!(landing(&guest.authorize("organizations", &hinted).await).contains_key("code"));

    let signed_in = guest.pick("organizations", &technician, &[]).await;
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let silent = async || {
        let url = format!("{}?{}", guest.url("/organizations/oauth2/v2.0/authorize"), guest.query(&[none]));
        guest.http.get(url).header("Cookie", &cookie).send().await.unwrap()
    };
    assert!(landing(&silent().await).contains_key("code"));

    let sign_out = guest.url("/organizations/oauth2/v2.0/logout");
    guest.http.get(sign_out).header("Cookie", &cookie).send().await.unwrap();
    assert_eq!(landing(&silent().await)["error"], "login_required");
}

#[tokio::test]
async fn an_unknown_client_or_address_is_never_redirected_to() {
    let guest = Guest::new().await;
    for (changes, code) in [
        (("client_id", "5f3c1d5e-0000-4000-8000-000000000000"), "AADSTS700016"),
        (("client_id", ""), "AADSTS900144"),
        (("redirect_uri", "https://evil.example/callback"), "AADSTS50011"),
        (("redirect_uri", ""), "AADSTS900971"),
    ] {
        let response = guest.authorize("organizations", &[changes]).await;
        assert_eq!(response.status(), 400);
        let page = response.text().await.unwrap();
        assert!(page.contains(code), "{changes:?}: {page}");
    }
    guest.change(|world| world.app.redirect_uris = vec![CALLBACK.into()]).await;
    assert_eq!(guest.authorize("organizations", &[]).await.status(), 200);
    assert_eq!(guest.authorize("organizations", &[("redirect_uri", "http://127.0.0.1:9/other")]).await.status(), 400);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_to_the_client() {
    let guest = Guest::new().await;
    for (changes, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", ""), "invalid_request"),
        (("prompt", "never"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("scope", "https://vault.azure.net/.default"), "invalid_resource"),
        (("claims", "{"), "invalid_request"),
    ] {
        let landed = landing(&guest.authorize("organizations", &[changes]).await);
        assert_eq!((landed["error"].as_str(), landed["state"].as_str()), (error, "the state"), "{changes:?}");
    }
}

#[tokio::test]
async fn form_post_answers_with_a_form_that_works_without_scripts() {
    let guest = Guest::new().await;
    let response = guest.pick("organizations", &guest.person("admin"), &[("response_mode", "form_post")]).await;
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    assert!(page.contains(&format!("action=\"{CALLBACK}\"")));
    assert!(page.contains("name=\"code\" value=\"CANARYtnt.0.") && page.contains("value=\"the state\""));
    assert!(page.contains("type=\"submit\""));
}

#[tokio::test]
async fn an_authentication_context_is_met_with_mfa_alone() {
    let guest = Guest::new().await;
    let claims = ("claims", r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
    let code = guest.code("organizations", &guest.person("admin"), &[claims]).await;
    let answer = guest.redeem("organizations", &code, &[]).await;
    let id_token = claims_of(&guest, answer.body["id_token"].as_str().unwrap()).await;
    assert_eq!(id_token["acrs"][0], "c1");

    let landed = landing(&guest.pick("organizations", &guest.person_without_mfa(), &[claims]).await);
    assert_eq!(landed["error"], "interaction_required");
    assert!(landed["error_description"].starts_with("AADSTS50072"));
}

#[tokio::test]
async fn a_viewer_of_a_tenant_without_consent_agrees_for_themselves() {
    let guest = Guest::new().await;
    let viewer = guest.person("viewer");
    let withdraw = |world: &mut simulator::world::World| {
        world.tenants.get_mut(&viewer.tenant_id).unwrap().service_principal = None
    };
    guest.change(withdraw).await;
    let identity_only = ("scope", "openid profile");
    let silent = [identity_only, ("prompt", "none"), ("login_hint", viewer.user_principal_name.as_str())];
    assert_eq!(landing(&guest.authorize("organizations", &silent).await)["error"], "consent_required");

    let asked = guest.pick("organizations", &viewer, &[identity_only]).await;
    assert!(asked.text().await.unwrap().contains(">Accept</button>"));
    let answer = async |decision: &str, changes: &[(&str, &str)]| {
        let request = guest.query(changes);
        let form = [("request", request.as_str()), ("person", &key(&viewer)), ("decision", decision)];
        landing(&guest.post("/organizations/consent", &form).await)
    };
    assert_eq!(answer("cancel", &[identity_only]).await["error"], "access_denied");
    assert!(answer("accept", &[identity_only]).await.contains_key("code"));
    assert_eq!(guest.pick("organizations", &viewer, &[identity_only]).await.status(), 302);

    let more = ("scope", "openid profile Directory.ReadWrite.All");
    let page = guest.pick("organizations", &viewer, &[more]).await.text().await.unwrap();
    assert!(page.contains("Need admin approval") && !page.contains(">Accept</button>"));
    let refused = answer("accept", &[more]).await;
    assert_eq!(refused["error"], "access_denied");
    assert!(refused["error_description"].starts_with("AADSTS90094"));
}

#[tokio::test]
async fn sign_out_returns_to_registered_addresses_alone() {
    let guest = Guest::new().await;
    let path = "/organizations/oauth2/v2.0/logout";
    let back = guest.get(path, &[("post_logout_redirect_uri", CALLBACK), ("state", "s")]).await;
    assert_eq!(landing(&back)["state"], "s");
    let stays = guest.get(path, &[("post_logout_redirect_uri", "https://evil.example/")]).await;
    assert_eq!(stays.status(), 200);
}

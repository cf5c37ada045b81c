//! App-only tokens: by secret, by certificate, and every natural refusal.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::tokens::{JWT_CANARY, TokenError};
use simulator::world::Kind;
use uuid::Uuid;

use crate::guest::{Answer, GRAPH, Guest};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const SCOPE: (&str, &str) = ("scope", GRAPH);

#[tokio::test]
async fn a_secret_buys_a_token_that_bears_what_was_consented() {
    let guest = Guest::new().await;
    let tenant = guest.client_of(Kind::SecurityDefaults).await;
    let answer = guest.app_token(tenant).await;
    assert_eq!(answer.body["token_type"], "Bearer");
    assert!(answer.body.get("refresh_token").is_none());
    assert!(answer.access_token().contains(JWT_CANARY));

    let verified = guest.simulator.tokens().verify(answer.access_token()).unwrap();
    assert_eq!(verified.tenant, tenant);
    assert_eq!(verified.app_id, guest.simulator.announcement().client_id);
    assert_eq!(verified.user, None);
    assert!(verified.roles.contains("User.Read.All"));
    let life = (verified.expires_at - verified.issued_at).num_seconds();
    assert_eq!(answer.body["expires_in"], life);
    assert!((3599..=5399).contains(&life));

    guest.simulator.clock().advance(TimeDelta::hours(2));
    assert_eq!(guest.simulator.tokens().verify(answer.access_token()).unwrap_err(), TokenError::Expired);
}

#[tokio::test]
async fn a_consent_without_roles_still_buys_a_token() {
    let guest = Guest::new().await;
    let tenant = guest.client_of(Kind::SecurityDefaults).await;
    guest
        .change(|world| world.tenants.get_mut(&tenant).unwrap().service_principal.as_mut().unwrap().roles.clear())
        .await;
    let answer = guest.app_token(tenant).await;
    assert!(guest.simulator.tokens().verify(answer.access_token()).unwrap().roles.is_empty());
}

#[tokio::test]
async fn the_secret_may_come_in_a_basic_header() {
    let guest = Guest::new().await;
    let announcement = guest.simulator.announcement();
    let pair = STANDARD.encode(format!("{}:{}", announcement.client_id, announcement.client_secret));
    let response = guest
        .http
        .post(guest.url(&format!("/{}/oauth2/v2.0/token", guest.partner())))
        .header("Authorization", format!("Basic {pair}"))
        .header("client-request-id", "mine")
        .form(&[GRANT, SCOPE])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["client-request-id"], "mine");
    assert!(response.headers()["cache-control"].to_str().unwrap().contains("no-store"));
}

#[tokio::test]
async fn bad_credentials_are_told_apart() {
    let guest = Guest::new().await;
    let partner = guest.partner().to_string();
    let id = guest.simulator.announcement().client_id.to_string();
    let secret = guest.simulator.announcement().client_secret.clone();
    let ask = async |form: &[(&str, &str)]| guest.token_as(&partner, form).await;

    let wrong = ask(&[GRANT, SCOPE, ("client_id", &id), ("client_secret", "wrong")]).await;
    assert_eq!((wrong.code(), wrong.status.as_u16()), (7_000_215, 401));
    assert_eq!(wrong.body["error"], "invalid_client");
    assert!(wrong.body["error_description"].as_str().unwrap().starts_with("AADSTS7000215: "));
    assert_eq!(ask(&[GRANT, SCOPE, ("client_id", &id)]).await.code(), 7_000_218);
    assert_eq!(ask(&[GRANT, SCOPE]).await.code(), 900_144);
    let stranger = Uuid::from_u128(1).to_string();
    assert_eq!(ask(&[GRANT, SCOPE, ("client_id", &stranger), ("client_secret", &secret)]).await.code(), 700_016);

    guest.simulator.clock().advance(TimeDelta::days(400));
    let expired = guest.app_token(guest.partner()).await;
    assert_eq!((expired.code(), expired.status.as_u16()), (7_000_222, 401));
}

#[tokio::test]
async fn a_tenant_without_consent_refuses() {
    let guest = Guest::new().await;
    let withdrawn = guest.client_of(Kind::ConsentWithdrawn).await;
    let refused = guest.app_token(withdrawn).await;
    assert_eq!((refused.code(), &refused.body["error"]), (7_000_229, &json!("invalid_client")));

    let disabled = guest.client_of(Kind::SecurityDefaults).await;
    guest
        .change(|world| world.tenants.get_mut(&disabled).unwrap().service_principal.as_mut().unwrap().enabled = false)
        .await;
    assert_eq!(guest.app_token(disabled).await.code(), 7_000_112);
}

#[tokio::test]
async fn a_tenants_own_registration_works_there_alone() {
    let guest = Guest::new().await;
    let own = guest.simulator.announcement().own_registrations[0].clone();
    let id = own.client_id.to_string();
    let form = [GRANT, SCOPE, ("client_id", id.as_str()), ("client_secret", own.client_secret.as_str())];
    assert_eq!(guest.token_as(&own.tenant_id.to_string(), &form).await.code(), 7_000_222);

    let later = guest.now() + TimeDelta::days(1);
    guest.change(|world| world.registration_mut(own.client_id).unwrap().secrets[0].ends_at = later).await;
    assert_eq!(guest.token_as(&own.tenant_id.to_string(), &form).await.code(), 0);
    assert_eq!(guest.token_as(&guest.partner().to_string(), &form).await.code(), 7_000_229);
}

#[tokio::test]
async fn the_request_has_to_make_sense() {
    let guest = Guest::new().await;
    let partner = guest.partner().to_string();
    assert_eq!(guest.token("organizations", &[GRANT, SCOPE]).await.code(), 9_001_023);
    assert_eq!(guest.token(&partner, &[GRANT, ("scope", "User.Read")]).await.code(), 1_002_012);
    assert_eq!(guest.token(&partner, &[GRANT]).await.code(), 900_144);
    assert_eq!(guest.token(&partner, &[SCOPE]).await.code(), 900_144);
    assert_eq!(guest.token(&partner, &[GRANT, ("scope", "https://vault.azure.net/.default")]).await.code(), 500_011);
    assert_eq!(
        guest.token(&partner, &[("grant_type", "password"), SCOPE]).await.body["error"],
        "unsupported_grant_type"
    );
    let cross_origin = guest
        .http
        .post(guest.url(&format!("/{partner}/oauth2/v2.0/token")))
        .header("Origin", "https://evil.example")
        .form(&[GRANT, SCOPE]);
    let body: Value = cross_origin.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["error_codes"][0], 9_002_326);
}

#[tokio::test]
async fn a_certificate_buys_a_token_for_the_tenant_that_its_assertion_names() {
    let guest = Guest::new().await;
    let tenant = guest.client_of(Kind::SecurityDefaults).await;
    let answer = ask_with(&guest, tenant, &assertion(&guest, tenant, json!({}))).await;
    assert_eq!(guest.simulator.tokens().verify(answer.access_token()).unwrap().tenant, tenant);

    let elsewhere = assertion(&guest, guest.partner(), json!({}));
    assert_eq!(ask_with(&guest, tenant, &elsewhere).await.code(), 700_023);
    let now = guest.now().timestamp();
    let old = assertion(&guest, tenant, json!({ "nbf": now - 4000, "exp": now - 3600 }));
    assert_eq!(ask_with(&guest, tenant, &old).await.code(), 700_024);
    let stranger = assertion(&guest, tenant, json!({ "sub": Uuid::from_u128(1), "iss": Uuid::from_u128(1) }));
    assert_eq!(ask_with(&guest, tenant, &stranger).await.code(), 700_021);
    let mut tampered = assertion(&guest, tenant, json!({}));
    tampered.replace_range(tampered.len() - 8..tampered.len() - 4, "AAAA");
    assert_eq!(ask_with(&guest, tenant, &tampered).await.code(), 700_027);

    guest.change(|world| world.app.certificates.clear()).await;
    assert_eq!(ask_with(&guest, tenant, &assertion(&guest, tenant, json!({}))).await.code(), 700_027);
}

async fn ask_with(guest: &Guest, tenant: Uuid, assertion: &str) -> Answer {
    let id = guest.simulator.announcement().client_id.to_string();
    let form = [
        GRANT,
        SCOPE,
        ("client_id", &id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    guest.token_as(&tenant.to_string(), &form).await
}

/// An assertion as the product makes it, with changed claims.
fn assertion(guest: &Guest, tenant: Uuid, changes: Value) -> String {
    let announcement = guest.simulator.announcement();
    let key = EncodingKey::from_rsa_pem(&std::fs::read(&announcement.private_key_path).unwrap()).unwrap();
    let pem = std::fs::read_to_string(&announcement.certificate_path).unwrap();
    let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let mut header = Header::new(Algorithm::PS256);
    header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der)));
    let now = guest.now().timestamp();
    let mut claims = json!({
        "aud": guest.url(&format!("/{tenant}/oauth2/v2.0/token")), "iss": announcement.client_id, "sub": announcement.client_id,
        "jti": "one", "nbf": now, "iat": now, "exp": now + 300,
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

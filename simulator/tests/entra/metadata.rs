//! OpenID metadata, keys and their rotation.

use serde_json::Value;

use crate::guest::Guest;

#[tokio::test]
async fn a_tenants_metadata_has_its_own_issuer_and_addresses() {
    let guest = Guest::new().await;
    let partner = guest.partner();
    let domain = &guest.simulator.announcement().tenants[0].domain;
    for segment in [partner.to_string(), domain.clone()] {
        let path = format!("/{segment}/v2.0/.well-known/openid-configuration");
        let document: Value = guest.get(&path, &[]).await.json().await.unwrap();
        assert_eq!(document["issuer"], guest.url(&format!("/{partner}/v2.0")));
        assert_eq!(document["token_endpoint"], guest.url(&format!("/{partner}/oauth2/v2.0/token")));
        assert_eq!(document["jwks_uri"], guest.url(&format!("/{partner}/discovery/v2.0/keys")));
    }
}

#[tokio::test]
async fn the_multi_tenant_metadata_has_a_templated_issuer() {
    let guest = Guest::new().await;
    let path = "/organizations/v2.0/.well-known/openid-configuration";
    let document: Value = guest.get(path, &[]).await.json().await.unwrap();
    assert_eq!(document["issuer"], guest.url("/{tenantid}/v2.0"));
    let keys: Value = guest.get("/organizations/discovery/v2.0/keys", &[]).await.json().await.unwrap();
    assert_eq!(keys["keys"][0]["issuer"], guest.url("/{tenantid}/v2.0"));
}

#[tokio::test]
async fn an_unknown_tenant_has_no_metadata() {
    let guest = Guest::new().await;
    for (segment, code) in
        [("5f3c1d5e-0000-4000-8000-000000000000", 90002), ("nobody.example", 90002), ("nonsense", 900_023)]
    {
        let path = format!("/{segment}/v2.0/.well-known/openid-configuration");
        let response = guest.get(&path, &[]).await;
        assert_eq!(response.status(), 400);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error_codes"][0], code, "{segment}");
    }
}

#[tokio::test]
async fn instance_discovery_knows_this_host_alone() {
    let guest = Guest::new().await;
    let own = guest.url("/organizations/oauth2/v2.0/authorize");
    let document: Value =
        guest.get("/common/discovery/instance", &[("authorization_endpoint", &own)]).await.json().await.unwrap();
    let expected = guest.url("/organizations/v2.0/.well-known/openid-configuration");
    assert_eq!(document["tenant_discovery_endpoint"], expected);
    let foreign = [("authorization_endpoint", "https://login.example/common/oauth2/v2.0/authorize")];
    assert_eq!(guest.get("/common/discovery/instance", &foreign).await.status(), 400);
}

#[tokio::test]
async fn a_rotated_key_signs_at_once_and_old_tokens_stay_valid() {
    let guest = Guest::new().await;
    let published = async || -> Vec<String> {
        let keys: Value = guest.get("/organizations/discovery/v2.0/keys", &[]).await.json().await.unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let old = guest.app_token(guest.partner()).await.access_token().to_owned();
    assert_eq!(published().await, [kid(&old)]);

    guest.simulator.tokens().rotate_keys().unwrap();
    let new = guest.app_token(guest.partner()).await.access_token().to_owned();
    assert_eq!(published().await, [kid(&new), kid(&old)]);
    assert!(guest.simulator.tokens().verify(&old).is_ok());
    assert!(guest.simulator.tokens().verify(&new).is_ok());

    for _ in 0..3 {
        guest.simulator.tokens().rotate_keys().unwrap();
    }
    let listed = published().await;
    assert_eq!(listed.len(), 2);
    assert!(!listed.contains(&kid(&old)) && !listed.contains(&kid(&new)));
}

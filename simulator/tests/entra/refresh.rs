//! Refresh tokens: idle life, rotation, revocation, and redemption at clients through GDAP.

use chrono::TimeDelta;
use simulator::tokens::{CANARY, TokenError};
use simulator::world::Kind;

use crate::guest::{GRAPH, Guest};

#[tokio::test]
async fn each_use_returns_a_new_token_and_the_old_one_stays_good() {
    let guest = Guest::new().await;
    let first = guest.refresh_token(&guest.person("technician")).await;
    assert!(first.starts_with(CANARY));
    let answer = guest.refresh(guest.partner(), &first).await;
    let second = answer.body["refresh_token"].as_str().unwrap();
    assert_ne!(first, second);
    assert!(answer.body["scope"].as_str().unwrap().contains(GRAPH));
    assert_eq!(guest.refresh(guest.partner(), &first).await.code(), 0);
    assert_eq!(guest.refresh(guest.partner(), second).await.code(), 0);
}

#[tokio::test]
async fn a_token_dies_after_ninety_idle_days_and_not_before() {
    let guest = Guest::new().await;
    let later = guest.now() + TimeDelta::days(1000);
    guest.change(|world| world.app.secrets[0].ends_at = later).await;
    let token = guest.refresh_token(&guest.person("technician")).await;
    for _ in 0..3 {
        guest.simulator.clock().advance(TimeDelta::days(60));
        assert_eq!(guest.refresh(guest.partner(), &token).await.code(), 0);
    }
    guest.simulator.clock().advance(TimeDelta::days(91));
    assert_eq!(guest.refresh(guest.partner(), &token).await.code(), 700_082);
}

#[tokio::test]
async fn revoking_sessions_kills_refresh_tokens_and_access_tokens_that_allow_it() {
    let guest = Guest::new().await;
    let technician = guest.person("technician");
    let token = guest.refresh_token(&technician).await;
    let plain = guest.refresh(guest.partner(), &token).await;
    let capable = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
        ("scope", GRAPH),
        ("claims", r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
    ];
    let capable = guest.token(&guest.partner().to_string(), &capable).await;
    let tokens = guest.simulator.tokens();
    assert!(tokens.verify(capable.access_token()).unwrap().cae);

    tokens.revoke_sessions(technician.object_id);
    assert_eq!(guest.refresh(guest.partner(), &token).await.code(), 50173);
    assert_eq!(tokens.verify(capable.access_token()).unwrap_err(), TokenError::Revoked);
    assert!(tokens.verify(plain.access_token()).is_ok());
    let fresh = guest.refresh_token(&technician).await;
    assert_eq!(guest.refresh(guest.partner(), &fresh).await.code(), 0);
}

#[tokio::test]
async fn a_technician_redeems_at_a_client_with_an_active_relationship() {
    let guest = Guest::new().await;
    let technician = guest.person("technician");
    let token = guest.refresh_token(&technician).await;
    let client = guest.client_of(Kind::GdapEnding).await;
    let answer = guest.refresh(client, &token).await;
    let verified = guest.simulator.tokens().verify(answer.access_token()).unwrap();
    assert_eq!((verified.tenant, verified.home_tenant), (client, Some(guest.partner())));
    assert_eq!(verified.user, Some(technician.object_id));
    assert!(verified.mfa && verified.roles.is_empty() && !verified.scopes.is_empty());

    let ended = guest.now() - TimeDelta::days(1);
    guest.change(|world| world.tenants.get_mut(&client).unwrap().gdap.as_mut().unwrap().ends_at = ended).await;
    assert_eq!(guest.refresh(client, &token).await.code(), 50020);
    guest.change(|world| world.tenants.get_mut(&client).unwrap().gdap = None).await;
    assert_eq!(guest.refresh(client, &token).await.code(), 50020);
}

#[tokio::test]
async fn a_client_without_consent_and_people_without_rights_are_refused() {
    let guest = Guest::new().await;
    let never = guest.client_of(Kind::GdapOnly).await;
    guest.change(|world| world.tenants.get_mut(&never).unwrap().service_principal = None).await;
    let technician = guest.refresh_token(&guest.person("technician")).await;
    let refused = guest.refresh(never, &technician).await;
    assert_eq!((refused.code(), refused.body["error"].as_str()), (65001, Some("invalid_grant")));

    let manager = guest.refresh_token(&guest.person("account_manager")).await;
    assert_eq!(guest.refresh(never, &manager).await.code(), 50020);

    let without_mfa = guest.person_without_mfa();
    guest
        .change(|world| {
            let partner = world.partner;
            let people = &mut world.tenants.get_mut(&partner).unwrap().people;
            people.iter_mut().find(|person| person.object_id == without_mfa.object_id).unwrap().is_admin_agent = true;
        })
        .await;
    let token = guest.refresh_token(&without_mfa).await;
    assert_eq!(guest.refresh(never, &token).await.code(), 50076);
}

#[tokio::test]
async fn nonsense_is_told_from_a_token_that_is_gone() {
    let guest = Guest::new().await;
    assert_eq!(guest.refresh(guest.partner(), "nonsense").await.code(), 9_002_313);
    assert_eq!(guest.refresh(guest.partner(), "CANARYtnt.1.gone").await.code(), 70000);

    let technician = guest.person("technician");
    let token = guest.refresh_token(&technician).await;
    guest
        .change(|world| {
            let partner = world.partner;
            world.tenants.get_mut(&partner).unwrap().people.retain(|person| person.object_id != technician.object_id);
        })
        .await;
    assert_eq!(guest.refresh(guest.partner(), &token).await.code(), 50034);
}

use app::backend::Connections as _;
use app::error::Error;
use chrono::TimeDelta;
use domain::connection::ConnectionState;
use domain::operator::{Reach, Role};
use domain::settings::OwnRegistration;
use serde_json::Value;
use server::graph::Query;
use server::graph::error::Failure;
use server::store::secrets::Place;
use simulator::Side;
use simulator::world::Kind;

use crate::office::{Office, caller};

#[tokio::test]
async fn a_registration_of_its_own_is_used_and_its_ended_secret_is_named() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let tenant = office.client_of(Kind::SecretExpired).await;
    office.add(&tenant.to_string()).await;
    let own = office.simulator.announcement().own_registrations.iter().find(|own| own.tenant_id == tenant.0).unwrap();
    let registration = OwnRegistration {
        client_id: own.client_id.to_string(),
        client_secret: own.client_secret.clone(),
        secret_ends_at: None,
    };
    let row = office.connections.set_own_registration(&admin, tenant, Some(registration)).await.unwrap();
    assert!(row.own_registration);
    assert_eq!(row.connection.cause.unwrap().code, "AADSTS7000222");

    let fresh_secret = office
        .change(|world| {
            let now = chrono::Utc::now();
            let app = world.other_apps.iter_mut().find(|app| app.client_id == own.client_id).unwrap();
            app.secrets[0].ends_at = now + TimeDelta::days(100);
            app.secrets[0].value.clone()
        })
        .await;
    let registration = OwnRegistration {
        client_id: own.client_id.to_string(),
        client_secret: fresh_secret,
        secret_ends_at: Some(office.clock.now() + TimeDelta::days(100)),
    };
    let row = office.connections.set_own_registration(&admin, tenant, Some(registration)).await.unwrap();
    assert!(
        matches!(row.connection.state, ConnectionState::Connected | ConnectionState::MissingPermissions),
        "{:?}",
        row.connection
    );
    assert!(row.connection.credential_ends_at.is_some());
    office.graph_of(tenant).get_one::<Value>(&Query::v1("organization")).await.unwrap();
}

#[tokio::test]
async fn a_registration_that_cannot_be_right_is_refused_before_it_is_kept() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let before = office.stored(tenant).await;
    let id = "11112222-bbbb-3333-cccc-4444dddd5555";
    let past = Some(office.clock.now() - TimeDelta::days(1));
    for (client_id, client_secret, secret_ends_at) in
        [("", "s", None), (id, "", None), (id, "has a blank", None), (id, id, None), (id, "good", past)]
    {
        let registration = OwnRegistration {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            secret_ends_at,
        };
        let refused = office.connections.set_own_registration(&admin, tenant, Some(registration)).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. }), "{refused:?}");
    }
    assert_eq!(office.stored(tenant).await, before);
}

#[tokio::test]
async fn disconnecting_deletes_tokens_and_secrets_at_once_and_keeps_the_data() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let tenant = office.client_of(Kind::SecretExpired).await;
    let link = office.add(&tenant.to_string()).await;
    let registration = OwnRegistration {
        client_id: String::from("11112222-bbbb-3333-cccc-4444dddd5555"),
        client_secret: String::from("a-secret"),
        secret_ends_at: None,
    };
    office.connections.set_own_registration(&admin, tenant, Some(registration)).await.unwrap();
    let place = Place { tenant: Some(tenant), kind: "client_secret" };
    assert!(office.store.secrets().get(place).await.unwrap().is_some());

    office.connections.disconnect(&admin, tenant).await.unwrap();
    assert!(office.store.secrets().get(place).await.unwrap().is_none());
    let stored = office.stored(tenant).await;
    assert_eq!((stored.state, stored.own_registration), (ConnectionState::Disconnected, None));
    office.simulator.requests().clear();
    let error = office.graph_of(tenant).get_one::<Value>(&Query::v1("organization")).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::NoCredential(_)), "{error}");
    assert_eq!(office.simulator.requests().count(Side::Login, Some(tenant.0), ""), 0, "Microsoft is not asked");
    let answer = office.consent(&link, "accept").await;
    let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
    assert_eq!(ending, server::services::connections::Ending::Unknown, "old links are dead");
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Disconnected);
}

#[tokio::test]
async fn a_disconnected_tenant_comes_back_by_a_fresh_link() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    office.connections.disconnect(&caller(Role::Admin), tenant).await.unwrap();
    let link = office.connections.consent(&caller(Role::Admin), tenant).await.unwrap().consent_url;
    let answer = office.consent(&link, "accept").await;
    office.connections.finish_consent(&answer, "r").await.unwrap();
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected);
}

#[tokio::test]
async fn a_tenant_is_deleted_only_by_its_name() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let name = office.stored(tenant).await.name;
    for wrong in ["", "x", &name[1..], &name.to_uppercase()] {
        let refused = office.connections.delete(&admin, tenant, wrong).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { .. }), "{wrong}: {refused:?}");
    }
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected);
    office.connections.delete(&admin, tenant, &name).await.unwrap();
    assert!(!office.connections.list(&admin).await.unwrap().iter().any(|row| row.tenant_id == tenant));
    assert_eq!(office.connections.delete(&admin, tenant, &name).await.unwrap_err(), Error::NotFound);
    let partner = office.connections.delete(&admin, office.partner(), "Partner").await.unwrap_err();
    assert!(matches!(partner, Error::Conflict(_)), "{partner:?}");
}

#[tokio::test]
async fn what_lies_outside_the_reach_is_not_found() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let mut narrow = caller(Role::Admin);
    narrow.operator.reach = Reach::Only([office.partner()].into());
    assert_eq!(office.connections.check(&narrow, tenant).await.unwrap_err(), Error::NotFound);
    assert_eq!(office.connections.disconnect(&narrow, tenant).await.unwrap_err(), Error::NotFound);
    assert_eq!(office.connections.list(&narrow).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_partners_own_tenant_is_listed_and_checked_like_every_other() {
    let office = Office::open().await;
    let admin = caller(Role::Admin);
    let row = office.connections.check(&admin, office.partner()).await.unwrap();
    assert!(row.is_partner);
    assert_eq!(row.connection.state, ConnectionState::Connected, "{:?} {:?}", row.connection, row.permissions);
    assert_ne!(row.tenant_name, "Partner", "it is called what it calls itself");
    office.connections.start().await.unwrap();
    assert_eq!(office.connections.list(&admin).await.unwrap().len(), 1, "a second start adds nothing");
}

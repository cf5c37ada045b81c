use app::backend::Connections as _;
use app::error::Error;
use chrono::TimeDelta;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use domain::operator::Role;
use domain::settings::NewConnection;
use server::services::connections::{Answer, Ending};
use simulator::world::Kind;
use uuid::Uuid;

use crate::office::{Office, caller};

/// Everything that a callback must not change.
async fn snapshot(office: &Office, tenant: TenantId) -> String {
    format!("{:?} {:?}", office.stored(tenant).await, office.nudged.lock().unwrap())
}

fn forged(state: &str, tenant: TenantId) -> Answer {
    Answer {
        state: state.to_owned(),
        tenant: tenant.to_string(),
        admin_consent: String::from("True"),
        ..Answer::default()
    }
}

fn state_of(link: &str) -> String {
    let link = url::Url::parse(link).unwrap();
    link.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

#[tokio::test]
async fn a_tenant_is_listed_when_it_is_added_and_connected_when_consent_is_proven() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    let domain = office.simulator.world().read().await.tenants[&tenant.0].default_domain.clone();
    let link = office.add(&format!(" https://{}/ ", domain.to_uppercase())).await;
    let listed = office.stored(tenant).await;
    assert_eq!(listed.state, ConnectionState::AwaitingConsent);

    let answer = office.consent(&link, "accept").await;
    let ending = office.connections.finish_consent(&answer, "request-1").await.unwrap();
    let Ending::Connected { tenant: connected, missing, .. } = ending else { panic!("{ending:?}") };
    assert_eq!((connected, missing), (tenant, Vec::new()));
    let stored = office.stored(tenant).await;
    assert_eq!((stored.state, stored.cause), (ConnectionState::Connected, None));
    assert!(stored.last_token_at.is_some() && stored.consented_at.is_some());
    let world = office.simulator.world().read().await;
    assert_eq!(stored.name, world.tenants[&tenant.0].display_name);
    assert_eq!(*office.nudged.lock().unwrap(), [tenant], "a sync is asked for");
    let rows = office.connections.list(&caller(Role::Technician)).await.unwrap();
    let row = rows.iter().find(|row| row.tenant_id == tenant).unwrap();
    assert_eq!(row.connection.permissions_granted, row.connection.permissions_wanted);
    assert!(row.permissions.iter().all(|status| status.granted == Some(true)), "{:?}", row.permissions);
}

#[tokio::test]
async fn consent_to_exchange_is_one_of_its_own() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let refused = office.connections.request_exchange_consent(&caller(Role::Admin), tenant).await;
    assert_eq!(refused.unwrap_err(), Error::NotFound, "it is not listed yet");
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    office.connections.finish_consent(&answer, "r").await.unwrap();
    assert!(!office.granted(tenant).await.contains("Exchange.ManageAsApp"));
    let refused = office.connections.request_exchange_consent(&caller(Role::Technician), tenant).await;
    assert_eq!(refused.unwrap_err(), Error::Forbidden);

    let before = office.stored(tenant).await;
    let link = office.connections.request_exchange_consent(&caller(Role::Admin), tenant).await.unwrap().consent_url;
    let forged = forged(&state_of(&link), office.client_of(Kind::SyncLate).await);
    let ending = office.connections.finish_consent(&forged, "r").await.unwrap();
    assert!(matches!(ending, Ending::OtherTenant { .. }), "{ending:?}");
    let answer = office.consent(&link, "accept").await;
    let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
    assert!(matches!(ending, Ending::ExchangeConsented { tenant: told, .. } if told == tenant), "{ending:?}");
    assert!(office.granted(tenant).await.contains("Exchange.ManageAsApp"));
    let after = office.stored(tenant).await;
    assert_eq!((after.state, after.granted), (before.state, before.granted), "what was granted before stays");
    assert_eq!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Unknown, "it works once");
}

#[tokio::test]
async fn a_link_works_once() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    assert!(matches!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Connected { .. }));
    let before = snapshot(&office, tenant).await;
    assert_eq!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Unknown);
    assert_eq!(snapshot(&office, tenant).await, before);
}

#[tokio::test]
async fn two_callbacks_at_once_connect_once() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    let (one, other) =
        tokio::join!(office.connections.finish_consent(&answer, "r"), office.connections.finish_consent(&answer, "r"));
    let endings = [one.unwrap(), other.unwrap()];
    assert_eq!(endings.iter().filter(|ending| matches!(ending, Ending::Connected { .. })).count(), 1, "{endings:?}");
    assert_eq!(office.nudged.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_changes_nothing_and_the_link_stays_good() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    let link = office.add(&tenant.to_string()).await;
    let before = snapshot(&office, tenant).await;
    let answer = office.consent(&link, "cancel").await;
    assert_eq!(answer.admin_consent, "True", "Microsoft says so on errors too");
    let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
    assert!(matches!(&ending, Ending::Refused { name: Some(_), code } if code == "AADSTS65004"), "{ending:?}");
    assert_eq!(snapshot(&office, tenant).await, before);

    let answer = office.consent(&link, "accept").await;
    assert!(matches!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Connected { .. }));
}

#[tokio::test]
async fn an_error_beside_a_valid_answer_is_believed() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let link = office.add(&tenant.to_string()).await;
    let before = snapshot(&office, tenant).await;
    let answer = Answer { error: String::from("access_denied"), ..forged(&state_of(&link), tenant) };
    assert!(matches!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Refused { .. }));
    assert_eq!(snapshot(&office, tenant).await, before);
}

#[tokio::test]
async fn a_forged_success_is_not_believed() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    let link = office.add(&tenant.to_string()).await;
    let before = snapshot(&office, tenant).await;
    let ending = office.connections.finish_consent(&forged(&state_of(&link), tenant), "r").await.unwrap();
    assert!(matches!(&ending, Ending::NotProven { code, .. } if code == "AADSTS7000229"), "{ending:?}");
    assert_eq!(snapshot(&office, tenant).await, before);
}

#[tokio::test]
async fn another_tenant_than_the_links_is_not_believed() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    let other = office.client_of(Kind::SecurityDefaults).await;
    let link = office.add(&tenant.to_string()).await;
    let before = snapshot(&office, tenant).await;
    let ending = office.connections.finish_consent(&forged(&state_of(&link), other), "r").await.unwrap();
    assert!(matches!(ending, Ending::OtherTenant { .. }), "{ending:?}");
    assert_eq!(snapshot(&office, tenant).await, before);
}

#[tokio::test]
async fn an_ended_link_is_refused() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    let before = snapshot(&office, tenant).await;
    office.advance(TimeDelta::days(7));
    assert!(matches!(office.connections.finish_consent(&answer, "r").await.unwrap(), Ending::Expired { .. }));
    assert_eq!(snapshot(&office, tenant).await, before);
}

#[tokio::test]
async fn nonsense_is_answered_and_changes_nothing() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let state = state_of(&office.add(&tenant.to_string()).await);
    let before = snapshot(&office, tenant).await;
    let nonsense = [
        Answer::default(),
        Answer { state: state.clone(), ..Answer::default() },
        Answer { tenant: String::from("../../x"), ..forged(&state, tenant) },
        Answer { admin_consent: String::from("False"), ..forged(&state, tenant) },
        forged("\0\u{202e}nonsense", tenant),
        forged(&"x".repeat(100_000), tenant),
    ];
    for answer in nonsense {
        let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
        assert!(matches!(ending, Ending::Nonsense | Ending::Unknown), "{ending:?}");
        assert_eq!(snapshot(&office, tenant).await, before);
    }
}

#[tokio::test]
async fn a_partial_consent_says_which_features_it_disables() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    office
        .change(|world| {
            world.app.required_roles.remove("AuditLog.Read.All");
            world.app.required_roles.remove("Reports.Read.All");
        })
        .await;
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
    let Ending::Connected { missing, .. } = ending else { panic!("{ending:?}") };
    assert!(missing.iter().any(|feature| feature.contains("legacy protocols")), "{missing:?}");
    let rows = office.connections.list(&caller(Role::Admin)).await.unwrap();
    let row = rows.into_iter().find(|row| row.tenant_id == tenant).unwrap();
    assert_eq!(row.connection.state, ConnectionState::MissingPermissions);
    let refused: Vec<_> = row.permissions.iter().filter(|status| status.granted == Some(false)).collect();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.iter().all(|status| !status.features.is_empty()));
}

#[tokio::test]
async fn a_consent_that_cannot_be_read_is_not_called_complete() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::ConsentWithdrawn).await;
    office.change(|world| world.app.required_roles.remove("Application.Read.All")).await;
    let link = office.add(&tenant.to_string()).await;
    let answer = office.consent(&link, "accept").await;
    let ending = office.connections.finish_consent(&answer, "r").await.unwrap();
    assert!(matches!(&ending, Ending::Connected { missing, .. } if missing.len() == 1), "{ending:?}");
    let stored = office.stored(tenant).await;
    assert_eq!((stored.state, &stored.granted), (ConnectionState::MissingPermissions, &None));
    assert!(stored.cause.is_some());
}

#[tokio::test]
async fn what_is_typed_is_answered_with_a_sentence_that_helps() {
    let office = Office::open().await;
    let new = |tenant: &str, kind| NewConnection { tenant: tenant.to_owned(), kind };
    let admin = caller(Role::Admin);
    for (typed, kind) in [
        ("", ConnectionKind::AppOnly),
        ("not a domain", ConnectionKind::AppOnly),
        ("no-such-client.example", ConnectionKind::AppOnly),
        (&Uuid::from_u128(42).to_string(), ConnectionKind::AppOnly),
        ("fabrikam.example", ConnectionKind::Delegated),
    ] {
        let error = office.connections.create(&admin, new(typed, kind)).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { message, .. } if message.len() > 20), "{typed}: {error:?}");
    }
    assert_eq!(office.connections.list(&admin).await.unwrap().len(), 1, "the partner alone");
}

#[tokio::test]
async fn only_administrators_connect_and_the_rest_see_what_they_may() {
    let office = Office::open().await;
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    office.add(&tenant.to_string()).await;
    for role in [Role::Technician, Role::AccountManager, Role::Viewer] {
        let by = caller(role);
        let new = NewConnection { tenant: tenant.to_string(), kind: ConnectionKind::AppOnly };
        assert_eq!(office.connections.create(&by, new).await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.consent(&by, tenant).await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.check(&by, tenant).await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.create_delegated(&by, "x").await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.set_own_registration(&by, tenant, None).await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.disconnect(&by, tenant).await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.delete(&by, tenant, "x").await.unwrap_err(), Error::Forbidden);
        assert_eq!(office.connections.start_partner(&by).await.unwrap_err(), Error::Forbidden);
    }
    assert!(office.connections.list(&caller(Role::Technician)).await.is_ok());
    assert_eq!(office.connections.list(&caller(Role::AccountManager)).await.unwrap_err(), Error::Forbidden);
    assert_eq!(office.connections.get_partner(&caller(Role::Viewer)).await.unwrap_err(), Error::Forbidden);
}

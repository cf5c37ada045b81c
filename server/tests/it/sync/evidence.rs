//! Evidence besides mail programs' sign-ins: Exchange's settings, devices, apps that hand passwords over.

use app::backend::Tenants as _;
use domain::blocker::{EvidenceView, Protocol};
use domain::dataset::{Dataset, Outcome};
use domain::ids::{TenantId, UserId};
use domain::known::Known;
use domain::list::ListQuery;
use simulator::FaultKind;
use simulator::world::Kind;

use super::{House, technician};

async fn evidence(house: &House, tenant: TenantId) -> EvidenceView {
    house.services().get_evidence(&technician(), tenant).await.unwrap()
}

/// What settings say of the blockers on a protocol, by the account's name.
async fn settings(house: &House, tenant: TenantId, protocol: Protocol) -> Vec<(String, String)> {
    let service = house.services();
    let list = service.list_blockers(&technician(), tenant, &ListQuery::default()).await.unwrap();
    let mut found = Vec::new();
    for row in list.blockers.known().unwrap().rows.iter().filter(|row| row.protocol == protocol) {
        let view = service.get_blocker(&technician(), tenant, &row.principal, protocol).await.unwrap();
        found.push((row.user_principal_name.clone(), view.settings));
    }
    found.sort();
    found
}

fn refusal(status: u16) -> FaultKind {
    FaultKind::Error { status, code: String::from("x"), message: String::from("x") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailboxs_own_setting_is_told_from_the_organisations() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SmtpPrinters).await;
    house.drain().await;
    house.assert_done(tenant, Dataset::ExchangeSettings).await;
    let found = settings(&house, tenant, Protocol::SmtpAuth).await;
    let says = |part: &str| found.iter().filter(|(_, sentence)| sentence.contains(part)).count();
    assert_eq!(says("although the organisation has it off"), 3, "{found:?}");
    assert_eq!(says("follows the organisation, which has SMTP AUTH off"), 1, "{found:?}");
    let view = evidence(&house, tenant).await;
    let organization = view.organization.known().unwrap();
    assert_eq!(organization.smtp_auth_disabled, Some(true));
    assert!(organization.mailboxes > 10);
    assert_eq!(view.mailboxes.len(), 3);
    assert!(view.mailboxes.iter().all(|row| row.last_seen_at.is_some() && row.user_id.is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchange_that_does_not_answer_hurts_nothing_else_and_is_not_called_off() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SmtpPrinters).await;
    for (status, outcome, part) in [
        (403, Outcome::NotPermitted, "Global Reader"),
        (401, Outcome::NotPermitted, "consent link for Exchange"),
        (404, Outcome::Failed, "microsoft.exchange_settings"),
        (410, Outcome::Failed, "newer version"),
    ] {
        house.simulator.faults().clear();
        house.fault(tenant, "/adminapi", refusal(status), None);
        house.refresh(tenant).await;
        let told = house.status(tenant, Dataset::ExchangeSettings).await;
        assert_eq!(told.outcome, Some(outcome), "{status}: {told:?}");
        assert!(told.cause.as_ref().is_some_and(|cause| cause.next_step.contains(part)), "{status}: {told:?}");
        house.assert_done(tenant, Dataset::LegacySignIns).await;
        let view = evidence(&house, tenant).await;
        assert!(matches!(view.organization, Known::Unknown(_)), "{status}: {:?}", view.organization);
        let found = settings(&house, tenant, Protocol::SmtpAuth).await;
        assert!(found.iter().all(|(_, sentence)| sentence.starts_with("Not known")), "{status}: {found:?}");
    }
    // What was read once stays, with its age, when a later reading fails.
    house.simulator.faults().clear();
    house.refresh(tenant).await;
    house.fault(tenant, "/adminapi", refusal(404), None);
    house.refresh(tenant).await;
    assert!(matches!(evidence(&house, tenant).await.organization, Known::Known(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_to_exchange_the_connection_stays_whole() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::OldPhones).await;
    house.drain().await;
    assert_eq!(house.outcome(tenant, Dataset::ExchangeSettings).await, Some(Outcome::NotPermitted));
    house.assert_done(tenant, Dataset::Users).await;
    let view = evidence(&house, tenant).await;
    assert_eq!(view.header.connection.state, domain::connection::ConnectionState::Connected);
    let devices = view.devices.known().unwrap();
    assert_eq!(devices.old.len(), 3, "{devices:?}");
    assert!(devices.old.iter().all(|device| device.version == "10.3.4"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_hands_passwords_over_is_a_blocker_that_a_legacy_policy_does_not_stop() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::BreakGlass).await;
    house.drain().await;
    let erp =
        house.facts(tenant).await.users.iter().find(|user| user.user_principal_name.starts_with("svc-erp")).unwrap().id;
    let service = house.services();
    let view = service.get_blocker(&technician(), tenant, &erp.to_string(), Protocol::PasswordGrant).await.unwrap();
    assert_eq!((view.row.successes, view.row.sprayed, view.row.user_id), (8, 1, Some(UserId(erp.0))));
    assert_eq!(view.failures.iter().map(|failure| (failure.code, failure.count)).collect::<Vec<_>>(), [(50_126, 1)]);
    assert!(view.ways_out[0].name.contains("browser"), "{:?}", view.ways_out);
    let list = service.list_blockers(&technician(), tenant, &ListQuery::default()).await.unwrap();
    assert!(list.ready.because.iter().any(|sentence| sentence.contains("password grant")), "{:?}", list.ready);
    assert!(evidence(&house, tenant).await.log.is_some_and(|log| log.password_grants));
    // Counted once, however often the window overlaps.
    house.refresh(tenant).await;
    let again = service.get_blocker(&technician(), tenant, &erp.to_string(), Protocol::PasswordGrant).await.unwrap();
    assert_eq!((again.row.successes, again.failures), (8, view.failures));
}

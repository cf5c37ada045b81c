//! What is done about connections without being asked.

use chrono::TimeDelta;
use domain::connection::ConnectionState;
use domain::operator::Role;
use simulator::faults::FaultKind;
use simulator::world::Kind;

use super::gdap::{admin_agent, sign_in};
use super::tokens::TOKEN;
use crate::office::{Office, caller};

#[tokio::test]
async fn what_is_granted_is_looked_at_again_after_a_day() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let removed = office.change(|world| {
        let principal = world.tenants.get_mut(&tenant.0).unwrap().service_principal.as_mut().unwrap();
        principal.roles.remove("AuditLog.Read.All")
    });
    assert!(removed.await);
    office.connections.keep_up_once().await.unwrap();
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected, "too early to look again");

    office.advance(TimeDelta::hours(25));
    office.nudged.lock().unwrap().clear();
    office.connections.keep_up_once().await.unwrap();
    let stored = office.stored(tenant).await;
    assert_eq!(stored.state, ConnectionState::MissingPermissions);
    assert!(!stored.granted.unwrap().iter().any(|name| name == "AuditLog.Read.All"));
    assert_eq!(*office.nudged.lock().unwrap(), [tenant]);
}

#[tokio::test]
async fn a_fault_that_passes_says_nothing_of_a_connection() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    office.advance(TimeDelta::hours(25));
    office.fault(tenant, TOKEN, FaultKind::ServiceUnavailable { retry_after_seconds: None }, None);
    let before = office.stored(tenant).await;
    office.connections.keep_up_once().await.unwrap();
    assert_eq!(office.stored(tenant).await, before);

    office.simulator.faults().clear();
    office.connections.keep_up_once().await.unwrap();
    assert!(office.stored(tenant).await.checked_at > before.checked_at);
}

#[tokio::test]
async fn the_partners_refresh_token_outlives_ninety_idle_days() {
    let office = Office::open().await;
    let agent = admin_agent(&office).await;
    sign_in(&office, &agent).await;
    for _ in 0..3 {
        office.advance(TimeDelta::days(60));
        office.connections.keep_up_once().await.unwrap();
    }
    let partner = office.store.consents().get_partner().await.unwrap().unwrap();
    assert_eq!(partner.last_renewed_at.timestamp(), office.clock.now().timestamp());
    assert!(office.connections.tokens.renew_partner().await.is_ok());
}

#[tokio::test]
async fn a_disconnected_tenant_stays_so() {
    use app::backend::Connections as _;

    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    office.connections.disconnect(&caller(Role::Admin), tenant).await.unwrap();
    office.advance(TimeDelta::hours(25));
    office.connections.keep_up_once().await.unwrap();
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Disconnected);
}

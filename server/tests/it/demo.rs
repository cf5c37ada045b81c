//! The stage of the demo: made once, and found as it was at the next start.

use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use server::demo::prepare;
use server::store::Scope;
use simulator::world::Kind;

use crate::world::World;

/// One of every kind.
const TENANTS: usize = 24;

#[tokio::test]
async fn the_next_start_reaches_through_gdap_whom_the_first_reached() {
    let world = World::start_of(TENANTS, &[]).await;
    let announcement = world.simulator.announcement();
    let gdap_only = TenantId(world.simulator.world().read().await.tenants_of(Kind::GdapOnly).next().unwrap().id);
    let reached = async || {
        let connection = world.state().store.connections(&Scope::of_system()).get(gdap_only).await.unwrap().unwrap();
        (connection.kind, connection.state)
    };
    prepare(world.state(), announcement, &[]).await.unwrap();
    assert_eq!(reached().await, (ConnectionKind::Delegated, ConnectionState::Connected));

    // Each start makes a new world, in which nobody has consented through Partner Center.
    world.simulator.world().write().await.tenants.get_mut(&gdap_only.0).unwrap().service_principal = None;
    prepare(world.state(), announcement, &[]).await.unwrap();
    assert_eq!(reached().await, (ConnectionKind::Delegated, ConnectionState::Connected));
    assert!(world.simulator.world().read().await.tenants[&gdap_only.0].service_principal.is_some());
    world.stop().await;
}

//! The partner requirement in its three ways.

use domain::facts::directory::FederatedMfa;
use domain::facts::policy::GrantOperator::Or;
use domain::facts::policy::PolicyState;
use domain::known::{Known, UnknownCause};
use domain::licence::EntraLicence;
use domain::readiness::{Readiness, Way, WayState, shortest_way, ways};
use domain::verdict::{OpenAdmins, Posture, Source};

use crate::world::*;

fn three(world: &World, licence: EntraLicence) -> [Way; 3] {
    ways(&world.tenant, Known::Known(licence)).try_into().unwrap()
}

fn states(world: &World, licence: EntraLicence) -> [WayState; 3] {
    three(world, licence).map(|way| way.state)
}

#[test]
fn nothing_enforced_has_two_ways_open() {
    use WayState::{NotAvailable, NotInPlace};
    let world = World::new();
    assert_eq!(states(&world, EntraLicence::P1), [NotInPlace, NotInPlace, NotInPlace]);
    assert_eq!(states(&world, EntraLicence::Free), [NotAvailable, NotInPlace, NotInPlace]);
    let [conditional_access, defaults, _] = three(&world, EntraLicence::Free);
    assert!(conditional_access.missing[0].contains("Entra ID P1"), "{conditional_access:?}");
    assert!(defaults.next.starts_with("Switch them on"), "{defaults:?}");
}

#[test]
fn security_defaults_are_a_way_of_their_own() {
    let mut world = World::new();
    world.tenant.security_defaults = known(true);
    assert_eq!(states(&world, EntraLicence::Free)[1], WayState::InPlace);
}

#[test]
fn a_policy_for_all_is_in_place_and_its_exclusions_are_missing() {
    let mut world = World::new();
    world.policies([mfa()]);
    assert_eq!(states(&world, EntraLicence::P1)[..2], [WayState::InPlace, WayState::NotAvailable]);
    world.policies([mfa().except_groups(&[BREAK_GLASS])]);
    let [way, ..] = three(&world, EntraLicence::P1);
    assert_eq!(
        (way.state, way.missing.as_slice()),
        (WayState::Partly, ["Policy “Require MFA” leaves out one group.".to_owned()].as_slice())
    );
}

#[test]
fn a_policy_of_modern_clients_lacks_the_legacy_ones() {
    let mut world = World::new();
    world.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"])]);
    let [way, ..] = three(&world, EntraLicence::P1);
    assert!(way.state == WayState::Partly && way.next.contains("blocks Exchange ActiveSync"), "{way:?}");
    world.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"]), block_legacy()]);
    assert_eq!(states(&world, EntraLicence::P1)[0], WayState::InPlace);
}

#[test]
fn a_policy_that_waits_for_something_is_not_for_everybody() {
    for narrow in [
        mfa().sign_in_risk(&["high"]),
        mfa().places(&[OFFICE]),
        mfa().platforms(&["iOS"]),
        mfa().users(&[]).groups(&[STAFF]),
        mfa().apps(&[EXCHANGE]),
        mfa().not_understood("conditions.moonPhase"),
        policy("Terms").controls(Or, &["compliantDevice"]),
    ] {
        let mut world = World::new();
        world.policies([narrow]);
        assert_ne!(states(&world, EntraLicence::P1)[0], WayState::InPlace);
    }
}

#[test]
fn a_report_only_policy_is_the_shortest_way() {
    let mut world = World::new();
    world.policies([mfa().state(PolicyState::ReportOnly)]);
    let [way, defaults, _] = three(&world, EntraLicence::P1);
    assert_eq!(way.next, "Switch policy “Require MFA” from report-only to on.");
    assert_eq!(defaults.state, WayState::NotInPlace);
}

#[test]
fn a_federated_provider_is_a_third_party() {
    let mut world = World::new();
    world.federate(FederatedMfa::EnforceByFederatedIdp);
    assert_eq!(states(&world, EntraLicence::P1)[2], WayState::Partly);
    world.federate(FederatedMfa::RejectByFederatedIdp);
    assert_eq!(states(&world, EntraLicence::P1)[2], WayState::NotInPlace);
}

#[test]
fn what_is_not_known_is_unknown() {
    let world_unknown = World { tenant: domain::mfa::TenantFacts::unknown(UnknownCause::NotPermitted), ..World::new() };
    assert_eq!(
        ways(&world_unknown.tenant, Known::Unknown(UnknownCause::Failed))
            .iter()
            .map(|way| way.state)
            .collect::<Vec<_>>(),
        [WayState::Unknown; 3]
    );
    let readiness = |posture| Readiness {
        is_partner: false,
        accounts: Known::Known(posture),
        admins_unprotected: Known::Known(OpenAdmins::default()),
        ways: Vec::new(),
        microsoft: None,
    };
    let posture = Posture { protected: 4, ..Posture::default() };
    assert_eq!(readiness(posture).is_met(), Some(true));
    assert_eq!(readiness(Posture { unknown: 1, ..posture }).is_met(), None);
    assert_eq!(readiness(Posture { partial: 1, unknown: 1, ..posture }).is_met(), Some(false));
}

#[test]
fn a_row_of_the_fleet_has_one_next_step() {
    let p1 = Known::Known(EntraLicence::P1);
    let free = Known::Known(EntraLicence::Free);
    assert_eq!(shortest_way(&p1, &[], Some(0), 0), "Nothing to do.");
    assert_eq!(shortest_way(&free, &[], Some(3), 0), "Switch security defaults on.");
    assert_eq!(shortest_way(&p1, &[], Some(3), 0), "Demand MFA of everybody by a Conditional Access policy.");
    assert_eq!(shortest_way(&p1, &[Source::ConditionalAccess], Some(3), 0), "Close the holes in its policies.");
    assert_eq!(shortest_way(&p1, &[], None, 0), "Connect it, so that it can be read.");
}

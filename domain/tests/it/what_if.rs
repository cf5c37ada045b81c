//! What a plan would do, in small worlds.

use std::collections::BTreeSet;

use domain::blocker::{BlockerRow, Evidence, Protocol};
use domain::facts::policy::PolicyState;
use domain::known::Known;
use domain::verdict::Verdict::{EnrolmentOpen, Protected, Unprotected};
use domain::what_if::{Exclusion, Outcome, Plan, Snapshot, Template, simulate};

use crate::world::*;

fn snapshot(world: &World) -> Snapshot {
    Snapshot {
        facts: world.tenant.clone(),
        users: vec![world.ada.clone()],
        users_read_at: Some(noon()),
        legacy: Known::Known(vec![printer()]),
    }
}

fn printer() -> BlockerRow {
    BlockerRow {
        user_id: Some(ADA),
        user_principal_name: "ada@contoso.example".into(),
        display_name: None,
        protocol: Protocol::SmtpAuth,
        evidence: Evidence::SignIns,
        successes: 214,
        sprayed: 0,
        blocked: 0,
        first_seen_at: None,
        last_seen_at: None,
        addresses: vec![],
        places: vec![],
        user_agents: vec![],
        probably: None,
    }
}

fn tried(world: &World, plan: &Plan) -> Outcome {
    simulate(&snapshot(world), plan)
}

fn template(template: Template) -> Plan {
    Plan { templates: [template].into(), ..Plan::default() }
}

#[test]
fn nothing_planned_changes_nothing() {
    let mut world = World::new();
    world.policies([mfa()]);
    let outcome = tried(&world, &Plan::default());
    assert_eq!((outcome.before, outcome.moved.len(), outcome.stopped.len()), (outcome.after, 0, 0));
}

#[test]
fn mfa_for_all_protects_and_stops_the_printer() {
    let outcome = tried(&World::new(), &template(Template::MfaForAll));
    let [moved] = outcome.moved.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((moved.change.from, moved.change.to), (Some(Unprotected), Protected));
    assert_eq!(outcome.stopped[0].what, "SMTP AUTH would stop: 214 sign-ins were seen.");
    assert_eq!((outcome.before.unprotected, outcome.after.protected), (1, 1));
}

#[test]
fn who_has_registered_nothing_is_asked_first() {
    let mut world = World::new();
    world.methods(false, &[]);
    let outcome = tried(&world, &template(Template::MfaForAll));
    assert_eq!(outcome.moved[0].change.to, EnrolmentOpen);
    assert!(outcome.stopped.iter().any(|stopped| stopped.what.starts_with("Nothing is registered")), "{outcome:?}");
}

#[test]
fn blocking_legacy_stops_the_printer_alone() {
    let mut world = World::new();
    world.policies([mfa().clients(&["browser", "mobileAppsAndDesktopClients"])]);
    let outcome = tried(&world, &template(Template::BlockLegacy));
    assert_eq!(outcome.moved[0].change.to, Protected);
    assert_eq!(outcome.stopped.len(), 1);
}

#[test]
fn a_client_that_is_stopped_already_is_not_told_again() {
    let mut world = World::new();
    world.policies([block_legacy()]);
    assert_eq!(tried(&world, &template(Template::MfaForAll)).stopped, []);
}

#[test]
fn a_report_only_policy_can_be_tried_on_and_an_enabled_one_off() {
    let mut world = World::new();
    world.policies([mfa().state(PolicyState::ReportOnly)]);
    let id = world.tenant.policies.value().unwrap()[0].id.clone();
    let on = Plan { on: BTreeSet::from([id.clone()]), ..Plan::default() };
    assert_eq!(tried(&world, &on).moved[0].change.to, Protected);
    world.policies([mfa()]);
    let id = world.tenant.policies.value().unwrap()[0].id.clone();
    let off = Plan { off: BTreeSet::from([id]), ..Plan::default() };
    assert_eq!(tried(&world, &off).moved[0].change.to, Unprotected);
}

#[test]
fn an_exclusion_loses_protection() {
    let mut world = World::new();
    world.policies([mfa()]);
    let policy = world.tenant.policies.value().unwrap()[0].id.clone();
    let plan =
        Plan { exclusions: [Exclusion { policy, user: "ADA@contoso.example".into() }].into(), ..Plan::default() };
    assert_eq!(tried(&world, &plan).moved[0].change.to, Unprotected);
}

#[test]
fn security_defaults_beside_policies_are_warned_of() {
    let mut world = World::new();
    world.policies([block_legacy()]);
    let outcome = tried(&world, &Plan { security_defaults: Some(true), ..Plan::default() });
    assert_eq!(outcome.moved[0].change.to, Protected);
    assert!(outcome.notes[0].starts_with("Microsoft does not let security defaults be on"), "{:?}", outcome.notes);
}

#[test]
fn a_snapshot_survives_its_json() {
    let world = World::new();
    let snapshot = snapshot(&world);
    let again: Snapshot = serde_json::from_str(&serde_json::to_string(&snapshot).unwrap()).unwrap();
    assert_eq!(simulate(&again, &template(Template::MfaForAll)), simulate(&snapshot, &template(Template::MfaForAll)));
}

#[test]
fn a_plan_survives_the_address() {
    let plan = Plan {
        on: BTreeSet::from(["a".into()]),
        off: BTreeSet::from(["b".into()]),
        security_defaults: Some(false),
        templates: Template::ALL.into(),
        exclusions: [Exclusion { policy: "p:q".into(), user: "ada@contoso.example".into() }].into(),
    };
    let words = plan.words();
    assert_eq!(Plan::from_words(words.iter().map(String::as_str)), plan);
    assert!(Plan::from_words(["sideways:x", "defaults:maybe", "add:nothing", "exclude::p", "on"]).is_empty());
}

#[test]
fn a_stranger_is_not_left_out_and_that_is_said() {
    let mut world = World::new();
    world.policies([mfa()]);
    let policy = world.tenant.policies.value().unwrap()[0].id.clone();
    let plan =
        Plan { exclusions: [Exclusion { policy, user: "eve@contoso.example".into() }].into(), ..Plan::default() };
    let outcome = tried(&world, &plan);
    assert_eq!(outcome.moved, []);
    assert!(outcome.notes[0].contains("eve@contoso.example"), "{:?}", outcome.notes);
}

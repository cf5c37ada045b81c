//! What a plan would do, in small worlds.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::blocker::{BlockerRow, Evidence, Protocol};
use domain::facts::policy::{GrantOperator, PolicyState};
use domain::facts::sign_in::{DaysSeen, ModernClient, SeenSignIns, SeenWay, SignInLog, SignInWay};
use domain::known::{Known, UnknownCause};
use domain::mfa::{Evaluator, Meets};
use domain::verdict::Verdict::{EnrolmentOpen, Partial, Protected, Unprotected};
use domain::what_if::{Exclusion, Outcome, Plan, RealSignIns, Snapshot, Template, simulate};
use rstest::rstest;
use uuid::Uuid;

use crate::world::*;

fn snapshot(world: &World) -> Snapshot {
    Snapshot {
        facts: world.tenant.clone(),
        users: vec![world.ada.clone()],
        users_read_at: Some(noon()),
        legacy: Known::Known(vec![printer()]),
        sign_ins: Known::Known(RealSignIns {
            users: vec![],
            log: SignInLog { since: day(), cut_on: None, password_grants: true },
        }),
    }
}

fn day() -> NaiveDate {
    noon().date_naive()
}

/// Teams in a browser on Windows, from Portugal.
fn teams() -> SignInWay {
    SignInWay {
        app_id: Some(TEAMS),
        app_name: "Microsoft Teams".into(),
        resource_id: Some(TEAMS),
        client: ModernClient::Browser,
        platform: "windows".into(),
        country: Some("PT".into()),
        managed_device: false,
        ip_address: "203.0.113.9".into(),
    }
}

const TEAMS: Uuid = Uuid::from_u128(0x1fec8e78_bce4_4aaf_ab1b_5451cc387264);

fn printer() -> BlockerRow {
    BlockerRow {
        principal: ADA.to_string(),
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
        work: None,
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
fn blocking_legacy_asks_nobody_to_register() {
    let mut world = World::new();
    world.methods(false, &[]);
    let outcome = tried(&world, &template(Template::BlockLegacy));
    assert_eq!(outcome.moved[0].change.to, Partial);
    let told: Vec<&str> = outcome.stopped.iter().map(|stopped| stopped.what.as_str()).collect();
    assert_eq!(told, ["SMTP AUTH would stop: 214 sign-ins were seen."]);
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

fn meets(world: &World, way: &SignInWay) -> Meets {
    Evaluator::new(&world.tenant, Some(noon())).meets(&world.ada, [way])[0]
}

#[rstest]
#[case::nothing_is_asked(vec![], Meets::Password)]
#[case::mfa(vec![mfa()], Meets::SecondFactor)]
#[case::report_only_asks_nothing(vec![mfa().state(PolicyState::ReportOnly)], Meets::Password)]
#[case::legacy_is_not_meant(vec![block_legacy()], Meets::Password)]
#[case::office_holds_teams(vec![mfa().apps(&["Office365"])], Meets::SecondFactor)]
#[case::another_app(vec![mfa().apps(&[PAYROLL])], Meets::Password)]
#[case::excluded_app(vec![mfa().except_apps(&["Office365"])], Meets::Password)]
#[case::another_platform(vec![mfa().platforms(&["iOS", "android"])], Meets::Password)]
#[case::its_platform(vec![mfa().platforms(&["windows"])], Meets::SecondFactor)]
#[case::a_country(vec![policy("Not from here").places(&[SWITZERLAND]).controls(GrantOperator::Or, &["block"])], Meets::Password)]
#[case::outside_a_country(
    vec![policy("Only from there").places(&["All"]).except_places(&[SWITZERLAND]).controls(GrantOperator::Or, &["block"])],
    Meets::Blocked
)]
#[case::within_wide_ranges(vec![mfa().except_places(&["AllTrusted"])], Meets::SecondFactor)]
#[case::a_device_of_the_tenant(vec![policy("Devices").controls(GrantOperator::Or, &["compliantDevice"])], Meets::More)]
#[case::mfa_or_a_device(vec![policy("Either").controls(GrantOperator::Or, &["mfa", "compliantDevice"])], Meets::SecondFactor)]
#[case::a_control_of_tomorrow(vec![policy("New").controls(GrantOperator::Or, &["retinaScan"])], Meets::Uncertain)]
#[case::a_place_that_nobody_read(
    vec![mfa().places(&["cccccccc-0000-4000-8000-0000000000ff"])],
    Meets::Uncertain
)]
#[case::the_strictest_counts(vec![mfa(), policy("Devices").controls(GrantOperator::And, &["compliantDevice"])], Meets::More)]
fn a_sign_in_meets(#[case] policies: Vec<PolicyBuilder>, #[case] expected: Meets) {
    let mut world = World::new();
    world.policies(policies);
    assert_eq!(meets(&world, &teams()), expected);
}

#[test]
fn a_device_and_an_office_of_the_tenant_let_in() {
    let mut world = World::new();
    world.policies([policy("Devices").controls(GrantOperator::Or, &["compliantDevice"])]);
    assert_eq!(meets(&world, &SignInWay { managed_device: true, ..teams() }), Meets::Password);
    world.policies([mfa().except_places(&[OFFICE])]);
    assert_eq!(meets(&world, &SignInWay { ip_address: "198.51.100.7".into(), ..teams() }), Meets::Password);
    assert_eq!(meets(&world, &SignInWay { ip_address: "2001:db8::1".into(), ..teams() }), Meets::SecondFactor);
    assert_eq!(meets(&world, &SignInWay { ip_address: "hidden".into(), ..teams() }), Meets::Uncertain);
}

#[test]
fn what_stands_everywhere_is_met_everywhere() {
    let mut world = World::new();
    world.tenant.security_defaults = known(true);
    assert_eq!(meets(&world, &teams()), Meets::SecondFactor);
    world.tenant.security_defaults = unknown(UnknownCause::Failed);
    assert_eq!(meets(&world, &teams()), Meets::Uncertain);
    world.ada.account_enabled = false;
    assert_eq!(meets(&world, &teams()), Meets::Blocked);
}

#[test]
fn real_sign_ins_that_would_be_stopped_are_told_with_their_days() {
    let mut world = World::new();
    let devices = policy("Devices").controls(GrantOperator::Or, &["compliantDevice"]).state(PolicyState::ReportOnly);
    world.policies([devices]);
    let mut days = DaysSeen::on(day());
    days.add(day() - chrono::Days::new(3));
    let of_the_tenant = SignInWay { managed_device: true, app_name: "Payroll".into(), ..teams() };
    let ways = [teams(), of_the_tenant].map(|way| SeenWay { way, days }).to_vec();
    let mut snapshot = snapshot(&world);
    snapshot.sign_ins = Known::Known(RealSignIns {
        users: vec![SeenSignIns { user_id: ADA, ways }],
        log: SignInLog { since: day(), cut_on: Some(day()), password_grants: true },
    });
    let plan = Plan { on: BTreeSet::from(["Devices".into()]), ..Plan::default() };
    let outcome = simulate(&snapshot, &plan);
    let told: Vec<_> = outcome.stopped.iter().map(|stopped| stopped.what.as_str()).collect();
    let last = day().format("%-d %b %Y");
    let expected = format!(
        "Microsoft Teams in a browser on Windows, from PT would need a device or an app that the tenant manages \
         (seen on 2 days, last on {last})."
    );
    assert!(told.contains(&expected.as_str()), "{told:?}");
    assert!(!told.iter().any(|what| what.contains("Payroll")), "{told:?}");
    assert!(outcome.notes.iter().any(|note| note.contains("more than are read")), "{:?}", outcome.notes);
    assert_eq!(simulate(&snapshot, &Plan::default()).stopped, []);
}

#[test]
fn unknown_sign_ins_are_said() {
    let mut snapshot = snapshot(&World::new());
    snapshot.sign_ins = Known::Unknown(UnknownCause::NotLicensed);
    let outcome = simulate(&snapshot, &template(Template::MfaForAll));
    assert!(outcome.notes.iter().any(|note| note.starts_with("Sign-ins are not known")), "{:?}", outcome.notes);
}

//! Policies read aloud, lockouts, and why a verdict changed.

use domain::change::cause_of_change;
use domain::facts::policy::GrantOperator::Or;
use domain::facts::policy::PolicyState;
use domain::mfa::read_policies;
use domain::verdict::Verdict::Protected;

use crate::world::*;

fn told(world: &World) -> Vec<String> {
    world.judge().reasons.into_iter().map(|reason| reason.text.to_string()).collect()
}

#[test]
fn a_policy_tells_whom_it_covers_and_whom_it_leaves_out() {
    let mut world = World::new();
    world.join(BREAK_GLASS);
    world.policies([mfa().except_groups(&[BREAK_GLASS]), mfa().state(PolicyState::ReportOnly)]);
    let readings = read_policies(&world.tenant, [&world.ada]);
    assert_eq!((readings[0].effect.as_str(), readings[0].names.as_str()), ("Demands MFA for all apps.", "Everybody"));
    assert_eq!((readings[0].covers, readings[1].covers), (0, 1));
    let [left_out] = readings[0].leaves_out.as_slice() else { panic!("{readings:?}") };
    assert_eq!((left_out.through.as_str(), left_out.accounts.as_slice()), ("Group “Break glass”", [ADA].as_slice()));
    assert!(readings.iter().all(|reading| reading.uncertain.is_empty()), "{readings:?}");
}

#[test]
fn what_a_policy_hides_is_said() {
    let mut world = World::new();
    world.policies([
        mfa().not_understood("conditions.moonPhase"),
        mfa().users(&[]).groups(&["bbbbbbbb-0000-4000-8000-00000000ffff"]),
    ]);
    let readings = read_policies(&world.tenant, [&world.ada]);
    assert_eq!(readings[0].uncertain, ["What it stops is not certain: “conditions.moonPhase” is not understood."]);
    assert_eq!(readings[1].may_cover, 1);
    assert!(readings[1].uncertain[0].starts_with("Whether it covers some accounts is not known"), "{readings:?}");
}

#[test]
fn a_strength_that_nothing_registered_meets_locks_out() {
    let mut world = World::new();
    world.policies([policy("Strong").strength(true, &["fido2", "windowsHelloForBusiness"])]);
    world.methods(true, &["microsoftAuthenticatorPush"]);
    let judgement = world.judge();
    assert_eq!((judgement.verdict, judgement.locked_out), (Protected, true));
    assert!(
        told(&world)[1].ends_with("which none of the registered methods meets: the user will be locked out."),
        "{judgement:?}"
    );
    world.methods(true, &["fido2SecurityKey"]);
    assert!(!world.judge().locked_out);
    // A certificate is no registered method: nobody can say.
    world.policies([policy("Strong").strength(true, &["fido2", "x509CertificateMultiFactor"])]);
    world.methods(true, &["microsoftAuthenticatorPush"]);
    assert!(!world.judge().locked_out);
}

#[test]
fn a_change_names_the_policy_that_is_gone_or_excludes() {
    let mut world = World::new();
    world.policies([mfa()]);
    let protected = world.judge();
    world.policies([]);
    let cause = cause_of_change(&protected, &world.judge());
    assert_eq!(cause, "No longer so: Policy “Require MFA” demands MFA for all apps.");
    world.join(BREAK_GLASS);
    world.policies([mfa().except_groups(&[BREAK_GLASS])]);
    let cause = cause_of_change(&protected, &world.judge());
    assert!(cause.starts_with("Policy “Require MFA” leaves this account out"), "{cause}");
}

#[test]
fn a_change_names_the_method_and_the_account() {
    let mut world = World::new();
    world.policies([mfa()]);
    let protected = world.judge();
    world.methods(false, &[]);
    let open = world.judge();
    assert!(cause_of_change(&protected, &open).starts_with("No usable method is registered any more."));
    assert_eq!(cause_of_change(&open, &protected), "A usable method was registered.");
    world.ada.account_enabled = false;
    assert_eq!(cause_of_change(&open, &world.judge()), "The account is disabled: nobody signs in with it.");
    let blocked = world.judge();
    assert!(cause_of_change(&blocked, &open).starts_with("The account can sign in again."));
}

#[test]
fn domains_that_were_not_read_are_said_where_they_matter() {
    let mut world = World::new();
    world.tenant.domains = unknown(domain::known::UnknownCause::Failed);
    assert!(world.judge().uncertain.iter().any(|doubt| doubt.contains("federated identity provider")));
    world.policies([policy("Block legacy").controls(Or, &["block"])]);
    assert_eq!(world.judge().uncertain, [""; 0]);
}

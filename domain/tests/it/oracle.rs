//! The evaluator against a brute-force reading of the same small worlds, and laws that hold in every world.

use std::sync::Arc;

use domain::facts::policy::{GrantOperator, PolicyState};
use domain::facts::registration::PerUserMfa;
use domain::mfa::{Evaluator, Fact, Was};
use domain::verdict::{Judgement, Verdict};
use proptest::prelude::*;

use crate::world::*;

#[derive(Clone, Debug)]
struct Rule {
    state: PolicyState,
    users: usize,
    except: usize,
    clients: usize,
    apps: usize,
    except_app: bool,
    platforms: usize,
    places: usize,
    device_code_alone: bool,
    risk: usize,
    grant: usize,
}

#[derive(Clone, Debug)]
struct Small {
    rules: Vec<Rule>,
    is_staff: bool,
    is_break_glass: bool,
    account_enabled: bool,
    security_defaults: bool,
    per_user: PerUserMfa,
    registered: bool,
}

const CLIENTS: [&[&str]; 4] =
    [&["all"], &["browser", "mobileAppsAndDesktopClients"], &["exchangeActiveSync", "other"], &["browser"]];
const APPS: [&[&str]; 4] = [&["All"], &[PAYROLL], &["Office365"], &["None"]];

impl Rule {
    fn build(&self, name: usize) -> PolicyBuilder {
        let ada = ADA.to_string();
        let mut policy =
            policy(&format!("P{name}")).state(self.state).clients(CLIENTS[self.clients]).apps(APPS[self.apps]);
        policy = match self.users {
            0 => policy,
            1 => policy.users(&[]).groups(&[STAFF]),
            2 => policy.users(&[&ada]),
            _ => policy.users(&["GuestsOrExternalUsers"]),
        };
        policy = match self.except {
            0 => policy,
            1 => policy.except_groups(&[BREAK_GLASS]),
            _ => policy.except_users(&[&ada]),
        };
        if self.except_app {
            policy = policy.except_apps(&[PAYROLL]);
        }
        policy = match self.platforms {
            0 => policy,
            1 => policy.platforms(&["iOS", "android"]),
            2 => policy.platforms(&["all"]).except_platforms(&["linux"]),
            _ => policy.platforms(&["all"]),
        };
        policy = match self.places {
            0 => policy,
            1 => policy.places(&["All"]).except_places(&[OFFICE]),
            2 => policy.places(&["All"]).except_places(&["AllTrusted"]),
            3 => policy.places(&["All"]).except_places(&[SWITZERLAND]),
            _ => policy.places(&[SWITZERLAND]),
        };
        if self.device_code_alone {
            policy = policy.flows(&["deviceCodeFlow"]);
        }
        policy = match self.risk {
            0 => policy,
            1 => policy.sign_in_risk(&["high"]),
            _ => policy.sign_in_risk(&["high", "none"]),
        };
        use GrantOperator::{And, Or};
        match self.grant {
            0 => policy.controls(Or, &["block"]),
            1 => policy.controls(Or, &["mfa"]),
            2 => policy.controls(Or, &["mfa", "compliantDevice"]),
            3 => policy.controls(And, &["mfa", "compliantDevice"]),
            4 => policy.controls(Or, &["mfa"]).terms_of_use(),
            5 => policy.controls(And, &["mfa"]).terms_of_use(),
            _ => policy,
        }
    }
}

impl Small {
    fn build(&self) -> World {
        let mut world = World::new();
        world.policies(self.rules.iter().enumerate().map(|(name, rule)| rule.build(name)));
        if self.is_staff {
            world.join(STAFF);
        }
        if self.is_break_glass {
            world.join(BREAK_GLASS);
        }
        world.ada.account_enabled = self.account_enabled;
        world.tenant.security_defaults = known(self.security_defaults);
        world.per_user(self.per_user);
        world.methods(self.registered, if self.registered { &["microsoftAuthenticatorPush"] } else { &[] });
        world
    }

    fn verdict(&self) -> Verdict {
        self.build().judge().verdict
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    let state = prop_oneof![
        5 => Just(PolicyState::Enabled),
        1 => Just(PolicyState::ReportOnly),
        1 => Just(PolicyState::Disabled)
    ];
    let often_plain = |others: usize| prop_oneof![3 => Just(0), 2 => 0..=others];
    (
        (state, often_plain(3), often_plain(2), 0..4_usize, often_plain(3), any::<bool>()),
        (often_plain(3), often_plain(4), prop::bool::weighted(0.1), often_plain(2), 0..7_usize),
    )
        .prop_map(|((state, users, except, clients, apps, except_app), (platforms, places, flow, risk, grant))| {
            Rule {
                state,
                users,
                except,
                clients,
                apps,
                except_app,
                platforms,
                places,
                device_code_alone: flow,
                risk,
                grant,
            }
        })
}

fn small() -> impl Strategy<Value = Small> {
    let per_user = prop_oneof![
        4 => Just(PerUserMfa::Disabled),
        1 => Just(PerUserMfa::Enabled),
        1 => Just(PerUserMfa::Enforced)
    ];
    (
        prop::collection::vec(rule(), 0..5),
        any::<bool>(),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.95),
        prop::bool::weighted(0.15),
        per_user,
        any::<bool>(),
    )
        .prop_map(|(rules, is_staff, is_break_glass, account_enabled, security_defaults, per_user, registered)| {
            Small { rules, is_staff, is_break_glass, account_enabled, security_defaults, per_user, registered }
        })
}

/// One concrete sign-in.
#[derive(Clone, Copy)]
struct SignIn {
    app: &'static str,
    legacy: bool,
    browser: bool,
    platform: &'static str,
    place: &'static str,
    device_code: bool,
    managed: bool,
    second_factor: bool,
}

impl Small {
    /// Reads the policies one by one, for one sign-in: is it let in?
    fn lets_in(&self, sign_in: SignIn) -> bool {
        let by_policies = self.rules.iter().all(|rule| !self.applies(rule, sign_in) || satisfied(rule.grant, sign_in));
        let by_defaults = !self.security_defaults || (!sign_in.legacy && sign_in.second_factor);
        let by_user = match self.per_user {
            PerUserMfa::Disabled => true,
            PerUserMfa::Enabled => sign_in.legacy || sign_in.second_factor,
            PerUserMfa::Enforced => !sign_in.legacy && sign_in.second_factor,
        };
        self.account_enabled && by_policies && by_defaults && by_user
    }

    fn applies(&self, rule: &Rule, sign_in: SignIn) -> bool {
        let user = match rule.users {
            0 | 2 => true,
            1 => self.is_staff,
            _ => false,
        } && match rule.except {
            0 => true,
            1 => !self.is_break_glass,
            _ => false,
        };
        let client = match rule.clients {
            0 => true,
            1 => !sign_in.legacy,
            2 => sign_in.legacy,
            _ => sign_in.browser,
        };
        let app = match rule.apps {
            0 => true,
            1 => sign_in.app == "payroll",
            2 => sign_in.app == "office",
            _ => false,
        } && !(rule.except_app && sign_in.app == "payroll");
        let platform = match rule.platforms {
            1 => sign_in.platform == "phone",
            2 => sign_in.platform != "linux",
            _ => true,
        };
        let place = match rule.places {
            1 => sign_in.place != "office",
            2 => sign_in.place != "office" && sign_in.place != "trusted",
            3 => sign_in.place != "switzerland",
            4 => sign_in.place == "switzerland",
            _ => true,
        };
        let flow = !rule.device_code_alone || sign_in.device_code;
        rule.state == PolicyState::Enabled && user && client && app && platform && place && flow && rule.risk != 1
    }

    fn expected(&self) -> Verdict {
        let everybody = sign_ins(&["elsewhere", "switzerland"], false);
        let gets_in = |second_factor| {
            everybody.iter().filter(|sign_in| self.lets_in(SignIn { second_factor, ..**sign_in })).count()
        };
        if !self.account_enabled || self.blocked_everywhere() {
            return Verdict::CannotSignIn;
        }
        match (gets_in(false), gets_in(true)) {
            (0, 0) => Verdict::Protected,
            (0, _) if self.registered => Verdict::Protected,
            (0, _) => Verdict::EnrolmentOpen,
            (open, _) if open == everybody.len() => Verdict::Unprotected,
            _ => Verdict::Partial,
        }
    }

    fn blocked_everywhere(&self) -> bool {
        let blocks = |sign_in: SignIn| self.rules.iter().any(|rule| rule.grant == 0 && self.applies(rule, sign_in));
        // A place within an unknown country is not surely blocked by a country's policy.
        let unsure = |sign_in: SignIn| {
            self.rules.iter().any(|rule| rule.grant == 0 && rule.places < 3 && self.applies(rule, sign_in))
        };
        sign_ins(&["elsewhere", "switzerland"], false).into_iter().all(blocks)
            && sign_ins(&["elsewhere"], true).into_iter().all(blocks)
            && self.named_networks().into_iter().all(|place| sign_ins(&[place], false).into_iter().all(unsure))
    }

    /// The networks that enabled policies can tell apart.
    fn named_networks(&self) -> Vec<&'static str> {
        let named = |places| {
            self.rules.iter().any(|rule| rule.state == PolicyState::Enabled && rule.places == places && rule.grant < 6)
        };
        let mut found = Vec::new();
        if named(1) {
            found.push("office");
        }
        if named(2) {
            found.push("trusted");
        }
        found
    }
}

fn satisfied(grant: usize, sign_in: SignIn) -> bool {
    let mfa = sign_in.second_factor && !sign_in.legacy;
    let device = sign_in.managed && !sign_in.legacy;
    match grant {
        0 => false,
        1 => mfa,
        2 => mfa || device,
        3 => mfa && device,
        4 => !sign_in.legacy,
        5 => mfa,
        _ => true,
    }
}

fn sign_ins(places: &[&'static str], managed: bool) -> Vec<SignIn> {
    let mut found = Vec::new();
    for &place in places {
        for app in ["payroll", "office", "other"] {
            for (legacy, browser) in [(false, true), (false, false), (true, false)] {
                for platform in ["phone", "linux", "windows"] {
                    for device_code in [false, true] {
                        found.push(SignIn {
                            app,
                            legacy,
                            browser,
                            platform,
                            place,
                            device_code,
                            managed,
                            second_factor: false,
                        });
                    }
                }
            }
        }
    }
    found
}

/// The greater, the safer.
fn safety(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unprotected => 0,
        Verdict::Partial => 1,
        Verdict::EnrolmentOpen => 2,
        Verdict::Protected => 3,
        Verdict::CannotSignIn => 4,
        Verdict::Unknown => panic!("everything is known in these worlds"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_evaluator_agrees_with_reading_every_sign_in(small in small()) {
        prop_assert_eq!(small.verdict(), small.expected());
    }

    #[test]
    fn an_exclusion_never_makes_safer(small in small(), which in any::<prop::sample::Index>(), except in 1..3_usize) {
        prop_assume!(!small.rules.is_empty());
        let before = safety(small.verdict());
        let mut after = small.clone();
        let rule = which.index(after.rules.len());
        prop_assume!(after.rules[rule].except == 0);
        after.rules[rule].except = except;
        prop_assert!(safety(after.verdict()) <= before);
    }

    #[test]
    fn an_enabled_policy_never_makes_less_safe(small in small(), mut added in rule()) {
        let before = safety(small.verdict());
        added.state = PolicyState::Enabled;
        let mut after = small;
        after.rules.push(added);
        prop_assert!(safety(after.verdict()) >= before);
    }

    #[test]
    fn policies_that_are_not_in_force_change_nothing(small in small(), mut added in rule(), reporting in any::<bool>()) {
        let before = small.build().judge();
        added.state = if reporting { PolicyState::ReportOnly } else { PolicyState::Disabled };
        let mut after = small;
        after.rules.push(added);
        let after = after.build().judge();
        prop_assert_eq!(
            (before.verdict, before.holes, before.lesser_holes),
            (after.verdict, after.holes, after.lesser_holes)
        );
    }

    #[test]
    fn other_ids_change_nothing(small in small()) {
        let before = small.build();
        let mut after = small.build();
        let renamed = "bbbbbbbb-0000-4000-8000-0000000000aa";
        if let Fact::Known { value, .. } = &mut after.tenant.groups {
            value.iter_mut().filter(|group| group.id.to_string() == STAFF).for_each(|group| group.id = renamed.parse().unwrap());
        }
        if let Fact::Known { value, .. } = &mut after.tenant.policies {
            for group in value.iter_mut().flat_map(|policy| &mut policy.conditions.include_groups) {
                *group = group.replace(STAFF, renamed);
            }
        }
        prop_assert_eq!(before.judge(), after.judge());
    }

    #[test]
    fn judging_again_what_a_change_touches_is_judging_everybody(
        small in small(),
        changed in rule(),
        which in any::<prop::sample::Index>(),
        registered in any::<bool>(),
    ) {
        let before = small.build();
        let mut after = small;
        match which.index(after.rules.len() + 2) {
            rule if rule < after.rules.len() => after.rules[rule] = changed,
            rule if rule == after.rules.len() => after.rules.push(changed),
            _ => after.registered = registered,
        }
        let after = after.build();
        let (then, now) = (Evaluator::new(&before.tenant, Some(noon())), Evaluator::new(&after.tenant, Some(noon())));
        let was = Was::from([(ADA, (&before.ada, Arc::new(then.judge(&before.ada))))]);
        let again = now.judge_again([&after.ada], &then, &was);
        let whole = now.judge(&after.ada);
        let told = |judgement: &Judgement| {
            let has_holes = !judgement.holes.is_empty();
            (judgement.verdict, judgement.unknown_cause, judgement.enrolment, judgement.locked_out, has_holes)
        };
        prop_assert_eq!((again[0].0, told(&again[0].1)), (ADA, told(&whole)));
    }
}

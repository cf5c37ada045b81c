//! Prints how long a large tenant takes to judge: 50,000 users, 60 policies, 200 groups, on one core.
#![expect(clippy::unwrap_used, reason = "a measurement that stops at the first surprise")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use domain::facts::directory::{PolicyGroup, User, UserKind};
use domain::facts::policy::{Conditions, Grant, GrantOperator, NamedLocation, Policy, PolicyState};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::ids::UserId;
use domain::known::UnknownCause;
use domain::mfa::{Evaluator, Fact, TenantFacts, Was, judge_tenant};
use uuid::Uuid;

const USERS: u128 = 50_000;
const GROUPS: u128 = 200;
const POLICIES: u128 = 60;

/// A small generator of its own, so that every run measures the same tenant.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u128) -> u128 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u128::from(self.0 >> 33) % limit
    }
}

fn main() {
    let mut random = Sequence(7);
    let users: Vec<User> = (0..USERS).map(user).collect();
    let at = chrono::DateTime::from_timestamp(1_795_348_800, 0).unwrap();
    let groups = (0..GROUPS)
        .map(|group| PolicyGroup {
            id: id(1, group),
            display_name: Some(format!("Group {group}")),
            members: (0..2_000).map(|_| UserId(id(0, random.below(USERS)))).collect(),
        })
        .collect();
    let policies = (0..POLICIES).map(|policy| a_policy(policy, &mut random)).collect();
    let locations = (0..6)
        .map(|location| NamedLocation {
            id: id(2, location),
            display_name: format!("Location {location}"),
            is_trusted: location < 3,
            ranges: vec!["198.51.100.0/24".into()],
            countries: Vec::new(),
        })
        .collect();
    let mut tenant = TenantFacts::unknown(UnknownCause::NotYetRead);
    tenant.security_defaults = Fact::known(false, at);
    tenant.policies = Fact::known(policies, at);
    tenant.named_locations = Fact::known(locations, at);
    tenant.groups = Fact::known(groups, at);
    tenant.registration = Fact::known(users.iter().map(|user| (user.id, registration(user.id))).collect(), at);
    tenant.per_user_mfa =
        Fact::known(users.iter().map(|user| (user.id, PerUserMfa::Disabled)).collect::<HashMap<_, _>>(), at);

    let started = Instant::now();
    let judged = judge_tenant(&tenant, &users, Some(at));
    let took = started.elapsed();
    let distinct: HashSet<_> = judged.iter().map(|(_, judgement)| Arc::as_ptr(judgement)).collect();
    println!(
        "{} users, {POLICIES} policies, {GROUPS} groups: {} ms, {} distinct judgements",
        judged.len(),
        took.as_millis(),
        distinct.len()
    );

    let rows: HashMap<UserId, &User> = users.iter().map(|user| (user.id, user)).collect();
    let was: Was<'_> = judged.into_iter().map(|(id, judgement)| (id, (rows[&id], judgement))).collect();
    let before = Evaluator::new(&tenant, Some(at));
    let mut changed = tenant.clone();
    // The first policy that is not for everybody.
    if let Fact::Known { value, .. } = &mut changed.policies {
        value.iter_mut().find(|policy| policy.conditions.include_users.is_empty()).unwrap().state =
            PolicyState::Disabled;
    }
    for (what, facts) in [("nothing", &tenant), ("one policy of three groups", &changed)] {
        let started = Instant::now();
        let again = Evaluator::new(facts, Some(at)).judge_again(&users, &before, &was);
        let took = started.elapsed();
        let anew = again.iter().filter(|(id, judgement)| !Arc::ptr_eq(judgement, &was[id].1)).count();
        println!("after a change of {what}: {} ms, {anew} users judged again", took.as_millis());
    }
}

fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128((kind << 64) | (number + 1))
}

fn a_policy(number: u128, random: &mut Sequence) -> Policy {
    let all = random.below(4) == 0;
    let groups: Vec<String> = (0..3).map(|_| id(1, random.below(GROUPS)).to_string()).collect();
    Policy {
        id: number.to_string(),
        display_name: format!("Policy {number}"),
        state: PolicyState::Enabled,
        conditions: Conditions {
            client_app_types: if random.below(2) == 0 {
                vec!["all".into()]
            } else {
                vec!["browser".into(), "mobileAppsAndDesktopClients".into()]
            },
            include_applications: if random.below(3) > 0 {
                vec!["All".into()]
            } else {
                vec![id(3, random.below(20)).to_string()]
            },
            exclude_applications: vec![id(3, random.below(20)).to_string()],
            include_users: if all { vec!["All".into()] } else { Vec::new() },
            include_groups: if all { Vec::new() } else { groups },
            exclude_groups: vec![id(1, random.below(GROUPS)).to_string()],
            exclude_locations: if random.below(3) == 0 { vec![id(2, random.below(6)).to_string()] } else { Vec::new() },
            include_platforms: if random.below(5) == 0 { vec!["iOS".into(), "android".into()] } else { Vec::new() },
            ..Conditions::default()
        },
        grant: Some(Grant {
            operator: GrantOperator::Or,
            built_in_controls: vec![if random.below(5) == 0 { "compliantDevice".into() } else { "mfa".into() }],
            custom_authentication_factors: Vec::new(),
            terms_of_use: Vec::new(),
            authentication_strength: None,
        }),
        has_session_controls: false,
        modified_at: None,
        not_understood: Vec::new(),
    }
}

fn registration(user_id: UserId) -> Registration {
    Registration {
        user_id,
        is_admin: false,
        is_mfa_registered: true,
        is_mfa_capable: true,
        is_passwordless_capable: false,
        methods: vec!["microsoftAuthenticatorPush".into()],
        updated_at: None,
    }
}

fn user(number: u128) -> User {
    User {
        id: UserId(id(0, number)),
        user_principal_name: format!("user{number}@contoso.example"),
        display_name: format!("User {number}"),
        account_enabled: true,
        kind: UserKind::Member,
        external_user_state: None,
        created_at: None,
        department: None,
        job_title: None,
        usage_location: None,
        licences: Vec::new(),
        last_password_change_at: None,
        password_never_expires: false,
        on_premises_sync_enabled: None,
        on_premises_last_sync_at: None,
    }
}

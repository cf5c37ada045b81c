//! Every policy read aloud: what it does, whom it covers, whom it leaves out and through which line, and what in it cannot
//! be judged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::conditions::{is, is_about_users};
use super::coverage::{Directory, Route, Traits};
use super::describe::describe;
use super::doubts::policy_doubts;
use super::facts::TenantFacts;
use super::holes::{capitalised, listed};
use super::judge::Masks;
use super::space::Space;
use crate::facts::directory::User;
use crate::facts::policy::{Policy, PolicyState};
use crate::ids::UserId;

/// One policy of a tenant, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyReading {
    pub id: String,
    pub display_name: String,
    pub state: PolicyState,
    /// A whole sentence: "Demands MFA for all apps."
    pub effect: String,
    /// Whom its lines name: "Everybody", "Group “Staff” and role “Global Administrator”".
    pub names: String,
    /// Accounts that it applies to, or would if it were in force.
    pub covers: u32,
    /// Accounts of which nobody can say so.
    pub may_cover: u32,
    /// Accounts that it names and leaves out again, by the line that does.
    pub leaves_out: Vec<LeftOut>,
    /// Whole sentences: what in it counts for nothing because it cannot be read or judged.
    pub uncertain: Vec<String>,
}

/// One exclusion that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// "Group “Break glass”".
    pub through: String,
    pub accounts: Vec<UserId>,
}

/// Reads every policy, in force or not. Empty where the policies are not known.
pub fn read_policies<'u>(facts: &TenantFacts, users: impl IntoIterator<Item = &'u User>) -> Vec<PolicyReading> {
    let policies: Vec<&Policy> = facts.policies.value().into_iter().flatten().collect();
    let directory = Directory::new(&policies, facts);
    let lines: Vec<_> = policies.iter().map(|policy| directory.resolve(policy)).collect();
    let space = Space::new(&policies, facts);
    let masks = Masks::new(&space);

    let mut classes: HashMap<Traits, Vec<UserId>> = HashMap::new();
    for user in users {
        classes.entry(directory.traits(user)).or_default().push(user.id);
    }
    let mut tallies: Vec<Tally> = policies.iter().map(|_| Tally::default()).collect();
    for (traits, accounts) in &classes {
        let coverage = directory.coverage(&lines, traits);
        let count = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
        coverage.applies.iter().for_each(|index| tallies[index].covers += count);
        coverage.may_apply.iter().for_each(|index| tallies[index].may_cover += count);
        for (index, _, why) in coverage.doubts {
            tallies[index].doubts.insert(why);
        }
        for (index, route) in coverage.left_out {
            let through = match route {
                Route::Named => "By name".to_owned(),
                Route::Group(group) => capitalised(&directory.group_name(group)),
                Route::Role(role) => capitalised(&directory.role_name(role)),
                Route::Guest => "Guests".to_owned(),
            };
            tallies[index].left_out.entry(through).or_default().extend(accounts);
        }
    }
    let unjudged = |index: usize, policy: &Policy| space.effect(index, policy, facts).may_stop.meets(&masks.anybody);
    policies
        .iter()
        .enumerate()
        .zip(tallies)
        .map(|((index, policy), tally)| {
            let doubt = unjudged(index, policy).then(|| policy_doubts(policy, facts).1);
            tally.reading(policy, doubt, &directory, facts)
        })
        .collect()
}

#[derive(Default)]
struct Tally {
    covers: u32,
    may_cover: u32,
    doubts: BTreeSet<String>,
    left_out: BTreeMap<String, Vec<UserId>>,
}

impl Tally {
    fn reading(
        self,
        policy: &Policy,
        doubt: Option<String>,
        directory: &Directory<'_>,
        facts: &TenantFacts,
    ) -> PolicyReading {
        let mut uncertain: Vec<String> =
            doubt.map(|why| format!("What it stops is not certain: {why}.")).into_iter().collect();
        uncertain.extend(self.doubts.iter().map(|why| format!("Whether it covers some accounts is not known: {why}.")));
        PolicyReading {
            id: policy.id.clone(),
            display_name: policy.display_name.clone(),
            state: policy.state,
            effect: format!("{}.", capitalised(&describe(policy, facts))),
            names: names(policy, directory),
            covers: if is_about_users(policy) { self.covers } else { 0 },
            may_cover: if is_about_users(policy) { self.may_cover } else { 0 },
            leaves_out: self
                .left_out
                .into_iter()
                .map(|(through, mut accounts)| {
                    accounts.sort_unstable();
                    LeftOut { through, accounts }
                })
                .collect(),
            uncertain,
        }
    }
}

fn names(policy: &Policy, directory: &Directory<'_>) -> String {
    let conditions = &policy.conditions;
    if conditions.targets_workload_identities {
        return "Service principals".to_owned();
    }
    let has = |word: &str| conditions.include_users.iter().any(|user| is(user, word));
    if has("All") {
        return "Everybody".to_owned();
    }
    let mut found: Vec<String> = Vec::new();
    let accounts = conditions.include_users.iter().filter(|word| word.trim().parse::<uuid::Uuid>().is_ok()).count();
    match accounts {
        0 => {}
        1 => found.push("one account by name".to_owned()),
        _ => found.push(format!("{accounts} accounts by name")),
    }
    let ids = |words: &[String]| words.iter().filter_map(|word| word.trim().parse().ok()).collect::<Vec<uuid::Uuid>>();
    found.extend(ids(&conditions.include_groups).into_iter().map(|id| directory.group_called(id)));
    found.extend(ids(&conditions.include_roles).into_iter().map(|id| directory.role_name(id)));
    if has("GuestsOrExternalUsers") || conditions.include_guests.is_some() {
        found.push("guests".to_owned());
    }
    if found.is_empty() { "Nobody".to_owned() } else { capitalised(&listed(&found)) }
}

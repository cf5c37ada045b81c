//! What a sign-in that was seen would meet: the policies and other sources that stand, in the one context that it had.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use uuid::Uuid;

use super::conditions;
use super::context::{App, Client, Flow, Place, Platform, Reach};
use super::facts::Fact;
use super::grant::{self, Means};
use super::judge::Evaluator;
use super::person::Person;
use super::truth::Truth;
use crate::facts::directory::User;
use crate::facts::policy::{NamedLocation, Policy};
use crate::facts::registration::PerUserMfa;
use crate::facts::sign_in::{ModernClient, SignInWay};

/// What stands between the right password and the app, from nothing to a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meets {
    /// The password alone is asked for.
    Password,
    /// Not known, or not understood.
    Uncertain,
    SecondFactor,
    /// More than any second factor: a device of the tenant, or an app that it manages.
    More,
    Blocked,
}

/// One sign-in as conditions see it.
struct Attempt {
    /// What is signed in to, before the app that does it.
    apps: Vec<App>,
    client: Client,
    platform: Platform,
    place: Place,
    managed_device: bool,
}

impl Evaluator<'_> {
    /// What each of the user's sign-ins would meet.
    pub fn meets<'w>(&self, user: &User, ways: impl IntoIterator<Item = &'w SignInWay>) -> Vec<Meets> {
        let coverage = self.directory.coverage(&self.lines, &self.directory.traits(user));
        let applying: Vec<(usize, Truth)> = coverage
            .applies
            .iter()
            .map(|index| (index, Truth::Yes))
            .chain(coverage.may_apply.iter().map(|index| (index, Truth::Maybe)))
            .collect();
        let floor = self.asked_everywhere(&Person::new(self.facts, user));
        ways.into_iter().map(|way| self.meets_policies(&applying, &self.attempt(way)).max(floor)).collect()
    }

    /// What is asked of the user in every app, whatever policies say.
    fn asked_everywhere(&self, person: &Person) -> Meets {
        if !person.enabled {
            return Meets::Blocked;
        }
        let per_user = matches!(person.per_user, Ok(PerUserMfa::Enforced | PerUserMfa::Enabled));
        if per_user || self.security_defaults_protect(person) {
            Meets::SecondFactor
        } else if self.policies_unknown().is_some()
            || (self.security_defaults_unknown().is_some() && !person.syncs_directory)
        {
            Meets::Uncertain
        } else {
            Meets::Password
        }
    }

    fn meets_policies(&self, applying: &[(usize, Truth)], attempt: &Attempt) -> Meets {
        let mut met = Meets::Password;
        for (index, covers) in applying {
            let policy = self.enforced[*index];
            let applies = covers.and(attempt.is_under(policy, *index));
            if applies != Truth::No {
                met = met.max(self.asked_by(policy, attempt, applies));
            }
        }
        met
    }

    fn asked_by(&self, policy: &Policy, attempt: &Attempt, applies: Truth) -> Meets {
        let stops = |second_factor| {
            let means = Means { second_factor, managed_device: attempt.managed_device };
            applies.and(grant::stops(policy, &self.facts.strengths, attempt.client, attempt.platform, means))
        };
        let blocks = policy.grant.as_ref().is_some_and(grant::blocks);
        match (stops(true), stops(false)) {
            (Truth::Yes, _) if blocks => Meets::Blocked,
            (Truth::Yes, _) => Meets::More,
            (_, Truth::Yes) => Meets::SecondFactor,
            (Truth::Maybe, _) | (_, Truth::Maybe) => Meets::Uncertain,
            (Truth::No, Truth::No) => Meets::Password,
        }
    }

    fn attempt(&self, way: &SignInWay) -> Attempt {
        let ids = [way.resource_id, way.app_id];
        let mut apps: Vec<App> = ids.into_iter().flatten().map(App::Named).collect();
        apps.dedup();
        if apps.is_empty() {
            apps.push(App::Other);
        }
        Attempt {
            apps,
            client: match way.client {
                ModernClient::Browser => Client::Browser,
                ModernClient::MobileOrDesktop => Client::MobileAndDesktop,
            },
            platform: Platform::ALL
                .into_iter()
                .find(|platform| platform.word() == way.platform)
                .unwrap_or(Platform::Unrecognised),
            place: self.place(way),
            managed_device: way.managed_device,
        }
    }

    /// Where the sign-in came from, by the named locations.
    fn place(&self, way: &SignInWay) -> Place {
        let mut inside: BTreeMap<Uuid, Truth> = BTreeMap::new();
        let mut trusted = Truth::No;
        for location in self.facts.named_locations.value().into_iter().flatten() {
            let holds = holds(location, way);
            inside.insert(location.id, holds);
            if location.is_trusted {
                trusted = trusted.or(holds);
            }
        }
        // Locations that policies name and nobody could read.
        for policy in &self.enforced {
            let words = policy.conditions.include_locations.iter().chain(&policy.conditions.exclude_locations);
            for id in words.filter_map(|word| word.trim().parse().ok()) {
                inside.entry(id).or_insert(Truth::Maybe);
            }
        }
        if matches!(self.facts.named_locations, Fact::Unknown(_)) {
            trusted = Truth::Maybe;
        }
        Place { label: way.ip_address.clone(), reach: Reach::Anybody, trusted, inside }
    }
}

fn holds(location: &NamedLocation, way: &SignInWay) -> Truth {
    if !location.countries.is_empty() {
        let Some(country) = &way.country else { return Truth::Maybe };
        return Truth::from(location.countries.iter().any(|code| code.eq_ignore_ascii_case(country)));
    }
    let Ok(address) = way.ip_address.parse::<IpAddr>() else { return Truth::Maybe };
    if location.ranges.is_empty() {
        return Truth::Maybe;
    }
    Truth::any(location.ranges.iter().map(|range| match range.trim().parse::<IpNet>() {
        Ok(net) => Truth::from(net.contains(&address)),
        Err(_) => Truth::Maybe,
    }))
}

impl Attempt {
    /// Whether the policy's conditions hold here, whomever it covers.
    fn is_under(&self, policy: &Policy, index: usize) -> Truth {
        let conditions = &policy.conditions;
        let mut apps = self.apps.iter().map(|app| conditions::app(conditions, index, app));
        // Microsoft goes by what is signed in to, and for some apps by the app itself.
        let signed_in_to = apps.next().unwrap_or(Truth::Maybe);
        let app = signed_in_to.or(Truth::any(apps).and(Truth::Maybe));
        app.and(conditions::client(conditions, self.client))
            .and(conditions::platform(conditions, self.platform))
            .and(conditions::place(conditions, &self.place))
            .and(conditions::flow(conditions, Flow::Ordinary))
            .and(conditions::device(conditions, self.managed_device))
            .and(conditions::everywhere(policy))
    }
}

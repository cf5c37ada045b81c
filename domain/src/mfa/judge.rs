//! Puts the sources together: policies, security defaults, per-user MFA, federation and registration, for every context.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::bits::Bits;
use super::conditions::{is_about_users, is_enforced};
use super::context::{Client, Reach};
use super::coverage::{Coverage, Directory, Lines, Traits};
use super::facts::TenantFacts;
use super::holes::{Telling, holes};
use super::person::{Person, Registered};
use super::reasons::{Sentences, Story};
use super::space::{Effect, Space};
use crate::blocker::Protocol;
use crate::facts::directory::{FederatedMfa, User};
use crate::facts::policy::{Policy, PolicyState};
use crate::facts::registration::PerUserMfa;
use crate::ids::UserId;
use crate::known::UnknownCause;
use crate::verdict::{Enrolment, Hole, Judgement, Verdict};

/// A tenant's facts, made ready to judge its users. What policies do is worked out once, here.
pub struct Evaluator<'a> {
    pub(super) facts: &'a TenantFacts,
    pub(super) users_read_at: Option<DateTime<Utc>>,
    /// Policies in force about users' sign-ins.
    pub(super) enforced: Vec<&'a Policy>,
    /// Report-only policies: told as "would".
    pub(super) reporting: Vec<&'a Policy>,
    pub(super) space: Space,
    pub(super) effects: Vec<Effect>,
    /// Policies in force that stop somebody with the password alone, the widest first.
    pub(super) stopping: Vec<usize>,
    pub(super) lines: Vec<Lines>,
    pub(super) reporting_lines: Vec<Lines>,
    pub(super) sentences: Sentences,
    /// Holes are told once for each set of contexts.
    told: Mutex<HashMap<(Bits, Telling), Vec<Hole>>>,
    pub(super) directory: Directory<'a>,
    pub(super) masks: Masks,
}

/// Sets of contexts that do not depend on the user.
pub(super) struct Masks {
    /// Sign-ins to apps, by whomever.
    pub(super) sign_ins: Bits,
    /// Those that anybody can choose.
    pub(super) anybody: Bits,
    /// Those of places that could not be read.
    pub(super) uncertain: Bits,
    /// Those on the tenant's own networks and devices.
    pub(super) insiders: Bits,
    pub(super) legacy: Bits,
    /// Registering a method, from where anybody can.
    pub(super) registering: Bits,
}

/// Everything that policies do to users with the same traits.
pub(super) struct Covered {
    pub(super) coverage: Coverage,
    pub(super) reporting: Coverage,
    pub(super) eligible: Vec<uuid::Uuid>,
    pub(super) stops: Bits,
    pub(super) may_stop: Bits,
    pub(super) stops_enrolled: Bits,
    pub(super) blocks: Bits,
}

/// How the contexts that anybody can choose fall out for one class of users.
pub(super) struct Standing {
    /// The password alone gets in.
    pub(super) open: Bits,
    /// It may.
    pub(super) uncertain: Bits,
    pub(super) stopped: Bits,
    /// The password alone gets in from insiders' places and devices, though not from everybody's.
    pub(super) lesser: Bits,
    /// Somebody who enrols a factor of their own gets in.
    pub(super) enrolment_helps: bool,
    /// Nobody gets in from anywhere.
    pub(super) all_blocked: bool,
}

impl<'a> Evaluator<'a> {
    /// `users_read_at`: when the users that will be judged were read.
    pub fn new(facts: &'a TenantFacts, users_read_at: Option<DateTime<Utc>>) -> Self {
        let policies = || facts.policies.value().into_iter().flatten();
        let enforced: Vec<&Policy> = policies().filter(|policy| is_enforced(policy)).collect();
        let reporting: Vec<&Policy> =
            policies().filter(|policy| policy.state == PolicyState::ReportOnly && is_about_users(policy)).collect();
        let space = Space::new(&enforced, facts);
        let effects: Vec<Effect> =
            enforced.iter().enumerate().map(|(index, policy)| space.effect(index, policy, facts)).collect();
        let mut stopping: Vec<usize> = (0..effects.len()).filter(|index| effects[*index].stops_anybody > 0).collect();
        stopping.sort_by_key(|index| Reverse(effects[*index].stops_anybody));
        let named: Vec<&Policy> = enforced.iter().chain(&reporting).copied().collect();
        let directory = Directory::new(&named, facts);
        let masks = Masks::new(&space);
        Self {
            facts,
            users_read_at,
            lines: enforced.iter().map(|policy| directory.resolve(policy)).collect(),
            reporting_lines: reporting.iter().map(|policy| directory.resolve(policy)).collect(),
            sentences: Sentences::new(&enforced, &reporting, facts),
            told: Mutex::default(),
            enforced,
            reporting,
            space,
            effects,
            stopping,
            directory,
            masks,
        }
    }

    pub(super) fn holes(&self, set: &Bits, universe: &Bits, telling: Telling) -> Vec<Hole> {
        if set.is_empty() {
            return Vec::new();
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.entry((set.clone(), telling)).or_insert_with(|| holes(&self.space, set, universe, telling)).clone()
    }

    /// Judges one user.
    pub fn judge(&self, user: &User) -> Judgement {
        let covered = self.cover(&self.directory.traits(user));
        self.judge_class(&covered, &Person::new(self.facts, user))
    }

    /// Whether a legacy client of this kind is kept out of the user's mailbox, wherever it stands.
    pub fn stops_legacy_client(&self, user: &User, protocol: Protocol) -> bool {
        let client = if protocol == Protocol::ActiveSync { Client::ExchangeActiveSync } else { Client::OtherLegacy };
        let mailbox =
            self.space.select(|context| self.space.is_mailbox(context) && self.space.has_client(context, client));
        let covered = self.cover(&self.directory.traits(user));
        let standing = self.standing(&covered, &Person::new(self.facts, user));
        let anybody = mailbox.within(&self.masks.anybody);
        !anybody.is_empty() && anybody.is_within(&standing.stopped)
    }

    /// Some sign-in with a modern client is asked for a second factor, and gets in with it.
    pub fn asks_for_mfa(&self, user: &User) -> bool {
        let covered = self.cover(&self.directory.traits(user));
        let standing = self.standing(&covered, &Person::new(self.facts, user));
        !standing.stopped.without(&covered.stops_enrolled).without(&self.masks.legacy).is_empty()
    }

    /// Judges all users; equivalent ones once.
    pub fn judge_all<'u>(&self, users: impl IntoIterator<Item = &'u User>) -> Vec<(UserId, Arc<Judgement>)> {
        let mut covers: HashMap<Traits, usize> = HashMap::new();
        let mut covered: Vec<Covered> = Vec::new();
        let mut judged: HashMap<(usize, Person), Arc<Judgement>> = HashMap::new();
        users
            .into_iter()
            .map(|user| {
                let traits = self.directory.traits(user);
                let cover = *covers.entry(traits).or_insert_with_key(|traits| {
                    covered.push(self.cover(traits));
                    covered.len() - 1
                });
                let person = Person::new(self.facts, user);
                let judgement = judged
                    .entry((cover, person))
                    .or_insert_with_key(|(cover, person)| Arc::new(self.judge_class(&covered[*cover], person)));
                (user.id, Arc::clone(judgement))
            })
            .collect()
    }

    fn cover(&self, traits: &Traits) -> Covered {
        let empty = Bits::empty(self.space.len());
        let coverage = self.directory.coverage(&self.lines, traits);
        let mut covered = Covered {
            reporting: self.directory.coverage(&self.reporting_lines, traits),
            eligible: traits.eligible.clone(),
            stops: empty.clone(),
            may_stop: empty.clone(),
            stops_enrolled: empty.clone(),
            blocks: empty,
            coverage,
        };
        for effect in covered.coverage.applies.iter().map(|index| &self.effects[index]) {
            covered.stops.insert_all(&effect.stops);
            covered.may_stop.insert_all(&effect.may_stop);
            covered.stops_enrolled.insert_all(&effect.stops_enrolled);
            covered.blocks.insert_all(&effect.blocks);
        }
        for effect in covered.coverage.may_apply.iter().map(|index| &self.effects[index]) {
            covered.may_stop.insert_all(&effect.stops);
            covered.may_stop.insert_all(&effect.may_stop);
        }
        covered
    }

    /// Why the policies as a whole are not known; `None`: they are.
    pub(super) fn policies_unknown(&self) -> Option<UnknownCause> {
        self.facts.policies.cause()
    }

    /// Why security defaults are not known; `None`: they are, or policies in force rule them out.
    pub(super) fn security_defaults_unknown(&self) -> Option<UnknownCause> {
        let ruled_out = self.enforced.iter().any(|policy| policy.state == PolicyState::Enabled);
        if ruled_out { None } else { self.facts.security_defaults.cause() }
    }

    pub(super) fn security_defaults_protect(&self, person: &Person) -> bool {
        !person.syncs_directory && self.facts.security_defaults.value() == Some(&true)
    }

    fn standing(&self, covered: &Covered, person: &Person) -> Standing {
        let masks = &self.masks;
        let mut stops = covered.stops.clone();
        let mut stops_enrolled = covered.stops_enrolled.clone();
        let mut may_stop = covered.may_stop.clone();
        let mut all = |stops_legacy_too: bool| {
            let mut stopped = masks.sign_ins.clone();
            if stops_legacy_too {
                stops_enrolled.insert_all(&masks.legacy);
            } else {
                stopped.remove_all(&masks.legacy);
            }
            stops.insert_all(&stopped);
        };
        if self.security_defaults_protect(person) {
            all(true);
        }
        match person.per_user {
            Ok(PerUserMfa::Enforced) => all(true),
            // Legacy clients go on with the password until the user has registered.
            Ok(PerUserMfa::Enabled) => all(false),
            Ok(PerUserMfa::Disabled) | Err(_) => {}
        }
        let defaults_unknown = self.security_defaults_unknown().is_some() && !person.syncs_directory;
        if self.policies_unknown().is_some() || defaults_unknown {
            may_stop.insert_all(&masks.sign_ins);
        }

        let not_stopped = masks.anybody.without(&stops);
        let mut open = not_stopped.without(&may_stop);
        let mut uncertain = not_stopped.within(&may_stop);
        uncertain.insert_all(&masks.uncertain.without(&stops));
        if person.federated_at.is_some() {
            // The password is checked elsewhere, and what else is asked for there cannot be seen.
            uncertain.insert_all(&open);
            open = Bits::empty(self.space.len());
        }
        let lesser = masks.insiders.without(&stops);
        Standing {
            stopped: masks.anybody.within(&stops),
            lesser: self.beyond(&lesser, &not_stopped),
            enrolment_helps: !masks.anybody.is_within(&stops_enrolled),
            all_blocked: masks.sign_ins.is_within(&covered.blocks),
            open,
            uncertain,
        }
    }

    /// Insiders' contexts whose like is not open to everybody anyway.
    fn beyond(&self, insiders: &Bits, anybody: &Bits) -> Bits {
        if insiders.is_empty() || anybody.is_empty() {
            return insiders.clone();
        }
        let mut likes = std::collections::HashSet::new();
        for bit in anybody.iter() {
            let [_, rest @ ..] = self.space.context(bit);
            likes.insert(rest);
        }
        let mut beyond = Bits::empty(self.space.len());
        for bit in insiders.iter() {
            let [_, rest @ ..] = self.space.context(bit);
            if !likes.contains(&rest) {
                beyond.set(bit);
            }
        }
        beyond
    }

    fn judge_class(&self, covered: &Covered, person: &Person) -> Judgement {
        let standing = self.standing(covered, person);
        let story = Story { evaluator: self, covered, person, standing: &standing };
        if !person.enabled {
            return story.cannot_sign_in("The account is disabled: nobody signs in with it.", true);
        }
        if standing.all_blocked {
            return story.cannot_sign_in("Policies block every sign-in of this account.", false);
        }
        if !standing.open.is_empty() {
            return match (standing.stopped.is_empty(), person.per_user) {
                (false, _) => story.partial(),
                (true, Err(cause)) => story.unknown(cause),
                // A definite hole beside contexts that may be stopped.
                (true, Ok(_)) if !standing.uncertain.is_empty() => story.partial(),
                (true, Ok(_)) => story.unprotected(),
            };
        }
        if !standing.uncertain.is_empty() {
            return story.unknown(story.leading_cause());
        }
        if !standing.enrolment_helps {
            return story.stopped(Verdict::Protected, self.enrolment(person));
        }
        match (self.enrolment(person), person.federated_mfa(self.facts)) {
            (Enrolment::Registered | Enrolment::External, _) => {
                story.stopped(Verdict::Protected, self.enrolment(person))
            }
            (Enrolment::NotRegistered, _) if self.registration_is_guarded(covered) => story.guarded(),
            (Enrolment::NotRegistered, Some(mfa)) if mfa != FederatedMfa::RejectByFederatedIdp => {
                story.unknown(UnknownCause::OutsideMicrosoft)
            }
            (Enrolment::NotRegistered, _) => story.stopped(Verdict::EnrolmentOpen, Enrolment::NotRegistered),
            (Enrolment::Unknown, _) if person.methods.registered == Registered::NotListed => {
                story.unknown(UnknownCause::NotYetRead)
            }
            (Enrolment::Unknown, _) => story.stopped(Verdict::Protected, Enrolment::Unknown),
        }
    }

    pub(super) fn enrolment(&self, person: &Person) -> Enrolment {
        match person.methods.registered {
            Registered::Usable => Enrolment::Registered,
            _ if person.federated_mfa(self.facts) == Some(FederatedMfa::EnforceByFederatedIdp) => Enrolment::External,
            Registered::NotAllowed | Registered::Nothing => Enrolment::NotRegistered,
            Registered::NotListed | Registered::Unread(_) => Enrolment::Unknown,
        }
    }

    /// Somebody with the password alone cannot register a method from anywhere.
    fn registration_is_guarded(&self, covered: &Covered) -> bool {
        !self.masks.registering.is_empty() && self.masks.registering.is_within(&covered.stops)
    }
}

impl Masks {
    pub(super) fn new(space: &Space) -> Self {
        let by_reach = |reach| space.select(|context| space.is_sign_in(context) && space.reach(context) == reach);
        Self {
            sign_ins: space.select(|context| space.is_sign_in(context)),
            anybody: by_reach(Reach::Anybody),
            uncertain: by_reach(Reach::Uncertain),
            insiders: by_reach(Reach::Insiders),
            legacy: space.select(|context| space.is_sign_in(context) && space.is_legacy(context)),
            registering: space.select(|context| {
                !space.is_sign_in(context) && !space.is_legacy(context) && space.reach(context) != Reach::Insiders
            }),
        }
    }
}

//! What could not be read or understood, and would matter.

use super::{Story, could_not, quoted};
use crate::dataset::Dataset;
use crate::known::UnknownCause;
use crate::mfa::doubts::policy_doubts;

/// Something that could not be read or understood, and that would matter.
pub(super) struct Doubt {
    pub(super) cause: UnknownCause,
    pub(super) dataset: Dataset,
    pub(super) text: String,
}

impl Story<'_, '_> {
    /// What leaves contexts uncertain, the most telling first.
    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let evaluator = self.evaluator;
        let standing = self.standing;
        let mut doubts = Vec::new();
        let mut missing = |cause: Option<UnknownCause>, dataset: Dataset, what: &str| {
            doubts.extend(cause.map(|cause| Doubt {
                cause,
                dataset,
                text: format!("{what} could not be judged: {} {}.", subject(dataset), could_not(cause)),
            }));
        };
        let uncertain = !standing.uncertain.is_empty();
        if uncertain {
            missing(evaluator.policies_unknown(), Dataset::ConditionalAccessPolicies, "Conditional Access");
            if !self.person.syncs_directory {
                missing(evaluator.security_defaults_unknown(), Dataset::SecurityDefaults, "Security defaults");
            }
        }
        if uncertain || !standing.open.is_empty() {
            missing(self.person.per_user.err(), Dataset::PerUserMfa, "Per-user MFA");
        }
        if uncertain && self.person.federated_at.is_some() && !standing.uncertain.is_within(&self.covered.may_stop) {
            doubts.push(Doubt {
                cause: UnknownCause::OutsideMicrosoft,
                dataset: Dataset::Domains,
                text:
                    "The password is checked by a federated identity provider: whether it demands MFA cannot be read \
                       from Microsoft."
                        .to_owned(),
            });
        }
        if uncertain {
            doubts.extend(self.policy_doubts());
        }
        doubts
    }

    /// Policies that may stop what nothing else stops.
    fn policy_doubts(&self) -> Vec<Doubt> {
        let evaluator = self.evaluator;
        let coverage = &self.covered.coverage;
        let matters = |index: usize| {
            let effect = &evaluator.effects[index];
            effect.may_stop.meets(&self.standing.uncertain) || effect.stops.meets(&self.standing.uncertain)
        };
        let mut doubts = Vec::new();
        for (index, cause, why) in coverage.doubts.iter().filter(|(index, ..)| matters(*index)) {
            let policy = &evaluator.sentences.names[*index];
            doubts.push(Doubt {
                cause: *cause,
                dataset: Dataset::PolicyGroups,
                text: format!("Whether policy {policy} covers this account is not known: {why}."),
            });
        }
        for index in coverage.applies.iter().chain(coverage.may_apply.iter()) {
            if !evaluator.effects[index].may_stop.meets(&self.standing.uncertain) {
                continue;
            }
            let policy = evaluator.enforced[index];
            let (cause, why) = policy_doubts(policy, evaluator.facts);
            doubts.push(Doubt {
                cause,
                dataset: Dataset::ConditionalAccessPolicies,
                text: format!("Policy {} counts for nothing here: {why}.", quoted(policy)),
            });
        }
        if doubts.is_empty() && self.standing.uncertain.meets(&evaluator.masks.uncertain) {
            doubts.push(Doubt {
                cause: evaluator.facts.named_locations.cause().unwrap_or(UnknownCause::NotYetRead),
                dataset: Dataset::NamedLocations,
                text:
                    "A policy makes an exception for a named location that could not be read: whether anybody can sign \
                       in from there is not known."
                        .to_owned(),
            });
        }
        doubts
    }
}

fn subject(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::ConditionalAccessPolicies => "the policies are",
        Dataset::SecurityDefaults => "their state is",
        _ => "its state is",
    }
}

//! The sentences of evidence: what enforces MFA, what leaves an account out, what is registered.

use std::sync::Arc;

use super::{POLICIES_TOLD, Story, could_not, quoted};
use crate::dataset::Dataset;
use crate::facts::directory::FederatedMfa;
use crate::facts::policy::GrantOperator;
use crate::facts::registration::{MethodStrength, PerUserMfa};
use crate::known::UnknownCause;
use crate::mfa::coverage::Route;
use crate::mfa::facts::Fact;
use crate::mfa::grant::{blocks, combinations};
use crate::mfa::holes::listed;
use crate::mfa::person::Registered;
use crate::mfa::truth::Truth;
use crate::verdict::{Reason, Source, Verdict};

impl Story<'_, '_> {
    pub(super) fn nothing_asks(&self) -> Reason {
        let evaluator = self.evaluator;
        let defaults = match evaluator.facts.security_defaults.value() {
            Some(true) => "security defaults do not hold for it",
            Some(false) => "security defaults are off",
            None if evaluator.security_defaults_unknown().is_none() => "policies in force rule security defaults out",
            None => "security defaults could not be read",
        };
        let policies = if evaluator.enforced.is_empty() { "no policy is in force" } else { "no policy stops it" };
        let per_user = match self.person.per_user {
            Ok(_) => "per-user MFA is disabled",
            Err(_) => "per-user MFA could not be read",
        };
        let text = format!("Nothing asks this account for a second factor: {policies}, {defaults} and {per_user}.");
        let source = if evaluator.enforced.is_empty() { Source::SecurityDefaults } else { Source::ConditionalAccess };
        let dataset = match source {
            Source::SecurityDefaults => Dataset::SecurityDefaults,
            _ => Dataset::ConditionalAccessPolicies,
        };
        self.reason(source, dataset, text)
    }

    /// The sources that stop everything, the first one in the fewest words.
    pub(super) fn enforcement(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.evaluator.security_defaults_protect(self.person) {
            reasons.push(self.reason(
                Source::SecurityDefaults,
                Dataset::SecurityDefaults,
                "Security defaults are on: Microsoft asks for MFA and blocks legacy clients.",
            ));
        }
        if self.person.per_user == Ok(PerUserMfa::Enforced) {
            reasons.push(
                self.per_user_reason(
                    "Per-user MFA is enforced: every client needs a second factor or an app password.",
                ),
            );
        }
        let policies = self.stopping_policies();
        if reasons.is_empty() && policies.len() > 1 {
            let names: Vec<&str> =
                policies.iter().map(|index| self.evaluator.sentences.names[*index].as_str()).collect();
            reasons.push(self.policy_reason(format!(
                "Policies {} together stop every sign-in on the password alone.",
                listed(&names)
            )));
        }
        reasons.extend(self.what_they_do(&policies));
        reasons
    }

    /// Policies that stop somebody with the password alone, the widest first.
    fn stopping_policies(&self) -> Vec<usize> {
        let applies = &self.covered.coverage.applies;
        self.evaluator.stopping.iter().copied().filter(|index| applies.contains(*index)).collect()
    }

    pub(super) fn contributions(&self) -> Vec<Reason> {
        self.what_they_do(&self.stopping_policies()).collect()
    }

    fn what_they_do(&self, policies: &[usize]) -> impl Iterator<Item = Reason> {
        let does = &self.evaluator.sentences.does;
        policies.iter().take(POLICIES_TOLD).map(|index| self.policy_reason(Arc::clone(&does[*index])))
    }

    pub(super) fn left_out(&self) -> Vec<Reason> {
        let evaluator = self.evaluator;
        let told = |(index, route): &(usize, Route)| {
            let line = match route {
                Route::Named => "the account is excluded by name".to_owned(),
                Route::Group(group) => format!("it is in the excluded {}", evaluator.directory.group_name(*group)),
                Route::Role(role) => format!("it holds the excluded {}", evaluator.directory.role_name(*role)),
                Route::Guest => "guests are excluded".to_owned(),
            };
            self.policy_reason(format!("Policy {} leaves this account out: {line}.", evaluator.sentences.names[*index]))
        };
        self.covered.coverage.left_out.iter().take(POLICIES_TOLD).map(told).collect()
    }

    pub(super) fn reporting(&self) -> Vec<Reason> {
        let would = &self.evaluator.sentences.would;
        let applies = self.covered.reporting.applies.iter();
        applies.take(POLICIES_TOLD).map(|index| self.policy_reason(Arc::clone(&would[index]))).collect()
    }

    pub(super) fn eligibility(&self) -> Vec<Reason> {
        let directory = &self.evaluator.directory;
        let roles: Vec<String> = self.covered.eligible.iter().map(|role| directory.role_name(*role)).collect();
        let told = !roles.is_empty();
        told.then(|| {
            self.reason(
                Source::Account,
                Dataset::RoleEligibility,
                format!(
                    "The account is eligible for the {}: policies for it apply only once it is active.",
                    listed(&roles)
                ),
            )
        })
        .into_iter()
        .collect()
    }

    pub(super) fn exemption(&self) -> Option<Reason> {
        let exempt = self.person.syncs_directory && self.evaluator.facts.security_defaults.value() == Some(&true);
        exempt.then(|| {
            self.reason(
                Source::SecurityDefaults,
                Dataset::SecurityDefaults,
                "This is the directory-sync account: security defaults exempt it.",
            )
        })
    }

    pub(super) fn nothing_usable(&self) -> String {
        let what = if self.person.methods.registered == Registered::NotAllowed {
            "the tenant allows none of the registered methods"
        } else {
            "no method is registered"
        };
        format!("MFA is enforced, but {what}: whoever signs in first registers their own.")
    }

    pub(super) fn registration(&self) -> Option<Reason> {
        let methods = &self.person.methods;
        let text = match (methods.registered, methods.best) {
            (Registered::Usable, MethodStrength::PhishingResistant) => "A phishing-resistant method is registered.",
            (Registered::Usable, MethodStrength::Weak) => "Only a weak method (SMS or voice) is registered.",
            (Registered::Usable, _) => "A method is registered.",
            (Registered::NotAllowed, _) => "Methods are registered, but the tenant allows none of them.",
            (Registered::Nothing, _) => "No method is registered.",
            (Registered::NotListed, _) => "Microsoft's registration report does not list this account yet.",
            (Registered::Unread(_), _) => return Some(self.registration_unread()),
        };
        Some(self.reason(Source::Registration, Dataset::RegistrationDetails, text))
    }

    pub(super) fn registration_unread(&self) -> Reason {
        let cause = match &self.evaluator.facts.registration {
            Fact::Unknown(cause) => *cause,
            Fact::Known { .. } => UnknownCause::NotYetRead,
        };
        let text =
            format!("Whether a method is registered is not known: the registration report is {}.", could_not(cause));
        Reason { source: Source::Missing, text: text.into(), dataset: Dataset::RegistrationDetails, read_at: None }
    }

    pub(super) fn registration_beside_the_point(&self) -> Option<Reason> {
        (self.person.methods.registered == Registered::Usable).then(|| {
            self.reason(
                Source::Registration,
                Dataset::RegistrationDetails,
                "A method is registered, but nothing asks for it.",
            )
        })
    }

    pub(super) fn federation(&self) -> Option<Reason> {
        let evaluator = self.evaluator;
        let domain = evaluator.facts.domains.value()?.get(self.person.federated_at?)?;
        let does = match domain.federation.as_ref()?.mfa {
            FederatedMfa::EnforceByFederatedIdp => "Microsoft sends users there for MFA",
            FederatedMfa::AcceptIfDoneByFederatedIdp => "Microsoft accepts MFA done there, and else asks itself",
            FederatedMfa::RejectByFederatedIdp => "Microsoft does not accept MFA done there and asks itself",
            FederatedMfa::NotStated => "whether Microsoft accepts MFA done there is not stated",
        };
        let text = format!("The domain {} signs in at a federated identity provider: {does}.", domain.name);
        Some(self.reason(Source::Federation, Dataset::Domains, text))
    }

    /// A federated provider may ask for more than Microsoft does: worth a word where Microsoft asks for too little.
    pub(super) fn federation_unknown(&self, verdict: Verdict) -> Option<String> {
        let cause = self.evaluator.facts.domains.cause()?;
        let matters = matches!(verdict, Verdict::Unprotected | Verdict::Partial | Verdict::EnrolmentOpen);
        matters.then(|| {
            format!(
                "Whether a federated identity provider checks the password is not known: the domains are {}.",
                could_not(cause)
            )
        })
    }

    pub(super) fn app_passwords(&self) -> Option<Reason> {
        let legacy_open = !self.evaluator.masks.legacy.is_within(&self.covered.stops)
            && !self.evaluator.security_defaults_protect(self.person);
        (self.person.per_user == Ok(PerUserMfa::Enforced) && self.person.methods.app_password && legacy_open).then(
            || {
                self.per_user_reason(
                    "An app password is registered: legacy clients get in with it and no second factor.",
                )
            },
        )
    }

    /// Policies in force whose authentication strength none of the registered methods meets.
    pub(super) fn lockouts(&self) -> Vec<Reason> {
        let evaluator = self.evaluator;
        if self.person.methods.registered != Registered::Usable {
            // Who has nothing registers what is demanded.
            return Vec::new();
        }
        let applies = self.covered.coverage.applies.iter();
        let demanding = applies.filter(|index| evaluator.effects[*index].stops_anybody > 0).filter_map(|index| {
            let policy = evaluator.enforced[index];
            let grant = policy.grant.as_ref()?;
            let strength = grant.authentication_strength.as_ref()?;
            // An alternative may be met.
            let alone = grant.operator == GrantOperator::And || grant.built_in_controls.is_empty();
            let combinations = combinations(strength, &evaluator.facts.strengths);
            let unmet = !combinations.is_empty() && self.person.methods.factors.meet(combinations) == Truth::No;
            (alone && unmet && !blocks(grant)).then_some((index, policy, strength))
        });
        demanding
            .map(|(index, policy, strength)| {
                let whole = evaluator.effects[index].stops_anybody == evaluator.masks.anybody.iter().count();
                let of_what = if whole { "" } else { " of what it covers" };
                self.policy_reason(format!(
                    "Policy {} demands “{}”, which none of the registered methods meets: the user will be locked out{of_what}.",
                    quoted(policy),
                    strength.display_name
                ))
            })
            .collect()
    }
}

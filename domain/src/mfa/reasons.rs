//! The verdict told: whole sentences that name the policy or the fact, the most telling first.

mod evidence;
mod missing;

use std::sync::Arc;

use super::describe::describe;
use super::facts::TenantFacts;
use super::holes::Telling;
use super::judge::{Covered, Evaluator, Standing};
use super::person::{Person, Registered};
use crate::dataset::Dataset;
use crate::facts::policy::Policy;
use crate::facts::registration::{MethodStrength, PerUserMfa};
use crate::known::UnknownCause;
use crate::verdict::{Enrolment, Hole, Judgement, Reason, Source, Verdict};

/// As many policies as a person reads under one verdict.
const POLICIES_TOLD: usize = 6;

/// What policies do, in the sentences that stand under verdicts: the same for everybody, so told once. By the index of the policy.
pub(super) struct Sentences {
    /// Names in quotes, of policies in force.
    names: Vec<String>,
    /// Of policies in force.
    does: Vec<Arc<str>>,
    /// Of report-only ones.
    would: Vec<Arc<str>>,
}

impl Sentences {
    pub(super) fn new(enforced: &[&Policy], reporting: &[&Policy], facts: &TenantFacts) -> Self {
        let does = |policy: &&Policy| format!("Policy {} {}.", quoted(policy), describe(policy, facts)).into();
        let would = |policy: &&Policy| {
            let (policy, does) = (quoted(policy), describe(policy, facts));
            format!("Policy {policy} is report-only and stops nobody: switched on, it {does}.").into()
        };
        Self {
            names: enforced.iter().map(|policy| quoted(policy)).collect(),
            does: enforced.iter().map(does).collect(),
            would: reporting.iter().map(would).collect(),
        }
    }
}

/// One class of users and how its sign-ins fall out.
pub(super) struct Story<'e, 'f> {
    pub(super) evaluator: &'e Evaluator<'f>,
    pub(super) covered: &'e Covered,
    pub(super) person: &'e Person,
    pub(super) standing: &'e Standing,
}

impl Story<'_, '_> {
    pub(super) fn cannot_sign_in(&self, text: &str, by_account: bool) -> Judgement {
        let reason = if by_account {
            self.reason(Source::Account, Dataset::Users, text)
        } else {
            self.reason(Source::ConditionalAccess, Dataset::ConditionalAccessPolicies, text)
        };
        let mut reasons = vec![reason];
        if !by_account {
            reasons.extend(self.contributions());
        }
        self.judgement(Verdict::CannotSignIn, reasons)
    }

    pub(super) fn unprotected(&self) -> Judgement {
        let mut reasons = vec![self.nothing_asks()];
        reasons.extend(self.exemption());
        reasons.extend(self.left_out());
        reasons.extend(self.reporting());
        reasons.extend(self.eligibility());
        reasons.extend(self.registration_beside_the_point());
        self.judgement(Verdict::Unprotected, reasons)
    }

    pub(super) fn partial(&self) -> Judgement {
        let found = self.holes();
        let summaries: Vec<String> = found.iter().map(|hole| lowered(&hole.summary)).collect();
        let several = if summaries.len() > 3 { format!("; and {} more", summaries.len() - 3) } else { String::new() };
        let shown = summaries.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let (source, dataset) = self.leading_source();
        let mut reasons =
            vec![self.reason(source, dataset, format!("The password alone gets in with {shown}{several}."))];
        if self.person.per_user == Ok(PerUserMfa::Enabled) {
            reasons.push(self.per_user_reason(
                "Per-user MFA is enabled and not yet enforced: until the user registers, legacy clients go on with the password.",
            ));
        }
        reasons.extend(self.exemption());
        reasons.extend(self.left_out());
        reasons.extend(self.contributions());
        reasons.extend(self.reporting());
        reasons.extend(self.eligibility());
        reasons.extend(self.registration());
        reasons.extend(self.federation());
        let mut judgement = self.judgement(Verdict::Partial, reasons);
        judgement.holes = found;
        judgement
    }

    /// Everything that anybody can choose is stopped.
    pub(super) fn stopped(&self, verdict: Verdict, enrolment: Enrolment) -> Judgement {
        let mut reasons = Vec::new();
        if verdict == Verdict::EnrolmentOpen {
            reasons.push(self.reason(Source::Registration, Dataset::RegistrationDetails, self.nothing_usable()));
        }
        reasons.extend(self.enforcement());
        if verdict == Verdict::Protected && enrolment == Enrolment::Unknown {
            reasons.push(self.registration_unread());
        } else if verdict == Verdict::Protected {
            reasons.extend(self.registration());
        }
        reasons.extend(self.federation());
        reasons.extend(self.app_passwords());
        reasons.extend(self.left_out());
        self.judgement(verdict, reasons)
    }

    pub(super) fn guarded(&self) -> Judgement {
        let mut reasons = self.enforcement();
        reasons.push(self.reason(
            Source::Registration,
            Dataset::RegistrationDetails,
            "Nothing usable is registered, and a policy keeps strangers from registering: the user needs help to enrol.",
        ));
        self.judgement(Verdict::Protected, reasons)
    }

    pub(super) fn unknown(&self, cause: UnknownCause) -> Judgement {
        let mut reasons = Vec::new();
        if self.standing.open.is_empty() && self.standing.uncertain.is_empty() {
            // Enforced; what is registered decides, and that is not known.
            reasons.push(match self.person.methods.registered {
                Registered::NotListed => self.reason(
                    Source::Missing,
                    Dataset::RegistrationDetails,
                    "MFA is enforced, but Microsoft's registration report does not list this account yet.",
                ),
                _ => self.reason(
                    Source::Federation,
                    Dataset::Domains,
                    "MFA is enforced and nothing usable is registered at Microsoft: whether the federated identity \
                     provider does MFA cannot be seen.",
                ),
            });
            reasons.extend(self.enforcement());
        } else {
            reasons.extend(self.doubts().into_iter().map(|doubt| Reason {
                source: Source::Missing,
                read_at: None,
                dataset: doubt.dataset,
                text: doubt.text.into(),
            }));
            reasons.extend(self.left_out());
            reasons.extend(self.contributions());
            reasons.extend(self.reporting());
            reasons.extend(self.registration());
        }
        reasons.extend(self.federation());
        if reasons.is_empty() {
            reasons.push(self.nothing_asks());
        }
        let mut judgement = self.judgement(Verdict::Unknown, reasons);
        judgement.unknown_cause = Some(cause);
        judgement
    }

    /// The cause to show when doubts leave everything open.
    pub(super) fn leading_cause(&self) -> UnknownCause {
        self.doubts().first().map_or(UnknownCause::NotUnderstood, |doubt| doubt.cause)
    }

    fn judgement(&self, verdict: Verdict, mut reasons: Vec<Reason>) -> Judgement {
        let judged = verdict != Verdict::CannotSignIn;
        let lockouts = if judged { self.lockouts() } else { Vec::new() };
        let locked_out = !lockouts.is_empty();
        reasons.splice(reasons.len().min(1)..reasons.len().min(1), lockouts);
        let doubts = if judged { self.doubts() } else { Vec::new() };
        Judgement {
            verdict,
            unknown_cause: None,
            reasons,
            holes: if verdict == Verdict::Unprotected { self.holes() } else { Vec::new() },
            lesser_holes: if judged && verdict != Verdict::Unprotected { self.lesser_holes() } else { Vec::new() },
            uncertain: doubts.into_iter().map(|doubt| doubt.text).chain(self.federation_unknown(verdict)).collect(),
            enrolment: self.evaluator.enrolment(self.person),
            phishing_resistant: self.person.methods.best == MethodStrength::PhishingResistant,
            locked_out,
            strongest: self.person.methods.best,
        }
    }

    fn reason(&self, source: Source, dataset: Dataset, text: impl Into<Arc<str>>) -> Reason {
        let facts = self.evaluator.facts;
        let read_at = match dataset {
            Dataset::Users => self.evaluator.users_read_at,
            Dataset::SecurityDefaults => facts.security_defaults.read_at(),
            Dataset::RegistrationDetails => facts.registration.read_at(),
            Dataset::PerUserMfa => facts.per_user_mfa.read_at(),
            Dataset::Domains => facts.domains.read_at(),
            Dataset::RoleEligibility => facts.eligible_roles.read_at(),
            _ => facts.policies.read_at(),
        };
        Reason { source, text: text.into(), dataset, read_at }
    }

    fn policy_reason(&self, text: impl Into<Arc<str>>) -> Reason {
        self.reason(Source::ConditionalAccess, Dataset::ConditionalAccessPolicies, text)
    }

    fn per_user_reason(&self, text: &str) -> Reason {
        self.reason(Source::PerUserMfa, Dataset::PerUserMfa, text)
    }

    fn holes(&self) -> Vec<Hole> {
        self.evaluator.holes(&self.standing.open, &self.evaluator.masks.anybody, Telling::PlacesThatDiffer)
    }

    fn lesser_holes(&self) -> Vec<Hole> {
        let masks = &self.evaluator.masks;
        let mut found = self.evaluator.holes(&self.standing.lesser, &masks.insiders, Telling::AllPlaces);
        if self.app_passwords().is_some() {
            found.push(Hole {
                summary: "Legacy clients with an app password".to_owned(),
                client_app_types: vec!["exchangeActiveSync".to_owned(), "other".to_owned()],
                ..Hole::default()
            });
        }
        found
    }

    /// Which fact a partial verdict is about first.
    fn leading_source(&self) -> (Source, Dataset) {
        let by_policy = self.covered.stops.meets(&self.evaluator.masks.anybody);
        if !by_policy && self.person.per_user == Ok(PerUserMfa::Enabled) {
            (Source::PerUserMfa, Dataset::PerUserMfa)
        } else {
            (Source::ConditionalAccess, Dataset::ConditionalAccessPolicies)
        }
    }
}

fn could_not(cause: UnknownCause) -> &'static str {
    match cause {
        UnknownCause::NotLicensed => "not in the tenant's licence",
        UnknownCause::NotPermitted => "not permitted to be read",
        UnknownCause::Failed => "not known, because reading failed",
        UnknownCause::NotYetRead => "not read yet",
        UnknownCause::NotUnderstood => "more than this product understands",
        UnknownCause::OutsideMicrosoft => "kept outside Microsoft",
    }
}

fn quoted(policy: &Policy) -> String {
    format!("“{}”", policy.display_name)
}

/// For the middle of a sentence: names such as Exchange keep their capital.
fn lowered(summary: &str) -> String {
    if summary.starts_with("Exchange") || summary.starts_with("Office") || summary.starts_with("Microsoft") {
        return summary.to_owned();
    }
    let mut chars = summary.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

//! The verdict told: whole sentences that name the policy or the fact, the most telling first.

use super::coverage::Route;
use super::describe::describe;
use super::doubts::policy_doubts;
use super::facts::Fact;
use super::grant::{blocks, combinations};
use super::holes::{Telling, listed};
use super::judge::{Covered, Evaluator, Standing};
use super::person::{Person, Registered};
use super::truth::Truth;
use crate::dataset::Dataset;
use crate::facts::directory::FederatedMfa;
use crate::facts::policy::{GrantOperator, Policy};
use crate::facts::registration::{MethodStrength, PerUserMfa};
use crate::known::UnknownCause;
use crate::verdict::{Enrolment, Hole, Judgement, Reason, Source, Verdict};

/// As many policies as a person reads under one verdict.
const POLICIES_TOLD: usize = 6;

/// One class of users and how its sign-ins fall out.
pub(super) struct Story<'e, 'f> {
    pub(super) evaluator: &'e Evaluator<'f>,
    pub(super) covered: &'e Covered,
    pub(super) person: &'e Person,
    pub(super) standing: &'e Standing,
}

/// Something that could not be read or understood, and that would matter.
struct Doubt {
    cause: UnknownCause,
    dataset: Dataset,
    text: String,
}

impl Story<'_, '_> {
    pub(super) fn cannot_sign_in(&self, text: &str, by_account: bool) -> Judgement {
        let reason = if by_account {
            self.reason(Source::Account, Dataset::Users, text.to_owned())
        } else {
            self.reason(Source::ConditionalAccess, Dataset::ConditionalAccessPolicies, text.to_owned())
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
            "Nothing usable is registered, and a policy keeps strangers from registering: the user needs help to enrol."
                .to_owned(),
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
                    "MFA is enforced, but Microsoft's registration report does not list this account yet.".to_owned(),
                ),
                _ => self.reason(
                    Source::Federation,
                    Dataset::Domains,
                    "MFA is enforced and nothing usable is registered at Microsoft: whether the federated identity \
                     provider does MFA cannot be seen."
                        .to_owned(),
                ),
            });
            reasons.extend(self.enforcement());
        } else {
            reasons.extend(self.doubts().into_iter().map(|doubt| Reason {
                source: Source::Missing,
                read_at: None,
                dataset: doubt.dataset,
                text: doubt.text,
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

    /// Policies in force whose authentication strength none of the registered methods meets.
    fn lockouts(&self) -> Vec<Reason> {
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

    fn reason(&self, source: Source, dataset: Dataset, text: String) -> Reason {
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
        Reason { source, text, dataset, read_at }
    }

    fn policy_reason(&self, text: String) -> Reason {
        self.reason(Source::ConditionalAccess, Dataset::ConditionalAccessPolicies, text)
    }

    fn per_user_reason(&self, text: &str) -> Reason {
        self.reason(Source::PerUserMfa, Dataset::PerUserMfa, text.to_owned())
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

    fn nothing_asks(&self) -> Reason {
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
    fn enforcement(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.evaluator.security_defaults_protect(self.person) {
            reasons.push(self.reason(
                Source::SecurityDefaults,
                Dataset::SecurityDefaults,
                "Security defaults are on: Microsoft asks for MFA and blocks legacy clients.".to_owned(),
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
            let names: Vec<String> = policies.iter().map(|index| quoted(self.evaluator.enforced[*index])).collect();
            reasons.push(self.policy_reason(format!(
                "Policies {} together stop every sign-in on the password alone.",
                listed(&names)
            )));
        }
        reasons.extend(self.contributions());
        reasons
    }

    /// Policies that stop somebody with the password alone, the widest first.
    fn stopping_policies(&self) -> Vec<usize> {
        let evaluator = self.evaluator;
        let mut found: Vec<(usize, usize)> = self
            .covered
            .coverage
            .applies
            .iter()
            .map(|index| (evaluator.effects[index].stops_anybody, index))
            .filter(|(stopped, _)| *stopped > 0)
            .collect();
        found.sort_by_key(|(stopped, _)| std::cmp::Reverse(*stopped));
        found.into_iter().map(|(_, index)| index).collect()
    }

    fn contributions(&self) -> Vec<Reason> {
        self.stopping_policies()
            .into_iter()
            .take(POLICIES_TOLD)
            .map(|index| {
                let evaluator = self.evaluator;
                let (policy, does) = (quoted(evaluator.enforced[index]), &evaluator.sentences[index]);
                self.policy_reason(format!("Policy {policy} {does}."))
            })
            .collect()
    }

    fn left_out(&self) -> Vec<Reason> {
        let evaluator = self.evaluator;
        let told = |(index, route): &(usize, Route)| {
            let line = match route {
                Route::Named => "the account is excluded by name".to_owned(),
                Route::Group(group) => format!("it is in the excluded {}", evaluator.directory.group_name(*group)),
                Route::Role(role) => format!("it holds the excluded {}", evaluator.directory.role_name(*role)),
                Route::Guest => "guests are excluded".to_owned(),
            };
            self.policy_reason(format!(
                "Policy {} leaves this account out: {line}.",
                quoted(evaluator.enforced[*index])
            ))
        };
        self.covered.coverage.left_out.iter().take(POLICIES_TOLD).map(told).collect()
    }

    fn reporting(&self) -> Vec<Reason> {
        let evaluator = self.evaluator;
        self.covered
            .reporting
            .applies
            .iter()
            .take(POLICIES_TOLD)
            .map(|index| {
                let policy = evaluator.reporting[index];
                let does = describe(policy, evaluator.facts);
                self.policy_reason(format!(
                    "Policy {} is report-only and stops nobody: switched on, it {does}.",
                    quoted(policy)
                ))
            })
            .collect()
    }

    fn eligibility(&self) -> Vec<Reason> {
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

    fn exemption(&self) -> Option<Reason> {
        let exempt = self.person.syncs_directory && self.evaluator.facts.security_defaults.value() == Some(&true);
        exempt.then(|| {
            self.reason(
                Source::SecurityDefaults,
                Dataset::SecurityDefaults,
                "This is the directory-sync account: security defaults exempt it.".to_owned(),
            )
        })
    }

    fn nothing_usable(&self) -> String {
        let what = if self.person.methods.registered == Registered::NotAllowed {
            "the tenant allows none of the registered methods"
        } else {
            "no method is registered"
        };
        format!("MFA is enforced, but {what}: whoever signs in first registers their own.")
    }

    fn registration(&self) -> Option<Reason> {
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
        Some(self.reason(Source::Registration, Dataset::RegistrationDetails, text.to_owned()))
    }

    fn registration_unread(&self) -> Reason {
        let cause = match &self.evaluator.facts.registration {
            Fact::Unknown(cause) => *cause,
            Fact::Known { .. } => UnknownCause::NotYetRead,
        };
        let text =
            format!("Whether a method is registered is not known: the registration report is {}.", could_not(cause));
        Reason { source: Source::Missing, text, dataset: Dataset::RegistrationDetails, read_at: None }
    }

    fn registration_beside_the_point(&self) -> Option<Reason> {
        (self.person.methods.registered == Registered::Usable).then(|| {
            self.reason(
                Source::Registration,
                Dataset::RegistrationDetails,
                "A method is registered, but nothing asks for it.".to_owned(),
            )
        })
    }

    fn federation(&self) -> Option<Reason> {
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
    fn federation_unknown(&self, verdict: Verdict) -> Option<String> {
        let cause = self.evaluator.facts.domains.cause()?;
        let matters = matches!(verdict, Verdict::Unprotected | Verdict::Partial | Verdict::EnrolmentOpen);
        matters.then(|| {
            format!(
                "Whether a federated identity provider checks the password is not known: the domains are {}.",
                could_not(cause)
            )
        })
    }

    fn app_passwords(&self) -> Option<Reason> {
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

    /// What leaves contexts uncertain, the most telling first.
    fn doubts(&self) -> Vec<Doubt> {
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
            let policy = quoted(evaluator.enforced[*index]);
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

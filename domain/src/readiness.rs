//! The partner requirement: MFA for every account, in one of three ways. What is in place, what is missing, and the shortest
//! way from here.

use serde::{Deserialize, Serialize};

use crate::facts::directory::FederatedMfa;
use crate::facts::policy::{Policy, PolicyState};
use crate::known::{Known, UnknownCause};
use crate::licence::EntraLicence;
use crate::mfa::{TenantFacts, demands_mfa_of_everybody, describe, is_in_force, stops_legacy_of_everybody};
use crate::microsoft_view::MicrosoftView;
use crate::verdict::{OpenAdmins, Posture, Source};

/// The three ways that the requirement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayKind {
    ConditionalAccess,
    SecurityDefaults,
    ThirdParty,
}

impl WayKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::ConditionalAccess => "Conditional Access",
            Self::SecurityDefaults => "Security defaults",
            Self::ThirdParty => "Third party",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayState {
    InPlace,
    /// Something of it is in force, and something is missing.
    Partly,
    NotInPlace,
    /// The tenant cannot go this way as it is.
    NotAvailable,
    Unknown,
}

impl WayState {
    pub fn label(self) -> &'static str {
        match self {
            Self::InPlace => "In place",
            Self::Partly => "Partly in place",
            Self::NotInPlace => "Not in place",
            Self::NotAvailable => "Not available",
            Self::Unknown => "Unknown",
        }
    }
}

/// One way, all in whole sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    pub kind: WayKind,
    pub state: WayState,
    pub in_place: Vec<String>,
    pub missing: Vec<String>,
    /// The shortest way from here; empty where nothing is to be done.
    pub next: String,
}

/// Accounts that count, and how many of them are open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// The partner's own tenant: every account counts, guests and service accounts included. Clients: administrators first.
    pub is_partner: bool,
    pub accounts: Known<Posture>,
    pub admins_unprotected: Known<OpenAdmins>,
    pub ways: Vec<Way>,
    /// `None`: not read, or Microsoft says nothing of this tenant.
    pub microsoft: Option<MicrosoftView>,
}

impl Readiness {
    /// Accounts that somebody gets into with the password alone.
    pub fn open(&self) -> Option<u32> {
        self.accounts.known().map(Posture::open)
    }

    /// `None`: not everything is known that would be needed to say so.
    pub fn is_met(&self) -> Option<bool> {
        let posture = self.accounts.known()?;
        match self.open()? {
            0 if posture.unknown == 0 => Some(true),
            0 => None,
            _ => Some(false),
        }
    }
}

/// Reads the three ways out of a tenant's facts.
pub fn ways(facts: &TenantFacts, licence: Known<EntraLicence>) -> Vec<Way> {
    vec![conditional_access(facts, licence), security_defaults(facts), third_party(facts)]
}

fn conditional_access(facts: &TenantFacts, licence: Known<EntraLicence>) -> Way {
    let kind = WayKind::ConditionalAccess;
    let Some(policies) = facts.policies.value() else {
        return unknown(kind, facts.policies.cause(), "The policies");
    };
    let quoted = |policy: &Policy| format!("“{}”", policy.display_name);
    let in_force: Vec<&Policy> = policies.iter().filter(|policy| is_in_force(policy)).collect();
    let for_all = in_force.iter().filter(|policy| demands_mfa_of_everybody(policy)).min_by_key(|p| left_out(p).len());
    let legacy = in_force.iter().find(|policy| stops_legacy_of_everybody(policy));
    let (mut in_place, mut missing) = (Vec::new(), Vec::new());
    let mut next = String::new();
    match for_all {
        Some(policy) => {
            in_place.push(format!("Policy {} {}.", quoted(policy), describe(policy, facts)));
            let left_out = left_out(policy);
            if !left_out.is_empty() {
                missing.push(format!("Policy {} leaves out {}.", quoted(policy), left_out.join(", ")));
                next = format!("Take the exclusions out of policy {}, or cover them by another.", quoted(policy));
            }
        }
        None => {
            missing.push("No policy in force demands MFA of everybody for every app.".to_owned());
            let waiting = policies
                .iter()
                .find(|policy| policy.state == PolicyState::ReportOnly && demands_mfa_of_everybody(policy));
            next = match waiting {
                Some(policy) => format!("Switch policy {} from report-only to on.", quoted(policy)),
                None => "Create a policy that demands MFA of all users for all cloud apps.".to_owned(),
            };
        }
    }
    match legacy {
        Some(policy) => in_place.push(format!("Legacy clients are stopped by policy {}.", quoted(policy))),
        None => {
            missing.push("Legacy clients, which cannot do MFA, are not stopped for everybody.".to_owned());
            if next.is_empty() {
                next = "Create a policy that blocks Exchange ActiveSync and other legacy clients for all users."
                    .to_owned();
            }
        }
    }
    let has_licence = licence.known().map(|licence| licence.has_p1());
    let state = match (in_place.is_empty(), missing.is_empty(), has_licence) {
        (_, true, _) => WayState::InPlace,
        (true, false, Some(false)) => WayState::NotAvailable,
        (false, false, _) => WayState::Partly,
        (true, false, _) => WayState::NotInPlace,
    };
    if state == WayState::NotAvailable {
        missing = vec!["Conditional Access needs Entra ID P1 or P2, which this tenant does not hold.".to_owned()];
        next = "Buy Entra ID P1 (it is part of Microsoft 365 Business Premium), or go another way.".to_owned();
    }
    Way { kind, state, in_place, missing, next }
}

/// What a policy makes an exception of, as phrases.
fn left_out(policy: &Policy) -> Vec<String> {
    let conditions = &policy.conditions;
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("one {one}")),
        _ => Some(format!("{count} {many}")),
    };
    [
        counted(conditions.exclude_users.len(), "account by name", "accounts by name"),
        counted(conditions.exclude_groups.len(), "group", "groups"),
        counted(conditions.exclude_roles.len(), "role", "roles"),
        conditions.exclude_guests.as_ref().map(|_| "guests".to_owned()),
        counted(conditions.exclude_applications.len(), "app", "apps"),
        counted(conditions.exclude_locations.len(), "location", "locations"),
        counted(conditions.exclude_platforms.len(), "platform", "platforms"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn security_defaults(facts: &TenantFacts) -> Way {
    let kind = WayKind::SecurityDefaults;
    let in_force = facts.policies.value().into_iter().flatten().filter(|policy| is_in_force(policy)).count();
    match facts.security_defaults.value() {
        Some(true) => Way {
            kind,
            state: WayState::InPlace,
            in_place: vec!["Security defaults are on: Microsoft asks everybody for MFA and blocks legacy clients.".to_owned()],
            missing: Vec::new(),
            next: String::new(),
        },
        Some(false) if in_force > 0 => Way {
            kind,
            state: WayState::NotAvailable,
            in_place: Vec::new(),
            missing: vec!["Security defaults cannot be on while Conditional Access policies are in force.".to_owned()],
            next: "Go the way of Conditional Access, which is in use here.".to_owned(),
        },
        Some(false) => Way {
            kind,
            state: WayState::NotInPlace,
            in_place: Vec::new(),
            missing: vec!["Security defaults are off.".to_owned()],
            next: "Switch them on in the Entra admin centre: Overview, Properties, Manage security defaults. They are free, \
                   and hold for every account."
                .to_owned(),
        },
        None => unknown(kind, facts.security_defaults.cause(), "The state of security defaults"),
    }
}

fn third_party(facts: &TenantFacts) -> Way {
    let kind = WayKind::ThirdParty;
    let external = facts.methods_policy.value().into_iter().flatten().filter(|method| method.is_external);
    let mut in_place: Vec<String> = Vec::new();
    if external.clone().any(|method| method.enabled) {
        in_place.push("An external authentication method is allowed: it counts where a policy demands MFA.".to_owned());
    }
    let federated = facts.domains.value().into_iter().flatten().filter_map(|domain| {
        let federation = domain.federation.as_ref()?;
        Some((domain.name.as_str(), federation.mfa))
    });
    let mut missing = Vec::new();
    for (name, mfa) in federated {
        match mfa {
            FederatedMfa::EnforceByFederatedIdp | FederatedMfa::AcceptIfDoneByFederatedIdp => {
                in_place.push(format!("Domain {name} signs in at a federated provider whose MFA Microsoft accepts."));
                missing.push(format!("Whether the provider of {name} asks for MFA cannot be read from Microsoft."));
            }
            FederatedMfa::RejectByFederatedIdp | FederatedMfa::NotStated => {
                missing
                    .push(format!("Domain {name} is federated, and MFA of its provider does not count at Microsoft."));
            }
        }
    }
    let unread = facts.methods_policy.cause().or(facts.domains.cause());
    if in_place.is_empty() && missing.is_empty() {
        if let Some(cause) = unread {
            return unknown(kind, Some(cause), "External methods or federated domains");
        }
        missing.push("No external method is allowed and no domain is federated.".to_owned());
    }
    let state = if in_place.is_empty() { WayState::NotInPlace } else { WayState::Partly };
    let next = match state {
        WayState::Partly => {
            "Make sure that a policy demands MFA, and have the provider's own report at hand.".to_owned()
        }
        _ => String::new(),
    };
    Way { kind, state, in_place, missing, next }
}

fn unknown(kind: WayKind, cause: Option<UnknownCause>, what: &str) -> Way {
    let cause = cause.unwrap_or(UnknownCause::NotYetRead);
    Way {
        kind,
        state: WayState::Unknown,
        in_place: Vec::new(),
        missing: vec![format!("{what} could not be judged: {}.", cause.label())],
        next: "Mend what keeps the facts from being read.".to_owned(),
    }
}

/// The shortest way for a row of the fleet, from what is counted of each tenant.
pub fn shortest_way(
    licence: &Known<EntraLicence>,
    enforced_by: &[Source],
    open: Option<u32>,
    unknown: u32,
) -> &'static str {
    let by = |source| enforced_by.contains(&source);
    match (open, licence.known()) {
        (None, _) => "Connect it, so that it can be read.",
        (Some(0), _) if unknown == 0 => "Nothing to do.",
        (Some(0), _) => "Mend what keeps the rest from being known.",
        (Some(_), _) if by(Source::SecurityDefaults) => "Have those who are left register a method.",
        (Some(_), _) if by(Source::ConditionalAccess) => "Close the holes in its policies.",
        (Some(_), Some(licence)) if licence.has_p1() => "Demand MFA of everybody by a Conditional Access policy.",
        (Some(_), Some(_)) => "Switch security defaults on.",
        (Some(_), None) => "Switch security defaults on, or demand MFA by a policy.",
    }
}

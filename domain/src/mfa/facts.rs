//! What the evaluator takes: a tenant's facts, each with the time it was read or the cause of its absence.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::facts::directory::{Domain, PolicyGroup, RoleAssignment};
use crate::facts::policy::{MethodConfiguration, NamedLocation, Policy, Strength};
use crate::facts::registration::{PerUserMfa, Registration};
use crate::ids::UserId;
use crate::known::{Known, UnknownCause};

/// One fact of a tenant: the last good reading, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact<T> {
    Known { value: T, read_at: DateTime<Utc> },
    Unknown(UnknownCause),
}

impl<T> Fact<T> {
    pub fn known(value: T, read_at: DateTime<Utc>) -> Self {
        Self::Known { value, read_at }
    }

    /// The value, when it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The same without its age.
    pub fn told(&self) -> Known<&T> {
        match self {
            Self::Known { value, .. } => Known::Known(value),
            Self::Unknown(cause) => Known::Unknown(*cause),
        }
    }

    /// When the value was read; `None` when it is not known.
    pub fn read_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Known { read_at, .. } => Some(*read_at),
            Self::Unknown(_) => None,
        }
    }

    /// Why the value is not known; `None` when it is.
    pub fn cause(&self) -> Option<UnknownCause> {
        match self {
            Self::Known { .. } => None,
            Self::Unknown(cause) => Some(*cause),
        }
    }
}

/// Everything about a tenant that a verdict rests on. A dataset that failed today but was read yesterday is `Known` with
/// yesterday's time; `Unknown` means that there is no reading at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TenantFacts {
    /// `identitySecurityDefaultsEnforcementPolicy.isEnabled`.
    pub security_defaults: Fact<bool>,
    pub policies: Fact<Vec<Policy>>,
    pub named_locations: Fact<Vec<NamedLocation>>,
    pub strengths: Fact<Vec<Strength>>,
    pub methods_policy: Fact<Vec<MethodConfiguration>>,
    /// Groups that policies or role assignments name, members transitive. A group that a policy names and that is not
    /// in here counts as not read.
    pub groups: Fact<Vec<PolicyGroup>>,
    /// Active role assignments.
    pub roles: Fact<Vec<RoleAssignment>>,
    /// PIM-eligible ones; `NotLicensed` without Entra P2.
    pub eligible_roles: Fact<Vec<RoleAssignment>>,
    pub domains: Fact<Vec<Domain>>,
    /// Rows of `userRegistrationDetails`. A user who is missing from a known map is not in Microsoft's report.
    pub registration: Fact<HashMap<UserId, Registration>>,
    /// A user who is missing from a known map has not been read yet.
    pub per_user_mfa: Fact<HashMap<UserId, PerUserMfa>>,
}

impl TenantFacts {
    /// Nothing is known, all for the same cause: what a tenant is before its first sync.
    pub fn unknown(cause: UnknownCause) -> Self {
        Self {
            security_defaults: Fact::Unknown(cause),
            policies: Fact::Unknown(cause),
            named_locations: Fact::Unknown(cause),
            strengths: Fact::Unknown(cause),
            methods_policy: Fact::Unknown(cause),
            groups: Fact::Unknown(cause),
            roles: Fact::Unknown(cause),
            eligible_roles: Fact::Unknown(cause),
            domains: Fact::Unknown(cause),
            registration: Fact::Unknown(cause),
            per_user_mfa: Fact::Unknown(cause),
        }
    }
}

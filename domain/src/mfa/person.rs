//! What tells users apart beyond policies: the account, per-user MFA, registration and federation.

use super::factors::Factors;
use super::facts::{Fact, TenantFacts};
use super::well_known::DIRECTORY_SYNC_ROLE;
use crate::facts::directory::{FederatedMfa, PrincipalKind, User, UserKind};
use crate::facts::registration::{MethodStrength, PerUserMfa, Registration, method_strength};
use crate::known::UnknownCause;

/// Equal persons with equal coverage have equal verdicts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Person {
    pub(super) enabled: bool,
    /// The account that directory sync signs in with: exempt from security defaults.
    pub(super) syncs_directory: bool,
    pub(super) per_user: Result<PerUserMfa, UnknownCause>,
    pub(super) methods: Methods,
    /// Index of the federated domain that the user signs in at.
    pub(super) federated_at: Option<usize>,
}

/// What the registration report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Methods {
    pub(super) registered: Registered,
    /// The strongest registered.
    pub(super) best: MethodStrength,
    pub(super) app_password: bool,
    pub(super) factors: Factors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Registered {
    /// And allowed by the tenant.
    Usable,
    /// But the tenant does not allow what is registered.
    NotAllowed,
    Nothing,
    /// The report is there and does not list the user.
    NotListed,
    Unread(UnknownCause),
}

impl Person {
    pub(super) fn new(facts: &TenantFacts, user: &User) -> Self {
        Self {
            enabled: user.account_enabled,
            syncs_directory: syncs_directory(facts, user),
            per_user: match &facts.per_user_mfa {
                Fact::Known { value, .. } => value.get(&user.id).copied().ok_or(UnknownCause::NotYetRead),
                Fact::Unknown(cause) => Err(*cause),
            },
            methods: methods(facts, user),
            federated_at: federated_at(facts, user),
        }
    }

    pub(super) fn federated_mfa(&self, facts: &TenantFacts) -> Option<FederatedMfa> {
        let domain = facts.domains.value()?.get(self.federated_at?)?;
        domain.federation.as_ref().map(|federation| federation.mfa)
    }
}

fn syncs_directory(facts: &TenantFacts, user: &User) -> bool {
    let name = user.user_principal_name.to_ascii_lowercase();
    name.starts_with("sync_")
        || name.starts_with("adtoaadsyncserviceaccount@")
        || facts.roles.value().into_iter().flatten().any(|role| {
            role.role_template_id == DIRECTORY_SYNC_ROLE
                && role.principal_kind == PrincipalKind::User
                && role.principal_id == user.id.0
        })
}

fn methods(facts: &TenantFacts, user: &User) -> Methods {
    let absent = |registered| Methods {
        registered,
        best: MethodStrength::None,
        app_password: false,
        factors: Factors::default(),
    };
    let row = match &facts.registration {
        Fact::Unknown(cause) => return absent(Registered::Unread(*cause)),
        Fact::Known { value, .. } => match value.get(&user.id) {
            None => return absent(Registered::NotListed),
            Some(row) => row,
        },
    };
    let has = |method: &str| row.methods.iter().any(|registered| registered.eq_ignore_ascii_case(method));
    let registered = if row.is_mfa_capable || (has("externalAuthMethod") && allows_external_methods(facts)) {
        Registered::Usable
    } else if row.is_mfa_registered {
        Registered::NotAllowed
    } else {
        Registered::Nothing
    };
    Methods { registered, best: best(row), app_password: has("appPassword"), factors: Factors::of(&row.methods) }
}

fn best(row: &Registration) -> MethodStrength {
    row.methods.iter().map(|method| method_strength(method)).max().unwrap_or(MethodStrength::None)
}

fn allows_external_methods(facts: &TenantFacts) -> bool {
    facts.methods_policy.value().into_iter().flatten().any(|method| method.is_external && method.enabled)
}

/// Guests sign in at home; members at the domain of their name.
fn federated_at(facts: &TenantFacts, user: &User) -> Option<usize> {
    if user.kind == UserKind::Guest || user.user_principal_name.to_ascii_uppercase().contains("#EXT#") {
        return None;
    }
    let (_, domain) = user.user_principal_name.rsplit_once('@')?;
    facts
        .domains
        .value()?
        .iter()
        .position(|known| known.federation.is_some() && known.name.eq_ignore_ascii_case(domain))
}

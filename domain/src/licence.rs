//! What a tenant is licensed for, told from its subscriptions.

use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

use crate::facts::directory::SubscribedSku;

/// Service plan `AAD_PREMIUM`.
pub const ENTRA_P1_PLAN: Uuid = uuid!("41781fb2-bc02-4b7c-bd55-b576c07bb09d");
/// Service plan `AAD_PREMIUM_P2`.
pub const ENTRA_P2_PLAN: Uuid = uuid!("eec0eb4f-6444-4f95-aba0-50c24d67f998");

/// The edition of Entra ID, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntraLicence {
    Free,
    P1,
    P2,
}

impl EntraLicence {
    /// The name on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Free => "Entra ID Free",
            Self::P1 => "Entra ID P1",
            Self::P2 => "Entra ID P2",
        }
    }

    /// Conditional Access, sign-in logs and the registration report are available.
    pub fn has_p1(self) -> bool {
        self >= Self::P1
    }
}

/// The best edition among subscriptions that are in force: `Enabled`, or `Warning` (lapsed, in its grace period).
pub fn entra_licence(subscriptions: &[SubscribedSku]) -> EntraLicence {
    subscriptions
        .iter()
        .filter(|sku| ["enabled", "warning"].contains(&sku.capability_status.to_ascii_lowercase().as_str()))
        .flat_map(|sku| &sku.service_plans)
        .map(|plan| match *plan {
            ENTRA_P2_PLAN => EntraLicence::P2,
            ENTRA_P1_PLAN => EntraLicence::P1,
            _ => EntraLicence::Free,
        })
        .max()
        .unwrap_or(EntraLicence::Free)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn sku(status: &str, plans: &[Uuid]) -> SubscribedSku {
        SubscribedSku {
            sku_id: Uuid::nil(),
            part_number: "SPB".into(),
            capability_status: status.into(),
            consumed_units: 1,
            enabled_units: 1,
            service_plans: plans.to_vec(),
        }
    }

    #[rstest]
    #[case::no_subscription(&[], EntraLicence::Free)]
    #[case::enabled_p1(&[sku("Enabled", &[ENTRA_P1_PLAN])], EntraLicence::P1)]
    #[case::grace_period(&[sku("Warning", &[ENTRA_P1_PLAN])], EntraLicence::P1)]
    #[case::suspended(&[sku("Suspended", &[ENTRA_P2_PLAN])], EntraLicence::Free)]
    #[case::newer_word(&[sku("Paused", &[ENTRA_P2_PLAN])], EntraLicence::Free)]
    #[case::the_best_counts(
        &[sku("Enabled", &[ENTRA_P1_PLAN]), sku("Enabled", &[ENTRA_P1_PLAN, ENTRA_P2_PLAN])],
        EntraLicence::P2
    )]
    #[case::a_suspended_p2_beside_an_enabled_p1(
        &[sku("LockedOut", &[ENTRA_P2_PLAN]), sku("Enabled", &[ENTRA_P1_PLAN])],
        EntraLicence::P1
    )]
    #[case::other_plans(&[sku("Enabled", &[Uuid::nil()])], EntraLicence::Free)]
    fn licence_is_the_best_plan_in_force(#[case] skus: &[SubscribedSku], #[case] expected: EntraLicence) {
        assert_eq!(entra_licence(skus), expected);
    }
}

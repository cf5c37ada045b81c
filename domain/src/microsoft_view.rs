//! Microsoft's own figures for the partner requirement, beside ours, and why the two differ. Source: Graph beta
//! `security/partner/securityScore` and `customerInsights`, asked in the partner's tenant.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::TenantId;
use crate::verdict::Posture;

/// What Microsoft says about one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MicrosoftView {
    /// Of the partner's own tenant alone.
    pub score: Option<Score>,
    pub insight: Option<Insight>,
    pub read_at: DateTime<Utc>,
}

/// Points, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub current: u32,
    pub most: u32,
}

/// `customerInsights[].mfa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    pub compliant_admins: u32,
    pub compliant_others: u32,
    pub users: u32,
    pub security_defaults: bool,
    pub conditional_access: bool,
    pub per_user_mfa: bool,
}

/// What one reading brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartnerFigures {
    pub score: Option<Score>,
    pub insights: Vec<(TenantId, Insight)>,
}

impl Insight {
    pub fn compliant(&self) -> u32 {
        self.compliant_admins + self.compliant_others
    }

    /// Whole sentences: what Microsoft counts, and what makes our count another.
    pub fn beside(&self, ours: &Posture) -> Vec<String> {
        let mut sentences = vec![format!(
            "Microsoft counts {} of {} accounts as compliant, {} of them administrators; here {} of {} that can sign in are \
             protected.",
            self.compliant(),
            self.users,
            self.compliant_admins,
            ours.protected,
            ours.able_to_sign_in(),
        )];
        let named = [
            (self.conditional_access, "a Conditional Access policy that demands MFA"),
            (self.security_defaults, "security defaults"),
            (self.per_user_mfa, "per-user MFA"),
        ];
        let on: Vec<&str> = named.into_iter().filter_map(|(on, words)| on.then_some(words)).collect();
        sentences.push(match on.as_slice() {
            [] => "It sees none of its own ways in force.".to_owned(),
            on => format!("It sees in force: {}.", on.join(", ")),
        });
        let accounts = |count: u32| if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
        let differences = [
            (ours.partial, "asked for MFA and can be got into around it, by an app, a client or a place"),
            (ours.enrolment_open, "covered, with no method registered: whoever has the password registers one"),
            (ours.unprotected, "not asked for MFA at all, though a method may be registered"),
            (ours.unknown, "not known here, and not counted as protected"),
            (ours.cannot_sign_in, "unable to sign in; Microsoft counts them among the users"),
        ];
        let differs = self.compliant() != ours.protected || self.users != ours.able_to_sign_in();
        let told = differences.into_iter().filter(|(count, _)| differs && *count > 0);
        sentences.extend(
            told.map(|(count, what)| format!("{} {} {what}.", accounts(count), if count == 1 { "is" } else { "are" })),
        );
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIGHT: Insight = Insight {
        compliant_admins: 2,
        compliant_others: 10,
        users: 14,
        security_defaults: false,
        conditional_access: true,
        per_user_mfa: false,
    };

    #[test]
    fn the_difference_is_told_by_what_makes_it() {
        let ours = Posture { protected: 9, partial: 3, unprotected: 1, cannot_sign_in: 1, ..Posture::default() };
        let told = INSIGHT.beside(&ours);
        assert_eq!(
            told[0],
            "Microsoft counts 12 of 14 accounts as compliant, 2 of them administrators; here 9 of 13 that can sign in are \
             protected."
        );
        assert_eq!(told[1], "It sees in force: a Conditional Access policy that demands MFA.");
        assert!(told[2].starts_with("3 accounts are asked for MFA and can be got into around it"), "{told:?}");
        assert!(told[3].starts_with("1 account is not asked"), "{told:?}");
        assert_eq!(told.len(), 5);
    }

    #[test]
    fn where_both_say_the_same_nothing_is_explained() {
        let ours = Posture { protected: 14, ..Posture::default() };
        assert_eq!(Insight { compliant_others: 12, ..INSIGHT }.beside(&ours).len(), 2);
    }
}

//! `partnerSecurityScore` and `customerInsight` of beta, listed in the partner tenant.

use domain::ids::TenantId;
use domain::microsoft_view::{Insight, Score};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerSecurityScore {
    current_score: Option<f64>,
    max_score: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerInsight {
    tenant_id: Option<Uuid>,
    mfa: Option<Mfa>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mfa {
    compliant_admins_count: Option<u32>,
    compliant_non_admins_count: Option<u32>,
    total_users_count: Option<u32>,
    security_defaults_status: Option<String>,
    mfa_conditional_access_policy_status: Option<String>,
    legacy_per_user_mfa_status: Option<String>,
}

impl PartnerSecurityScore {
    /// `None`: Microsoft has not scored the tenant.
    pub fn into_fact(self) -> Option<Score> {
        Some(Score { current: points(self.current_score?)?, most: points(self.max_score?)? })
    }
}

impl CustomerInsight {
    /// `None`: without figures there is nothing to compare.
    pub fn into_fact(self) -> Option<(TenantId, Insight)> {
        let mfa = self.mfa?;
        let on = |word: &Option<String>| word.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("enabled"));
        let insight = Insight {
            compliant_admins: mfa.compliant_admins_count?,
            compliant_others: mfa.compliant_non_admins_count?,
            users: mfa.total_users_count?,
            security_defaults: on(&mfa.security_defaults_status),
            conditional_access: on(&mfa.mfa_conditional_access_policy_status),
            per_user_mfa: on(&mfa.legacy_per_user_mfa_status),
        };
        Some((TenantId(self.tenant_id?), insight))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
fn points(score: f64) -> Option<u32> {
    (score.is_finite() && (0.0..1e9).contains(&score)).then_some(score as u32)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_read_and_what_has_none_is_left_out() {
        let score: PartnerSecurityScore =
            serde_json::from_value(json!({"id": "x", "currentScore": 62.5, "maxScore": 100})).unwrap();
        assert_eq!(score.into_fact(), Some(Score { current: 62, most: 100 }));
        let odd: PartnerSecurityScore = serde_json::from_value(json!({"currentScore": -1.0, "maxScore": 100})).unwrap();
        assert_eq!(odd.into_fact(), None);
        let tenant = Uuid::from_u128(7);
        let insight: CustomerInsight = serde_json::from_value(json!({
            "tenantId": tenant, "mfa": {
                "compliantAdminsCount": 1, "compliantNonAdminsCount": 2, "totalUsersCount": 5,
                "securityDefaultsStatus": "disabled", "mfaConditionalAccessPolicyStatus": "Enabled",
                "legacyPerUserMfaStatus": "unknownFutureValue"
            }
        }))
        .unwrap();
        let (of, insight) = insight.into_fact().unwrap();
        assert_eq!((of.0, insight.compliant(), insight.users), (tenant, 3, 5));
        assert!(insight.conditional_access && !insight.security_defaults && !insight.per_user_mfa);
        let empty: CustomerInsight = serde_json::from_value(json!({"tenantId": tenant, "mfa": null})).unwrap();
        assert_eq!(empty.into_fact(), None);
    }
}

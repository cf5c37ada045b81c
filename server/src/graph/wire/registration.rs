//! `userRegistrationDetails`, and the two places where the per-user MFA state may be read.

use chrono::{DateTime, Utc};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, list, since_1900};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistrationDetails {
    id: Uuid,
    is_admin: Option<bool>,
    is_mfa_registered: Option<bool>,
    is_mfa_capable: Option<bool>,
    is_passwordless_capable: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    methods_registered: Vec<Option<String>>,
    last_updated_date_time: Option<DateTime<Utc>>,
}

impl From<UserRegistrationDetails> for Registration {
    fn from(wire: UserRegistrationDetails) -> Self {
        Self {
            user_id: UserId(wire.id),
            is_admin: wire.is_admin.unwrap_or_default(),
            is_mfa_registered: wire.is_mfa_registered.unwrap_or_default(),
            is_mfa_capable: wire.is_mfa_capable.unwrap_or_default(),
            is_passwordless_capable: wire.is_passwordless_capable.unwrap_or_default(),
            methods: wire.methods_registered.into_iter().filter_map(filled).collect(),
            updated_at: since_1900(wire.last_updated_date_time),
        }
    }
}

/// A user with `perUserMfaState`, which v1.0 `users` answers although no document says so.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserMfaState {
    pub id: Uuid,
    per_user_mfa_state: Option<String>,
}

impl UserMfaState {
    /// `None`: absent, or a word that is not known.
    pub fn state(&self) -> Option<PerUserMfa> {
        per_user_mfa(self.per_user_mfa_state.as_deref())
    }
}

/// Beta `users/{id}/authentication/requirements`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StrongAuthenticationRequirements {
    per_user_mfa_state: Option<String>,
}

impl StrongAuthenticationRequirements {
    pub fn state(&self) -> Option<PerUserMfa> {
        per_user_mfa(self.per_user_mfa_state.as_deref())
    }
}

fn per_user_mfa(word: Option<&str>) -> Option<PerUserMfa> {
    match word?.to_ascii_lowercase().as_str() {
        "disabled" => Some(PerUserMfa::Disabled),
        "enabled" => Some(PerUserMfa::Enabled),
        "enforced" => Some(PerUserMfa::Enforced),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn methods_keep_microsofts_words_and_nulls_mean_no() {
        let fact: Registration = serde_json::from_str::<UserRegistrationDetails>(
            r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","userPrincipalName":"eva@norte.example","userDisplayName":"Eva","userType":"member",
                "isAdmin":true,"isSsprRegistered":true,"isMfaRegistered":true,"isMfaCapable":null,"isPasswordlessCapable":false,
                "methodsRegistered":["mobilePhone","aMethodOfTomorrow",null],"systemPreferredAuthenticationMethods":["push"],
                "userPreferredMethodForSecondaryAuthentication":"","lastUpdatedDateTime":"2026-11-19T23:41:07.1180000Z"}"#,
        )
        .unwrap()
        .into();
        assert!(fact.is_admin && fact.is_mfa_registered && !fact.is_mfa_capable);
        assert_eq!(fact.methods, ["mobilePhone", "aMethodOfTomorrow"]);
        assert!(fact.updated_at.is_some());
    }

    #[test]
    fn a_per_user_state_that_is_absent_or_new_is_not_disabled() {
        let state = |json: &str| serde_json::from_str::<UserMfaState>(json).unwrap().state();
        assert_eq!(state(r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11"}"#), None);
        assert_eq!(
            state(r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","perUserMfaState":"unknownFutureValue"}"#),
            None
        );
        assert_eq!(
            state(r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","perUserMfaState":"enforced"}"#),
            Some(PerUserMfa::Enforced)
        );
    }
}

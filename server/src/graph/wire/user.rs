//! `user`: whole, as a patch of a delta round, and `signInActivity`, which is asked for apart because it needs Entra P1.

use chrono::{DateTime, Utc};
use domain::facts::directory::{SignInActivity as ActivityFact, UserKind, UserPatch};
use domain::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, since_1900, told};

pub const USER_SELECT: &[&str] = &[
    "id",
    "userPrincipalName",
    "displayName",
    "accountEnabled",
    "userType",
    "externalUserState",
    "createdDateTime",
    "department",
    "jobTitle",
    "usageLocation",
    "assignedLicenses",
    "lastPasswordChangeDateTime",
    "passwordPolicies",
    "onPremisesSyncEnabled",
    "onPremisesLastSyncDateTime",
];
pub const ACTIVITY_SELECT: &[&str] = &["id", "signInActivity"];

/// One item of `users/delta`: a new user whole, or a changed one with at least what changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaUser {
    id: Uuid,
    #[serde(default, deserialize_with = "told")]
    user_principal_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    account_enabled: Option<Option<bool>>,
    #[serde(default, deserialize_with = "told")]
    user_type: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    external_user_state: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    created_date_time: Option<Option<DateTime<Utc>>>,
    #[serde(default, deserialize_with = "told")]
    department: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    job_title: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    usage_location: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    assigned_licenses: Option<Option<Vec<AssignedLicense>>>,
    #[serde(default, deserialize_with = "told")]
    last_password_change_date_time: Option<Option<DateTime<Utc>>>,
    #[serde(default, deserialize_with = "told")]
    password_policies: Option<Option<String>>,
    #[serde(default, deserialize_with = "told")]
    on_premises_sync_enabled: Option<Option<bool>>,
    #[serde(default, deserialize_with = "told")]
    on_premises_last_sync_date_time: Option<Option<DateTime<Utc>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignedLicense {
    sku_id: Option<Uuid>,
}

impl From<DeltaUser> for UserPatch {
    fn from(wire: DeltaUser) -> Self {
        Self {
            id: UserId(wire.id),
            user_principal_name: wire.user_principal_name.and_then(filled),
            display_name: wire.display_name.and_then(filled),
            // An account of which nobody says that it is disabled can be attacked.
            account_enabled: wire.account_enabled.map(|enabled| enabled.unwrap_or(true)),
            kind: wire.user_type.map(|kind| user_kind(kind.as_deref())),
            external_user_state: wire.external_user_state.map(filled),
            created_at: wire.created_date_time.map(since_1900),
            department: wire.department.map(filled),
            job_title: wire.job_title.map(filled),
            usage_location: wire.usage_location.map(filled),
            licences: wire.assigned_licenses.map(|licences| {
                licences.unwrap_or_default().into_iter().filter_map(|licence| licence.sku_id).collect()
            }),
            last_password_change_at: wire.last_password_change_date_time.map(since_1900),
            password_never_expires: wire.password_policies.map(|policies| never_expires(policies.as_deref())),
            on_premises_sync_enabled: wire.on_premises_sync_enabled,
            on_premises_last_sync_at: wire.on_premises_last_sync_date_time.map(since_1900),
        }
    }
}

fn user_kind(word: Option<&str>) -> UserKind {
    if word.is_some_and(|word| word.eq_ignore_ascii_case("guest")) { UserKind::Guest } else { UserKind::Member }
}

/// `passwordPolicies` is a comma-separated list.
fn never_expires(policies: Option<&str>) -> bool {
    policies
        .is_some_and(|list| list.split(',').any(|word| word.trim().eq_ignore_ascii_case("DisablePasswordExpiration")))
}

/// A user with `signInActivity`; absent for those who never signed in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserActivity {
    id: Uuid,
    sign_in_activity: Option<SignInActivity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignInActivity {
    last_sign_in_date_time: Option<DateTime<Utc>>,
    last_non_interactive_sign_in_date_time: Option<DateTime<Utc>>,
    last_successful_sign_in_date_time: Option<DateTime<Utc>>,
}

impl From<UserActivity> for ActivityFact {
    fn from(wire: UserActivity) -> Self {
        let activity = wire.sign_in_activity.unwrap_or_default();
        Self {
            user_id: UserId(wire.id),
            last_sign_in_at: since_1900(activity.last_sign_in_date_time),
            last_non_interactive_sign_in_at: since_1900(activity.last_non_interactive_sign_in_date_time),
            last_successful_sign_in_at: since_1900(activity.last_successful_sign_in_date_time),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn patch(json: &str) -> UserPatch {
        serde_json::from_str::<DeltaUser>(json).unwrap().into()
    }

    #[test]
    fn a_whole_user_is_read() {
        let user = patch(
            r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","displayName":"Zoë Çelik","userPrincipalName":"zoe@norte.example","accountEnabled":true,
                "userType":"Guest","externalUserState":"PendingAcceptance","createdDateTime":"2025-02-01T08:00:00Z","department":"","jobTitle":null,
                "assignedLicenses":[{"disabledPlans":[],"skuId":"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"}],"onPremisesSyncEnabled":null,
                "passwordPolicies":"DisableStrongPassword, DisablePasswordExpiration","usageLocation":"TR","lastPasswordChangeDateTime":"2026-03-13T19:15:41.6195833Z"}"#,
        )
        .into_user()
        .unwrap();
        assert_eq!((user.display_name.as_str(), user.kind, user.licences.len()), ("Zoë Çelik", UserKind::Guest, 1));
        assert_eq!(user.external_user_state.as_deref(), Some("PendingAcceptance"));
        assert!(user.password_never_expires && user.account_enabled);
        assert_eq!((user.department, user.on_premises_sync_enabled), (None, None));
    }

    #[test]
    fn a_patch_changes_what_it_tells_and_nothing_else() {
        let mut user = patch(
            r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","displayName":"Zoë","userPrincipalName":"zoe@norte.example","accountEnabled":true,
                "userType":"Member","jobTitle":"Baker","department":"Bread"}"#,
        )
        .into_user()
        .unwrap();
        patch(r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","accountEnabled":false,"jobTitle":null}"#)
            .apply_to(&mut user);
        assert!(!user.account_enabled);
        assert_eq!(
            (user.job_title, user.department.as_deref(), user.display_name.as_str()),
            (None, Some("Bread"), "Zoë")
        );
    }

    #[test]
    fn a_user_who_never_signed_in_has_no_activity() {
        let fact: ActivityFact = serde_json::from_str::<UserActivity>(
            r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","signInActivity":{"lastSignInDateTime":"0001-01-01T00:00:00Z"}}"#,
        )
        .unwrap()
        .into();
        assert_eq!(fact.last_sign_in_at, None);
    }

    #[test]
    fn an_id_that_is_none_is_an_error() {
        assert!(serde_json::from_str::<DeltaUser>(r#"{"id":null,"displayName":"X"}"#).is_err());
        assert!(
            serde_json::from_str::<DeltaUser>(
                r#"{"id":"5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11","accountEnabled":"yes"}"#
            )
            .is_err()
        );
    }
}

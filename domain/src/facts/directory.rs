//! The tenant itself, its users, roles, groups, domains and directory sync.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{TenantId, UserId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: TenantId,
    pub display_name: String,
    pub default_domain: String,
    pub country: Option<String>,
}

/// One subscription of the tenant, with the service plans in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribedSku {
    pub sku_id: Uuid,
    /// E.g. `SPB`.
    pub part_number: String,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`, or a newer word.
    pub capability_status: String,
    pub consumed_units: i32,
    pub enabled_units: i32,
    /// Service plans provisioned with `Success`.
    pub service_plans: Vec<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    Member,
    Guest,
}

/// One account in the directory (Graph `user`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub user_principal_name: String,
    pub display_name: String,
    pub account_enabled: bool,
    pub kind: UserKind,
    /// Guests: `PendingAcceptance` or `Accepted`.
    pub external_user_state: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    pub usage_location: Option<String>,
    /// SKU ids of the assigned licences.
    pub licences: Vec<Uuid>,
    pub last_password_change_at: Option<DateTime<Utc>>,
    pub password_never_expires: bool,
    /// `Some(true)` synced from on-premises.
    pub on_premises_sync_enabled: Option<bool>,
    pub on_premises_last_sync_at: Option<DateTime<Utc>>,
}

/// What one delta item tells of a user: outer `None` is "not told", and stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPatch {
    pub id: UserId,
    pub user_principal_name: Option<String>,
    pub display_name: Option<String>,
    pub account_enabled: Option<bool>,
    pub kind: Option<UserKind>,
    pub external_user_state: Option<Option<String>>,
    pub created_at: Option<Option<DateTime<Utc>>>,
    pub department: Option<Option<String>>,
    pub job_title: Option<Option<String>>,
    pub usage_location: Option<Option<String>>,
    pub licences: Option<Vec<Uuid>>,
    pub last_password_change_at: Option<Option<DateTime<Utc>>>,
    pub password_never_expires: Option<bool>,
    pub on_premises_sync_enabled: Option<Option<bool>>,
    pub on_premises_last_sync_at: Option<Option<DateTime<Utc>>>,
}

impl UserPatch {
    /// The user that a first mention describes; `None` when it does not even say the user principal name.
    pub fn into_user(self) -> Option<User> {
        let user_principal_name = self.user_principal_name.clone()?;
        let mut user = User {
            id: self.id,
            display_name: user_principal_name.clone(),
            user_principal_name,
            account_enabled: true,
            kind: UserKind::Member,
            external_user_state: None,
            created_at: None,
            department: None,
            job_title: None,
            usage_location: None,
            licences: Vec::new(),
            last_password_change_at: None,
            password_never_expires: false,
            on_premises_sync_enabled: None,
            on_premises_last_sync_at: None,
        };
        self.apply_to(&mut user);
        Some(user)
    }

    /// Changes what was told of a user that is known already.
    pub fn apply_to(self, user: &mut User) {
        fn set<T>(field: &mut T, told: Option<T>) {
            if let Some(value) = told {
                *field = value;
            }
        }
        set(&mut user.user_principal_name, self.user_principal_name);
        set(&mut user.display_name, self.display_name);
        set(&mut user.account_enabled, self.account_enabled);
        set(&mut user.kind, self.kind);
        set(&mut user.external_user_state, self.external_user_state);
        set(&mut user.created_at, self.created_at);
        set(&mut user.department, self.department);
        set(&mut user.job_title, self.job_title);
        set(&mut user.usage_location, self.usage_location);
        set(&mut user.licences, self.licences);
        set(&mut user.last_password_change_at, self.last_password_change_at);
        set(&mut user.password_never_expires, self.password_never_expires);
        set(&mut user.on_premises_sync_enabled, self.on_premises_sync_enabled);
        set(&mut user.on_premises_last_sync_at, self.on_premises_last_sync_at);
    }
}

/// `signInActivity` of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInActivity {
    pub user_id: UserId,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub last_non_interactive_sign_in_at: Option<DateTime<Utc>>,
    pub last_successful_sign_in_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    User,
    Group,
    ServicePrincipal,
    Other,
}

/// A directory role held by a principal, or one that it is eligible for through PIM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    pub principal_id: Uuid,
    pub principal_kind: PrincipalKind,
    /// The role's template id, the stable one that Conditional Access names.
    pub role_template_id: Uuid,
    pub role_name: String,
    /// `/` is the whole tenant.
    pub directory_scope: String,
    /// `true`: PIM-eligible, not active.
    pub eligible: bool,
}

/// A group that a policy or a role names, with the users in it (transitively).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyGroup {
    pub id: Uuid,
    /// `None`: the group is gone at Microsoft although a policy names it.
    pub display_name: Option<String>,
    pub members: Vec<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FederatedMfa {
    AcceptIfDoneByFederatedIdp,
    EnforceByFederatedIdp,
    RejectByFederatedIdp,
    /// Absent or a newer word.
    NotStated,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    pub name: String,
    pub is_default: bool,
    pub is_verified: bool,
    /// `None`: managed by Entra.
    pub federation: Option<Federation>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    pub issuer: String,
    pub mfa: FederatedMfa,
    pub signing_certificate_ends_at: Option<DateTime<Utc>>,
}

/// Where directory sync stands (Graph beta `organization`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectorySync {
    /// `None`: never synced; `Some(false)`: was, and no longer is.
    pub enabled: Option<bool>,
    pub last_sync_at: Option<DateTime<Utc>>,
    /// `None` while password sync is off, or not told.
    pub last_password_sync_at: Option<DateTime<Utc>>,
    /// Whether password sync is switched on, from the settings of directory sync; `None`: they do not tell.
    #[serde(default)]
    pub password_switch: Option<Switch>,
}

/// A setting, and when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    pub on: bool,
    pub told_at: DateTime<Utc>,
}

/// A directory object that sync could not provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectError {
    pub object_id: Uuid,
    pub object_kind: PrincipalKind,
    pub display_name: String,
    /// E.g. `PropertyConflict`.
    pub category: String,
    /// E.g. `ProxyAddress`.
    pub property: String,
    pub value: String,
    pub since: Option<DateTime<Utc>>,
}

/// A GDAP relationship, as the partner tenant lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegatedRelationship {
    pub id: String,
    pub display_name: String,
    /// `active`, `expiring`, `expired`, `terminated`, …
    pub status: String,
    pub customer_tenant: TenantId,
    pub customer_name: String,
    pub ends_at: Option<DateTime<Utc>>,
    /// `autoExtendDuration` is not zero.
    pub auto_extends: bool,
    pub role_template_ids: Vec<Uuid>,
}

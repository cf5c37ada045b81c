//! One account of a directory.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::world::licences::Product;
use crate::world::methods::{Method, PerUserMfa};
use crate::world::sign_ins::SignIn;

/// A person or account. Small on purpose: what can be derived (mail aliases, identities) is not stored.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: Uuid,
    pub display_name: String,
    pub user_principal_name: String,
    /// `None`: no mailbox.
    pub mail: Option<String>,
    pub account_enabled: bool,
    pub created_at: DateTime<Utc>,
    /// Set for guests.
    pub invitation: Option<Invitation>,
    pub usage_location: &'static str,
    pub department: Option<&'static str>,
    pub job_title: Option<&'static str>,
    /// A room, a shared mailbox: nobody signs in with it.
    pub is_resource_account: bool,
    pub licences: Vec<&'static Product>,
    pub last_password_change: DateTime<Utc>,
    pub password_never_expires: bool,
    /// Set for users that come from on-premises.
    pub on_premises: Option<Box<OnPremises>>,
    pub service_errors: Vec<ServiceError>,
    pub per_user_mfa: PerUserMfa,
    pub methods: Vec<Method>,
    pub activity: Activity,
    pub mail_apps: MailApps,
    /// The mailbox's own setting; `None`: it follows the organisation.
    pub smtp_auth_disabled: Option<bool>,
    pub removal: Option<Removal>,
}

/// What became of a guest's invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub accepted: bool,
    pub changed_at: DateTime<Utc>,
}

/// The on-premises half of a synced user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnPremises {
    pub last_sync: DateTime<Utc>,
    pub sam_account_name: String,
    pub domain_name: String,
    pub provisioning_errors: Vec<ProvisioningError>,
}

/// A conflict that stopped a property from being synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisioningError {
    pub occurred_at: DateTime<Utc>,
    /// `UserPrincipalName` or `ProxyAddresses`.
    pub property: &'static str,
    pub value: String,
}

/// An error that a service (Exchange, …) met while it took over the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    pub created_at: DateTime<Utc>,
    pub is_resolved: bool,
    pub service_instance: &'static str,
    /// XML, more or less.
    pub detail: &'static str,
}

/// When somebody last signed in. Needs Entra P1 to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Interactive, failed attempts included.
    pub last_sign_in: Option<DateTime<Utc>>,
    pub last_non_interactive: Option<DateTime<Utc>>,
    pub last_successful: Option<DateTime<Utc>>,
}

/// The mail programs that a mailbox was reached with, as the usage report counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailApps {
    pub outlook_windows: bool,
    pub outlook_mac: bool,
    pub outlook_mobile: bool,
    pub outlook_web: bool,
    pub other_mobile: bool,
    pub pop3: bool,
    pub imap4: bool,
    pub smtp: bool,
}

/// A user's deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub at: DateTime<Utc>,
    /// False: restorable for 30 days.
    pub permanently: bool,
}

impl User {
    /// An enabled cloud member with nothing more than a name.
    pub fn new(id: Uuid, display_name: String, user_principal_name: String, created_at: DateTime<Utc>) -> User {
        User {
            id,
            display_name,
            mail: None,
            user_principal_name,
            account_enabled: true,
            created_at,
            invitation: None,
            usage_location: "GB",
            department: None,
            job_title: None,
            is_resource_account: false,
            licences: Vec::new(),
            last_password_change: created_at,
            password_never_expires: false,
            on_premises: None,
            service_errors: Vec::new(),
            per_user_mfa: PerUserMfa::Disabled,
            methods: Vec::new(),
            activity: Activity::default(),
            mail_apps: MailApps::default(),
            smtp_auth_disabled: None,
            removal: None,
        }
    }

    pub fn is_guest(&self) -> bool {
        self.invitation.is_some()
    }

    /// Has registered something that counts as a second factor.
    pub fn is_mfa_registered(&self) -> bool {
        self.methods.iter().any(|method| method.kind.is_strong())
    }

    /// The properties, by Graph's names, that `delta` tracks and that differ from `before`. Sign-in activity, methods
    /// and the per-user MFA state live outside the directory and are not tracked.
    pub fn changed_since(&self, before: &User) -> Vec<&'static str> {
        let mut changed = Vec::new();
        let mut note = |differs: bool, names: &[&'static str]| {
            if differs {
                changed.extend_from_slice(names);
            }
        };
        note(self.display_name != before.display_name, &["displayName"]);
        note(self.user_principal_name != before.user_principal_name, &["userPrincipalName", "identities"]);
        note(self.mail != before.mail, &["mail", "proxyAddresses"]);
        note(self.account_enabled != before.account_enabled, &["accountEnabled"]);
        note(
            self.invitation != before.invitation,
            &["userType", "externalUserState", "externalUserStateChangeDateTime"],
        );
        note(self.usage_location != before.usage_location, &["usageLocation"]);
        note(self.department != before.department, &["department"]);
        note(self.job_title != before.job_title, &["jobTitle"]);
        note(self.is_resource_account != before.is_resource_account, &["isResourceAccount"]);
        note(self.licences != before.licences, &["assignedLicenses", "licenseAssignmentStates", "assignedPlans"]);
        note(
            self.last_password_change != before.last_password_change,
            &["lastPasswordChangeDateTime", "signInSessionsValidFromDateTime"],
        );
        note(self.password_never_expires != before.password_never_expires, &["passwordPolicies"]);
        note(
            self.on_premises != before.on_premises,
            &["onPremisesSyncEnabled", "onPremisesLastSyncDateTime", "onPremisesProvisioningErrors"],
        );
        note(self.service_errors != before.service_errors, &["serviceProvisioningErrors"]);
        changed
    }
}

impl Activity {
    /// Takes a sign-in that is newer than all before it into account.
    pub fn note(&mut self, entry: &SignIn) {
        if entry.is_interactive {
            self.last_sign_in = Some(entry.at);
        } else {
            self.last_non_interactive = Some(entry.at);
        }
        if entry.error_code == 0 {
            self.last_successful = Some(entry.at);
        }
    }
}

//! The kinds of facts read from a tenant: how often, with which licence and permission, from which budget.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    Organization,
    SubscribedSkus,
    Users,
    SignInActivity,
    RegistrationDetails,
    SecurityDefaults,
    ConditionalAccessPolicies,
    NamedLocations,
    AuthenticationStrengths,
    AuthenticationMethodsPolicy,
    PerUserMfa,
    RoleAssignments,
    RoleEligibility,
    PolicyGroups,
    Domains,
    LegacySignIns,
    MailAppUsage,
    DirectorySync,
    ObjectErrors,
    Devices,
    /// Through an endpoint of Exchange's that Microsoft promises nothing of; read only where the deployment wants it.
    ExchangeSettings,
    ServiceErrors,
    ContactErrors,
    CloudSync,
    SyncSettings,
    /// GDAP relationships; read in the partner tenant alone.
    DelegatedRelationships,
    /// Microsoft's own score and its figures on clients; read in the partner tenant alone.
    PartnerScore,
}

/// The licence that a client tenant needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Licence {
    None,
    EntraP1,
    EntraP2,
}

/// Which of Microsoft's limits a call is counted against (throttling limits of Microsoft Graph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BudgetClass {
    /// Identity and access: resource units per tenant size.
    Directory,
    /// Identity and access reports: 5 per 10 s per tenant, 122 per 10 s per app.
    Reports,
    /// `signInActivity`: 10 per minute per app over all tenants.
    SignInActivity,
    /// Conditional Access: 1 per second per tenant, no `Retry-After`.
    ConditionalAccess,
    /// Microsoft 365 usage reports: 14 per 10 min per tenant and report.
    UsageReports,
    /// Exchange's own endpoint, which publishes no limit: few and slow.
    Exchange,
}

impl BudgetClass {
    /// The limit in Microsoft's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Directory => "directory: 3,500 resource units in 10 s for each client",
            Self::Reports => "reports: 5 calls in 10 s for each client, 122 for all",
            Self::SignInActivity => "last sign-ins: 10 calls a minute for all clients",
            Self::ConditionalAccess => "Conditional Access: 1 call a second for each client",
            Self::UsageReports => "usage reports: 14 calls in 10 minutes for each client",
            Self::Exchange => "Exchange: 30 calls a minute for each client, a limit of our own",
        }
    }
}

/// What a deployment reads besides; nothing unless it is switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Protocols' settings, through an endpoint of Exchange's that Microsoft promises nothing of.
    pub exchange_settings: bool,
}

/// What is fixed about a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Stable name in the database and in URLs.
    pub name: &'static str,
    /// Name on screen.
    pub label: &'static str,
    pub cadence: TimeDelta,
    pub licence: Licence,
    /// Least application permission (Graph app role); the same name is the delegated scope.
    pub permission: &'static str,
    pub budget: BudgetClass,
    /// What is missing on screen without it, as the end of "without this …".
    pub feature: &'static str,
}

/// How the last run of a dataset ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    NotLicensed,
    NotPermitted,
    Failed,
}

/// The state of one dataset of one tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetStatus {
    pub dataset: Dataset,
    /// `None`: never run.
    pub outcome: Option<Outcome>,
    pub running: bool,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// When the data on screen was read: the last run that was `Done`.
    pub read_at: Option<DateTime<Utc>>,
    pub rows: Option<u32>,
    /// What the last run spent of the dataset's budget: calls, each of a batch for itself.
    pub calls: Option<u32>,
    pub cause: Option<Cause>,
    /// Since when every run failed or was refused.
    pub failing_since: Option<DateTime<Utc>>,
    /// Such runs in a row.
    pub failures: u32,
    pub next_run_at: Option<DateTime<Utc>>,
}

impl DatasetStatus {
    pub fn never_run(dataset: Dataset) -> Self {
        Self {
            dataset,
            outcome: None,
            running: false,
            started_at: None,
            finished_at: None,
            read_at: None,
            rows: None,
            calls: None,
            cause: None,
            failing_since: None,
            failures: 0,
            next_run_at: None,
        }
    }
}

impl Dataset {
    pub const ALL: [Self; 27] = [
        Self::Organization,
        Self::SubscribedSkus,
        Self::Users,
        Self::SignInActivity,
        Self::RegistrationDetails,
        Self::SecurityDefaults,
        Self::ConditionalAccessPolicies,
        Self::NamedLocations,
        Self::AuthenticationStrengths,
        Self::AuthenticationMethodsPolicy,
        Self::PerUserMfa,
        Self::RoleAssignments,
        Self::RoleEligibility,
        Self::PolicyGroups,
        Self::Domains,
        Self::LegacySignIns,
        Self::MailAppUsage,
        Self::DirectorySync,
        Self::ObjectErrors,
        Self::Devices,
        Self::ExchangeSettings,
        Self::ServiceErrors,
        Self::ContactErrors,
        Self::CloudSync,
        Self::SyncSettings,
        Self::DelegatedRelationships,
        Self::PartnerScore,
    ];

    pub fn spec(self) -> Spec {
        use BudgetClass as B;
        use Licence as L;
        let spec = |name, label, minutes, licence, permission, budget, feature| Spec {
            name,
            label,
            cadence: TimeDelta::minutes(minutes),
            licence,
            permission,
            budget,
            feature,
        };
        match self {
            Self::Organization => spec(
                "organization",
                "Organisation",
                30,
                L::None,
                "Organization.Read.All",
                B::Directory,
                "the tenant's name and domains",
            ),
            Self::SubscribedSkus => spec(
                "subscribed_skus",
                "Licences",
                360,
                L::None,
                "Organization.Read.All",
                B::Directory,
                "what the tenant is licensed for",
            ),
            Self::Users => {
                spec("users", "Users", 5, L::None, "User.Read.All", B::Directory, "the users pane and every verdict")
            }
            Self::SignInActivity => spec(
                "sign_in_activity",
                "Last sign-ins",
                1440,
                L::EntraP1,
                "AuditLog.Read.All",
                B::SignInActivity,
                "last sign-ins and idle accounts",
            ),
            Self::RegistrationDetails => spec(
                "registration_details",
                "Registration",
                60,
                L::EntraP1,
                "AuditLog.Read.All",
                B::Reports,
                "who has registered a method",
            ),
            Self::SecurityDefaults => spec(
                "security_defaults",
                "Security defaults",
                30,
                L::None,
                "Policy.Read.All",
                B::Directory,
                "whether security defaults protect the tenant",
            ),
            Self::ConditionalAccessPolicies => spec(
                "conditional_access_policies",
                "Policies",
                15,
                L::None,
                "Policy.Read.All",
                B::ConditionalAccess,
                "what Conditional Access enforces",
            ),
            Self::NamedLocations => spec(
                "named_locations",
                "Named locations",
                60,
                L::None,
                "Policy.Read.All",
                B::ConditionalAccess,
                "which places policies trust",
            ),
            Self::AuthenticationStrengths => spec(
                "authentication_strengths",
                "Authentication strengths",
                360,
                L::None,
                "Policy.Read.All",
                B::Directory,
                "which strengths policies demand",
            ),
            Self::AuthenticationMethodsPolicy => spec(
                "authentication_methods_policy",
                "Methods policy",
                360,
                L::None,
                "Policy.Read.All",
                B::Directory,
                "which methods may be used",
            ),
            Self::PerUserMfa => {
                spec("per_user_mfa", "Per-user MFA", 60, L::None, "Policy.Read.All", B::Directory, "per-user MFA")
            }
            Self::RoleAssignments => spec(
                "role_assignments",
                "Roles",
                15,
                L::None,
                "RoleManagement.Read.Directory",
                B::Directory,
                "who is an administrator",
            ),
            Self::RoleEligibility => spec(
                "role_eligibility",
                "Eligible roles",
                60,
                L::EntraP2,
                "RoleEligibilitySchedule.Read.Directory",
                B::Directory,
                "who can become an administrator",
            ),
            Self::PolicyGroups => spec(
                "policy_groups",
                "Groups in policies",
                30,
                L::None,
                "GroupMember.Read.All",
                B::Directory,
                "whom policies include and exclude",
            ),
            Self::Domains => {
                spec("domains", "Domains", 360, L::None, "Domain.Read.All", B::Directory, "federated domains")
            }
            Self::LegacySignIns => spec(
                "legacy_sign_ins",
                "Legacy sign-ins",
                15,
                L::EntraP1,
                "AuditLog.Read.All",
                B::Reports,
                "who still uses legacy protocols",
            ),
            Self::MailAppUsage => spec(
                "mail_app_usage",
                "Mail-app usage",
                1440,
                L::None,
                "Reports.Read.All",
                B::UsageReports,
                "POP, IMAP and SMTP use without Entra P1",
            ),
            Self::DirectorySync => spec(
                "directory_sync",
                "Directory sync",
                10,
                L::None,
                "Organization.Read.All",
                B::Directory,
                "directory-sync health",
            ),
            Self::ObjectErrors => spec(
                "object_errors",
                "Object errors",
                60,
                L::None,
                "User.Read.All",
                B::Directory,
                "objects that fail to sync",
            ),
            Self::Devices => spec(
                "devices",
                "Devices",
                1440,
                L::None,
                "Device.Read.All",
                B::Directory,
                "devices too old for modern authentication",
            ),
            Self::ExchangeSettings => spec(
                "exchange_settings",
                "Exchange settings",
                720,
                L::None,
                "Exchange.ManageAsApp",
                B::Exchange,
                "which mailboxes let legacy protocols in",
            ),
            Self::ServiceErrors => spec(
                "service_errors",
                "Service errors",
                60,
                L::None,
                "User.Read.All",
                B::Directory,
                "objects that a service could not take over",
            ),
            Self::ContactErrors => spec(
                "contact_errors",
                "Contacts' errors",
                360,
                L::None,
                "OrgContact.Read.All",
                B::Directory,
                "contacts that fail to sync",
            ),
            Self::CloudSync => spec(
                "cloud_sync",
                "Cloud Sync",
                30,
                L::None,
                "Synchronization.Read.All",
                B::Directory,
                "Cloud Sync's jobs and their quarantine",
            ),
            Self::SyncSettings => spec(
                "sync_settings",
                "Sync settings",
                360,
                L::None,
                "OnPremDirectorySynchronization.Read.All",
                B::Directory,
                "the guard against accidental deletions",
            ),
            Self::DelegatedRelationships => spec(
                "delegated_relationships",
                "GDAP relationships",
                60,
                L::None,
                "DelegatedAdminRelationship.Read.All",
                B::Directory,
                "relationships and their ends",
            ),
            Self::PartnerScore => spec(
                "partner_score",
                "Microsoft's score",
                360,
                L::None,
                "PartnerSecurity.Read.All",
                B::Directory,
                "Microsoft's own figures beside ours",
            ),
        }
    }

    /// Read in the partner's own tenant alone.
    pub fn is_the_partners(self) -> bool {
        matches!(self, Self::DelegatedRelationships | Self::PartnerScore)
    }

    /// Part of what is read of a tenant.
    pub fn applies(self, is_partner: bool, extras: Extras) -> bool {
        match self {
            Self::DelegatedRelationships | Self::PartnerScore => is_partner,
            Self::ExchangeSettings => extras.exchange_settings,
            _ => true,
        }
    }

    /// Its permission is one of Microsoft Graph's.
    pub fn is_of_graph(self) -> bool {
        self != Self::ExchangeSettings
    }

    /// Something that not every client wants to give: without its permission the connection is whole all the same.
    pub fn is_optional(self) -> bool {
        matches!(
            self,
            Self::Devices | Self::ExchangeSettings | Self::ContactErrors | Self::CloudSync | Self::SyncSettings
        )
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.spec().name == name)
    }
}

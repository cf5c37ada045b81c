//! Conditional Access and the other policies that enforce MFA. Lists keep Microsoft's words; what the reader did not
//! understand is named in `not_understood` and makes the policy uncertain.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    Enabled,
    Disabled,
    ReportOnly,
    /// A word that is newer than this product.
    NotUnderstood,
}

/// Graph `conditionalAccessPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub id: String,
    pub display_name: String,
    pub state: PolicyState,
    pub conditions: Conditions,
    /// `None`: session controls alone; it grants nothing.
    pub grant: Option<Grant>,
    pub has_session_controls: bool,
    pub modified_at: Option<DateTime<Utc>>,
    /// Properties that the reader met and does not know, e.g. `conditions.agentIdRiskLevels`.
    pub not_understood: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// `all`, `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `easSupported`, `other`.
    pub client_app_types: Vec<String>,
    pub include_applications: Vec<String>,
    pub exclude_applications: Vec<String>,
    pub include_user_actions: Vec<String>,
    pub include_authentication_contexts: Vec<String>,
    /// Mode and rule of an application filter.
    pub application_filter: Option<Filter>,
    pub include_users: Vec<String>,
    pub exclude_users: Vec<String>,
    pub include_groups: Vec<String>,
    pub exclude_groups: Vec<String>,
    /// Role template ids.
    pub include_roles: Vec<String>,
    pub exclude_roles: Vec<String>,
    pub include_guests: Option<Guests>,
    pub exclude_guests: Option<Guests>,
    pub include_platforms: Vec<String>,
    pub exclude_platforms: Vec<String>,
    pub include_locations: Vec<String>,
    pub exclude_locations: Vec<String>,
    pub device_filter: Option<Filter>,
    pub user_risk_levels: Vec<String>,
    pub sign_in_risk_levels: Vec<String>,
    pub service_principal_risk_levels: Vec<String>,
    pub insider_risk_levels: Vec<String>,
    /// `deviceCodeFlow`, `authenticationTransfer`.
    pub authentication_flows: Vec<String>,
    /// The policy is about service principals (`clientApplications`), not about users.
    pub targets_workload_identities: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// `include` or `exclude`.
    pub mode: String,
    pub rule: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guests {
    /// `internalGuest`, `b2bCollaborationGuest`, `serviceProvider`, …
    pub kinds: Vec<String>,
    /// `None`: all external tenants.
    pub external_tenants: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantOperator {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub operator: GrantOperator,
    /// `block`, `mfa`, `compliantDevice`, `domainJoinedDevice`, `approvedApplication`, `compliantApplication`,
    /// `passwordChange`, `riskRemediation`, or a newer word.
    pub built_in_controls: Vec<String>,
    pub custom_authentication_factors: Vec<String>,
    pub terms_of_use: Vec<String>,
    pub authentication_strength: Option<Strength>,
}

/// Graph `authenticationStrengthPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    pub id: String,
    pub display_name: String,
    /// `requirementsSatisfied` is `mfa`.
    pub satisfies_mfa: bool,
    /// Comma-joined combinations, e.g. `password,microsoftAuthenticatorPush`.
    pub allowed_combinations: Vec<String>,
}

/// Graph `namedLocation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedLocation {
    pub id: Uuid,
    pub display_name: String,
    pub is_trusted: bool,
    /// CIDR ranges, or country codes.
    pub ranges: Vec<String>,
    pub countries: Vec<String>,
}

/// Graph `authenticationMethodsPolicy`, one entry a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodConfiguration {
    /// `fido2`, `microsoftAuthenticator`, `sms`, …, or the id of an external method.
    pub id: String,
    pub enabled: bool,
    /// An external authentication method (a third party's MFA).
    pub is_external: bool,
}

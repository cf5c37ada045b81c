//! `conditionalAccessPolicy`. What this reader does not know (a property, a word) is named in `not_understood`, so that the
//! rules never count on a policy that they do not fully understand.

use chrono::{DateTime, Utc};
use domain::facts::policy::{Conditions, Filter, Grant, GrantOperator, Guests, Policy, PolicyState};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::{filled, since_1900};
use super::AuthenticationStrengthPolicy;

const CLIENT_APP_TYPES: &[&str] =
    &["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];
const APPLICATION_WORDS: &[&str] = &["All", "None", "Office365", "MicrosoftAdminPortals"];
const USER_WORDS: &[&str] = &["All", "None", "GuestsOrExternalUsers"];
const GUEST_KINDS: &[&str] = &[
    "none",
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
];
const PLATFORMS: &[&str] = &["all", "android", "iOS", "windows", "windowsPhone", "macOS", "linux"];
/// The second is Entra's own location for the addresses of the old per-user MFA settings.
const LOCATION_WORDS: &[&str] = &["All", "AllTrusted", "00000000-0000-0000-0000-000000000000"];
const RISK_LEVELS: &[&str] = &["low", "medium", "high", "none", "hidden"];
const INSIDER_RISK_LEVELS: &[&str] = &["minor", "moderate", "elevated"];
const TRANSFER_METHODS: &[&str] = &["none", "deviceCodeFlow", "authenticationTransfer"];
const CONTROLS: &[&str] = &[
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
];
const FILTER_MODES: &[&str] = &["include", "exclude"];

/// A policy as Graph sends it, kept as JSON until it is read property by property.
#[derive(Debug)]
pub struct ConditionalAccessPolicy {
    id: String,
    body: Map<String, Value>,
}

impl<'de> Deserialize<'de> for ConditionalAccessPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut body = Map::<String, Value>::deserialize(deserializer)?;
        match body.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok(Self { id, body }),
            _ => Err(D::Error::custom("a Conditional Access policy without an id")),
        }
    }
}

impl From<ConditionalAccessPolicy> for Policy {
    fn from(wire: ConditionalAccessPolicy) -> Self {
        let mut unknown = Vec::new();
        let mut policy = Object::new("", wire.body, &mut unknown);
        let display_name = policy.text("displayName").unwrap_or_else(|| wire.id.clone());
        let modified_at = policy.time("modifiedDateTime").or(policy.time("createdDateTime"));
        for told_to_people in ["createdDateTime", "description", "templateId"] {
            policy.ignore(told_to_people);
        }
        let state = match policy.text("state").as_deref() {
            Some("enabled") => PolicyState::Enabled,
            Some("disabled") => PolicyState::Disabled,
            Some("enabledForReportingButNotEnforced") => PolicyState::ReportOnly,
            _ => PolicyState::NotUnderstood,
        };
        let conditions = policy.object("conditions").map(read_conditions).unwrap_or_default();
        let grant = policy.object("grantControls").map(read_grant);
        // Session controls only ever narrow a session that was granted: whichever they are, they demand no second factor.
        let has_session_controls = policy.take("sessionControls").is_some_and(|controls| is_set(&controls));
        drop(policy);
        Self {
            id: wire.id,
            display_name,
            state,
            conditions,
            grant,
            has_session_controls,
            modified_at: since_1900(modified_at),
            not_understood: unknown,
        }
    }
}

fn read_conditions(mut wire: Object<'_>) -> Conditions {
    let mut conditions = Conditions {
        client_app_types: wire.words("clientAppTypes", CLIENT_APP_TYPES),
        user_risk_levels: wire.words("userRiskLevels", RISK_LEVELS),
        sign_in_risk_levels: wire.words("signInRiskLevels", RISK_LEVELS),
        service_principal_risk_levels: wire.words("servicePrincipalRiskLevels", RISK_LEVELS),
        insider_risk_levels: wire.words("insiderRiskLevels", INSIDER_RISK_LEVELS),
        targets_workload_identities: wire.take("clientApplications").is_some_and(|value| is_set(&value)),
        ..Conditions::default()
    };
    if let Some(mut applications) = wire.object("applications") {
        conditions.include_applications = applications.ids_or("includeApplications", APPLICATION_WORDS);
        conditions.exclude_applications = applications.ids_or("excludeApplications", APPLICATION_WORDS);
        conditions.include_user_actions = applications.texts("includeUserActions");
        conditions.include_authentication_contexts = applications.texts("includeAuthenticationContextClassReferences");
        conditions.application_filter = applications.filter("applicationFilter");
    }
    if let Some(mut users) = wire.object("users") {
        conditions.include_users = users.ids_or("includeUsers", USER_WORDS);
        conditions.exclude_users = users.ids_or("excludeUsers", USER_WORDS);
        conditions.include_groups = users.ids_or("includeGroups", &[]);
        conditions.exclude_groups = users.ids_or("excludeGroups", &[]);
        conditions.include_roles = users.ids_or("includeRoles", &[]);
        conditions.exclude_roles = users.ids_or("excludeRoles", &[]);
        conditions.include_guests = users.object("includeGuestsOrExternalUsers").map(read_guests);
        conditions.exclude_guests = users.object("excludeGuestsOrExternalUsers").map(read_guests);
    }
    if let Some(mut platforms) = wire.object("platforms") {
        conditions.include_platforms = platforms.words("includePlatforms", PLATFORMS);
        conditions.exclude_platforms = platforms.words("excludePlatforms", PLATFORMS);
    }
    if let Some(mut locations) = wire.object("locations") {
        conditions.include_locations = locations.ids_or("includeLocations", LOCATION_WORDS);
        conditions.exclude_locations = locations.ids_or("excludeLocations", LOCATION_WORDS);
    }
    if let Some(mut devices) = wire.object("devices") {
        conditions.device_filter = devices.filter("deviceFilter");
    }
    if let Some(mut flows) = wire.object("authenticationFlows") {
        conditions.authentication_flows = flows.words("transferMethods", TRANSFER_METHODS);
        conditions.authentication_flows.retain(|word| word != "none");
    }
    conditions
}

fn read_guests(mut wire: Object<'_>) -> Guests {
    let kinds = wire.words("guestOrExternalUserTypes", GUEST_KINDS);
    let external_tenants = wire.object("externalTenants").and_then(|mut tenants| {
        match tenants.word("membershipKind", &["all", "enumerated"]).as_deref() {
            Some("enumerated") => Some(tenants.texts("members")),
            _ => None,
        }
    });
    Guests { kinds, external_tenants }
}

fn read_grant(mut wire: Object<'_>) -> Grant {
    // Without an operator there is one control; should there be more, OR is the reading that grants the most.
    let operator = match wire.word("operator", &["AND", "OR"]).as_deref() {
        Some("AND") => GrantOperator::And,
        _ => GrantOperator::Or,
    };
    Grant {
        operator,
        built_in_controls: wire.words("builtInControls", CONTROLS),
        custom_authentication_factors: wire.texts("customAuthenticationFactors"),
        terms_of_use: wire.texts("termsOfUse"),
        authentication_strength: wire.strength("authenticationStrength"),
    }
}

/// One JSON object that is being read. What is still in it at the end, and is set, was not understood.
struct Object<'a> {
    path: String,
    left: Map<String, Value>,
    unknown: &'a mut Vec<String>,
}

impl<'a> Object<'a> {
    fn new(path: &str, left: Map<String, Value>, unknown: &'a mut Vec<String>) -> Self {
        Self { path: path.to_owned(), left, unknown }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn wonder(&mut self, name: &str, word: &str) {
        let path = self.path_of(name);
        self.unknown.push(if word.is_empty() { path } else { format!("{path}: {word}") });
    }

    /// The property, gone from what is left; `None` where absent or null.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn ignore(&mut self, name: &str) {
        self.left.remove(name);
    }

    fn object(&mut self, name: &str) -> Option<Object<'_>> {
        match self.take(name)? {
            Value::Object(map) => {
                let path = self.path_of(name);
                Some(Object { path, left: map, unknown: self.unknown })
            }
            // Seen for an empty `locations`.
            Value::Array(items) if items.is_empty() => None,
            _ => {
                self.wonder(name, "");
                None
            }
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => filled(Some(text)),
            _ => {
                self.wonder(name, "");
                None
            }
        }
    }

    fn time(&mut self, name: &str) -> Option<DateTime<Utc>> {
        self.text(name)?.parse().ok()
    }

    /// A list of texts, or texts joined by commas, as Graph writes flags.
    fn texts(&mut self, name: &str) -> Vec<String> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::String(flags)) => {
                flags.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Some(Value::Array(items)) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::String(text) => texts.push(text),
                        _ => self.wonder(name, ""),
                    }
                }
                texts
            }
            Some(_) => {
                self.wonder(name, "");
                Vec::new()
            }
        }
    }

    /// Words in the spelling of `known`; others are kept as they came, and wondered at.
    fn words(&mut self, name: &str, known: &[&str]) -> Vec<String> {
        let texts = self.texts(name);
        texts.into_iter().map(|text| self.canonical(name, text, known)).collect()
    }

    fn word(&mut self, name: &str, known: &[&str]) -> Option<String> {
        let text = self.text(name)?;
        Some(self.canonical(name, text, known))
    }

    /// Ids in lower case, or words of `known`.
    fn ids_or(&mut self, name: &str, known: &[&str]) -> Vec<String> {
        let texts = self.texts(name);
        texts
            .into_iter()
            .map(|text| match text.parse::<Uuid>() {
                Ok(id) => id.to_string(),
                Err(_) => self.canonical(name, text, known),
            })
            .collect()
    }

    fn canonical(&mut self, name: &str, text: String, known: &[&str]) -> String {
        match known.iter().find(|word| word.eq_ignore_ascii_case(text.trim())) {
            Some(word) => (*word).to_owned(),
            None => {
                self.wonder(name, &text);
                text
            }
        }
    }

    fn filter(&mut self, name: &str) -> Option<Filter> {
        let mut filter = self.object(name)?;
        let mode = filter.word("mode", FILTER_MODES).unwrap_or_default();
        let rule = filter.text("rule").unwrap_or_default();
        Some(Filter { mode, rule })
    }

    fn strength(&mut self, name: &str) -> Option<domain::facts::policy::Strength> {
        let value = self.take(name).filter(is_set)?;
        match serde_json::from_value::<AuthenticationStrengthPolicy>(value) {
            Ok(strength) => Some(strength.into()),
            Err(_) => {
                self.wonder(name, "");
                None
            }
        }
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        let left = std::mem::take(&mut self.left);
        for (name, value) in left {
            if !name.contains('@') && is_set(&value) {
                self.wonder(&name, "");
            }
        }
    }
}

/// Null, false, empty, or an object of nothing but such: says nothing.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => map.iter().any(|(name, value)| !name.contains('@') && is_set(value)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
#[path = "conditional_access_tests.rs"]
mod tests;

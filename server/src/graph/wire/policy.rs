//! The policies that enforce MFA, but for Conditional Access itself: security defaults, named locations, authentication
//! strengths and the methods policy.

pub mod conditional_access;

use domain::facts::policy::{MethodConfiguration, NamedLocation as LocationFact, Strength};
use serde::Deserialize;
use uuid::Uuid;

use super::{Surprise, filled, list, type_word};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityDefaults {
    is_enabled: Option<bool>,
}

impl SecurityDefaults {
    pub fn is_enabled(&self) -> Result<bool, Surprise> {
        self.is_enabled.ok_or_else(|| Surprise(String::from("security defaults that are neither on nor off")))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedLocation {
    id: Uuid,
    display_name: Option<String>,
    is_trusted: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    ip_ranges: Vec<IpRange>,
    #[serde(default, deserialize_with = "list")]
    countries_and_regions: Vec<Option<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpRange {
    cidr_address: Option<String>,
}

impl From<NamedLocation> for LocationFact {
    fn from(wire: NamedLocation) -> Self {
        Self {
            id: wire.id,
            display_name: filled(wire.display_name).unwrap_or_else(|| wire.id.to_string()),
            is_trusted: wire.is_trusted.unwrap_or_default(),
            ranges: wire.ip_ranges.into_iter().filter_map(|range| filled(range.cidr_address)).collect(),
            countries: wire.countries_and_regions.into_iter().filter_map(filled).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationStrengthPolicy {
    id: String,
    display_name: Option<String>,
    requirements_satisfied: Option<String>,
    #[serde(default, deserialize_with = "list")]
    allowed_combinations: Vec<Option<String>>,
}

impl From<AuthenticationStrengthPolicy> for Strength {
    fn from(wire: AuthenticationStrengthPolicy) -> Self {
        Self {
            display_name: filled(wire.display_name).unwrap_or_else(|| wire.id.clone()),
            id: wire.id,
            satisfies_mfa: wire
                .requirements_satisfied
                .is_some_and(|flags| flags.split(',').any(|word| word.trim().eq_ignore_ascii_case("mfa"))),
            allowed_combinations: wire.allowed_combinations.into_iter().filter_map(filled).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationMethodsPolicy {
    #[serde(default, deserialize_with = "list")]
    authentication_method_configurations: Vec<MethodConfig>,
}

#[derive(Debug, Deserialize)]
struct MethodConfig {
    #[serde(rename = "@odata.type")]
    odata_type: Option<String>,
    id: Option<String>,
    state: Option<String>,
}

impl AuthenticationMethodsPolicy {
    pub fn into_facts(self) -> Vec<MethodConfiguration> {
        self.authentication_method_configurations
            .into_iter()
            .filter_map(|wire| {
                Some(MethodConfiguration {
                    id: filled(wire.id)?,
                    enabled: wire.state.is_some_and(|state| state.eq_ignore_ascii_case("enabled")),
                    is_external: type_word(wire.odata_type.as_deref()) == "externalAuthenticationMethodConfiguration",
                })
            })
            .collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn security_defaults_without_a_word_are_a_surprise() {
        let read = |json: &str| serde_json::from_str::<SecurityDefaults>(json).unwrap().is_enabled();
        assert_eq!(read(r#"{"id":"00000000-0000-0000-0000-000000000005","isEnabled":true}"#), Ok(true));
        assert!(read(r#"{"id":"00000000-0000-0000-0000-000000000005"}"#).is_err());
    }

    #[test]
    fn a_location_is_told_by_ranges_or_countries() {
        let facts: Vec<LocationFact> = serde_json::from_str::<Vec<NamedLocation>>(
            r##"[{"@odata.type":"#microsoft.graph.ipNamedLocation","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10","displayName":"Head office","isTrusted":true,
                 "ipRanges":[{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"198.51.100.0/24"}]},
                {"@odata.type":"#microsoft.graph.countryNamedLocation","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b11","displayName":"Home","countriesAndRegions":["PT","ES"],
                 "countryLookupMethod":"clientIpAddress","includeUnknownCountriesAndRegions":false}]"##,
        )
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect();
        assert!(facts[0].is_trusted && !facts[1].is_trusted);
        assert_eq!((facts[0].ranges.len(), facts[1].countries.len()), (1, 2));
    }

    #[test]
    fn a_strength_satisfies_mfa_only_when_it_says_so() {
        let read = |satisfied: &str| -> Strength {
            serde_json::from_value::<AuthenticationStrengthPolicy>(serde_json::json!({
                "id": "00000000-0000-0000-0000-000000000002", "displayName": "MFA", "policyType": "builtIn", "requirementsSatisfied": satisfied,
                "allowedCombinations": ["password,microsoftAuthenticatorPush", "fido2"]
            }))
            .unwrap()
            .into()
        };
        assert!(read("mfa").satisfies_mfa);
        assert!(!read("none").satisfies_mfa);
        assert!(!read("unknownFutureValue").satisfies_mfa);
        assert_eq!(read("mfa").allowed_combinations.len(), 2);
    }

    #[test]
    fn external_methods_are_told_apart() {
        let facts = serde_json::from_str::<AuthenticationMethodsPolicy>(
            r##"{"id":"authenticationMethodsPolicy","authenticationMethodConfigurations":[
                {"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration","id":"Fido2","state":"enabled"},
                {"@odata.type":"#microsoft.graph.externalAuthenticationMethodConfiguration","id":"b3c0","displayName":"Duo","state":"disabled"}]}"##,
        )
        .unwrap()
        .into_facts();
        assert!(facts[0].enabled && !facts[0].is_external);
        assert!(!facts[1].enabled && facts[1].is_external);
    }
}

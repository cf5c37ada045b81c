//! Conditional Access policies, named locations and strengths as Graph shapes them, built by kind of tenant.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::roles;

/// The state that an effective policy has.
pub const ENABLED: &str = "enabled";
/// Evaluated and logged, never enforced.
pub const REPORT_ONLY: &str = "enabledForReportingButNotEnforced";

/// Application id of Salesforce's gallery app, the one that somebody excluded.
pub const EXCLUDED_APP: &str = "481732f5-fe5b-48f6-8445-1f7f4dd1cbf2";

/// A policy for all users and all apps that grants nothing yet: the base of all others.
pub fn all_users(id: Uuid, name: &str, created_at: DateTime<Utc>) -> Value {
    json!({
        "id": id,
        "templateId": null,
        "displayName": name,
        "createdDateTime": instant(created_at),
        "modifiedDateTime": null,
        "state": ENABLED,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {
                "includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null
            },
            "users": {
                "includeUsers": ["All"], "excludeUsers": [], "includeGroups": [], "excludeGroups": [],
                "includeRoles": [], "excludeRoles": [],
                "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null
            },
            "platforms": null, "locations": null, "devices": null, "clientApplications": null,
            "authenticationFlows": null, "insiderRiskLevels": null,
            "userRiskLevels": [], "signInRiskLevels": [], "servicePrincipalRiskLevels": []
        },
        "grantControls": null,
        "sessionControls": null
    })
}

/// MFA for all users and all apps.
pub fn require_mfa(id: Uuid, created_at: DateTime<Utc>) -> Value {
    let mut policy = all_users(id, "Require MFA for all users", created_at);
    policy["grantControls"] = grant("OR", &["mfa"]);
    policy
}

/// Blocks what cannot do MFA.
pub fn block_legacy(id: Uuid, created_at: DateTime<Utc>) -> Value {
    let mut policy = all_users(id, "Block legacy authentication", created_at);
    policy["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
    policy["grantControls"] = grant("OR", &["block"]);
    policy
}

/// Phishing-resistant MFA for administrators.
pub fn strong_admins(id: Uuid, created_at: DateTime<Utc>) -> Value {
    let mut policy = all_users(id, "Phishing-resistant MFA for administrators", created_at);
    policy["conditions"]["users"]["includeUsers"] = json!([]);
    policy["conditions"]["users"]["includeRoles"] = json!([
        roles::GLOBAL_ADMINISTRATOR,
        roles::PRIVILEGED_ROLE_ADMINISTRATOR,
        roles::SECURITY_ADMINISTRATOR,
        roles::EXCHANGE_ADMINISTRATOR,
        roles::USER_ADMINISTRATOR
    ]);
    policy["grantControls"] = grant("OR", &[]);
    policy["grantControls"]["authenticationStrength"] = phishing_resistant();
    policy
}

/// A policy that Microsoft created and will switch on: MFA for administrators on the admin portals.
pub fn microsoft_managed_admins(id: Uuid, created_at: DateTime<Utc>) -> Value {
    let mut policy = all_users(
        id,
        "Microsoft-managed: Multifactor authentication for admins accessing Microsoft Admin Portals",
        created_at,
    );
    policy["state"] = json!(REPORT_ONLY);
    policy["conditions"]["applications"]["includeApplications"] = json!(["MicrosoftAdminPortals"]);
    policy["conditions"]["users"]["includeUsers"] = json!([]);
    policy["conditions"]["users"]["includeRoles"] = json!([roles::GLOBAL_ADMINISTRATOR, roles::EXCHANGE_ADMINISTRATOR]);
    policy["grantControls"] = grant("OR", &["mfa"]);
    policy
}

/// A policy that only limits sessions of browsers.
pub fn session_only(id: Uuid, created_at: DateTime<Utc>) -> Value {
    let mut policy = all_users(id, "Sign in again every 12 hours in browsers", created_at);
    policy["conditions"]["clientAppTypes"] = json!(["browser"]);
    policy["sessionControls"] = json!({
        "applicationEnforcedRestrictions": null, "cloudAppSecurity": null, "disableResilienceDefaults": null,
        "persistentBrowser": {"mode": "never", "isEnabled": true},
        "secureSignInSession": null,
        "signInFrequency": {
            "value": 12, "type": "hours", "authenticationType": "primaryAndSecondaryAuthentication",
            "frequencyInterval": "timeBased", "isEnabled": true
        }
    });
    policy
}

/// A grant of built-in controls.
pub fn grant(operator: &str, controls: &[&str]) -> Value {
    json!({
        "operator": operator, "builtInControls": controls, "customAuthenticationFactors": [], "termsOfUse": [],
        "authenticationStrength": null
    })
}

/// An IP range that the tenant trusts.
pub fn trusted_office(id: Uuid, created_at: DateTime<Utc>, cidr: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": id, "displayName": "Head office", "createdDateTime": instant(created_at), "modifiedDateTime": null,
        "isTrusted": true,
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]
    })
}

/// The countries where the tenant works.
pub fn home_countries(id: Uuid, created_at: DateTime<Utc>, countries: &[&str]) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": id, "displayName": "Countries where we work", "createdDateTime": instant(created_at),
        "modifiedDateTime": null, "countriesAndRegions": countries, "countryLookupMethod": "clientIpAddress",
        "includeUnknownCountriesAndRegions": false
    })
}

/// The built-in strengths that every tenant has.
pub fn built_in_strengths() -> [Value; 3] {
    let password_and = |second: &str| format!("password,{second}");
    let passwordless = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"];
    let mut mfa: Vec<String> = passwordless.map(String::from).to_vec();
    mfa.extend(["temporaryAccessPassOneTime", "temporaryAccessPassMultiUse"].map(String::from));
    mfa.extend(["microsoftAuthenticatorPush", "softwareOath", "hardwareOath", "sms", "voice"].map(password_and));
    mfa.extend(["federatedMultiFactor", "federatedSingleFactor,microsoftAuthenticatorPush"].map(String::from));
    [
        strength(2, "Multifactor authentication", &mfa),
        strength(3, "Passwordless MFA", &passwordless.map(String::from)),
        phishing_resistant(),
    ]
}

fn phishing_resistant() -> Value {
    let combinations = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"].map(String::from);
    strength(4, "Phishing-resistant MFA", &combinations)
}

fn strength(number: u128, name: &str, combinations: &[String]) -> Value {
    json!({
        "id": Uuid::from_u128(number), "displayName": name, "description": name, "policyType": "builtIn",
        "requirementsSatisfied": "mfa", "allowedCombinations": combinations,
        "createdDateTime": "2021-12-01T08:00:00Z", "modifiedDateTime": "2021-12-01T08:00:00Z"
    })
}

/// A third party's MFA, registered as an external method.
pub fn external_method(id: Uuid) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.externalAuthenticationMethodConfiguration",
        "id": id, "state": "enabled", "displayName": "Duskline Authenticate",
        "appId": "6ad8bf52-2b41-4d84-9b39-b1b2c1a1a4b8",
        "openIdConnectSetting": {
            "clientId": "larkspur-duskline", "discoveryUrl": "https://mfa.duskline.example/.well-known/openid-configuration"
        },
        "includeTargets": [{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}],
        "excludeTargets": []
    })
}

/// Graph's form of an instant: UTC, to the second.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

//! What one policy does, in one clause: "demands MFA for all apps from legacy clients".

use super::conditions::{is, waits_for_risk};
use super::facts::TenantFacts;
use super::grant::blocks;
use super::holes::listed;
use super::well_known::app_name;
use crate::facts::policy::{Conditions, Grant, GrantOperator, Policy};

/// What the policy does to whom it covers, without its subject: `demands MFA for all apps`.
pub fn describe(policy: &Policy, facts: &TenantFacts) -> String {
    let Some(grant) = &policy.grant else {
        return "limits sessions alone; it demands nothing and blocks nobody".to_owned();
    };
    let conditions = &policy.conditions;
    if conditions.targets_workload_identities {
        return "is about service principals, not about people".to_owned();
    }
    let mut parts = vec![action(grant), apps(conditions)];
    parts.extend(clients(conditions));
    parts.extend(platforms(conditions));
    parts.extend(places(conditions, facts));
    if conditions.device_filter.is_some() {
        parts.push("on devices that its filter tells".to_owned());
    }
    if !conditions.authentication_flows.is_empty() {
        parts.push("for certain authentication flows".to_owned());
    }
    if waits_for_risk(conditions) {
        parts.push("when Microsoft sees a risk".to_owned());
    }
    parts.join(" ")
}

fn action(grant: &Grant) -> String {
    if blocks(grant) {
        return "blocks sign-ins".to_owned();
    }
    let mut controls: Vec<String> = grant.built_in_controls.iter().map(|control| control_words(control)).collect();
    controls.extend(grant.authentication_strength.iter().map(|strength| format!("“{}”", strength.display_name)));
    controls.extend(grant.custom_authentication_factors.iter().map(|_| "a third party's control".to_owned()));
    controls.extend(grant.terms_of_use.iter().map(|_| "accepted terms of use".to_owned()));
    if controls.is_empty() {
        return "demands nothing".to_owned();
    }
    let joint = if grant.operator == GrantOperator::And { " and " } else { " or " };
    format!("demands {}", controls.join(joint))
}

fn control_words(control: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("mfa", "MFA"),
        ("compliantDevice", "a compliant device"),
        ("domainJoinedDevice", "a hybrid-joined device"),
        ("approvedApplication", "an approved app"),
        ("compliantApplication", "a protected app"),
        ("passwordChange", "a password change"),
        ("riskRemediation", "risk remediation"),
    ];
    WORDS
        .iter()
        .find(|(word, _)| is(control, word))
        .map_or_else(|| format!("“{control}” (not understood)"), |(_, words)| (*words).to_owned())
}

fn apps(conditions: &Conditions) -> String {
    let name = |word: &String| match word.as_str() {
        word if is(word, "Office365") => "Office 365".to_owned(),
        word if is(word, "MicrosoftAdminPortals") => "Microsoft admin portals".to_owned(),
        word => word.parse().ok().and_then(app_name).map_or_else(|| format!("app {word}"), str::to_owned),
    };
    let except: Vec<String> = conditions.exclude_applications.iter().map(name).collect();
    let except = if except.is_empty() { String::new() } else { format!(" except {}", listed(&except)) };
    if conditions.include_applications.iter().any(|word| is(word, "All")) {
        return format!("for all apps{except}");
    }
    let mut named: Vec<String> =
        conditions.include_applications.iter().filter(|word| !is(word, "None")).map(name).collect();
    named.extend(conditions.include_user_actions.iter().map(|action| {
        if is(action, "urn:user:registersecurityinfo") {
            "registering security information".to_owned()
        } else if is(action, "urn:user:registerdevice") {
            "joining devices".to_owned()
        } else {
            format!("action {action}")
        }
    }));
    if !conditions.include_authentication_contexts.is_empty() {
        named.push("certain authentication contexts".to_owned());
    }
    if conditions.application_filter.is_some() {
        named.push("apps that its filter matches".to_owned());
    }
    if named.is_empty() { "for no app".to_owned() } else { format!("for {}{except}", listed(&named)) }
}

fn clients(conditions: &Conditions) -> Option<String> {
    let types = &conditions.client_app_types;
    let has = |word| types.iter().any(|found| is(found, word));
    if types.is_empty() || has("all") {
        return None;
    }
    let legacy = match (has("exchangeActiveSync") || has("easSupported"), has("other")) {
        (true, true) => Some("legacy clients"),
        (true, false) => Some("Exchange ActiveSync"),
        (false, true) => Some("legacy clients other than Exchange ActiveSync"),
        (false, false) => None,
    };
    let words: Vec<String> = [
        has("browser").then_some("browsers"),
        has("mobileAppsAndDesktopClients").then_some("mobile and desktop apps"),
        legacy,
    ]
    .into_iter()
    .flatten()
    .map(str::to_owned)
    .collect();
    (!words.is_empty() && words.len() < 3).then(|| format!("from {}", listed(&words)))
}

fn platforms(conditions: &Conditions) -> Option<String> {
    told("on", "any platform", &conditions.include_platforms, &conditions.exclude_platforms, str::to_owned)
}

fn places(conditions: &Conditions, facts: &TenantFacts) -> Option<String> {
    let name = |word: &str| {
        if is(word, "AllTrusted") {
            return "trusted locations".to_owned();
        }
        let found = word
            .parse::<uuid::Uuid>()
            .ok()
            .and_then(|id| facts.named_locations.value().and_then(|all| all.iter().find(|location| location.id == id)));
        found.map_or_else(|| format!("location {word}"), |location| format!("“{}”", location.display_name))
    };
    told("from", "anywhere", &conditions.include_locations, &conditions.exclude_locations, name)
}

fn told(
    preposition: &str,
    any: &str,
    include: &[String],
    exclude: &[String],
    name: impl Fn(&str) -> String,
) -> Option<String> {
    let everything = include.is_empty() || include.iter().any(|word| is(word, "all"));
    let included: Vec<String> = include.iter().map(|word| name(word)).collect();
    let excluded: Vec<String> = exclude.iter().map(|word| name(word)).collect();
    match (everything, excluded.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("{preposition} {any} except {}", listed(&excluded))),
        (false, true) => Some(format!("{preposition} {}", listed(&included))),
        (false, false) => Some(format!("{preposition} {} except {}", listed(&included), listed(&excluded))),
    }
}

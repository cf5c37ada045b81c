//! Why a policy that applies may or may not stop somebody: the words in it that cannot be judged.

use super::conditions::is;
use super::context::{Client, Platform};
use super::facts::TenantFacts;
use super::holes::listed;
use crate::facts::policy::{Policy, PolicyState};
use crate::known::UnknownCause;

/// The cause and the end of a sentence about the policy.
pub(super) fn policy_doubts(policy: &Policy, facts: &TenantFacts) -> (UnknownCause, String) {
    let conditions = &policy.conditions;
    let mut found: Vec<String> = Vec::new();
    if policy.state == PolicyState::NotUnderstood {
        found.push("its state is a newer word".to_owned());
    }
    found.extend(policy.not_understood.iter().map(|path| format!("“{path}” is not understood")));
    if let Some(filter) = &conditions.device_filter {
        found.push(format!("its device filter “{}” cannot be judged", filter.rule));
    }
    if let Some(filter) = &conditions.application_filter {
        found.push(format!("its application filter “{}” cannot be judged", filter.rule));
    }
    if let Some(grant) = &policy.grant {
        if !grant.custom_authentication_factors.is_empty() {
            found.push("it relies on a third party's custom control, which Microsoft has retired".to_owned());
        }
        let app_control = |c: &&String| is(c, "approvedApplication") || is(c, "compliantApplication");
        if grant.built_in_controls.iter().any(|control| app_control(&control)) {
            found.push("an app control depends on the app that is used".to_owned());
        }
        const JUDGED: [&str; 7] = [
            "block",
            "mfa",
            "compliantDevice",
            "domainJoinedDevice",
            "approvedApplication",
            "compliantApplication",
            "passwordChange",
        ];
        let unjudged = grant.built_in_controls.iter().filter(|control| !JUDGED.iter().any(|known| is(control, known)));
        found.extend(unjudged.map(|control| format!("its control “{control}” is not understood")));
        if grant.authentication_strength.as_ref().is_some_and(|s| !s.satisfies_mfa && s.allowed_combinations.is_empty())
        {
            if let Some(cause) = facts.strengths.cause() {
                return (cause, "its authentication strength could not be read".to_owned());
            }
            found.push("its authentication strength is not in the tenant's list".to_owned());
        }
    }
    found.extend(word_doubts(policy));
    if found.is_empty() {
        let cause = facts.named_locations.cause().unwrap_or(UnknownCause::NotUnderstood);
        return (cause, "a location in it could not be judged".to_owned());
    }
    (UnknownCause::NotUnderstood, listed(&found))
}

fn word_doubts(policy: &Policy) -> Vec<String> {
    let conditions = &policy.conditions;
    let mut found = Vec::new();
    if conditions.client_app_types.is_empty() {
        found.push("it names no client type".to_owned());
    }
    let mut newer = |words: &mut dyn Iterator<Item = &String>, known: &dyn Fn(&str) -> bool| {
        found.extend(words.filter(|word| !known(word)).map(|word| format!("“{word}” is not understood")));
    };
    let client = |word: &str| is(word, "all") || Client::ALL.iter().any(|client| is(word, client.word()));
    newer(&mut conditions.client_app_types.iter(), &client);
    let platform = |word: &str| is(word, "all") || Platform::ALL.iter().any(|platform| is(word, platform.word()));
    newer(&mut conditions.include_platforms.iter().chain(&conditions.exclude_platforms), &platform);
    let id = |word: &str| word.trim().parse::<uuid::Uuid>().is_ok();
    let app = |word: &str| {
        id(word) || ["All", "None", "Office365", "MicrosoftAdminPortals"].iter().any(|known| is(word, known))
    };
    newer(&mut conditions.include_applications.iter().chain(&conditions.exclude_applications), &app);
    let place = |word: &str| id(word) || is(word, "All") || is(word, "AllTrusted");
    newer(&mut conditions.include_locations.iter().chain(&conditions.exclude_locations), &place);
    let flow = |word: &str| ["none", "deviceCodeFlow", "authenticationTransfer"].iter().any(|known| is(word, known));
    newer(&mut conditions.authentication_flows.iter(), &flow);
    found
}

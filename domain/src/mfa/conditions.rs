//! One policy's conditions against one value of each axis: does the policy apply there? What is not understood is maybe.

use uuid::Uuid;

use super::context::{App, Client, Flow, Place, Platform};
use super::truth::Truth;
use super::well_known::{is_admin_portal, is_office365};
use crate::facts::policy::{Conditions, Filter, Policy, PolicyState};

/// The action that guards the registration of methods.
const REGISTER_SECURITY_INFO: &str = "urn:user:registersecurityinfo";

pub(super) fn is(word: &str, expected: &str) -> bool {
    word.trim().eq_ignore_ascii_case(expected)
}

fn has(words: &[String], expected: &str) -> bool {
    words.iter().any(|word| is(word, expected))
}

/// In force, and about the sign-ins of users: what counts towards a verdict.
pub(super) fn is_enforced(policy: &Policy) -> bool {
    matches!(policy.state, PolicyState::Enabled | PolicyState::NotUnderstood) && is_about_users(policy)
}

/// Grants or blocks sign-ins of users. Session-only policies grant nothing, others are about workload identities.
pub(super) fn is_about_users(policy: &Policy) -> bool {
    let conditions = &policy.conditions;
    policy.grant.is_some()
        && !conditions.targets_workload_identities
        && conditions.service_principal_risk_levels.is_empty()
}

/// Conditions that are the same for every sign-in of somebody whom no risk detection has flagged.
pub(super) fn everywhere(policy: &Policy) -> Truth {
    let conditions = &policy.conditions;
    let unflagged = |levels: &[String]| Truth::from(levels.is_empty() || has(levels, "none"));
    let narrowed = policy
        .not_understood
        .iter()
        .any(|path| !path.starts_with("grantControls") && !path.starts_with("sessionControls"));
    let readable = if narrowed || policy.state == PolicyState::NotUnderstood { Truth::Maybe } else { Truth::Yes };
    unflagged(&conditions.user_risk_levels)
        .and(unflagged(&conditions.sign_in_risk_levels))
        .and(Truth::from(conditions.insider_risk_levels.iter().all(|level| is(level, "none"))))
        .and(readable)
}

/// The policy waits for a risk that Microsoft detected.
pub(super) fn waits_for_risk(conditions: &Conditions) -> bool {
    [&conditions.user_risk_levels, &conditions.sign_in_risk_levels, &conditions.insider_risk_levels]
        .into_iter()
        .any(|levels| !levels.is_empty() && !has(levels, "none"))
}

/// `index` is the policy's own, for the apps that its filter matches.
pub(super) fn app(conditions: &Conditions, index: usize, app: &App) -> Truth {
    if *app == App::RegisterSecurityInfo {
        return Truth::from(has(&conditions.include_user_actions, REGISTER_SECURITY_INFO));
    }
    let listed = |words: &[String]| Truth::any(words.iter().map(|word| app_word(word, app)));
    let filtered = |mode: &str| match &conditions.application_filter {
        Some(filter) if is(&filter.mode, mode) => filtered_app(index, app),
        Some(filter) if !is(&filter.mode, "include") && !is(&filter.mode, "exclude") => Truth::Maybe,
        _ => Truth::No,
    };
    let included = listed(&conditions.include_applications).or(filtered("include"));
    let excluded = listed(&conditions.exclude_applications).or(filtered("exclude"));
    included.and(excluded.not())
}

fn filtered_app(index: usize, app: &App) -> Truth {
    match app {
        App::Filtered(policy) => Truth::from(*policy == index),
        App::Named(_) => Truth::Maybe,
        _ => Truth::No,
    }
}

fn app_word(word: &str, app: &App) -> Truth {
    if is(word, "All") {
        return Truth::Yes;
    }
    if is(word, "None") {
        return Truth::No;
    }
    if is(word, "Office365") {
        return Truth::from(matches!(app, App::Office365) || matches!(app, App::Named(id) if is_office365(*id)));
    }
    if is(word, "MicrosoftAdminPortals") {
        return Truth::from(matches!(app, App::AdminPortals) || matches!(app, App::Named(id) if is_admin_portal(*id)));
    }
    match word.trim().parse::<Uuid>() {
        Ok(id) => Truth::from(matches!(app, App::Named(named) if *named == id)),
        Err(_) => Truth::Maybe,
    }
}

pub(super) fn client(conditions: &Conditions, client: Client) -> Truth {
    if conditions.client_app_types.is_empty() {
        return Truth::Maybe;
    }
    Truth::any(conditions.client_app_types.iter().map(|word| {
        if is(word, "all") || is(word, client.word()) {
            Truth::Yes
        } else if is(word, "easSupported") {
            if client == Client::ExchangeActiveSync { Truth::Maybe } else { Truth::No }
        } else if Client::ALL.iter().any(|known| is(word, known.word())) {
            Truth::No
        } else {
            Truth::Maybe
        }
    }))
}

pub(super) fn platform(conditions: &Conditions, platform: Platform) -> Truth {
    let listed = |words: &[String]| {
        Truth::any(words.iter().map(|word| {
            if is(word, "all") || is(word, platform.word()) {
                Truth::Yes
            } else if Platform::ALL.iter().any(|known| is(word, known.word())) {
                Truth::No
            } else {
                Truth::Maybe
            }
        }))
    };
    included(&conditions.include_platforms, listed).and(listed(&conditions.exclude_platforms).not())
}

pub(super) fn place(conditions: &Conditions, place: &Place) -> Truth {
    let listed = |words: &[String]| {
        Truth::any(words.iter().map(|word| {
            if is(word, "All") {
                Truth::Yes
            } else if is(word, "AllTrusted") {
                place.trusted
            } else {
                match word.trim().parse::<Uuid>() {
                    Ok(id) => place.inside.get(&id).copied().unwrap_or(Truth::No),
                    Err(_) => Truth::Maybe,
                }
            }
        }))
    };
    included(&conditions.include_locations, listed).and(listed(&conditions.exclude_locations).not())
}

/// A condition that is not set holds everywhere.
fn included(words: &[String], listed: impl Fn(&[String]) -> Truth) -> Truth {
    if words.is_empty() { Truth::Yes } else { listed(words) }
}

pub(super) fn flow(conditions: &Conditions, flow: Flow) -> Truth {
    let mut words = conditions.authentication_flows.iter().filter(|word| !is(word, "none")).peekable();
    if words.peek().is_none() {
        return Truth::Yes;
    }
    Truth::any(words.map(|word| {
        if is(word, "deviceCodeFlow") {
            Truth::from(flow == Flow::DeviceCode)
        } else if is(word, "authenticationTransfer") {
            Truth::from(flow == Flow::Transfer)
        } else {
            Truth::Maybe
        }
    }))
}

/// Whether the policy's device filter lets it apply to a device; `managed`: one of the tenant's own.
pub(super) fn device(conditions: &Conditions, managed: bool) -> Truth {
    let Some(filter) = &conditions.device_filter else { return Truth::Yes };
    let matches = if managed { Truth::Maybe } else { unregistered_device_matches(filter) };
    if is(&filter.mode, "include") {
        matches
    } else if is(&filter.mode, "exclude") {
        matches.not()
    } else {
        Truth::Maybe
    }
}

/// All attributes of an unregistered device are null: positive comparisons fail, negative ones hold. A rule that mixes
/// them, negates or names null is not told.
fn unregistered_device_matches(filter: &Filter) -> Truth {
    const POSITIVE: [&str; 6] = ["-eq", "-startswith", "-endswith", "-contains", "-in", "-match"];
    const NEGATIVE: [&str; 6] = ["-ne", "-notstartswith", "-notendswith", "-notcontains", "-notin", "-notmatch"];
    let rule = filter.rule.to_ascii_lowercase();
    let mut positive = false;
    let mut negative = false;
    for word in rule.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']')) {
        if word == "null" || word == "$null" || word == "\"\"" || word == "-not" {
            return Truth::Maybe;
        }
        positive |= POSITIVE.contains(&word);
        negative |= NEGATIVE.contains(&word);
    }
    match (positive, negative) {
        (true, false) => Truth::No,
        (false, true) => Truth::Yes,
        _ => Truth::Maybe,
    }
}

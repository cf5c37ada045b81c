//! What a policy's grant controls do to somebody with given means.

use super::conditions::is;
use super::context::{Client, Platform};
use super::facts::Fact;
use super::truth::Truth;
use crate::facts::policy::{Grant, GrantOperator, Policy, Strength};

/// What somebody who knows the password has besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Means {
    /// A second factor, for instance one that was enrolled a minute ago.
    pub(super) second_factor: bool,
    /// A compliant or joined device of the tenant.
    pub(super) managed_device: bool,
}

pub(super) const PASSWORD_ALONE: Means = Means { second_factor: false, managed_device: false };
pub(super) const FRESH_FACTOR: Means = Means { second_factor: true, managed_device: false };
pub(super) const MANAGED_DEVICE: Means = Means { second_factor: false, managed_device: true };

pub(super) fn blocks(grant: &Grant) -> bool {
    grant.built_in_controls.iter().any(|control| is(control, "block"))
}

/// Whether the grant keeps somebody out who has these means.
pub(super) fn stops(
    policy: &Policy,
    strengths: &Fact<Vec<Strength>>,
    client: Client,
    platform: Platform,
    means: Means,
) -> Truth {
    let Some(grant) = &policy.grant else { return Truth::No };
    if blocks(grant) {
        return Truth::Yes;
    }
    let mut met: Vec<Truth> = grant
        .built_in_controls
        .iter()
        .map(|control| if client.is_legacy() { legacy_meets(control) } else { meets(control, platform, means) })
        .collect();
    // Third parties' custom controls are retired: whether they still stop anybody cannot be read.
    met.extend(grant.custom_authentication_factors.iter().map(|_| Truth::Maybe));
    met.extend(grant.terms_of_use.iter().map(|_| Truth::from(!client.is_legacy())));
    if let Some(strength) = &grant.authentication_strength {
        met.push(if client.is_legacy() { Truth::No } else { meets_strength(strength, strengths, means) });
    }
    if policy.not_understood.iter().any(|path| path.starts_with("grantControls")) {
        met.push(Truth::Maybe);
    }
    let gets_through = match grant.operator {
        _ if met.is_empty() => Truth::Yes,
        GrantOperator::And => met.into_iter().fold(Truth::Yes, Truth::and),
        GrantOperator::Or => Truth::any(met),
    };
    gets_through.not()
}

fn meets(control: &str, platform: Platform, means: Means) -> Truth {
    if is(control, "mfa") {
        Truth::from(means.second_factor)
    } else if is(control, "compliantDevice") || is(control, "domainJoinedDevice") {
        Truth::from(means.managed_device)
    } else if is(control, "approvedApplication") || is(control, "compliantApplication") {
        // Anybody installs such an app on a phone of their own.
        if matches!(platform, Platform::Ios | Platform::Android) { Truth::Yes } else { Truth::Maybe }
    } else if is(control, "passwordChange") {
        Truth::Yes
    } else {
        Truth::Maybe
    }
}

/// A legacy client sends a password and nothing else.
fn legacy_meets(control: &str) -> Truth {
    const KNOWN: [&str; 6] = [
        "mfa",
        "compliantDevice",
        "domainJoinedDevice",
        "approvedApplication",
        "compliantApplication",
        "passwordChange",
    ];
    if KNOWN.iter().any(|known| is(control, known)) { Truth::No } else { Truth::Maybe }
}

/// What a policy's strength allows: as the policy says, or else as the tenant's list does.
pub(super) fn combinations<'a>(strength: &'a Strength, strengths: &'a Fact<Vec<Strength>>) -> &'a [String] {
    match listed(strength, strengths) {
        Some(read) if strength.allowed_combinations.is_empty() => &read.allowed_combinations,
        _ => &strength.allowed_combinations,
    }
}

fn listed<'a>(strength: &Strength, strengths: &'a Fact<Vec<Strength>>) -> Option<&'a Strength> {
    strengths.value()?.iter().find(|other| other.id.eq_ignore_ascii_case(&strength.id))
}

fn meets_strength(strength: &Strength, strengths: &Fact<Vec<Strength>>, means: Means) -> Truth {
    let read = listed(strength, strengths);
    let combinations = combinations(strength, strengths);
    if combinations.iter().any(|combination| is_password_alone(combination)) {
        Truth::Yes
    } else if strength.satisfies_mfa || read.is_some_and(|read| read.satisfies_mfa) || !combinations.is_empty() {
        Truth::from(means.second_factor)
    } else {
        Truth::Maybe
    }
}

/// `federatedSingleFactor` is a password too, typed at another provider.
fn is_password_alone(combination: &str) -> bool {
    combination.split(',').all(|part| is(part, "password") || is(part, "federatedSingleFactor"))
}

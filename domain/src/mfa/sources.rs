//! What enforces MFA in a tenant, for the line at the top of its pages. Says nothing about whom it covers.

use super::conditions::{client, everywhere, is, is_about_users, is_enforced};
use super::context::Client;
use super::facts::TenantFacts;
use super::grant::blocks;
use super::truth::Truth;
use crate::facts::directory::FederatedMfa;
use crate::facts::policy::{Policy, PolicyState};
use crate::facts::registration::PerUserMfa;
use crate::verdict::Source;

/// The sources in force, as far as they are known; empty where nothing is.
pub fn sources_in_force(facts: &TenantFacts) -> Vec<Source> {
    let policies = facts.policies.value().into_iter().flatten();
    let federated = facts.domains.value().into_iter().flatten().filter_map(|domain| domain.federation.as_ref());
    let states = facts.per_user_mfa.value().into_iter().flat_map(|states| states.values());
    let in_force = [
        (Source::ConditionalAccess, policies.into_iter().any(demands_mfa)),
        (Source::SecurityDefaults, facts.security_defaults.value() == Some(&true)),
        (Source::PerUserMfa, states.into_iter().any(|state| *state != PerUserMfa::Disabled)),
        (Source::Federation, federated.into_iter().any(|federation| trusts_provider(federation.mfa))),
    ];
    in_force.into_iter().filter_map(|(source, holds)| holds.then_some(source)).collect()
}

fn demands_mfa(policy: &Policy) -> bool {
    is_enforced(policy) && asks_for_mfa(policy)
}

/// The policy is in force and about the sign-ins of users.
pub fn is_in_force(policy: &Policy) -> bool {
    policy.state == PolicyState::Enabled && is_about_users(policy)
}

/// MFA of all users for all apps, but for what the policy leaves out by its exclusions; whether it is in force or not.
pub fn demands_mfa_of_everybody(policy: &Policy) -> bool {
    let modern = [Client::Browser, Client::MobileAndDesktop];
    asks_for_mfa(policy) && is_for_everybody(policy) && modern.into_iter().all(|client| names(policy, client))
}

/// Keeps all users' legacy clients out, but for its exclusions; whether it is in force or not.
pub fn stops_legacy_of_everybody(policy: &Policy) -> bool {
    let legacy = Client::ALL.into_iter().filter(|client| client.is_legacy());
    let stops = asks_for_mfa(policy) || policy.grant.as_ref().is_some_and(blocks);
    stops && is_for_everybody(policy) && legacy.into_iter().all(|client| names(policy, client))
}

fn asks_for_mfa(policy: &Policy) -> bool {
    policy.grant.as_ref().is_some_and(|grant| {
        grant.built_in_controls.iter().any(|control| is(control, "mfa"))
            || grant.authentication_strength.as_ref().is_some_and(|strength| strength.satisfies_mfa)
    })
}

fn names(policy: &Policy, client_type: Client) -> bool {
    client(&policy.conditions, client_type) == Truth::Yes
}

/// All users, all apps, and no condition that lets it sleep.
fn is_for_everybody(policy: &Policy) -> bool {
    let conditions = &policy.conditions;
    let all = |words: &[String]| words.iter().any(|word| is(word, "All"));
    let unless_narrowed = |words: &[String]| words.is_empty() || all(words);
    is_about_users(policy)
        && everywhere(policy) == Truth::Yes
        && all(&conditions.include_users)
        && all(&conditions.include_applications)
        && unless_narrowed(&conditions.include_platforms)
        && unless_narrowed(&conditions.include_locations)
        && conditions.device_filter.is_none()
        && conditions.application_filter.is_none()
        && conditions.authentication_flows.iter().all(|word| is(word, "none"))
}

fn trusts_provider(mfa: FederatedMfa) -> bool {
    matches!(mfa, FederatedMfa::AcceptIfDoneByFederatedIdp | FederatedMfa::EnforceByFederatedIdp)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::facts::policy::{Conditions, Grant, GrantOperator};
    use crate::known::UnknownCause;
    use crate::mfa::Fact;

    fn policy(state: PolicyState, controls: &[&str]) -> Policy {
        Policy {
            id: "p".into(),
            display_name: "p".into(),
            state,
            conditions: Conditions::default(),
            grant: Some(Grant {
                operator: GrantOperator::Or,
                built_in_controls: controls.iter().map(|control| (*control).to_owned()).collect(),
                custom_authentication_factors: vec![],
                terms_of_use: vec![],
                authentication_strength: None,
            }),
            has_session_controls: false,
            modified_at: None,
            not_understood: vec![],
        }
    }

    #[test]
    fn what_is_not_known_off_or_reporting_is_not_in_force() {
        let mut facts = TenantFacts::unknown(UnknownCause::NotYetRead);
        assert_eq!(sources_in_force(&facts), []);
        let policies = vec![policy(PolicyState::ReportOnly, &["mfa"]), policy(PolicyState::Enabled, &["block"])];
        facts.policies = Fact::known(policies, DateTime::UNIX_EPOCH);
        facts.security_defaults = Fact::known(false, DateTime::UNIX_EPOCH);
        assert_eq!(sources_in_force(&facts), []);
    }

    #[test]
    fn an_enabled_policy_and_security_defaults_are_named() {
        let mut facts = TenantFacts::unknown(UnknownCause::NotYetRead);
        facts.policies = Fact::known(vec![policy(PolicyState::Enabled, &["mfa"])], DateTime::UNIX_EPOCH);
        facts.security_defaults = Fact::known(true, DateTime::UNIX_EPOCH);
        assert_eq!(sources_in_force(&facts), [Source::ConditionalAccess, Source::SecurityDefaults]);
    }
}

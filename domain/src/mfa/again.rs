//! Judging again after a change: who is not touched by it keeps the judgement.

use std::collections::HashMap;
use std::sync::Arc;

use super::coverage::Lines;
use super::facts::{Fact, TenantFacts};
use super::judge::Evaluator;
use crate::facts::directory::User;
use crate::facts::policy::Policy;
use crate::ids::UserId;
use crate::verdict::Judgement;

/// A user as judged before.
pub type Was<'u> = HashMap<UserId, (&'u User, Arc<Judgement>)>;

impl Evaluator<'_> {
    /// As `judge_all`, in the order of `users`. `was` is what `before` said. Touched are users who changed themselves, by their
    /// row, their methods or their per-user state, and users whom a changed policy includes, or may include; everybody,
    /// where something changed that is the tenant's. A judgement that is kept names its holes by what the policies told apart before.
    pub fn judge_again<'u>(
        &self,
        users: impl IntoIterator<Item = &'u User>,
        before: &Evaluator<'_>,
        was: &Was<'_>,
    ) -> Vec<(UserId, Arc<Judgement>)> {
        if self.differs_for_everybody(before) {
            return self.judge_all(users);
        }
        let (mine, theirs) = (self.changed_since(before.facts), before.changed_since(self.facts));
        let mut touched = Vec::new();
        let judged: Vec<_> = users
            .into_iter()
            .map(|user| {
                let kept = was.get(&user.id).filter(|(old, _)| {
                    *old == user
                        && own_facts_are_equal(self.facts, before.facts, user.id)
                        && !self.includes(&mine, user)
                        && !before.includes(&theirs, user)
                });
                if kept.is_none() {
                    touched.push(user);
                }
                (user.id, kept.map(|(_, judgement)| Arc::clone(judgement)))
            })
            .collect();
        let mut anew: HashMap<UserId, Arc<Judgement>> = self.judge_all(touched).into_iter().collect();
        judged.into_iter().filter_map(|(id, kept)| Some((id, kept.or_else(|| anew.remove(&id))?))).collect()
    }

    fn differs_for_everybody(&self, before: &Evaluator<'_>) -> bool {
        let (now, then) = (self.facts, before.facts);
        now.security_defaults.told() != then.security_defaults.told()
            || now.named_locations.told() != then.named_locations.told()
            || now.strengths.told() != then.strengths.told()
            || now.methods_policy.told() != then.methods_policy.told()
            || now.groups.told() != then.groups.told()
            || now.roles.told() != then.roles.told()
            || now.eligible_roles.told() != then.eligible_roles.told()
            || now.domains.told() != then.domains.told()
            || now.policies.cause() != then.policies.cause()
            || now.registration.cause() != then.registration.cause()
            || now.per_user_mfa.cause() != then.per_user_mfa.cause()
            // A policy's mere existence rules security defaults out, and a place that nobody could read is everybody's.
            || self.security_defaults_unknown() != before.security_defaults_unknown()
            || self.masks.uncertain.is_empty() != before.masks.uncertain.is_empty()
    }

    /// The lines of policies, in force or reporting, that are not the same in the other state.
    fn changed_since(&self, other: &TenantFacts) -> Vec<&Lines> {
        let known: HashMap<&str, &Policy> =
            other.policies.value().into_iter().flatten().map(|policy| (policy.id.as_str(), policy)).collect();
        let enforced = self.enforced.iter().zip(&self.lines);
        let reporting = self.reporting.iter().zip(&self.reporting_lines);
        let differs = |policy: &Policy| known.get(policy.id.as_str()).is_none_or(|known| *known != policy);
        enforced.chain(reporting).filter(|(policy, _)| differs(policy)).map(|(_, lines)| lines).collect()
    }

    /// Whether one of the policies is, or may be, about the user; what it leaves out counts too.
    fn includes(&self, policies: &[&Lines], user: &User) -> bool {
        if policies.is_empty() {
            return false;
        }
        let traits = self.directory.traits(user);
        policies.iter().any(|lines| self.directory.includes(lines, &traits))
    }
}

fn own_facts_are_equal(now: &TenantFacts, then: &TenantFacts, user: UserId) -> bool {
    fn of<T>(fact: &Fact<HashMap<UserId, T>>, user: UserId) -> Option<&T> {
        fact.value().and_then(|all| all.get(&user))
    }
    of(&now.registration, user) == of(&then.registration, user)
        && of(&now.per_user_mfa, user) == of(&then.per_user_mfa, user)
}

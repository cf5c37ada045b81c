//! Turns facts into verdicts: loads what is stored, asks the rules, and writes what they say. Holds no rule of its own.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::blocker::legacy_use;
use domain::finding::{findings, last_sign_in};
use domain::ids::{TenantId, UserId};
use domain::known::Known;
use domain::mfa::{judge_tenant, sources_in_force};
use domain::progress::SyncStep;

use super::Inner;
use crate::store::{JudgeFacts, Judged, JudgedUser, StoreError, TenantStore};

/// Facts that could not be read anew for so long prove nothing any more: policies change, and nobody would see it.
pub(crate) const PROOF_LIFE: TimeDelta = TimeDelta::days(7);

/// Judges every user and writes what follows: verdicts, their changes, blockers, the posture of the day.
pub(super) async fn judge(inner: &Inner, store: &TenantStore, tenant: TenantId) -> Result<(), StoreError> {
    let started = std::time::Instant::now();
    // Before the facts: what is written meanwhile is judged next time.
    let at = inner.clock.now();
    let facts = store.load_proofs(at - PROOF_LIFE).await?;
    if facts.users_read.is_err() {
        return Ok(());
    }
    // Pure and heavy: not on the threads that answer requests.
    let judged = tokio::task::spawn_blocking(move || say(&facts, at)).await;
    let judged = judged.map_err(|error| StoreError::Unreadable { what: format!("facts ({error})") })?;
    store.write_judged(judged).await?;
    metrics::histogram!("tenantry_judge_seconds").record(started.elapsed().as_secs_f64());
    inner.progress.send(SyncStep::Judged.in_tenant(tenant));
    Ok(())
}

/// Asks the rules.
fn say(facts: &JudgeFacts, at: DateTime<Utc>) -> Judged {
    let admins = administrators(facts);
    let judgements: HashMap<_, _> =
        judge_tenant(&facts.tenant, &facts.users, facts.users_read.ok()).into_iter().collect();
    let users = facts.users.iter().filter_map(|user| {
        let is_admin = admins.contains(&user.id);
        let is_marked = facts.marks.get(&user.id).is_some_and(|ends_on| at.date_naive() <= *ends_on);
        let last_sign_in_at = last_sign_in_of(facts, user.id);
        Some(JudgedUser {
            id: user.id,
            judgement: judgements.get(&user.id)?.as_ref().clone(),
            is_admin,
            findings: findings(user, is_admin, is_marked, &last_sign_in_at, at),
            last_sign_in_at: last_sign_in_at.known().copied().flatten(),
        })
    });
    let sign_ins = facts.legacy_sign_ins.told().map(Vec::as_slice);
    let legacy = legacy_use(sign_ins, facts.mail_app_usage.told().map(Vec::as_slice), &facts.users);
    Judged {
        at,
        users: users.collect(),
        blockers_from_usage_report_alone: legacy.known().is_some_and(|legacy| legacy.from_usage_report_alone),
        blockers: legacy.map(|legacy| legacy.blockers),
        enforced_by: sources_in_force(&facts.tenant),
    }
}

/// `Known(None)`: never signed in.
fn last_sign_in_of(facts: &JudgeFacts, user: UserId) -> Known<Option<DateTime<Utc>>> {
    facts.sign_in_activity.told().map(|activities| activities.get(&user).and_then(last_sign_in))
}

/// Users who hold an active role, by themselves or through a group; where roles are not known, those whom the registration
/// report calls administrators.
fn administrators(facts: &JudgeFacts) -> HashSet<UserId> {
    let Some(roles) = facts.tenant.roles.value() else {
        let reported = facts.tenant.registration.value().into_iter().flat_map(HashMap::values);
        return reported.filter(|row| row.is_admin).map(|row| row.user_id).collect();
    };
    let groups = facts.tenant.groups.value().into_iter().flatten();
    let members: HashMap<_, _> = groups.map(|group| (group.id, group.members.as_slice())).collect();
    let mut holders = HashSet::new();
    for role in roles {
        holders.insert(UserId(role.principal_id));
        holders.extend(members.get(&role.principal_id).copied().into_iter().flatten());
    }
    holders
}

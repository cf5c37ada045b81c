//! What lists and headers say of a tenant, each figure known or unknown for its right cause.

use app::backend::Caller;
use app::error::Error;
use chrono::{DateTime, NaiveDate, Utc};
use domain::client::{ClientHeader, PermissionStatus};
use domain::connection::{ConnectionKind, ConnectionState, ConnectionSummary};
use domain::dataset::{Dataset, DatasetStatus};
use domain::fleet::TenantRow;
use domain::known::{Known, UnknownCause};
use domain::operator::Permission;
use domain::sync_health::Scales;
use domain::trouble::Health;

use crate::services::permissions::statuses;
use crate::store::fleet::{ConnectionFacts, TenantHead};
use crate::store::health::HealthFacts;
use crate::store::reading;

pub(super) fn allow(caller: &Caller, permission: Permission) -> Result<(), Error> {
    if caller.operator.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}

/// The figure, or why `dataset` cannot give it. A figure that waits for the rules was not read yet.
pub(super) fn known_by<T>(figure: Option<T>, statuses: &[DatasetStatus], dataset: Dataset) -> Known<T> {
    match figure {
        Some(figure) => Known::Known(figure),
        None => Known::Unknown(cause_of(statuses, dataset).unwrap_or(UnknownCause::NotYetRead)),
    }
}

/// Why there are no facts of a dataset; `None`: there are.
pub(super) fn cause_of(statuses: &[DatasetStatus], dataset: Dataset) -> Option<UnknownCause> {
    let status = statuses.iter().find(|status| status.dataset == dataset);
    status.map_or(Some(UnknownCause::NotYetRead), |status| reading(status).err())
}

pub(super) fn tenant_row(head: TenantHead, scales: &Scales, now: DateTime<Utc>) -> TenantRow {
    let statuses = &head.statuses;
    let sync = head.counts.directory_sync.as_ref().map(|sync| scales.directory_sync(sync, now));
    TenantRow {
        id: head.id,
        users: known_by(head.counts.users, statuses, Dataset::Users),
        posture: known_by(head.counts.posture, statuses, Dataset::Users),
        admins_unprotected: known_by(head.counts.admins_unprotected, statuses, Dataset::RoleAssignments),
        blockers: known_by(head.counts.blockers, statuses, Dataset::LegacySignIns),
        directory_sync: known_by(sync, statuses, Dataset::DirectorySync),
        licence: known_by(head.counts.licence, statuses, Dataset::SubscribedSkus),
        enforced_by: head.counts.enforced_by.clone(),
        connection: connection(head.connection.as_ref(), head.is_partner),
        trend: trend(&head.trend, now),
        microsoft: head.microsoft,
        read_at: head.counts.read_at,
        name: head.name,
        default_domain: head.default_domain,
        is_partner: head.is_partner,
    }
}

pub(super) fn header(head: &TenantHead, now: DateTime<Utc>) -> ClientHeader {
    let licence = head.counts.licence.map(|licence| licence.label().to_owned());
    ClientHeader {
        id: head.id,
        name: head.name.clone(),
        default_domain: head.default_domain.clone(),
        is_partner: head.is_partner,
        licence: known_by(licence, &head.statuses, Dataset::SubscribedSkus),
        enforced_by: head.counts.enforced_by.clone(),
        connection: connection(head.connection.as_ref(), head.is_partner),
        refreshing: head.is_syncing,
        now,
    }
}

/// What a tenant's troubles are found in.
pub(crate) fn health(facts: HealthFacts) -> Health {
    Health {
        tenant: facts.tenant,
        connection: connection(facts.connection.as_ref(), facts.is_partner),
        permissions: permissions(facts.connection.as_ref(), facts.is_partner),
        name: facts.name,
        renewed_at: facts.renewed_at,
        directory_sync: facts.directory_sync,
        failing: facts.failing,
        object_errors: facts.object_errors,
        service_errors: facts.service_errors,
        quarantined: facts.quarantined,
        certificates: facts.certificates,
    }
}

/// A tenant without a connection awaits consent.
pub(super) fn connection(facts: Option<&ConnectionFacts>, is_partner: bool) -> ConnectionSummary {
    let permissions = permissions(facts, is_partner);
    let count = |of: fn(&PermissionStatus) -> bool| {
        let needed = permissions.iter().filter(|permission| !permission.optional);
        u32::try_from(needed.filter(|permission| of(permission)).count()).unwrap_or(u32::MAX)
    };
    ConnectionSummary {
        kind: facts.map_or(ConnectionKind::AppOnly, |facts| facts.kind),
        state: facts.map_or(ConnectionState::AwaitingConsent, |facts| facts.state),
        cause: facts.and_then(|facts| facts.cause.clone()),
        since: facts.and_then(|facts| facts.since),
        permissions_granted: count(|permission| permission.granted == Some(true)),
        permissions_wanted: count(|_| true),
        last_token_at: facts.and_then(|facts| facts.last_token_at),
        credential_ends_at: facts.and_then(|facts| facts.credential_ends_at),
        relationship_ends_at: facts.and_then(|facts| facts.relationship_ends_at),
    }
}

/// What the product wants of a tenant, each permission once, with what is missing without it.
pub(super) fn permissions(facts: Option<&ConnectionFacts>, is_partner: bool) -> Vec<PermissionStatus> {
    let kind = facts.map_or(ConnectionKind::AppOnly, |facts| facts.kind);
    statuses(facts.and_then(|facts| facts.granted.as_deref()), is_partner, kind)
}

/// One figure a day from the first that was counted until today; a day without a count repeats the one before.
pub(super) fn trend(days: &[(NaiveDate, u32)], now: DateTime<Utc>) -> Vec<u32> {
    let Some((first, _)) = days.first() else { return Vec::new() };
    let mut days = days.iter().peekable();
    let mut figure = 0;
    first
        .iter_days()
        .take_while(|day| *day <= now.date_naive())
        .map(|day| {
            while let Some((_, counted)) = days.next_if(|(counted_on, _)| *counted_on <= day) {
                figure = *counted;
            }
            figure
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_a_count_repeats_the_one_before() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default();
        let now = DateTime::parse_from_rfc3339("2026-11-22T09:00:00Z").unwrap_or_default().to_utc();
        assert_eq!(trend(&[(day(18), 4), (day(20), 6)], now), [4, 4, 6, 6, 6]);
        assert_eq!(trend(&[], now), [0_u32; 0]);
    }
}

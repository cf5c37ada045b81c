//! The four panes of a client. Each stands on its own: one that is not known does not sink the others.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use domain::blocker::days_until_smtp_auth_ends;
use domain::client::{ClientView, Gravity, LegacyPane, MfaPane, SyncLine, SyncPane, UsersPane};
use domain::connection::ConnectionState;
use domain::dataset::{Dataset, DatasetStatus, Extras, Outcome};
use domain::facts::hybrid::CloudSyncJob;
use domain::known::Known;
use domain::sync_health::Scales;

use super::summary::{cause_of, connection, header, known_by, trend};
use super::sync_report::lines;
use crate::store::fleet::TenantHead;
use crate::store::pages::ClientFacts;
use crate::store::subscriptions::StoredSubscription;

/// What verdicts rest on.
pub(super) const OF_MFA: [Dataset; 11] = [
    Dataset::Users,
    Dataset::RegistrationDetails,
    Dataset::SecurityDefaults,
    Dataset::ConditionalAccessPolicies,
    Dataset::NamedLocations,
    Dataset::AuthenticationStrengths,
    Dataset::AuthenticationMethodsPolicy,
    Dataset::PerUserMfa,
    Dataset::RoleAssignments,
    Dataset::PolicyGroups,
    Dataset::Domains,
];
/// Evidence of legacy protocols.
pub(super) const OF_LEGACY: [Dataset; 2] = [Dataset::LegacySignIns, Dataset::MailAppUsage];
/// What the users list shows.
pub(super) const OF_USERS: [Dataset; 3] = [Dataset::Users, Dataset::SignInActivity, Dataset::RoleAssignments];

pub(super) fn client(facts: ClientFacts, extras: Extras, scales: &Scales, now: DateTime<Utc>) -> ClientView {
    let statuses = &facts.head.statuses;
    let users = statuses.iter().find(|status| status.dataset == Dataset::Users);
    let header = header(&facts.head, now);
    ClientView {
        users: UsersPane {
            status: users.cloned().unwrap_or_else(|| DatasetStatus::never_run(Dataset::Users)),
            counts: match cause_of(statuses, Dataset::Users) {
                None => Known::Known(facts.counts),
                Some(cause) => Known::Unknown(cause),
            },
            look_at_first: facts.look_at_first,
        },
        mfa: MfaPane {
            statuses: worst_first(statuses, &OF_MFA),
            posture: known_by(facts.head.counts.posture, statuses, Dataset::Users),
            admins_unprotected: known_by(facts.head.counts.admins_unprotected, statuses, Dataset::RoleAssignments),
            marked: facts.marked,
            worst: facts.worst,
            trend: trend(&facts.head.trend, now),
        },
        legacy: LegacyPane {
            statuses: pick(statuses, &OF_LEGACY),
            count: known_by(facts.head.counts.blockers, statuses, Dataset::LegacySignIns),
            worst: facts.blockers,
            sprayed_30_days: facts.head.counts.sprayed_30_days,
            blocked_30_days: facts.head.counts.blocked_30_days,
            days_until_smtp_auth_ends: days_until_smtp_auth_ends(now),
        },
        sync: sync(
            &facts.head,
            (&facts.object_errors, &facts.service_errors, &facts.cloud_sync),
            facts.subscription.as_ref(),
            extras,
            scales,
            now,
        ),
        since: facts.since,
        header,
    }
}

pub(super) fn sync(
    head: &TenantHead,
    (object_errors, service_errors, jobs): (&Known<u32>, &Known<u32>, &Known<Vec<CloudSyncJob>>),
    subscription: Option<&StoredSubscription>,
    extras: Extras,
    scales: &Scales,
    now: DateTime<Utc>,
) -> SyncPane {
    let facts = known_by(head.counts.directory_sync.clone(), &head.statuses, Dataset::DirectorySync);
    let directory = facts.as_ref().map(|facts| scales.directory_sync(facts, now));
    let connection = connection(head.connection.as_ref(), head.is_partner);
    SyncPane {
        changes: subscription.map(|subscription| changes(subscription, connection.state, now)),
        lines: lines(object_errors, service_errors, jobs, &directory),
        directory,
        password: facts.as_ref().map(|facts| scales.password_sync(facts, now)),
        directory_scale: scales.directory.in_words(),
        password_scale: scales.password.in_words(),
        connection,
        datasets: applying(head, extras),
    }
}

/// That Microsoft tells of changes, only while it does: of a connection that does not work nobody knows what is left.
fn changes(subscription: &StoredSubscription, state: ConnectionState, now: DateTime<Utc>) -> SyncLine {
    let line = |gravity, detail, figure: &str| SyncLine {
        gravity,
        label: "Changes".to_owned(),
        detail,
        figure: figure.to_owned(),
    };
    let every = format!("{}\u{a0}min", Dataset::Users.spec().cadence.num_minutes());
    let works = matches!(state, ConnectionState::Connected | ConnectionState::MissingPermissions);
    let live = subscription.live.as_ref().filter(|live| live.is_told && live.expires_at > now);
    match (live, &subscription.cause) {
        (Some(live), _) if works => line(
            Gravity::Good,
            format!(
                "Told by Microsoft of changes to accounts since {}; they are asked for every {every} besides.",
                live.told_since.format("%-d\u{a0}%b\u{a0}%Y")
            ),
            "told",
        ),
        (_, cause) => {
            let why = match cause {
                _ if !works => String::from("The connection does not work."),
                Some(cause) => format!("{} {} ({})", cause.meaning, cause.next_step, cause.code),
                None => String::from("Microsoft is about to be asked to tell of changes."),
            };
            line(Gravity::Quiet, format!("Accounts are asked for every {every}. {why}"), "asked for")
        }
    }
}

/// Without what is not read of this tenant.
fn applying(head: &TenantHead, extras: Extras) -> Vec<DatasetStatus> {
    let applies = |status: &&DatasetStatus| status.dataset.applies(head.is_partner, extras);
    head.statuses.iter().filter(applies).cloned().collect()
}

pub(super) fn pick(statuses: &[DatasetStatus], datasets: &[Dataset]) -> Vec<DatasetStatus> {
    datasets
        .iter()
        .map(|dataset| {
            let found = statuses.iter().find(|status| status.dataset == *dataset);
            found.cloned().unwrap_or_else(|| DatasetStatus::never_run(*dataset))
        })
        .collect()
}

/// What failed before what was refused, then what was never read, then the oldest.
pub(super) fn worst_first(statuses: &[DatasetStatus], datasets: &[Dataset]) -> Vec<DatasetStatus> {
    let mut picked = pick(statuses, datasets);
    picked.sort_by_key(|status| {
        let gravity = match status.outcome {
            Some(Outcome::Failed) => 4,
            Some(Outcome::NotPermitted) => 3,
            Some(Outcome::NotLicensed) => 2,
            None => 1,
            Some(Outcome::Done) => 0,
        };
        (Reverse(gravity), status.read_at)
    });
    picked
}

//! What is broken over the fleet, by cause: one cause breaks many tenants, and is one line.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::cause::{Actor, Cause};
use crate::client::PermissionStatus;
use crate::cloud_sync::{carries, quarantine_cause};
use crate::connection::{ConnectionKind, ConnectionState, ConnectionSummary, REFRESH_TOKEN_LIFE};
use crate::dataset::{Dataset, Outcome};
use crate::facts::directory::DirectorySync;
use crate::facts::hybrid::CloudSyncJob;
use crate::ids::TenantId;
use crate::sync_health::{Scales, SyncPace, SyncState};

/// From when on an end is worth a line.
pub const SOON: TimeDelta = TimeDelta::days(30);
/// As many tenants as a line names.
const NAMED: usize = 24;

/// Things that people mix up, never mixed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Our way to the tenant.
    Connection,
    /// A dataset that cannot be read.
    Reading,
    /// The client's own sync.
    DirectorySync,
}

impl Area {
    pub fn label(self) -> &'static str {
        match self {
            Self::Connection => "Connection",
            Self::Reading => "Reading",
            Self::DirectorySync => "Directory sync",
        }
    }
}

/// One broken thing of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub area: Area,
    pub cause: Cause,
    /// What it is about, where the cause does not say: a dataset, a domain, an end.
    pub what: String,
    pub since: Option<DateTime<Utc>>,
    /// In a row; 0: not counted.
    pub failures: u32,
}

/// What a tenant's troubles are found in.
#[derive(Clone, Debug)]
pub struct Health {
    pub tenant: TenantId,
    pub name: String,
    pub connection: ConnectionSummary,
    pub permissions: Vec<PermissionStatus>,
    /// When the partner's refresh token was last redeemed; `None`: nobody has connected the partner.
    pub renewed_at: Option<DateTime<Utc>>,
    /// `None`: not read.
    pub directory_sync: Option<DirectorySync>,
    pub failing: Vec<FailingDataset>,
    /// Objects that fail to sync.
    pub object_errors: u32,
    /// What services could not take over.
    pub service_errors: u32,
    /// Jobs of Cloud Sync that stand still.
    pub quarantined: Vec<CloudSyncJob>,
    /// Federated domains and the ends of their signing certificates.
    pub certificates: Vec<(String, DateTime<Utc>)>,
}

/// A dataset whose last run failed or was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingDataset {
    pub dataset: Dataset,
    pub outcome: Outcome,
    pub cause: Option<Cause>,
    pub since: Option<DateTime<Utc>>,
    pub failures: u32,
}

/// One cause, and whom it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleGroup {
    pub area: Area,
    pub code: String,
    pub meaning: String,
    pub next_step: String,
    pub actor: Actor,
    /// The oldest of them.
    pub since: Option<DateTime<Utc>>,
    /// By name, at most 24.
    pub affected: Vec<Affected>,
    /// Tenants, named or not.
    pub tenants: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    pub tenant: TenantId,
    pub name: String,
    /// Datasets, domains and the like; may be empty.
    pub what: Vec<String>,
    pub since: Option<DateTime<Utc>>,
    /// The most in a row; 0: not counted.
    pub failures: u32,
}

fn cause(code: &str, meaning: String, next_step: &str, actor: Actor) -> Cause {
    Cause { code: code.to_owned(), meaning, next_step: next_step.to_owned(), actor, request_id: None }
}

fn trouble(area: Area, cause: Cause, what: String, since: Option<DateTime<Utc>>) -> Trouble {
    Trouble { area, cause, what, since, failures: 0 }
}

/// Everything that is broken at one tenant. What follows from a broken connection is not told again.
pub fn troubles(health: &Health, scales: &Scales, now: DateTime<Utc>) -> Vec<Trouble> {
    let mut found = connection(health, now);
    if !matches!(health.connection.state, ConnectionState::Broken | ConnectionState::Disconnected) {
        found.extend(health.failing.iter().filter_map(|failing| reading(health, failing)));
    }
    found.extend(sync(health, scales, now));
    found
}

fn connection(health: &Health, now: DateTime<Utc>) -> Vec<Trouble> {
    let connection = &health.connection;
    let of = |cause, what: &str| trouble(Area::Connection, cause, what.to_owned(), connection.since);
    let mut found = Vec::new();
    match connection.state {
        ConnectionState::Broken => {
            let unsaid = || {
                cause(
                    "refused",
                    "Microsoft refuses the sign-in and did not say why.".to_owned(),
                    "Check the connection.",
                    Actor::Technician,
                )
            };
            found.push(of(connection.cause.clone().unwrap_or_else(unsaid), ""));
        }
        ConnectionState::AwaitingConsent => {
            let awaited = match connection.kind {
                ConnectionKind::AppOnly => cause(
                    "consent_awaited",
                    "The consent has not been given yet.".to_owned(),
                    "Send the consent link to an administrator of the client.",
                    Actor::ClientAdministrator,
                ),
                ConnectionKind::Delegated => cause(
                    "not_reached",
                    "The client was not reached through its GDAP relationship yet.".to_owned(),
                    "Connect it through its GDAP relationship again.",
                    Actor::Technician,
                ),
            };
            found.push(of(connection.cause.clone().unwrap_or(awaited), ""));
        }
        ConnectionState::MissingPermissions => {
            let missing = |permission: &&PermissionStatus| permission.granted == Some(false) && !permission.optional;
            for permission in health.permissions.iter().filter(missing) {
                let meaning = format!("{} was not granted.", permission.permission);
                let next = "Send the consent link again: it asks for every permission that is wanted.";
                let missing = cause(&permission.permission, meaning, next, Actor::ClientAdministrator);
                found.push(of(missing, &permission.features.join(", ")));
            }
        }
        ConnectionState::Connected | ConnectionState::Disconnected => {}
    }
    if connection.state != ConnectionState::Disconnected {
        let token_ends_at = health.renewed_at.filter(|_| connection.kind == ConnectionKind::Delegated);
        let credential = end("credential_end", "The credential", "Put a new one in its place.", Actor::Administrator);
        let token = end(
            "refresh_token_end",
            "The partner's refresh token, which nothing renews,",
            "Connect the partner again.",
            Actor::Administrator,
        );
        let relationship = end(
            "relationship_end",
            "The GDAP relationship",
            "Extend it in Partner Center, or ask the client for a new one.",
            Actor::Technician,
        );
        let ends = [
            (credential, connection.credential_ends_at),
            (token, token_ends_at.map(|at| at + REFRESH_TOKEN_LIFE)),
            (relationship, connection.relationship_ends_at),
        ];
        found.extend(ends.into_iter().filter_map(|(end, at)| {
            let at = at.filter(|at| *at - now < SOON)?;
            let day = at.format("%-d %b %Y").to_string();
            Some(trouble(Area::Connection, end.cause(at, now), day, None))
        }));
    }
    found
}

/// Something that ends on a known day.
struct End {
    code: &'static str,
    what: &'static str,
    next_step: &'static str,
    actor: Actor,
}

fn end(code: &'static str, what: &'static str, next_step: &'static str, actor: Actor) -> End {
    End { code, what, next_step, actor }
}

impl End {
    fn cause(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Cause {
        let Self { code, what, next_step, actor } = *self;
        let (code, meaning) = if at <= now {
            (format!("{code}ed"), format!("{what} has ended."))
        } else {
            (format!("{code}s_soon"), format!("{what} ends within 30 days."))
        };
        cause(&code, meaning, next_step, actor)
    }
}

fn reading(health: &Health, failing: &FailingDataset) -> Option<Trouble> {
    let spec = failing.dataset.spec();
    let refused_anyway = failing.outcome == Outcome::NotPermitted
        && health.connection.state == ConnectionState::MissingPermissions
        && health.permissions.iter().any(|each| each.permission == spec.permission && each.granted == Some(false));
    let not_wanted = failing.outcome == Outcome::NotPermitted && failing.dataset.is_optional();
    if refused_anyway || not_wanted || failing.outcome == Outcome::NotLicensed {
        return None;
    }
    let unsaid = || cause("failed", "Reading failed.".to_owned(), "It is tried again by itself.", Actor::Nobody);
    Some(Trouble {
        area: Area::Reading,
        cause: failing.cause.clone().unwrap_or_else(unsaid),
        what: spec.label.to_owned(),
        since: failing.since,
        failures: failing.failures,
    })
}

fn sync(health: &Health, scales: &Scales, now: DateTime<Utc>) -> Vec<Trouble> {
    let mut found = Vec::new();
    let look = "Look at the sync server: its service, its network, and its account's password.";
    if let Some(facts) = &health.directory_sync {
        let syncs = [
            ("Directory sync", scales.directory_sync(facts, now)),
            ("Password sync", scales.password_sync(facts, now)),
        ];
        for (what, state) in syncs {
            let SyncState::On { pace, last_at } = state else { continue };
            let (code, word) = match (pace, last_at) {
                (SyncPace::OnTime, _) => continue,
                (_, None) => ("never", "is switched on and never ran"),
                (SyncPace::Late, _) => ("late", "is late"),
                (SyncPace::Stalled, _) => ("stalled", "has stalled"),
                (SyncPace::Dead, _) => ("dead", "is dead"),
            };
            let code = format!("{}_{code}", what.to_lowercase().replace(' ', "_"));
            let cause = cause(&code, format!("{what} {word}."), look, Actor::Technician);
            found.push(trouble(Area::DirectorySync, cause, String::new(), last_at));
        }
    }
    if health.object_errors > 0 {
        let cause = cause(
            "object_errors",
            "Objects fail to sync.".to_owned(),
            "Mend the properties that conflict in the local directory.",
            Actor::Technician,
        );
        let what =
            if health.object_errors == 1 { "1 object".to_owned() } else { format!("{} objects", health.object_errors) };
        found.push(trouble(Area::DirectorySync, cause, what, None));
    }
    if health.service_errors > 0 {
        let cause = cause(
            "service_errors",
            "A service could not take objects over.".to_owned(),
            "Read on the client's sync page what the service says, and mend those objects.",
            Actor::Technician,
        );
        let plural = if health.service_errors == 1 { "" } else { "s" };
        found.push(trouble(Area::DirectorySync, cause, format!("{} error{plural}", health.service_errors), None));
    }
    found.extend(health.quarantined.iter().filter_map(|job| {
        let what = format!("{}: {}", job.configuration, carries(&job.template));
        let since = job.quarantine.as_ref().and_then(|quarantine| quarantine.since);
        Some(trouble(Area::DirectorySync, quarantine_cause(job)?, what, since))
    }));
    let certificate = end(
        "signing_certificate_end",
        "A federated domain's signing certificate",
        "Renew it at the identity provider and in the domain's federation settings, or nobody signs in.",
        Actor::Technician,
    );
    for (domain, at) in health.certificates.iter().filter(|(_, at)| *at - now < SOON) {
        let what = format!("{domain}, {}", at.format("%-d %b %Y"));
        found.push(trouble(Area::DirectorySync, certificate.cause(*at, now), what, None));
    }
    found
}

/// One line a cause: who has to act first, then the causes that break most.
pub fn grouped(all: Vec<(TenantId, String, Vec<Trouble>)>) -> Vec<TroubleGroup> {
    let mut groups: Vec<TroubleGroup> = Vec::new();
    for (tenant, name, troubles) in all {
        for trouble in troubles {
            let Trouble { area, cause: Cause { code, meaning, next_step, actor, .. }, what, since, failures } = trouble;
            let same = |group: &TroubleGroup| group.area == area && group.code == code && group.meaning == meaning;
            let index = groups.iter().position(same).unwrap_or_else(|| {
                let (affected, tenants) = (Vec::new(), 0);
                groups.push(TroubleGroup { area, code, meaning, next_step, actor, since: None, affected, tenants });
                groups.len() - 1
            });
            let group = &mut groups[index];
            group.since = [group.since, since].into_iter().flatten().min();
            add(group, tenant, &name, what, since, failures);
        }
    }
    for group in &mut groups {
        group.tenants = u32::try_from(group.affected.len()).unwrap_or(u32::MAX);
        group.affected.sort_by_key(|affected| affected.name.to_lowercase());
        group.affected.truncate(NAMED);
    }
    groups.sort_by_key(|group| (rank(group.actor), Reverse(group.tenants), group.area, group.meaning.clone()));
    groups
}

fn add(
    group: &mut TroubleGroup,
    tenant: TenantId,
    name: &str,
    what: String,
    since: Option<DateTime<Utc>>,
    failures: u32,
) {
    // A tenant's troubles come one after another.
    let affected = match group.affected.last_mut().filter(|last| last.tenant == tenant) {
        Some(last) => last,
        None => {
            group.affected.push(Affected { tenant, name: name.to_owned(), what: Vec::new(), since: None, failures: 0 });
            let last = group.affected.len() - 1;
            &mut group.affected[last]
        }
    };
    affected.since = [affected.since, since].into_iter().flatten().min();
    affected.failures = affected.failures.max(failures);
    if !what.is_empty() {
        affected.what.push(what);
    }
}

fn rank(actor: Actor) -> u8 {
    match actor {
        Actor::Administrator => 0,
        Actor::Technician => 1,
        Actor::ClientAdministrator => 2,
        Actor::Nobody => 3,
    }
}

/// `/broken`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetTroubles {
    pub groups: Vec<TroubleGroup>,
    /// Tenants in reach.
    pub tenants: u32,
    /// Those with nothing broken.
    pub sound: u32,
    pub now: DateTime<Utc>,
}

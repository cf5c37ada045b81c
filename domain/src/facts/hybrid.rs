//! What the client's local directory and Microsoft's services do with its objects: errors, Cloud Sync's jobs, the settings of
//! directory sync.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::directory::{ObjectError, PrincipalKind};

/// An error that a service met when it took an object over, not mended yet (Graph `serviceProvisioningErrors`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceError {
    pub object_id: Uuid,
    pub object_kind: PrincipalKind,
    pub display_name: String,
    /// E.g. `exchange/namprd03-012-01`; may be empty.
    pub service_instance: String,
    pub since: Option<DateTime<Utc>>,
    /// E.g. `ExB0A4D9`; empty: none was found in what the service said.
    pub code: String,
    /// What the service said, readable; empty: nothing was.
    pub message: String,
}

/// What is wrong with a contact, by either side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactError {
    Object(ObjectError),
    Service(ServiceError),
}

/// A job of Microsoft Entra Cloud Sync (Graph `synchronizationJob`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudSyncJob {
    pub id: String,
    /// Name of the configuration, usually the local domain's.
    pub configuration: String,
    /// `AD2AADProvisioning`, `AD2AADPasswordHash`, or a newer word.
    pub template: String,
    /// `Active`, `Disabled`, `Paused`, or a newer word.
    pub schedule: String,
    pub interval_minutes: Option<u32>,
    pub state: JobState,
    pub last_run: Option<JobRun>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub failures_in_a_row: u32,
    pub quarantine: Option<Quarantine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    NotConfigured,
    NotRun,
    Active,
    Paused,
    Quarantine,
    /// A word that is newer than this product.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRun {
    /// `Succeeded`, `Failed`, `EntryLevelErrors`, or a newer word.
    pub result: String,
    pub ended_at: Option<DateTime<Utc>>,
    /// Objects that were written.
    pub exported: u64,
    /// Objects that failed and are tried again.
    pub escrowed: u64,
    pub error: Option<JobError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    pub code: String,
    pub message: String,
    /// Microsoft says that the client can mend it.
    pub tenant_actionable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// `TooManyDeletes` and the like, or a newer word.
    pub reason: String,
    pub since: Option<DateTime<Utc>>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub error: Option<JobError>,
}

impl CloudSyncJob {
    pub fn is_quarantined(&self) -> bool {
        self.state == JobState::Quarantine
    }
}

/// What is set for directory sync (Graph `onPremisesDirectorySynchronization`). `None`: not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncSettings {
    pub guard: Option<DeletionGuard>,
    pub password_sync: Option<bool>,
    pub password_writeback: Option<bool>,
    /// Cloud accounts cannot be taken over by an object with the same address.
    pub soft_match_blocked: Option<bool>,
    /// Nor by one with the same immutable id.
    pub hard_match_blocked: Option<bool>,
    /// The cloud's rules for passwords hold for synced accounts too.
    pub cloud_password_policy: Option<bool>,
}

/// Above how many deletions at once a sync stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionGuard {
    Off,
    /// Objects; `None`: no threshold was told.
    Count(Option<u32>),
    /// Per cent of all objects.
    Percentage(Option<u32>),
    /// A word that is newer than this product.
    Other(String),
}

//! One client: the header and the four panes, and the pages behind them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blocker::{BlockerRow, FailureCount, Glance, ReadyToBlock, WayOut};
use crate::connection::{ConnectionFact, ConnectionSummary};
use crate::dataset::DatasetStatus;
use crate::fleet::BlockerCount;
use crate::ids::TenantId;
use crate::known::Known;
use crate::list::{Chip, Page};
use crate::review::SinceReview;
use crate::sync_health::SyncState;
use crate::user::UserRow;
use crate::verdict::{OpenAdmins, Posture, Source};

/// What every page of a tenant shows at its top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHeader {
    pub id: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    /// `Entra ID P2`, `Entra ID P1` or `Entra ID Free`.
    pub licence: Known<String>,
    /// What enforces MFA here, in words: the sources in force.
    pub enforced_by: Vec<Source>,
    pub connection: ConnectionSummary,
    /// A sync of this tenant is queued or running.
    pub refreshing: bool,
    pub now: DateTime<Utc>,
}

/// The four panes. Each stands on its own: one that is not known does not sink the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    pub header: ClientHeader,
    pub users: UsersPane,
    pub mfa: MfaPane,
    pub legacy: LegacyPane,
    pub sync: SyncPane,
    pub since: SinceReview,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPane {
    pub status: DatasetStatus,
    pub counts: Known<UserCounts>,
    /// Accounts to look at first, with their findings; at most six.
    pub look_at_first: Vec<UserRow>,
}

/// The four kinds add up to `accounts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCounts {
    pub accounts: u32,
    /// Members who can sign in and did within 90 days; all of them where last sign-ins are not known.
    pub active: u32,
    /// Members who can sign in and did not for 90 days; `None`: not known.
    pub idle: Option<u32>,
    pub guests: u32,
    pub disabled: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPane {
    /// The datasets that verdicts rest on, the one in the worst state first.
    pub statuses: Vec<DatasetStatus>,
    pub posture: Known<Posture>,
    pub admins_unprotected: Known<OpenAdmins>,
    /// Accounts that are marked apart.
    pub marked: u32,
    /// Not protected accounts, administrators and the worst first; at most six.
    pub worst: Vec<UserRow>,
    /// Accounts not protected, one figure a day, oldest first.
    pub trend: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyPane {
    /// Legacy sign-ins and mail-app usage.
    pub statuses: Vec<DatasetStatus>,
    pub count: Known<BlockerCount>,
    /// At most six.
    pub worst: Vec<BlockerRow>,
    pub sprayed_30_days: u32,
    pub blocked_30_days: u32,
    /// Days until Exchange Online switches SMTP AUTH off by default; negative afterwards.
    pub days_until_smtp_auth_ends: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPane {
    pub directory: Known<SyncState>,
    pub password: Known<SyncState>,
    /// By which scale it is judged, in words.
    pub directory_scale: String,
    pub password_scale: String,
    /// What could not be synced, and how Cloud Sync fares.
    pub lines: Vec<SyncLine>,
    pub connection: ConnectionSummary,
    /// Every dataset of the tenant.
    pub datasets: Vec<DatasetStatus>,
    /// How changes to users come to be known; `None`: Microsoft is not asked to tell of them.
    pub changes: Option<SyncLine>,
}

/// How something fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// Neither good nor bad, or not known.
    Quiet,
    Good,
    Warning,
    Bad,
}

/// One line of the pane, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncLine {
    pub gravity: Gravity,
    pub label: String,
    /// May be empty.
    pub detail: String,
    pub figure: String,
}

/// A part of `/tenants/{id}/sync` in words; one shape for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub title: String,
    /// What holds for all of it, why nothing is known, or that there is nothing. May be empty.
    pub note: String,
    /// One for each cell of a row.
    pub heads: Vec<String>,
    /// Above the rows' times; empty: they have none.
    pub time_head: String,
    pub rows: Vec<ReportRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    pub gravity: Gravity,
    pub cells: Vec<String>,
    pub at: Option<DateTime<Utc>>,
}

/// `/tenants/{id}/users` and `/tenants/{id}/mfa`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    pub header: ClientHeader,
    pub statuses: Vec<DatasetStatus>,
    pub chips: Vec<Chip>,
    /// Roles that are held in the tenant, by template id, the most powerful first: what the list can be narrowed to.
    pub roles: Vec<(Uuid, String)>,
    pub users: Page<UserRow>,
}

/// `/tenants/{id}/legacy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerList {
    pub header: ClientHeader,
    pub statuses: Vec<DatasetStatus>,
    pub chips: Vec<Chip>,
    /// Who owns work here, by name.
    pub owners: Vec<String>,
    pub ready: ReadyToBlock,
    /// Of all blockers, whatever the filter.
    pub glance: Glance,
    /// `Unknown` where neither source of evidence could be read.
    pub blockers: Known<Page<BlockerRow>>,
}

/// `/tenants/{id}/blocker`: one principal and protocol, with its evidence, the ways out and the work on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerView {
    pub header: ClientHeader,
    pub statuses: Vec<DatasetStatus>,
    pub row: BlockerRow,
    /// Successful sign-ins, one figure a day of the last 30, oldest first; empty where the usage report alone tells of it.
    pub days: Vec<u32>,
    pub ways_out: Vec<WayOut>,
    /// Sign-ins that failed, by code.
    pub failures: Vec<FailureCount>,
    /// What Exchange's settings say of it, as a sentence.
    pub settings: String,
}

/// `/tenants/{id}/sync`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncView {
    pub header: ClientHeader,
    pub pane: SyncPane,
    /// Our way to the client.
    pub connection: Vec<ConnectionFact>,
    /// Errors, Cloud Sync, settings and federated domains.
    pub reports: Vec<Report>,
    pub permissions: Vec<PermissionStatus>,
}

/// A permission that the product wants, and what is missing without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionStatus {
    pub permission: String,
    /// `None`: not known yet.
    pub granted: Option<bool>,
    pub features: Vec<String>,
    /// The connection is whole without it.
    pub optional: bool,
}

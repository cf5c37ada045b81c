//! The fleet: totals, and one row a tenant.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::blocker::BlockerRow;
use crate::connection::{ConnectionState, ConnectionSummary};
use crate::ids::{TenantId, UserId};
use crate::known::Known;
use crate::licence::EntraLicence;
use crate::list::{Chip, Page};
use crate::microsoft_view::MicrosoftView;
use crate::sync_health::SyncState;
use crate::verdict::{OpenAdmins, Posture, Source};

/// Filter chips of the fleet, by the word in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetFilter {
    AdminsUnprotected,
    SmtpAuth,
    SyncLate,
    ConnectionBroken,
    NoEntraP1,
}

impl FleetFilter {
    pub const ALL: [Self; 5] =
        [Self::AdminsUnprotected, Self::SmtpAuth, Self::SyncLate, Self::ConnectionBroken, Self::NoEntraP1];

    pub fn name(self) -> &'static str {
        match self {
            Self::AdminsUnprotected => "admins_unprotected",
            Self::SmtpAuth => "smtp_auth",
            Self::SyncLate => "sync_late",
            Self::ConnectionBroken => "connection_broken",
            Self::NoEntraP1 => "no_entra_p1",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::AdminsUnprotected => "Administrators unprotected",
            Self::SmtpAuth => "SMTP AUTH in use",
            Self::SyncLate => "Sync late",
            Self::ConnectionBroken => "Connection broken",
            Self::NoEntraP1 => "No Entra P1",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.name() == name)
    }
}

/// Columns that the fleet sorts by, by the word in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetSort {
    /// Worst first; the default.
    Worst,
    Name,
    Users,
    Mfa,
    /// By administrators who are not marked apart.
    Admins,
    AllAdmins,
    Blockers,
    Age,
}

impl FleetSort {
    pub fn from_name(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "users" => Self::Users,
            "mfa" => Self::Mfa,
            "admins" => Self::Admins,
            "all_admins" => Self::AllAdmins,
            "blockers" => Self::Blockers,
            "age" => Self::Age,
            _ => Self::Worst,
        }
    }
}

/// One tenant in the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    pub id: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    /// All accounts in the directory.
    pub users: Known<u32>,
    pub posture: Known<Posture>,
    pub admins_unprotected: Known<OpenAdmins>,
    pub blockers: Known<BlockerCount>,
    pub directory_sync: Known<SyncState>,
    pub licence: Known<EntraLicence>,
    /// The sources of MFA in force.
    pub enforced_by: Vec<Source>,
    pub connection: ConnectionSummary,
    /// Accounts not protected, one figure a day, oldest first, at most 30; shorter while history is short.
    pub trend: Vec<u32>,
    /// Microsoft's own figures, where they could be read.
    pub microsoft: Option<MicrosoftView>,
    /// The oldest of the datasets that the row rests on.
    pub read_at: Option<DateTime<Utc>>,
}

impl TenantRow {
    /// How badly the tenant needs somebody: the greater, the worse. First come unprotected administrators
    /// who are not marked apart, then broken
    /// connections, then whatever else is amiss, then what is not known; within each, the figures decide. Fits an `i64`.
    pub fn urgency(&self) -> u64 {
        let admins = self.admins_unprotected.known().map_or(0, |admins| admins.unmarked);
        let exposed = self.posture.known().map_or(0, Posture::open);
        let blockers = self.blockers.known().map_or(0, |count| count.blockers);
        let late = self.directory_sync.known().is_some_and(|state| state.is_late());
        let unknown = self.posture.known().is_none_or(|posture| posture.unknown > 0);
        let band: u64 = if admins > 0 {
            4
        } else if self.connection.state == ConnectionState::Broken {
            3
        } else if exposed > 0 || blockers > 0 || late {
            2
        } else {
            u64::from(unknown)
        };
        let capped = |figure: u32, bits: u32| u64::from(figure).min((1 << bits) - 1);
        (band << 56) | (capped(admins, 16) << 40) | (capped(exposed, 24) << 16) | capped(blockers, 16)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerCount {
    pub blockers: u32,
    pub smtp_auth: u32,
    /// Only the usage report was available (no Entra P1): there may be more.
    pub from_usage_report_alone: bool,
}

/// The line of totals over all tenants in reach, whatever the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetTotals {
    pub tenants: u32,
    pub users: u64,
    pub posture: Posture,
    pub admins_unprotected: OpenAdmins,
    pub blockers: u32,
    pub smtp_auth: u32,
    pub connections_broken: u32,
    /// Tenants whose posture is not known.
    pub tenants_unknown: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetPage {
    pub totals: FleetTotals,
    pub chips: Vec<Chip>,
    pub tenants: Page<TenantRow>,
    /// When the answer was made; ages are told from here.
    pub now: DateTime<Utc>,
}

/// `/blockers`: those of all tenants in reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetBlockers {
    pub chips: Vec<Chip>,
    /// Who owns work, by name.
    pub owners: Vec<String>,
    pub blockers: Page<FleetBlocker>,
    /// Tenants with blockers that match.
    pub tenants: u64,
    /// Principals that send through SMTP AUTH, whatever the filter, and at how many tenants.
    pub smtp_auth: u64,
    pub smtp_auth_tenants: u64,
    /// Tenants of which nothing is known.
    pub tenants_unknown: u64,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetBlocker {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub row: BlockerRow,
}

/// A hit of the search over tenants and users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub tenant_id: TenantId,
    pub tenant_name: String,
    /// `None`: the tenant itself.
    pub user_id: Option<UserId>,
    pub label: String,
    pub detail: String,
}

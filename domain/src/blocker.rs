//! Legacy-auth blockers: one principal that still uses a protocol which cannot do MFA.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;

mod evidence;
mod failures;
mod glance;
mod guess;
mod ready;
mod uses;
mod ways_out;
mod work;

pub use evidence::{EvidenceView, MailboxRow, settings_in_words};
pub use failures::{FailureCount, failures_in_words};
pub use glance::{Glance, GlanceRow, Seen};
pub use ready::{LogRead, Readiness, ReadyToBlock, ReportedUse, ready_to_block};
pub use uses::{LegacyUse, legacy_use};
pub use ways_out::{WayOut, ways_out};
pub use work::{BlockerWork, NewWork, WorkFilter, WorkState};

/// From this day on Exchange Online switches SMTP AUTH with a password off by default for existing tenants
/// (Exchange team, January 2026: end of December 2026).
pub const SMTP_AUTH_ENDS: NaiveDate = match NaiveDate::from_ymd_opt(2026, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Whole days until then; 0 on the day, negative afterwards.
pub fn days_until_smtp_auth_ends(now: DateTime<Utc>) -> i64 {
    (SMTP_AUTH_ENDS - now.date_naive()).num_days()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    SmtpAuth,
    Imap,
    Pop,
    ActiveSync,
    ExchangeWebServices,
    Autodiscover,
    Mapi,
    OutlookAnywhere,
    OfflineAddressBook,
    ExchangePowerShell,
    ReportingWebServices,
    OutlookService,
    /// OAuth with name and password (ROPC): a modern client's way that cannot do MFA.
    PasswordGrant,
    Other,
}

impl Protocol {
    pub const ALL: [Self; 14] = [
        Self::SmtpAuth,
        Self::Imap,
        Self::Pop,
        Self::ActiveSync,
        Self::ExchangeWebServices,
        Self::Autodiscover,
        Self::Mapi,
        Self::OutlookAnywhere,
        Self::OfflineAddressBook,
        Self::ExchangePowerShell,
        Self::ReportingWebServices,
        Self::OutlookService,
        Self::PasswordGrant,
        Self::Other,
    ];

    /// The word in the URL; the blockers list has one filter chip a protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmtpAuth => "smtp_auth",
            Self::Imap => "imap",
            Self::Pop => "pop",
            Self::ActiveSync => "active_sync",
            Self::ExchangeWebServices => "exchange_web_services",
            Self::Autodiscover => "autodiscover",
            Self::Mapi => "mapi",
            Self::OutlookAnywhere => "outlook_anywhere",
            Self::OfflineAddressBook => "offline_address_book",
            Self::ExchangePowerShell => "exchange_power_shell",
            Self::ReportingWebServices => "reporting_web_services",
            Self::OutlookService => "outlook_service",
            Self::PasswordGrant => "password_grant",
            Self::Other => "other",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// The name on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::SmtpAuth => "SMTP AUTH",
            Self::Imap => "IMAP",
            Self::Pop => "POP",
            Self::ActiveSync => "ActiveSync",
            Self::ExchangeWebServices => "Exchange Web Services",
            Self::Autodiscover => "Autodiscover",
            Self::Mapi => "MAPI over HTTP",
            Self::OutlookAnywhere => "Outlook Anywhere",
            Self::OfflineAddressBook => "Offline address book",
            Self::ExchangePowerShell => "Exchange PowerShell",
            Self::ReportingWebServices => "Reporting web services",
            Self::OutlookService => "Outlook service",
            Self::PasswordGrant => "Password grant (ROPC)",
            Self::Other => "Other legacy client",
        }
    }

    /// A policy that blocks legacy clients stops it. The password grant is a modern client's: demanding MFA stops that.
    pub fn is_of_legacy_clients(self) -> bool {
        self != Self::PasswordGrant
    }

    /// Reads Microsoft's `clientAppUsed`. `None`: a modern client. Words that are not known count as legacy.
    pub fn of_client_app(client_app_used: &str) -> Option<Self> {
        Some(match client_app_used.trim().to_ascii_lowercase().as_str() {
            "" | "browser" | "mobile apps and desktop clients" => return None,
            "authenticated smtp" | "smtp" => Self::SmtpAuth,
            "imap4" | "imap" => Self::Imap,
            "pop3" | "pop" => Self::Pop,
            "exchange activesync" => Self::ActiveSync,
            "exchange web services" => Self::ExchangeWebServices,
            "autodiscover" => Self::Autodiscover,
            "mapi over http" | "mapi" => Self::Mapi,
            "outlook anywhere (rpc over http)" => Self::OutlookAnywhere,
            "offline address book" => Self::OfflineAddressBook,
            "exchange online powershell" => Self::ExchangePowerShell,
            "reporting web services" => Self::ReportingWebServices,
            "outlook service" => Self::OutlookService,
            _ => Self::Other,
        })
    }
}

/// What the blockers list sorts by, by the word in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockerSort {
    /// What is not finished before the rest, the latest success first; the default.
    Worst,
    Name,
    Protocol,
    Successes,
    LastSeen,
    /// Over several clients alone.
    Client,
    State,
    Owner,
    Due,
}

impl BlockerSort {
    pub fn from_name(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "protocol" => Self::Protocol,
            "successes" => Self::Successes,
            "last_seen" => Self::LastSeen,
            "client" => Self::Client,
            "state" => Self::State,
            "owner" => Self::Owner,
            "due" => Self::Due,
            _ => Self::Worst,
        }
    }
}

/// Where the evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    SignIns,
    /// Use of the protocol, not proof of a password: POP and IMAP may use OAuth.
    UsageReport,
}

/// One principal × protocol, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerRow {
    /// Tells principals of a tenant apart for good: the account's id, or the name in the usage report.
    pub principal: String,
    /// `None`: the report conceals names, or the account is gone.
    pub user_id: Option<UserId>,
    pub user_principal_name: String,
    pub display_name: Option<String>,
    pub protocol: Protocol,
    pub evidence: Evidence,
    pub successes: u32,
    pub sprayed: u32,
    pub blocked: u32,
    /// Of the usage report, the beginning of its period.
    pub first_seen_at: Option<DateTime<Utc>>,
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Distinct addresses, the busiest first, at most five.
    pub addresses: Vec<String>,
    pub places: Vec<String>,
    pub user_agents: Vec<String>,
    /// What it probably is, with the reason for the guess; `None`: no guess.
    pub probably: Option<Guess>,
    /// `None`: nobody has said anything yet, it is open.
    pub work: Option<BlockerWork>,
}

impl BlockerRow {
    /// What people call it.
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_principal_name)
    }

    pub fn state(&self) -> WorkState {
        self.work.as_ref().map(|work| work.state).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// E.g. "Multifunction printer".
    pub what: String,
    pub because: String,
}

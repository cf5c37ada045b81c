//! Evidence of legacy protocols: sign-ins counted per day, and the mail-app usage report.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::blocker::Protocol;
use crate::ids::UserId;

/// Legacy sign-ins of one user, protocol, app, address and day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacySignIns {
    pub user_id: UserId,
    pub user_principal_name: String,
    pub protocol: Protocol,
    /// Microsoft's `clientAppUsed`, as it came.
    pub client_app: String,
    pub app_name: String,
    pub ip_address: String,
    pub user_agent: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub day: NaiveDate,
    pub successes: u32,
    /// Failures on the password (50126, 50053, …): somebody guesses.
    pub sprayed: u32,
    /// Stopped by Conditional Access (53003) or security defaults (530035).
    pub blocked: u32,
    pub other_failures: u32,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// One row of `getEmailAppUsageUserDetail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAppUsage {
    /// A hash when the tenant conceals names.
    pub user_principal_name: String,
    pub concealed: bool,
    pub last_activity: Option<NaiveDate>,
    pub pop3: u32,
    pub imap4: u32,
    pub smtp: u32,
    /// The report's own date: it lags about two days.
    pub refreshed: Option<NaiveDate>,
    pub period_days: u16,
}

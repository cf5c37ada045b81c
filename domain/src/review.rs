//! What an account manager goes through with a client: the requirement, ninety days, and what changed since last time.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::blocker::BlockerRow;
use crate::client::ClientHeader;
use crate::ids::UserId;
use crate::known::Known;
use crate::readiness::Readiness;
use crate::user::VerdictChange;
use crate::verdict::Posture;

/// Days of a history.
pub const HISTORY: TimeDelta = TimeDelta::days(90);
/// Who has never reviewed a client sees the changes of so long.
pub const FIRST_REVIEW: TimeDelta = TimeDelta::days(30);

/// `/tenants/{id}/review`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewView {
    pub header: ClientHeader,
    pub readiness: Readiness,
    /// What is not finished first, then the latest; at most twelve. `Unknown` where no evidence could be read.
    pub blockers: Known<Vec<BlockerRow>>,
    pub since: SinceReview,
}

/// What happened to a client's verdicts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinceReview {
    /// One posture a day that was counted, oldest first, of at most ninety days.
    pub history: Vec<PostureOfDay>,
    /// When the caller last marked the client as reviewed.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Changes since then, newest first; not all of them where there are many.
    pub changes: Vec<AccountChange>,
    /// All of them.
    pub changes_total: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostureOfDay {
    pub day: NaiveDate,
    pub posture: Posture,
}

/// One account's change of verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    pub user: UserId,
    /// `None`: the account is gone meanwhile.
    pub display_name: Option<String>,
    pub is_admin: bool,
    pub change: VerdictChange,
}

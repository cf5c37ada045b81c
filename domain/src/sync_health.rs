//! The client's directory sync on an honest scale. Our own connection and the age of the data are other matters.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncPace {
    OnTime,
    Late,
    Stalled,
    Dead,
}

/// Where a tenant's directory sync stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Cloud only: there never was a sync.
    Never,
    /// It was on and has been switched off.
    Off,
    /// On, with the pace and the last run (`None`: on, and never ran).
    On { pace: SyncPace, last_at: Option<DateTime<Utc>> },
}

/// From which age on a sync is late, stalled and dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    pub late_after: TimeDelta,
    pub stalled_after: TimeDelta,
    pub dead_after: TimeDelta,
}

impl Scale {
    /// Object sync runs every 30 minutes by default and must run within 7 days.
    pub const DIRECTORY: Self =
        Self { late_after: TimeDelta::hours(3), stalled_after: TimeDelta::hours(24), dead_after: TimeDelta::days(7) };
    /// Password hashes are synced every 2 minutes; the stamp moves on a change or a heartbeat.
    pub const PASSWORD: Self =
        Self { late_after: TimeDelta::hours(3), stalled_after: TimeDelta::hours(24), dead_after: TimeDelta::days(7) };

    pub fn pace(&self, last_at: DateTime<Utc>, now: DateTime<Utc>) -> SyncPace {
        let age = now - last_at;
        if age >= self.dead_after {
            SyncPace::Dead
        } else if age >= self.stalled_after {
            SyncPace::Stalled
        } else if age >= self.late_after {
            SyncPace::Late
        } else {
            SyncPace::OnTime
        }
    }
}

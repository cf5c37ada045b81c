//! The client's directory sync on an honest scale. Our own connection and the age of the data are other matters.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::facts::directory::DirectorySync;

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

/// Where object sync stands. Switched on and never run is dead.
pub fn directory_sync(facts: &DirectorySync, now: DateTime<Utc>) -> SyncState {
    match facts.enabled {
        None => SyncState::Never,
        Some(false) => SyncState::Off,
        Some(true) => SyncState::On {
            pace: facts.last_sync_at.map_or(SyncPace::Dead, |at| Scale::DIRECTORY.pace(at, now)),
            last_at: facts.last_sync_at,
        },
    }
}

/// Where password sync stands. A tenant that syncs objects and no passwords has it off, which is no fault.
pub fn password_sync(facts: &DirectorySync, now: DateTime<Utc>) -> SyncState {
    match (facts.enabled, facts.last_password_sync_at) {
        (None, _) => SyncState::Never,
        (Some(false), _) | (Some(true), None) => SyncState::Off,
        (Some(true), Some(at)) => SyncState::On { pace: Scale::PASSWORD.pace(at, now), last_at: Some(at) },
    }
}

impl SyncState {
    /// It is on and later than it should be.
    pub fn is_late(self) -> bool {
        matches!(self, Self::On { pace, .. } if pace >= SyncPace::Late)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn hours_ago(hours: i64) -> Option<DateTime<Utc>> {
        Some(NOW - TimeDelta::hours(hours))
    }

    fn on(pace: SyncPace, last_at: Option<DateTime<Utc>>) -> SyncState {
        SyncState::On { pace, last_at }
    }

    #[rstest]
    #[case::cloud_only(None, None, SyncState::Never)]
    #[case::switched_off(Some(false), hours_ago(1), SyncState::Off)]
    #[case::just_now(Some(true), hours_ago(0), on(SyncPace::OnTime, hours_ago(0)))]
    #[case::clock_ahead(Some(true), hours_ago(-1), on(SyncPace::OnTime, hours_ago(-1)))]
    #[case::under_three_hours(Some(true), hours_ago(2), on(SyncPace::OnTime, hours_ago(2)))]
    #[case::three_hours(Some(true), hours_ago(3), on(SyncPace::Late, hours_ago(3)))]
    #[case::a_day(Some(true), hours_ago(24), on(SyncPace::Stalled, hours_ago(24)))]
    #[case::a_week(Some(true), hours_ago(168), on(SyncPace::Dead, hours_ago(168)))]
    #[case::never_ran(Some(true), None, on(SyncPace::Dead, None))]
    fn directory_sync_is_on_an_honest_scale(
        #[case] enabled: Option<bool>,
        #[case] last_sync_at: Option<DateTime<Utc>>,
        #[case] expected: SyncState,
    ) {
        let facts = DirectorySync { enabled, last_sync_at, last_password_sync_at: None };
        assert_eq!(directory_sync(&facts, NOW), expected);
    }

    #[rstest]
    #[case::cloud_only(None, None, SyncState::Never)]
    #[case::objects_alone_is_no_fault(Some(true), None, SyncState::Off)]
    #[case::on(Some(true), hours_ago(1), on(SyncPace::OnTime, hours_ago(1)))]
    #[case::stalled(Some(true), hours_ago(30), on(SyncPace::Stalled, hours_ago(30)))]
    #[case::switched_off(Some(false), hours_ago(30), SyncState::Off)]
    fn password_sync_is_a_matter_of_its_own(
        #[case] enabled: Option<bool>,
        #[case] last_password_sync_at: Option<DateTime<Utc>>,
        #[case] expected: SyncState,
    ) {
        let facts = DirectorySync { enabled, last_sync_at: hours_ago(0), last_password_sync_at };
        assert_eq!(password_sync(&facts, NOW), expected);
    }
}

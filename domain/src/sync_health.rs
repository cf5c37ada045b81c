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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub late_after: TimeDelta,
    pub stalled_after: TimeDelta,
    pub dead_after: TimeDelta,
}

impl Scale {
    pub const fn of_hours(late: u32, stalled: u32, dead: u32) -> Self {
        Self {
            late_after: TimeDelta::hours(late as i64),
            stalled_after: TimeDelta::hours(stalled as i64),
            dead_after: TimeDelta::hours(dead as i64),
        }
    }

    pub fn pace(&self, last_at: DateTime<Utc>, now: DateTime<Utc>) -> SyncPace {
        let age = now - last_at;
        if age >= self.dead_after {
            SyncPace::Dead
        } else if age >= self.stalled_after {
            SyncPace::Stalled
        } else if last_at <= self.late_until(now) {
            SyncPace::Late
        } else {
            SyncPace::OnTime
        }
    }

    /// What ran last at this moment or before is late, or worse.
    pub fn late_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.late_after
    }

    /// `late after 3 hours, stalled after 24 hours, dead after 7 days`.
    pub fn in_words(&self) -> String {
        let [late, stalled, dead] = [self.late_after, self.stalled_after, self.dead_after].map(hours_in_words);
        format!("late after {late}, stalled after {stalled}, dead after {dead}")
    }
}

fn hours_in_words(span: TimeDelta) -> String {
    match span.num_hours() {
        1 => "1 hour".to_owned(),
        hours if hours > 24 && hours % 24 == 0 => format!("{} days", hours / 24),
        hours => format!("{hours} hours"),
    }
}

/// How long a setting that could not be read again still counts.
const SWITCH_LIFE: TimeDelta = TimeDelta::days(7);

/// What a deployment calls late: one scale for each of the two syncs, and the only place where a pace is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scales {
    /// Object sync runs every 30 minutes by default and must run within 7 days.
    pub directory: Scale,
    /// Password hashes are synced every 2 minutes; the stamp moves on a change or a heartbeat.
    pub password: Scale,
}

impl Default for Scales {
    fn default() -> Self {
        Self { directory: Scale::of_hours(3, 24, 7 * 24), password: Scale::of_hours(3, 24, 7 * 24) }
    }
}

impl Scales {
    /// Where object sync stands. Switched on and never run is dead.
    pub fn directory_sync(&self, facts: &DirectorySync, now: DateTime<Utc>) -> SyncState {
        match facts.enabled {
            None => SyncState::Never,
            Some(false) => SyncState::Off,
            Some(true) => SyncState::On {
                pace: facts.last_sync_at.map_or(SyncPace::Dead, |at| self.directory.pace(at, now)),
                last_at: facts.last_sync_at,
            },
        }
    }

    /// Where password sync stands. A tenant that syncs objects and no passwords has it off, which is no fault. The setting
    /// tells "off" from "stalled" where it is known; without it, one that never ran counts as off.
    pub fn password_sync(&self, facts: &DirectorySync, now: DateTime<Utc>) -> SyncState {
        let last_at = facts.last_password_sync_at;
        // What ran since the setting was read is on, whatever was read; and a setting proves nothing for ever.
        let switch = facts.password_switch.filter(|switch| {
            now - switch.told_at < SWITCH_LIFE && (switch.on || last_at.is_none_or(|at| at <= switch.told_at))
        });
        match (facts.enabled, switch.map(|switch| switch.on), last_at) {
            (None, ..) => SyncState::Never,
            (Some(false), ..) | (_, Some(false), _) | (_, None, None) => SyncState::Off,
            (_, Some(true), None) => SyncState::On { pace: SyncPace::Dead, last_at: None },
            (_, _, Some(at)) => SyncState::On { pace: self.password.pace(at, now), last_at: Some(at) },
        }
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
    use crate::facts::directory::Switch;

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
        let facts = DirectorySync { enabled, last_sync_at, last_password_sync_at: None, ..DirectorySync::default() };
        assert_eq!(Scales::default().directory_sync(&facts, NOW), expected);
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
        let facts =
            DirectorySync { enabled, last_sync_at: hours_ago(0), last_password_sync_at, ..DirectorySync::default() };
        assert_eq!(Scales::default().password_sync(&facts, NOW), expected);
    }

    #[rstest]
    #[case::off_and_once_ran(false, 1, hours_ago(30), SyncState::Off)]
    #[case::off_and_never_ran(false, 1, None, SyncState::Off)]
    #[case::on_and_stalled(true, 1, hours_ago(30), on(SyncPace::Stalled, hours_ago(30)))]
    #[case::on_and_never_ran(true, 1, None, on(SyncPace::Dead, None))]
    #[case::off_when_it_was_read_and_ran_since(false, 40, hours_ago(30), on(SyncPace::Stalled, hours_ago(30)))]
    #[case::off_a_month_ago_proves_nothing(false, 24 * 30, hours_ago(24 * 31), on(SyncPace::Dead, hours_ago(24 * 31)))]
    fn the_setting_tells_off_from_stalled(
        #[case] switched_on: bool,
        #[case] told_hours_ago: i64,
        #[case] last_password_sync_at: Option<DateTime<Utc>>,
        #[case] expected: SyncState,
    ) {
        let told_at = NOW - TimeDelta::hours(told_hours_ago);
        let password_switch = Some(Switch { on: switched_on, told_at });
        let facts =
            DirectorySync { enabled: Some(true), last_sync_at: hours_ago(0), last_password_sync_at, password_switch };
        assert_eq!(Scales::default().password_sync(&facts, NOW), expected);
        let never_synced = DirectorySync { enabled: None, ..facts };
        assert_eq!(Scales::default().password_sync(&never_synced, NOW), SyncState::Never);
    }

    #[test]
    fn each_sync_has_a_scale_of_its_own() {
        let scales = Scales { directory: Scale::of_hours(1, 2, 48), password: Scale::of_hours(48, 72, 96) };
        let facts = DirectorySync {
            enabled: Some(true),
            last_sync_at: hours_ago(2),
            last_password_sync_at: hours_ago(47),
            password_switch: None,
        };
        assert_eq!(scales.directory_sync(&facts, NOW), on(SyncPace::Stalled, hours_ago(2)));
        assert_eq!(scales.password_sync(&facts, NOW), on(SyncPace::OnTime, hours_ago(47)));
        assert_eq!(scales.directory.in_words(), "late after 1 hour, stalled after 2 hours, dead after 2 days");
        let usual = Scales::default().directory.in_words();
        assert_eq!(usual, "late after 3 hours, stalled after 24 hours, dead after 7 days");
    }

    #[test]
    fn what_a_query_calls_late_is_what_the_scale_calls_late() {
        let scale = Scale::of_hours(5, 30, 100);
        for minutes in [0, 299, 300, 301, 1_800, 6_000] {
            let last = NOW - TimeDelta::minutes(minutes);
            assert_eq!(scale.pace(last, NOW) >= SyncPace::Late, last <= scale.late_until(NOW), "{minutes}");
        }
    }
}

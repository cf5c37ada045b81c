//! Directory sync from on-premises: when it last ran, and whether it still does.

use chrono::{DateTime, TimeDelta, Utc};

/// The state of directory sync of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Sync {
    /// `None`: never synced; `Some(false)`: was synced, no longer.
    pub enabled: Option<bool>,
    pub last_sync: Option<DateTime<Utc>>,
    /// `None` where password hashes are not synced.
    pub last_password_sync: Option<DateTime<Utc>>,
    /// Passwords were synced once, and it was switched off.
    pub passwords_off: bool,
    /// The moving world runs no more object syncs.
    pub objects_stalled: bool,
    /// The moving world runs no more password syncs.
    pub passwords_stalled: bool,
}

/// Entra Connect's default cadence.
pub const OBJECT_INTERVAL: TimeDelta = TimeDelta::minutes(30);
/// How often password hashes are synced.
pub const PASSWORD_INTERVAL: TimeDelta = TimeDelta::minutes(2);

impl Sync {
    /// Runs the syncs that are due at `now`.
    pub fn advance(&mut self, now: DateTime<Utc>) {
        if self.enabled != Some(true) {
            return;
        }
        if !self.objects_stalled {
            self.last_sync = self.last_sync.map(|last| latest_run(last, OBJECT_INTERVAL, now));
        }
        if !self.passwords_stalled {
            self.last_password_sync = self.last_password_sync.map(|last| latest_run(last, PASSWORD_INTERVAL, now));
        }
    }
}

fn latest_run(last: DateTime<Utc>, interval: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    let missed = (now - last).num_seconds() / interval.num_seconds();
    if missed > 0 { last + TimeDelta::seconds(missed * interval.num_seconds()) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_sync_stays_where_it_is_while_passwords_go_on() {
        let start = DateTime::UNIX_EPOCH;
        let mut sync = Sync {
            enabled: Some(true),
            last_sync: Some(start),
            last_password_sync: Some(start),
            passwords_off: false,
            objects_stalled: true,
            passwords_stalled: false,
        };
        sync.advance(start + TimeDelta::minutes(65));
        assert_eq!(sync.last_sync, Some(start));
        assert_eq!(sync.last_password_sync, Some(start + TimeDelta::minutes(64)));
        sync.objects_stalled = false;
        sync.advance(start + TimeDelta::minutes(65));
        assert_eq!(sync.last_sync, Some(start + TimeDelta::minutes(60)));
    }
}

//! The only place that reads the machine's time. Everything else is handed a `Clock`, so that tests can move it, and rehearse
//! hours in minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The present; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
    /// `None`: it runs as the machine's does.
    fast: Option<Fast>,
}

#[derive(Clone, Copy, Debug)]
struct Fast {
    since: DateTime<Utc>,
    times: u32,
}

impl Clock {
    /// A clock that shows the present and runs so many times as fast from now on; for rehearsals.
    pub fn running(times: u32) -> Self {
        Self { offset_ms: Arc::default(), fast: Some(Fast { since: Utc::now(), times: times.max(1) }) }
    }

    pub fn now(&self) -> DateTime<Utc> {
        let now = match self.fast {
            None => Utc::now(),
            Some(Fast { since, times }) => since + (Utc::now() - since) * i32::try_from(times).unwrap_or(i32::MAX),
        };
        now + TimeDelta::milliseconds(self.offset_ms.load(Ordering::Relaxed))
    }

    /// How long so much of this clock's time takes in earnest.
    pub fn in_earnest(&self, span: Duration) -> Duration {
        self.fast.map_or(span, |fast| span / fast.times)
    }

    /// Moves the time of every clone; for tests.
    pub fn advance(&self, by: TimeDelta) {
        self.offset_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

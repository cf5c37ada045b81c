//! The passage of time as something to wait on: the real one, or one that a test moves. `Clock` says what time it is; a
//! `Timer` says how long something took and lets one wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

pub trait Timer: Send + Sync + std::fmt::Debug {
    /// Monotonic time since the timer was made.
    fn elapsed(&self) -> Duration;
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Waits in earnest.
#[derive(Debug)]
pub struct RealTimer(Instant);

impl Default for RealTimer {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Timer for RealTimer {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Waits in earnest, so many times as fast; for rehearsals.
#[derive(Debug)]
pub struct FastTimer {
    real: RealTimer,
    times: u32,
}

impl FastTimer {
    pub fn new(times: u32) -> Self {
        Self { real: RealTimer::default(), times: times.max(1) }
    }
}

impl Timer for FastTimer {
    fn elapsed(&self) -> Duration {
        self.real.elapsed() * self.times
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.real.sleep(duration / self.times)
    }
}

/// Never waits: a sleep moves its time on and returns; for tests.
#[derive(Clone, Debug, Default)]
pub struct SkippingTimer {
    elapsed_ns: Arc<AtomicU64>,
}

impl Timer for SkippingTimer {
    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.elapsed_ns.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.elapsed_ns.fetch_add(nanoseconds, Ordering::Relaxed);
        Box::pin(tokio::task::yield_now())
    }
}

//! Microsoft's published limits as budgets: every call waits here until it may be made. Keyed by app, tenant and class, so
//! that no tenant spends what is another's.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use domain::dataset::BudgetClass;
use domain::ids::TenantId;
use governor::clock::{Clock as GovernorClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::timer::Timer;

/// So many cells in every window of this length.
#[derive(Clone, Copy, Debug)]
struct Limit {
    cells: u32,
    window: Duration,
}

const fn limit(cells: u32, window_seconds: u64) -> Limit {
    Limit { cells, window: Duration::from_secs(window_seconds) }
}

/// Resource units per app and tenant; the figure for the smallest tenants, because a tenant's class is not told.
const DIRECTORY_TENANT: Limit = limit(3_500, 10);
const DIRECTORY_APP: Limit = limit(150_000, 20);
const REPORTS_TENANT: Limit = limit(5, 10);
const REPORTS_APP: Limit = limit(122, 10);
const SIGN_IN_ACTIVITY_APP: Limit = limit(10, 60);
/// Shared by all apps of the tenant.
const CONDITIONAL_ACCESS_TENANT: Limit = limit(1, 1);
/// Per report.
const USAGE_REPORTS_TENANT: Limit = limit(14, 600);

/// One call as the budgets see it.
#[derive(Clone, Copy, Debug)]
pub struct Spending<'a> {
    pub app: &'a str,
    pub tenant: TenantId,
    pub class: BudgetClass,
    pub resource_units: u32,
    /// The path, which tells usage reports apart.
    pub path: &'a str,
}

#[derive(Clone, Debug)]
struct TimerClock(Arc<dyn Timer>);

impl GovernorClock for TimerClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, TimerClock, NoOpMiddleware<Duration>>;

#[derive(Debug)]
struct Limiter {
    keyed: Keyed,
    clock: TimerClock,
    burst: u32,
}

impl Limiter {
    /// A fifth of the limit may be spent at once and the rest flows evenly, so that no window of Microsoft's, wherever it
    /// begins, ever holds more than the limit.
    fn new(limit: Limit, scale: f64, timer: &Arc<dyn Timer>) -> Option<Self> {
        let per_window = (f64::from(limit.cells) * scale).max(f64::MIN_POSITIVE);
        let burst = (per_window / 5.0).floor().max(1.0);
        let flowing = if per_window - burst >= 1.0 { per_window - burst } else { per_window * 0.9 };
        let period = Duration::try_from_secs_f64(limit.window.as_secs_f64() / flowing).ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a fifth of a u32 times a small scale"
        )]
        let burst = burst as u32;
        let quota = Quota::with_period(period.max(Duration::from_nanos(1)))?.allow_burst(NonZeroU32::new(burst)?);
        let clock = TimerClock(Arc::clone(timer));
        Some(Self { keyed: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()), clock, burst })
    }

    /// `None`: spent. `Some`: how long until it may be.
    fn try_take(&self, key: &String, cells: u32) -> Option<Duration> {
        let cells = NonZeroU32::new(cells.clamp(1, self.burst))?;
        match self.keyed.check_key_n(key, cells) {
            Ok(Ok(())) | Err(_) => None,
            Ok(Err(too_early)) => {
                let wait = too_early.earliest_possible().duration_since(self.clock.now());
                Some(Duration::from_nanos(wait.as_u64()).max(Duration::from_micros(100)))
            }
        }
    }
}

/// All budgets of this process.
#[derive(Debug)]
pub struct Budgets {
    timer: Arc<dyn Timer>,
    limiters: Option<Limiters>,
}

#[derive(Debug)]
struct Limiters {
    directory_tenant: Limiter,
    directory_app: Limiter,
    reports_tenant: Limiter,
    reports_app: Limiter,
    sign_in_activity_app: Limiter,
    conditional_access_tenant: Limiter,
    usage_reports_tenant: Limiter,
}

impl Budgets {
    /// `scale`: the share of Microsoft's limits to spend; `None`: no limits at all.
    pub fn new(timer: Arc<dyn Timer>, scale: Option<f64>) -> Self {
        let limiters = scale.filter(|scale| scale.is_finite() && *scale > 0.0).and_then(|scale| {
            let new = |limit| Limiter::new(limit, scale, &timer);
            Some(Limiters {
                directory_tenant: new(DIRECTORY_TENANT)?,
                directory_app: new(DIRECTORY_APP)?,
                reports_tenant: new(REPORTS_TENANT)?,
                reports_app: new(REPORTS_APP)?,
                sign_in_activity_app: new(SIGN_IN_ACTIVITY_APP)?,
                conditional_access_tenant: new(CONDITIONAL_ACCESS_TENANT)?,
                usage_reports_tenant: new(USAGE_REPORTS_TENANT)?,
            })
        });
        Self { timer, limiters }
    }

    /// Waits until every budget that the call counts against has room, and spends it.
    pub async fn take(&self, spending: Spending<'_>) {
        let Some(limiters) = &self.limiters else { return };
        for (limiter, key, cells) in limiters.of(spending) {
            while let Some(wait) = limiter.try_take(&key, cells) {
                self.timer.sleep(wait).await;
            }
        }
    }
}

impl Limiters {
    /// The narrowest budget first, so that a tenant that waits for its own does not hold what is everybody's.
    fn of(&self, spending: Spending<'_>) -> Vec<(&Limiter, String, u32)> {
        let app = || spending.app.to_owned();
        let app_tenant = || format!("{} {}", spending.app, spending.tenant);
        match spending.class {
            BudgetClass::Directory => vec![
                (&self.directory_tenant, app_tenant(), spending.resource_units),
                (&self.directory_app, app(), spending.resource_units),
            ],
            BudgetClass::Reports => vec![(&self.reports_tenant, app_tenant(), 1), (&self.reports_app, app(), 1)],
            BudgetClass::SignInActivity => vec![
                (&self.reports_tenant, app_tenant(), 1),
                (&self.reports_app, app(), 1),
                (&self.sign_in_activity_app, app(), 1),
            ],
            BudgetClass::ConditionalAccess => {
                vec![(&self.conditional_access_tenant, spending.tenant.to_string(), 1)]
            }
            BudgetClass::UsageReports => {
                vec![(&self.usage_reports_tenant, format!("{} {}", app_tenant(), spending.path), 1)]
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::timer::SkippingTimer;

    async fn times(class: BudgetClass, calls: usize, tenants: u128, scale: f64) -> Vec<Duration> {
        let timer = SkippingTimer::default();
        let budgets = Budgets::new(Arc::new(timer.clone()), Some(scale));
        let mut at = Vec::new();
        for call in 0..calls {
            let tenant = TenantId(Uuid::from_u128(u128::try_from(call).unwrap() % tenants));
            let spending = Spending { app: "app", tenant, class, resource_units: 2, path: "users" };
            budgets.take(spending).await;
            at.push(timer.elapsed());
        }
        at
    }

    fn most_in_any_window(times: &[Duration], window: Duration) -> usize {
        times
            .iter()
            .map(|start| times.iter().filter(|at| *at >= start && **at < *start + window).count())
            .max()
            .unwrap()
    }

    #[tokio::test]
    async fn no_window_ever_holds_more_than_the_limit() {
        let reports = times(BudgetClass::Reports, 40, 1, 1.0).await;
        assert!(most_in_any_window(&reports, Duration::from_secs(10)) <= 5, "{reports:?}");
        let activity = times(BudgetClass::SignInActivity, 60, 30, 1.0).await;
        assert!(most_in_any_window(&activity, Duration::from_secs(60)) <= 10, "{activity:?}");
        let policies = times(BudgetClass::ConditionalAccess, 10, 1, 1.0).await;
        assert!(most_in_any_window(&policies, Duration::from_secs(1)) <= 1, "{policies:?}");
    }

    #[tokio::test]
    async fn tenants_do_not_wait_for_each_other() {
        let policies = times(BudgetClass::ConditionalAccess, 20, 20, 1.0).await;
        assert_eq!(policies.last(), Some(&Duration::ZERO));
    }

    #[tokio::test]
    async fn the_budget_is_spent_and_not_left_lying() {
        let reports = times(BudgetClass::Reports, 41, 1, 1.0).await;
        assert!(*reports.last().unwrap() <= Duration::from_secs(101), "{:?}", reports.last());
    }

    #[tokio::test]
    async fn scale_stretches_and_no_scale_frees() {
        let half = times(BudgetClass::Reports, 20, 1, 0.5).await;
        assert!(most_in_any_window(&half, Duration::from_secs(20)) <= 5, "{half:?}");
        let tenfold = times(BudgetClass::Reports, 40, 1, 10.0).await;
        assert!(*tenfold.last().unwrap() < Duration::from_secs(10));
        let free = Budgets::new(Arc::new(SkippingTimer::default()), None);
        assert!(free.limiters.is_none());
    }
}

//! Microsoft's published limits as budgets: every call waits here until it may be made. Keyed by app, tenant and class, so
//! that no tenant spends what is another's.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::dataset::BudgetClass;
use domain::ids::TenantId;
use governor::clock::{Clock as GovernorClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::limits::{Counts, Keeper, LIMITS, Limit, Pace, limits_of};
use crate::timer::Timer;

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
    fn new(limit: &Limit, scale: f64, timer: &Arc<dyn Timer>) -> Option<Self> {
        let Pace { burst, period } = limit.pace(scale)?;
        let quota = Quota::with_period(period)?.allow_burst(NonZeroU32::new(burst)?);
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

/// All budgets of this process: its share of what the processes have together.
#[derive(Debug)]
pub struct Budgets {
    timer: Arc<dyn Timer>,
    /// The share of Microsoft's limits that all processes spend; `None`: no limits at all.
    scale: Option<f64>,
    shared: RwLock<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Processes that spend the same budgets, this one included.
    processes: u32,
    /// By the limit's name.
    limiters: HashMap<&'static str, Arc<Limiter>>,
}

impl Budgets {
    pub fn new(timer: Arc<dyn Timer>, scale: Option<f64>) -> Self {
        let scale = scale.filter(|scale| scale.is_finite() && *scale > 0.0);
        let new = |limit: &Limit| Some((limit.name, Arc::new(Limiter::new(limit, scale?, &timer)?)));
        let limiters = LIMITS.iter().filter_map(new).collect();
        Self { scale, shared: RwLock::new(Shared { processes: 1, limiters }), timer }
    }

    /// Splits what is an app's among so many processes. What is a tenant's needs no splitting: one process at a time has it.
    pub fn split(&self, processes: u32) {
        let processes = processes.max(1);
        let Some(scale) = self.scale else { return };
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        if shared.processes == processes {
            return;
        }
        tracing::info!(processes, "the budgets are split anew");
        shared.processes = processes;
        for limit in LIMITS.iter().filter(|limit| limit.keeper == Keeper::App) {
            if let Some(limiter) = Limiter::new(limit, scale / f64::from(processes), &self.timer) {
                shared.limiters.insert(limit.name, Arc::new(limiter));
            }
        }
    }

    /// Waits until every budget that the call counts against has room, and spends it.
    pub async fn take(&self, spending: Spending<'_>) {
        for limit in limits_of(spending.class) {
            let (key, cells) = (spending.key(limit), spending.cells(limit));
            // Looked up anew after each wait: the budgets may have been split meanwhile.
            while let Some(wait) = self.limiter(limit).and_then(|limiter| limiter.try_take(&key, cells)) {
                self.timer.sleep(wait).await;
            }
        }
    }

    fn limiter(&self, limit: &Limit) -> Option<Arc<Limiter>> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner).limiters.get(limit.name).cloned()
    }
}

impl Spending<'_> {
    fn key(&self, limit: &Limit) -> String {
        let Self { app, tenant, path, .. } = self;
        match limit.keeper {
            Keeper::App => (*app).to_owned(),
            Keeper::AppAndTenant => format!("{app} {tenant}"),
            Keeper::Tenant => tenant.to_string(),
            Keeper::AppTenantAndReport => format!("{app} {tenant} {path}"),
        }
    }

    fn cells(&self, limit: &Limit) -> u32 {
        match limit.counts {
            Counts::Calls => 1,
            Counts::Units => self.resource_units,
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
        let timer = SkippingTimer::default();
        let free = Budgets::new(Arc::new(timer.clone()), None);
        for _ in 0..1_000 {
            let tenant = TenantId(Uuid::nil());
            free.take(Spending { app: "app", tenant, class: BudgetClass::Reports, resource_units: 1, path: "" }).await;
        }
        assert_eq!(timer.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn processes_together_stay_within_the_limit() {
        let timer = SkippingTimer::default();
        let processes = [0, 1, 2].map(|_| Budgets::new(Arc::new(timer.clone()), Some(1.0)));
        processes.iter().for_each(|budgets| budgets.split(3));
        let mut at = Vec::new();
        for call in 0..90_u128 {
            let tenant = TenantId(Uuid::from_u128(call));
            let class = BudgetClass::SignInActivity;
            let spending = Spending { app: "app", tenant, class, resource_units: 1, path: "users" };
            processes[usize::try_from(call % 3).unwrap()].take(spending).await;
            at.push(timer.elapsed());
        }
        assert!(most_in_any_window(&at, Duration::from_secs(60)) <= 10, "{at:?}");
        // One alone again has the whole of it.
        processes[0].split(1);
        let began = timer.elapsed();
        for call in 0..20_u128 {
            let tenant = TenantId(Uuid::from_u128(1_000 + call));
            let class = BudgetClass::SignInActivity;
            processes[0].take(Spending { app: "app", tenant, class, resource_units: 1, path: "users" }).await;
        }
        assert!(timer.elapsed() - began < Duration::from_secs(150), "{:?}", timer.elapsed() - began);
    }
}

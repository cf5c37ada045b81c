//! Microsoft's published limits as data (Microsoft Graph service-specific throttling limits): for whom a limit is kept, what
//! counts against it, and how much of that in which time.

use std::time::Duration;

use domain::dataset::BudgetClass;

/// For whom a limit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    App,
    AppAndTenant,
    /// Whatever the app.
    Tenant,
    AppTenantAndReport,
}

/// What counts against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    Calls,
    /// Resource units: a call costs one or more.
    Units,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub name: &'static str,
    pub keeper: Keeper,
    pub counts: Counts,
    /// So much in every window.
    pub amount: u32,
    pub window: Duration,
}

/// How a limit is spent: at once at most `burst`, then one every `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub burst: u32,
    pub period: Duration,
}

const fn limit(name: &'static str, keeper: Keeper, counts: Counts, amount: u32, seconds: u64) -> Limit {
    Limit { name, keeper, counts, amount, window: Duration::from_secs(seconds) }
}

/// The figure for the smallest tenants, because a tenant's class is not told.
const DIRECTORY_TENANT: Limit = limit("directory, app and tenant", Keeper::AppAndTenant, Counts::Units, 3_500, 10);
const DIRECTORY_APP: Limit = limit("directory, app", Keeper::App, Counts::Units, 150_000, 20);
const REPORTS_TENANT: Limit = limit("reports, app and tenant", Keeper::AppAndTenant, Counts::Calls, 5, 10);
const REPORTS_APP: Limit = limit("reports, app", Keeper::App, Counts::Calls, 122, 10);
const SIGN_IN_ACTIVITY_APP: Limit = limit("signInActivity, app", Keeper::App, Counts::Calls, 10, 60);
const CONDITIONAL_ACCESS: Limit = limit("Conditional Access, tenant", Keeper::Tenant, Counts::Calls, 1, 1);
const USAGE_REPORT: Limit = limit("usage report, app and tenant", Keeper::AppTenantAndReport, Counts::Calls, 14, 600);

/// Ours: Exchange publishes none for its endpoint.
const EXCHANGE: Limit = limit("Exchange, app and tenant", Keeper::AppAndTenant, Counts::Calls, 30, 60);

/// All limits, each once.
pub const LIMITS: [Limit; 8] = [
    DIRECTORY_TENANT,
    DIRECTORY_APP,
    REPORTS_TENANT,
    REPORTS_APP,
    SIGN_IN_ACTIVITY_APP,
    CONDITIONAL_ACCESS,
    USAGE_REPORT,
    EXCHANGE,
];

/// The limits that a call counts against, the narrowest first, so that a tenant that waits for its own does not hold what is
/// everybody's.
pub fn limits_of(class: BudgetClass) -> &'static [Limit] {
    match class {
        BudgetClass::Directory => &[DIRECTORY_TENANT, DIRECTORY_APP],
        BudgetClass::Reports => &[REPORTS_TENANT, REPORTS_APP],
        BudgetClass::SignInActivity => &[REPORTS_TENANT, REPORTS_APP, SIGN_IN_ACTIVITY_APP],
        BudgetClass::ConditionalAccess => &[CONDITIONAL_ACCESS],
        BudgetClass::UsageReports => &[USAGE_REPORT],
        BudgetClass::Exchange => &[EXCHANGE],
    }
}

impl Limit {
    /// A fifth of the limit may be spent at once and the rest flows evenly, so that no window of Microsoft's, wherever it
    /// begins, ever holds more than the limit. `scale`: the share of it to spend.
    pub fn pace(&self, scale: f64) -> Option<Pace> {
        let per_window = (f64::from(self.amount) * scale).max(f64::MIN_POSITIVE);
        let burst = (per_window / 5.0).floor().max(1.0);
        let flowing = if per_window - burst >= 1.0 { per_window - burst } else { per_window * 0.9 };
        let period = Duration::try_from_secs_f64(self.window.as_secs_f64() / flowing).ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a fifth of a u32 times a small scale"
        )]
        let burst = burst as u32;
        Some(Pace { burst, period: period.max(Duration::from_nanos(1)) })
    }
}

//! Microsoft's published limits as token buckets: per app, per tenant and per service.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderName, StatusCode, header};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::GraphError;
use crate::options::Throttle;

/// The service behind a path, which has limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// Identity and access: resource units.
    Directory,
    /// Identity and access reports: 5 requests in 10 s per app and tenant.
    Reports,
    /// Identity protection and Conditional Access: one a second per tenant, whoever asks.
    ConditionalAccess,
    /// Microsoft 365 usage reports, each report counted for itself.
    UsageReports,
    /// Partner relationships and the like: the global limit alone.
    Other,
}

/// A bucket's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    limit: &'static str,
    app: Option<Uuid>,
    tenant: Option<Uuid>,
}

/// `amount` per `seconds`, for whoever `key` names.
#[derive(Clone, Copy, Debug)]
struct Limit {
    key: Key,
    amount: f64,
    seconds: f64,
    cost: f64,
    /// The refusal says when to come back.
    tells_when: bool,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: DateTime<Utc>,
}

/// What a request costs and whom it is counted for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub class: Class,
    /// In resource units; only the directory counts them.
    pub units: u32,
    pub app: Uuid,
    pub tenant: Uuid,
    /// Of the tenant, for the directory's three sizes.
    pub users: usize,
    pub sign_in_activity: bool,
    /// The usage report that is asked for.
    pub report: Option<&'static str>,
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Throttler {
    mode: Throttle,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Throttler {
    pub fn new(mode: Throttle) -> Throttler {
        Throttler { mode, buckets: Mutex::default() }
    }

    /// Takes what the request costs out of every bucket that it counts against, or refuses and takes nothing. Answers how
    /// full the fullest is used, 1.0 being the limit.
    pub fn admit(&self, cost: &Cost, now: DateTime<Utc>) -> Result<f64, GraphError> {
        let times = match self.mode {
            Throttle::Off => return Ok(0.0),
            Throttle::Real => 1.0,
            Throttle::Scaled(times) => f64::from(times),
        };
        let limits = limits(cost);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for limit in &limits {
            let (amount, rate) = (limit.amount * times, limit.amount * times / limit.seconds);
            let bucket = buckets.entry(limit.key).or_insert(Bucket { left: amount, at: now });
            let passed = (now - bucket.at).num_milliseconds().max(0) as f64 / 1000.0;
            bucket.left = (bucket.left + passed * rate).min(amount);
            bucket.at = now;
            if bucket.left < limit.cost {
                return Err(refusal(limit, (limit.cost - bucket.left) / rate));
            }
        }
        let mut used: f64 = 0.0;
        for limit in &limits {
            if let Some(bucket) = buckets.get_mut(&limit.key) {
                bucket.left -= limit.cost;
                used = used.max(1.0 - bucket.left / (limit.amount * times));
            }
        }
        Ok(used)
    }
}

fn refusal(limit: &Limit, wait_seconds: f64) -> GraphError {
    let error = GraphError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
    if !limit.tells_when {
        return error;
    }
    let scope = match (limit.key.app, limit.key.tenant) {
        (Some(app), Some(tenant)) => format!("Tenant_Application/ReadWrite/{app}/{tenant}"),
        (Some(app), None) => format!("Application/ReadWrite/{app}"),
        (_, tenant) => format!("Tenant/ReadWrite/{}", tenant.unwrap_or_default()),
    };
    // Microsoft sends fractions now and then; never zero.
    error
        .with_header(header::RETRY_AFTER, &format!("{:.3}", wait_seconds.max(0.001)))
        .with_header(HeaderName::from_static("x-ms-throttle-scope"), &scope)
        .with_header(HeaderName::from_static("x-ms-throttle-information"), "ResourceUnitLimitExceeded")
}

fn limits(cost: &Cost) -> Vec<Limit> {
    let (app, tenant) = (Some(cost.app), Some(cost.tenant));
    let limit = |name, app, tenant, amount: u32, seconds: u32| Limit {
        key: Key { limit: name, app, tenant },
        amount: amount.into(),
        seconds: seconds.into(),
        cost: 1.0,
        tells_when: true,
    };
    let mut limits = vec![limit("global", app, None, 130_000, 10)];
    let units = f64::from(cost.units);
    let directory = || {
        let amount = match cost.users {
            0..50 => 3_500,
            50..=500 => 5_000,
            _ => 8_000,
        };
        [
            Limit { cost: units, ..limit("directory", app, tenant, amount, 10) },
            Limit { cost: units, ..limit("directory", app, None, 150_000, 20) },
        ]
    };
    match cost.class {
        Class::Directory => limits.extend(directory()),
        Class::Reports => limits.extend([limit("reports", app, tenant, 5, 10), limit("reports", app, None, 122, 10)]),
        Class::ConditionalAccess => {
            limits.push(Limit { tells_when: false, ..limit("conditional access", None, tenant, 1, 1) });
        }
        Class::UsageReports => {
            let report = cost.report.unwrap_or("usage report");
            limits.extend([limit(report, app, tenant, 14, 600), limit(report, None, tenant, 40, 600)]);
        }
        Class::Other => {}
    }
    if cost.sign_in_activity {
        limits.extend([
            limit("signInActivity", app, tenant, 10, 60),
            limit("signInActivity", app, None, 10, 60),
            limit("reports", app, tenant, 5, 10),
            limit("reports", app, None, 122, 10),
        ]);
    }
    limits
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn cost(class: Class, tenant: u128) -> Cost {
        Cost {
            class,
            units: 1,
            app: Uuid::from_u128(1),
            tenant: Uuid::from_u128(tenant),
            users: 60,
            sign_in_activity: false,
            report: None,
        }
    }

    fn admitted(throttler: &Throttler, cost: &Cost, now: DateTime<Utc>) -> usize {
        (0..1000).take_while(|_| throttler.admit(cost, now).is_ok()).count()
    }

    #[test]
    fn reports_allow_five_in_ten_seconds_and_say_when_to_come_back() {
        let (throttler, now) = (Throttler::new(Throttle::Real), DateTime::UNIX_EPOCH);
        assert_eq!(admitted(&throttler, &cost(Class::Reports, 2), now), 5);
        let refused = throttler.admit(&cost(Class::Reports, 2), now);
        let Err(error) = refused else { panic!("admitted beyond the limit") };
        assert!(error.headers.iter().any(|(name, value)| name == header::RETRY_AFTER && value == "2.000"));
        assert_eq!(admitted(&throttler, &cost(Class::Reports, 2), now + TimeDelta::seconds(4)), 2);
    }

    #[test]
    fn the_fleet_shares_the_apps_budget() {
        let (throttler, now) = (Throttler::new(Throttle::Real), DateTime::UNIX_EPOCH);
        let total: usize = (0..100).map(|tenant| admitted(&throttler, &cost(Class::Reports, tenant), now)).sum();
        assert_eq!(total, 122);
    }

    #[test]
    fn conditional_access_refuses_without_saying_when() {
        let (throttler, now) = (Throttler::new(Throttle::Real), DateTime::UNIX_EPOCH);
        assert_eq!(admitted(&throttler, &cost(Class::ConditionalAccess, 2), now), 1);
        let Err(error) = throttler.admit(&cost(Class::ConditionalAccess, 2), now) else { panic!("admitted") };
        assert!(error.headers.is_empty());
    }

    #[test]
    fn sign_in_activity_is_rarest_and_scaling_and_switching_off_work() {
        let activity = Cost { sign_in_activity: true, ..cost(Class::Directory, 2) };
        let now = DateTime::UNIX_EPOCH;
        let throttler = Throttler::new(Throttle::Real);
        assert_eq!(admitted(&throttler, &activity, now), 5);
        assert_eq!(admitted(&throttler, &activity, now + TimeDelta::seconds(10)), 5);
        assert_eq!(admitted(&throttler, &activity, now + TimeDelta::seconds(11)), 0);
        assert_eq!(admitted(&Throttler::new(Throttle::Scaled(3)), &cost(Class::Reports, 2), now), 15);
        assert_eq!(admitted(&Throttler::new(Throttle::Off), &cost(Class::Reports, 2), now), 1000);
    }
}

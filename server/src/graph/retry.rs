//! When a failed exchange is worth another, and after how long. Pure.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use domain::microsoft_error::Consequence;

use crate::graph::error::{Failure, GraphError};

/// Waits longer than this are left to the next run of the job.
pub const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Nobody is asked to wait longer; what claims so is nonsense.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);
/// Answers that cannot be read are asked for again this often; after that they are taken as what Microsoft means.
const UNREADABLE_RETRIES: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Never,
    /// After what Microsoft asked for.
    After(Duration),
    /// After the next step of the back-off curve.
    BackOff,
}

/// What to do after `failed` exchanges of one call have failed, the last one with `error`.
pub fn decide(error: &GraphError, failed: u32) -> Retry {
    let unreadable = |failed| if failed <= UNREADABLE_RETRIES { Retry::BackOff } else { Retry::Never };
    match error.failure() {
        Failure::Refused | Failure::SignIn => match error.status() {
            Some(429 | 503 | 504) => error.retry_after().map_or(Retry::BackOff, Retry::After),
            Some(408 | 500 | 502 | 509) => error.retry_after().map_or(Retry::BackOff, Retry::After),
            _ if error.consequence() == Some(Consequence::Retry) => {
                error.retry_after().map_or(Retry::BackOff, Retry::After)
            }
            _ => Retry::Never,
        },
        Failure::Unreachable(_) | Failure::Interrupted | Failure::TimedOut(_) => Retry::BackOff,
        Failure::WebPage | Failure::WrongType(_) | Failure::Truncated => unreadable(failed),
        Failure::Shape(_)
        | Failure::TooLarge(_)
        | Failure::PageLoop
        | Failure::ForeignLink
        | Failure::NoCredential(_)
        | Failure::Local(_) => Retry::Never,
    }
}

/// The back-off curve: 1 s, 2 s, 4 s … 60 s, each with jitter of up to itself; the same seed gives the same curve.
pub fn back_off(seed: u64) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_factor(2.0)
        .with_max_delay(Duration::from_secs(60))
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build()
}

/// `Retry-After`: seconds, fractions allowed, or an HTTP date. Nonsense and the past are `None`.
pub fn parse_retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let asked = match value.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.with_timezone(&Utc) - now).to_std().ok(),
    };
    asked.map(|asked| asked.min(LONGEST_ASKED))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    fn refused(status: u16) -> GraphError {
        GraphError::new(Failure::Refused, "v1.0/users").with_status(status)
    }

    #[test]
    fn retry_after_takes_whole_seconds_fractions_and_dates() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T14:00:00Z").unwrap().with_timezone(&Utc);
        assert_eq!(parse_retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(parse_retry_after(" 2.128 ", now), Some(Duration::from_millis(2128)));
        assert_eq!(parse_retry_after("Sun, 22 Nov 2026 14:00:30 GMT", now), Some(Duration::from_secs(30)));
        for long in ["1e18", "Mon, 22 Nov 2326 14:00:30 GMT"] {
            assert_eq!(parse_retry_after(long, now), Some(LONGEST_ASKED), "{long}");
        }
        for nonsense in ["", "soon", "-3", "NaN", "inf", "1e400", "Sun, 22 Nov 2026 13:00:00 GMT"] {
            assert_eq!(parse_retry_after(nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn the_curve_starts_at_a_second_grows_and_stays_bounded() {
        for seed in 0..50 {
            let waits: Vec<_> = back_off(seed).take(12).collect();
            assert!(waits[0] >= Duration::from_secs(1) && waits[0] <= Duration::from_secs(2));
            for (step, wait) in waits.iter().enumerate() {
                let least = Duration::from_secs(1 << step.min(5)).min(Duration::from_secs(60));
                assert!(*wait >= least, "step {step}: {wait:?} < {least:?}");
                assert!(*wait <= Duration::from_secs(120), "step {step}: {wait:?}");
            }
        }
        assert_ne!(back_off(1).next(), back_off(2).next());
    }

    #[test]
    fn throttling_waits_as_asked_or_backs_off() {
        let asked = refused(429).with_retry_after(Some(Duration::from_millis(2128)));
        assert_eq!(decide(&asked, 1), Retry::After(Duration::from_millis(2128)));
        assert_eq!(decide(&refused(429), 5), Retry::BackOff);
        assert_eq!(decide(&refused(503), 1), Retry::BackOff);
    }

    #[test]
    fn refusals_that_last_are_not_repeated() {
        for status in [400, 401, 403, 404, 410, 501] {
            assert_eq!(decide(&refused(status), 1), Retry::Never, "{status}");
        }
        let expired = GraphError::new(Failure::SignIn, "token").with_status(401).with_aadsts(Some(7_000_222));
        assert_eq!(decide(&expired, 1), Retry::Never);
        let passing = GraphError::new(Failure::SignIn, "token").with_status(400).with_aadsts(Some(90_033));
        assert_eq!(decide(&passing, 1), Retry::BackOff);
    }

    #[test]
    fn unreadable_answers_are_asked_for_twice_more() {
        let truncated = GraphError::new(Failure::Truncated, "v1.0/users");
        assert_eq!(decide(&truncated, 1), Retry::BackOff);
        assert_eq!(decide(&truncated, 2), Retry::BackOff);
        assert_eq!(decide(&truncated, 3), Retry::Never);
        assert_eq!(decide(&GraphError::new(Failure::Shape(String::from("x")), "v1.0/users"), 1), Retry::Never);
    }
}

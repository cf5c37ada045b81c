//! Ages and spans in words, for pages, exports and the browser alike: same input, same words on both sides.

use chrono::{DateTime, TimeDelta, Utc};

/// `4 min`, `3 h 40 min`, `14 h`, `5 days`: two figures at most, rounded down. Negative spans are told by their length.
pub fn span(span: TimeDelta) -> String {
    let minutes = span.num_minutes().unsigned_abs();
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (minutes, hours, days) {
        (0, ..) => format!("{} s", span.num_seconds().unsigned_abs()),
        (1..60, ..) => format!("{minutes} min"),
        (_, 1..10, _) if !minutes.is_multiple_of(60) => format!("{hours} h {} min", minutes % 60),
        (_, 1..48, _) => format!("{hours} h"),
        (.., 2..730) => format!("{days} days"),
        _ => format!("{} years", days / 365),
    }
}

/// How long ago `at` was: `just now`, `4 min ago`; `in 5 days` when it is still to come.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - at;
    if age.num_seconds().abs() < 60 {
        "just now".to_owned()
    } else if age > TimeDelta::zero() {
        format!("{} ago", span(age))
    } else {
        format!("in {}", span(age))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(60, "1 min")]
    #[case(3_599, "59 min")]
    #[case(3_600, "1 h")]
    #[case(13_200, "3 h 40 min")]
    #[case(50_400, "14 h")]
    #[case(172_799, "47 h")]
    #[case(172_800, "2 days")]
    #[case(7_776_000, "90 days")]
    #[case(63_072_000, "2 years")]
    #[case(-13_200, "3 h 40 min")]
    fn spans_have_two_figures_at_most(#[case] seconds: i64, #[case] words: &str) {
        assert_eq!(span(TimeDelta::seconds(seconds)), words);
    }

    #[rstest]
    #[case(0, "just now")]
    #[case(-20, "just now")]
    #[case(240, "4 min ago")]
    #[case(-432_000, "in 5 days")]
    fn ages_look_both_ways(#[case] seconds: i64, #[case] words: &str) {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        assert_eq!(ago(now - TimeDelta::seconds(seconds), now), words);
    }
}

//! Figures, ages and counts in words. Pure, so that server and browser write the same text.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

/// `1,840`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 client`, `16 clients`.
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", number(value), if value == 1 { one } else { many })
}

/// Whole per cent of a share in per mille, rounded down: only all is 100.
pub fn percent(per_mille: u32) -> String {
    format!("{}\u{a0}%", per_mille / 10)
}

/// With one decimal, for totals.
pub fn percent_exactly(per_mille: u32) -> String {
    if per_mille.is_multiple_of(10) {
        percent(per_mille)
    } else {
        format!("{}.{}\u{a0}%", per_mille / 10, per_mille % 10)
    }
}

/// How long something takes or took, in its largest whole unit: `now`, `40 min`, `3 h`, `12 days`, `2 years`.
pub fn span(span: TimeDelta) -> String {
    let minutes = span.num_minutes();
    match minutes {
        ..1 => "under 1\u{a0}min".to_owned(),
        1..60 => format!("{minutes}\u{a0}min"),
        60..2880 => format!("{}\u{a0}h", minutes / 60),
        2880..1_051_200 => format!("{}\u{a0}days", minutes / 1440),
        _ => format!("{}\u{a0}years", minutes / 525_600),
    }
}

/// `3 min ago`, `in 12 days`, `just now`.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - at;
    if age.abs() < TimeDelta::minutes(1) {
        "just now".to_owned()
    } else if age < TimeDelta::zero() {
        format!("in\u{a0}{}", span(-age))
    } else {
        format!("{}\u{a0}ago", span(age))
    }
}

/// How old, for a narrow column: `now`, `3 min`.
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - at;
    if age < TimeDelta::minutes(1) { "now".to_owned() } else { span(age) }
}

/// `3 Nov 2026`. Written here: chrono's own format language would weigh more in the browser than the rest of this file.
pub fn day(day: NaiveDate) -> String {
    calendar(day, ' ')
}

fn calendar(day: NaiveDate, space: char) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[day.month0() as usize % MONTHS.len()];
    format!("{}{space}{month}{space}{:04}", day.day(), day.year())
}

/// `part` of `whole` in hundredths of `unit`, as `12.34`, rounded: shapes need no floating point.
pub fn share(part: u64, whole: u64, unit: u64) -> String {
    let whole = u128::from(whole.max(1));
    let hundredths = (u128::from(part) * u128::from(unit) * 200 + whole) / (2 * whole);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// With a capital at its beginning.
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The exact time as the server tells it, before the browser knows the viewer's zone.
pub fn exact(at: DateTime<Utc>) -> String {
    format!("{}, {:02}:{:02}:{:02} UTC", calendar(at.date_naive(), ' '), at.hour(), at.minute(), at.second())
}

/// `15 Jan 2028`.
pub fn date(at: DateTime<Utc>) -> String {
    calendar(at.date_naive(), '\u{a0}')
}

/// At most two letters that stand for a person.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_840), "1,840");
        assert_eq!(number(1_234_567), "1,234,567");
    }

    #[test]
    fn only_all_is_a_hundred_per_cent() {
        assert_eq!(percent(999), "99\u{a0}%");
        assert_eq!(percent(1000), "100\u{a0}%");
        assert_eq!(percent_exactly(946), "94.6\u{a0}%");
    }

    #[test]
    fn ages_use_their_largest_unit() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
        let ago = |minutes| relative(now - TimeDelta::minutes(minutes), now).replace('\u{a0}', " ");
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(59), "59 min ago");
        assert_eq!(ago(60 * 26), "26 h ago");
        assert_eq!(ago(60 * 24 * 141), "141 days ago");
        assert_eq!(ago(-60 * 24 * 12), "in 12 days");
    }

    #[test]
    fn initials_are_at_most_two() {
        assert_eq!(initials("Maria de la Ortiz"), "MO");
        assert_eq!(initials("佐藤"), "佐");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn words_are_joined_as_a_sentence() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}

//! Accounts that are meant to be different. A mark says so, with its reason and its end; it never changes a verdict, only where
//! the account is counted.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::bad_field::BadField;

/// A mark holds for a year at most: what is meant to be different is looked at again.
const LONGEST: Days = Days::new(366);
/// Characters of a reason.
const REASON: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    BreakGlass,
    DirectorySync,
    Room,
}

impl MarkKind {
    pub const ALL: [Self; 3] = [Self::BreakGlass, Self::DirectorySync, Self::Room];

    /// The word in forms and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::BreakGlass => "break_glass",
            Self::DirectorySync => "directory_sync",
            Self::Room => "room",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::BreakGlass => "Break-glass account",
            Self::DirectorySync => "Directory-sync account",
            Self::Room => "Room or device account",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountMark {
    pub kind: MarkKind,
    pub reason: String,
    /// The author's name as it was.
    pub author: String,
    pub marked_at: DateTime<Utc>,
    /// The last day on which it holds.
    pub ends_on: NaiveDate,
}

/// What was typed, before it is a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMark<'a> {
    pub kind: &'a str,
    pub reason: &'a str,
    /// `2027-01-31`.
    pub ends_on: &'a str,
}

impl NewMark<'_> {
    pub fn check(&self, author: &str, now: DateTime<Utc>) -> Result<AccountMark, BadField> {
        let bad = |field, message| Err(BadField { field, message });
        let Some(kind) = MarkKind::ALL.into_iter().find(|kind| kind.name() == self.kind.trim()) else {
            return bad("kind", "Choose what the account is.");
        };
        let reason = self.reason.trim();
        if reason.is_empty() {
            return bad("reason", "Say why, for instance \u{201c}Sealed in the safe, checked each quarter\u{201d}.");
        }
        if reason.chars().count() > REASON || reason.chars().any(char::is_control) {
            return bad("reason", "A reason has at most 200 characters, on one line.");
        }
        let Ok(ends_on) = self.ends_on.trim().parse::<NaiveDate>() else {
            return bad("ends_on", "Type the last day as year-month-day, for instance 2027-01-31.");
        };
        let today = now.date_naive();
        if ends_on <= today || today.checked_add_days(LONGEST).is_some_and(|latest| ends_on > latest) {
            return bad("ends_on", "Choose a day after today and within a year: then the account is looked at again.");
        }
        Ok(AccountMark { kind, reason: reason.to_owned(), author: author.to_owned(), marked_at: now, ends_on })
    }
}

impl AccountMark {
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        now.date_naive() <= self.ends_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_348_800, 0).unwrap_or_default()
    }

    fn typed<'a>(kind: &'a str, reason: &'a str, ends_on: &'a str) -> Result<AccountMark, &'static str> {
        NewMark { kind, reason, ends_on }.check("Maria Ortiz", now()).map_err(|bad| bad.field)
    }

    #[test]
    fn a_mark_has_a_kind_a_reason_and_an_end_within_a_year() {
        let today = now().date_naive();
        let day = |days: u64| today.checked_add_days(Days::new(days)).unwrap_or(today).to_string();
        let mark = typed("room", " Meeting room ", &day(90));
        assert_eq!(mark.as_ref().map(|mark| (mark.kind, mark.reason.as_str())), Ok((MarkKind::Room, "Meeting room")));
        assert_eq!(typed("king", "x", &day(90)), Err("kind"));
        assert_eq!(typed("room", " ", &day(90)), Err("reason"));
        assert_eq!(typed("room", "a\nb", &day(90)), Err("reason"));
        assert_eq!(typed("room", &"x".repeat(201), &day(90)), Err("reason"));
        for ends_on in ["", "soon", &day(0), &day(367)] {
            assert_eq!(typed("room", "x", ends_on), Err("ends_on"), "{ends_on}");
        }
    }

    #[test]
    fn a_mark_holds_to_the_end_of_its_last_day() {
        let Ok(mark) = typed("break_glass", "Safe", &(now().date_naive() + Days::new(1)).to_string()) else {
            panic!("a good mark")
        };
        assert!(mark.holds_at(now() + chrono::TimeDelta::days(1)));
        assert!(!mark.holds_at(now() + chrono::TimeDelta::days(2)));
    }
}

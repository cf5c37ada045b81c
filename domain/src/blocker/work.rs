//! What is being done about a blocker: by whom, until when, and when it is open again by itself.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{BlockerRow, Evidence};
use crate::bad_field::BadField;

/// Characters of an owner's name.
const OWNER: usize = 80;
/// Characters of notes.
const NOTES: usize = 2_000;
/// An exception is looked at again within a year; a due day is no further away than two.
const LONGEST_EXCEPTION: Days = Days::new(366);
const FURTHEST_DUE: Days = Days::new(732);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    #[default]
    Open,
    InProgress,
    WaitingForClient,
    /// It was moved away from the protocol.
    Done,
    /// It goes on using the protocol for a while, for a reason.
    Accepted,
}

impl WorkState {
    pub const ALL: [Self; 5] = [Self::Open, Self::InProgress, Self::WaitingForClient, Self::Done, Self::Accepted];

    /// The word in forms and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::WaitingForClient => "waiting_for_client",
            Self::Done => "done",
            Self::Accepted => "accepted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::InProgress => "In progress",
            Self::WaitingForClient => "Waiting for client",
            Self::Done => "Done",
            Self::Accepted => "Accepted",
        }
    }

    /// Somebody still has something to do.
    pub fn is_unfinished(self) -> bool {
        !matches!(self, Self::Done | Self::Accepted)
    }
}

/// What was last said of a blocker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerWork {
    pub state: WorkState,
    /// Empty: nobody.
    pub owner: String,
    pub due: Option<NaiveDate>,
    /// Of what is accepted, the reason.
    pub notes: String,
    /// Of what is accepted: the last day of it.
    pub accepted_until: Option<NaiveDate>,
    /// Why it is open again although somebody had finished it.
    pub reopened: Option<String>,
    pub author: String,
    pub changed_at: DateTime<Utc>,
}

impl BlockerWork {
    /// Somebody has something to do, and should have done it before `today`.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state.is_unfinished() && self.due.is_some_and(|due| due < today)
    }

    /// Why the work is open again; `None`: it stands as it was said. `row` is what evidence says now.
    pub fn reopens(&self, row: &BlockerRow, now: DateTime<Utc>) -> Option<String> {
        match self.state {
            WorkState::Done => {
                let seen = row.surely_seen_since(self.changed_at)?;
                let protocol = row.protocol.label();
                Some(format!("{protocol} was seen again, {}, after it was said to be done.", seen.format("%-d %b %Y")))
            }
            WorkState::Accepted => {
                let until = self.accepted_until.filter(|until| *until < now.date_naive())?;
                Some(format!("It was accepted until {}.", until.format("%-d %b %Y")))
            }
            WorkState::Open | WorkState::InProgress | WorkState::WaitingForClient => None,
        }
    }
}

impl BlockerRow {
    /// When it was seen after `then`, if the evidence proves that it was. The usage report tells no time of use: only when its
    /// whole period lies after `then` does it prove anything.
    fn surely_seen_since(&self, then: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.evidence {
            Evidence::SignIns => self.last_seen_at.filter(|seen| *seen > then),
            Evidence::UsageReport => self.first_seen_at.filter(|begins| *begins > then).and(self.last_seen_at),
        }
    }
}

/// What a form says of a blocker, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewWork<'a> {
    pub state: &'a str,
    pub owner: &'a str,
    pub due: &'a str,
    pub notes: &'a str,
    pub accepted_until: &'a str,
}

impl NewWork<'_> {
    pub fn check(&self, author: &str, now: DateTime<Utc>) -> Result<BlockerWork, BadField> {
        let bad = |field, message| Err(BadField { field, message });
        let today = now.date_naive();
        let Some(state) = WorkState::from_name(self.state.trim()) else {
            return bad("state", "Choose where the work stands.");
        };
        let owner = self.owner.trim();
        if owner.chars().count() > OWNER || owner.chars().any(char::is_control) {
            return bad("owner", "A name has at most 80 characters, on one line.");
        }
        let Ok(due) = day(self.due) else {
            return bad("due", "Type the day as year-month-day, for instance 2027-01-31, or leave it empty.");
        };
        if due.is_some_and(|due| today.checked_add_days(FURTHEST_DUE).is_some_and(|latest| due > latest)) {
            return bad("due", "Choose a day within two years.");
        }
        let notes = self.notes.trim().replace("\r\n", "\n");
        if notes.chars().count() > NOTES || notes.chars().any(|letter| letter.is_control() && letter != '\n') {
            return bad("notes", "Notes have at most 2,000 characters.");
        }
        let accepted_until = match (state, day(self.accepted_until)) {
            (WorkState::Accepted, Ok(Some(until)))
                if until > today && today.checked_add_days(LONGEST_EXCEPTION).is_some_and(|latest| until <= latest) =>
            {
                Some(until)
            }
            (WorkState::Accepted, _) => {
                return bad(
                    "accepted_until",
                    "Choose a day after today and within a year: then the exception is looked at again.",
                );
            }
            _ => None,
        };
        if state == WorkState::Accepted && notes.is_empty() {
            return bad(
                "notes",
                "Say why it is accepted, for instance \u{201c}Replaced with the lease in March\u{201d}.",
            );
        }
        Ok(BlockerWork {
            state,
            owner: owner.to_owned(),
            due,
            notes,
            accepted_until,
            reopened: None,
            author: author.to_owned(),
            changed_at: now,
        })
    }
}

/// `Ok(None)`: nothing was typed.
fn day(typed: &str) -> Result<Option<NaiveDate>, chrono::ParseError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some),
    }
}

/// What a list of blockers is narrowed to, by the word in the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkFilter {
    State(WorkState),
    /// Somebody still has something to do.
    Unfinished,
    Overdue,
    /// By name, as typed.
    Owner(String),
    Nobodys,
}

impl WorkFilter {
    /// The choices that every list offers; owners come from the list itself.
    pub fn usual() -> Vec<Self> {
        let states = WorkState::ALL.map(Self::State);
        [Self::Unfinished, Self::Overdue, Self::Nobodys].into_iter().chain(states).collect()
    }

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "unfinished" => Some(Self::Unfinished),
            "overdue" => Some(Self::Overdue),
            "nobody" => Some(Self::Nobodys),
            name => match name.strip_prefix("owner:") {
                Some(owner) => Some(Self::Owner(owner.to_owned())),
                None => WorkState::from_name(name).map(Self::State),
            },
        }
    }

    pub fn name(&self) -> String {
        match self {
            Self::State(state) => state.name().to_owned(),
            Self::Unfinished => "unfinished".to_owned(),
            Self::Overdue => "overdue".to_owned(),
            Self::Nobodys => "nobody".to_owned(),
            Self::Owner(owner) => format!("owner:{owner}"),
        }
    }

    pub fn label(&self) -> String {
        match self {
            Self::State(state) => state.label().to_owned(),
            Self::Unfinished => "Not finished".to_owned(),
            Self::Overdue => "Overdue".to_owned(),
            Self::Nobodys => "Without an owner".to_owned(),
            Self::Owner(owner) => owner.clone(),
        }
    }
}

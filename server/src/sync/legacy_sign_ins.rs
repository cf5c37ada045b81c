//! Sign-ins through legacy protocols, counted per day. Whole days are read again and replaced, so that nothing counts twice
//! after a crash, and what Microsoft delivers late still counts. A small tenant's log is read as it is and filtered here; a
//! large one's is asked for one legacy word at a time. Of modern clients it keeps the ways and the days, for what-ifs.

use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeDelta, Utc};
use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::sign_in::{LEGACY_CLIENT_APPS, SignIn, SignInCounts};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// What Entra keeps with P1.
const FIRST_READING_DAYS: u64 = 30;
/// Sign-ins arrive late; so far back the days are read again.
const OVERLAP: TimeDelta = TimeDelta::hours(6);
const PAGE: u32 = 1000;
/// Pages of the whole log that cost as much as asking for the thirteen legacy words.
const MOST_PAGES: usize = 13;

/// Interactive sign-ins are in v1.0; legacy mail clients often sign in without interaction, which beta alone tells.
#[derive(Clone, Copy)]
enum Log {
    Interactive,
    NonInteractive,
}

impl Log {
    fn query(self, filter: &str) -> Query {
        let query = match self {
            Self::Interactive => Query::v1("auditLogs/signIns").filter(filter),
            Self::NonInteractive => Query::beta("auditLogs/signIns")
                .filter(format!("{filter} and signInEventTypes/any(t: t eq 'nonInteractiveUser')")),
        };
        query.top(PAGE).class(BudgetClass::Reports)
    }
}

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let cursor = context.bookmark().await?.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let from = first_day(cursor, context.now);
    let window = format!("createdDateTime ge {} and createdDateTime lt {}", rfc3339(from), rfc3339(context.now));
    let mut counts = SignInCounts::default();
    let mut whole = true;
    for log in [Log::Interactive, Log::NonInteractive] {
        if !whole_log(context, log, &window, &mut counts).await? {
            whole = false;
            for word in LEGACY_CLIENT_APPS {
                legacy_word(context, log, &format!("{window} and clientAppUsed eq '{word}'"), &mut counts).await?;
            }
        }
    }
    let (rows, seen) = counts.into_facts();
    let facts = Facts::LegacySignIns { from: from.date_naive(), rows, seen, whole };
    Ok(Reading { facts, bookmark: Some(rfc3339(context.now)), unchanged: false })
}

/// Midnight of the first day that has to be counted again.
fn first_day(cursor: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    let earliest = now - Days::new(FIRST_READING_DAYS);
    // A cursor of the future is nobody's.
    let from = cursor.filter(|cursor| *cursor <= now).map_or(earliest, |cursor| (cursor - OVERLAP).max(earliest));
    // The first day of all is cut by Microsoft's retention; starting it at midnight asks for what is there of it.
    from.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// `false`: more than is worth reading; what was counted so far is counted again word by word, and not twice.
async fn whole_log(context: &Context, log: Log, window: &str, counts: &mut SignInCounts) -> Result<bool, Fault> {
    let mut pages = context.graph.pages::<SignIn>(log.query(window));
    for _ in 0..MOST_PAGES {
        context.go_on()?;
        match pages.next().await? {
            Some(page) => page.rows.into_iter().for_each(|sign_in| counts.add(sign_in)),
            None => return Ok(true),
        }
    }
    Ok(false)
}

async fn legacy_word(context: &Context, log: Log, filter: &str, counts: &mut SignInCounts) -> Result<(), Fault> {
    let mut pages = context.graph.pages::<SignIn>(log.query(filter));
    while let Some(page) = pages.next().await? {
        context.go_on()?;
        page.rows.into_iter().for_each(|sign_in| counts.add(sign_in));
    }
    Ok(())
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn whole_days_are_read_again_back_to_what_may_come_late() {
        let now = at("2026-11-22T14:00:00Z");
        assert_eq!(first_day(Some(at("2026-11-22T13:45:00Z")), now), at("2026-11-22T00:00:00Z"));
        assert_eq!(first_day(Some(at("2026-11-22T05:59:59Z")), now), at("2026-11-21T00:00:00Z"));
        assert_eq!(first_day(None, now), at("2026-10-23T00:00:00Z"));
    }

    #[test]
    fn a_cursor_that_is_too_old_or_of_the_future_starts_over() {
        let now = at("2026-11-22T14:00:00Z");
        assert_eq!(first_day(Some(at("2026-01-01T00:00:00Z")), now), at("2026-10-23T00:00:00Z"));
        assert_eq!(first_day(Some(at("2027-01-01T00:00:00Z")), now), at("2026-10-23T00:00:00Z"));
    }
}

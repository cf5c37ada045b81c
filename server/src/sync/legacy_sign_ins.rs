//! Sign-ins through legacy protocols, counted per day. What is new is added, a few minutes of overlap being told apart by the
//! sign-ins' ids; once a day whole days are read again and replaced, so that what Microsoft delivers late still counts. Nothing
//! counts twice after a crash: counts and the place to go on are written together. A small window of the log is read as it is
//! and filtered here; a large one is asked for one legacy word at a time. Of modern clients it keeps the ways and the days, for
//! what-ifs. Sign-ins by the password grant are a question of their own, which may be refused without hurting the rest.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeDelta, Utc};
use domain::dataset::BudgetClass;
use serde::{Deserialize, Serialize};

use crate::graph::Query;
use crate::graph::wire::sign_in::{LEGACY_CLIENT_APPS, SignIn, SignInCounts};
use crate::store::{Facts, LegacyWindow};
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// What Entra keeps with P1.
const FIRST_READING_DAYS: u64 = 30;
/// Sign-ins arrive late: what is added begins so long before the last reading.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);
/// Whole days are read again so often, and back to so long before the last time.
const WHOLE_DAYS_EVERY: TimeDelta = TimeDelta::hours(24);
const LATE: TimeDelta = TimeDelta::hours(6);
const PAGE: u32 = 1000;
/// Pages of the whole log that cost as much as asking for the thirteen legacy words.
const MOST_PAGES: usize = 13;
/// More ids in an overlap than a bookmark should bear: then whole days are read again instead.
const MOST_IDS: usize = 5_000;

/// Where the next run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bookmark {
    /// Read up to here.
    until: DateTime<Utc>,
    /// When whole days were last read; `None`: the next run does.
    whole_days_at: Option<DateTime<Utc>>,
    /// Legacy sign-ins of the overlap that are counted already.
    counted: BTreeSet<String>,
}

impl Bookmark {
    /// A bookmark of before was a time alone; one of the future is nobody's.
    fn read(text: &str, now: DateTime<Utc>) -> Option<Self> {
        let read = serde_json::from_str(text).ok().or_else(|| {
            let until = text.parse().ok()?;
            Some(Self { until, whole_days_at: None, counted: BTreeSet::new() })
        });
        read.filter(|bookmark: &Self| bookmark.until <= now)
    }
}

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
    let now = context.now;
    let bookmark = context.bookmark().await?.and_then(|text| Bookmark::read(&text, now));
    let window = window(bookmark.as_ref(), now);
    let from = match window {
        LegacyWindow::Days(first) => first.and_time(NaiveTime::MIN).and_utc(),
        LegacyWindow::Added(from) => from,
    };
    let mut counts = match (window, &bookmark) {
        (LegacyWindow::Added(_), Some(bookmark)) => SignInCounts::without(&bookmark.counted),
        _ => SignInCounts::default(),
    };
    let asked = format!("createdDateTime ge {} and createdDateTime lt {}", rfc3339(from), rfc3339(now));
    let mut whole = true;
    for log in [Log::Interactive, Log::NonInteractive] {
        if !whole_log(context, log, &asked, now - from, &mut counts).await? {
            whole = false;
            for word in LEGACY_CLIENT_APPS {
                legacy_word(context, log, &format!("{asked} and clientAppUsed eq '{word}'"), &mut counts).await?;
            }
        }
    }
    let password_grants = password_grants(context, &asked, &mut counts).await?;
    let counted = counts.ids_since(now - OVERLAP);
    let (rows, seen) = counts.into_facts();
    let whole_days_at = match window {
        _ if counted.len() > MOST_IDS => None,
        LegacyWindow::Days(_) => Some(now),
        LegacyWindow::Added(_) => bookmark.and_then(|bookmark| bookmark.whole_days_at),
    };
    let counted = if whole_days_at.is_some() { counted } else { BTreeSet::new() };
    let next = serde_json::to_string(&Bookmark { until: now, whole_days_at, counted });
    let next = next.map_err(|_| Fault::surprise("a bookmark that cannot be written"))?;
    Ok(Reading {
        facts: Facts::LegacySignIns { window, rows, seen, whole, password_grants },
        bookmark: Some(next),
        unchanged: false,
    })
}

/// What is read this time: what is new, or whole days at first and once a day.
fn window(bookmark: Option<&Bookmark>, now: DateTime<Utc>) -> LegacyWindow {
    let earliest = now - Days::new(FIRST_READING_DAYS);
    let Some(bookmark) = bookmark else { return LegacyWindow::Days(earliest.date_naive()) };
    match bookmark.whole_days_at {
        Some(at) if now - at < WHOLE_DAYS_EVERY => LegacyWindow::Added((bookmark.until - OVERLAP).max(earliest)),
        // The first day of all is cut by Microsoft's retention; starting it at midnight asks for what is there of it.
        Some(at) => LegacyWindow::Days((at - LATE).max(earliest).date_naive()),
        None => LegacyWindow::Days((bookmark.until - LATE).max(earliest).date_naive()),
    }
}

/// `false`: more than is worth reading; what was counted so far is counted again word by word, and not twice.
async fn whole_log(
    context: &Context,
    log: Log,
    asked: &str,
    window: TimeDelta,
    counts: &mut SignInCounts,
) -> Result<bool, Fault> {
    let mut pages = context.graph.pages::<SignIn>(log.query(asked));
    for _ in 0..MOST_PAGES {
        context.go_on()?;
        let Some(page) = pages.next().await? else { return Ok(true) };
        let (rows, oldest) = (page.rows.len(), page.rows.iter().map(SignIn::made_at).min());
        page.rows.into_iter().for_each(|sign_in| counts.add(sign_in));
        if is_hopeless(rows, oldest.map(|oldest| context.now - oldest), window) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// The newest sign-ins come first: a full page that reaches back `reach` tells how many pages the window has.
fn is_hopeless(rows: usize, reach: Option<TimeDelta>, window: TimeDelta) -> bool {
    let pages = i32::try_from(MOST_PAGES).unwrap_or(i32::MAX);
    rows >= PAGE as usize && reach.is_some_and(|reach| reach * pages < window)
}

async fn legacy_word(context: &Context, log: Log, filter: &str, counts: &mut SignInCounts) -> Result<(), Fault> {
    let mut pages = context.graph.pages::<SignIn>(log.query(filter));
    while let Some(page) = pages.next().await? {
        context.go_on()?;
        page.rows.into_iter().for_each(|sign_in| counts.add(sign_in));
    }
    Ok(())
}

/// `false`: Microsoft does not take the question; no document says that it must.
async fn password_grants(context: &Context, asked: &str, counts: &mut SignInCounts) -> Result<bool, Fault> {
    let either = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";
    let query = Query::beta("auditLogs/signIns")
        .filter(format!("{asked} and authenticationProtocol eq 'ropc' and {either}"))
        .top(PAGE)
        .class(BudgetClass::Reports);
    let mut pages = context.graph.pages::<SignIn>(query);
    loop {
        context.go_on()?;
        match pages.next().await {
            Ok(Some(page)) => page.rows.into_iter().for_each(|sign_in| counts.add(sign_in)),
            Ok(None) => return Ok(true),
            Err(error) if error.status() == Some(400) => {
                tracing::info!(%error, "sign-ins by the password grant cannot be asked for");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
    }
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

    fn bookmark(until: &str, whole_days_at: Option<&str>) -> Bookmark {
        Bookmark { until: at(until), whole_days_at: whole_days_at.map(at), counted: BTreeSet::from(["a".to_owned()]) }
    }

    fn first_day(window: LegacyWindow) -> String {
        match window {
            LegacyWindow::Days(first) => first.to_string(),
            LegacyWindow::Added(from) => format!("added since {}", rfc3339(from)),
        }
    }

    #[test]
    fn what_is_new_is_added_and_once_a_day_whole_days_are_read_again() {
        let now = at("2026-11-22T14:00:00Z");
        let ask = |bookmark: Option<Bookmark>| first_day(window(bookmark.as_ref(), now));
        assert_eq!(ask(None), "2026-10-23");
        assert_eq!(
            ask(Some(bookmark("2026-11-22T13:45:00Z", Some("2026-11-22T02:00:00Z")))),
            "added since 2026-11-22T13:30:00Z"
        );
        // Half a day of silence is added too, from where the last run ended.
        assert_eq!(
            ask(Some(bookmark("2026-11-22T04:00:00Z", Some("2026-11-22T02:00:00Z")))),
            "added since 2026-11-22T03:45:00Z"
        );
        // Back to what may have come late since whole days were read.
        assert_eq!(ask(Some(bookmark("2026-11-22T13:45:00Z", Some("2026-11-21T14:00:00Z")))), "2026-11-21");
        assert_eq!(ask(Some(bookmark("2026-11-22T13:45:00Z", Some("2026-11-21T05:59:59Z")))), "2026-11-20");
        assert_eq!(ask(Some(bookmark("2026-11-22T13:45:00Z", None))), "2026-11-22");
        assert_eq!(ask(Some(bookmark("2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00Z")))), "2026-10-23");
    }

    #[test]
    fn a_first_page_tells_whether_the_log_is_worth_reading() {
        let (day, month) = (TimeDelta::days(1), TimeDelta::days(30));
        assert!(is_hopeless(1_000, Some(day), month));
        assert!(!is_hopeless(1_000, Some(day * 3), month));
        assert!(!is_hopeless(999, Some(TimeDelta::minutes(1)), month), "it was the last page");
        assert!(!is_hopeless(0, None, month));
    }

    #[test]
    fn a_bookmark_survives_and_one_that_makes_no_sense_starts_over() {
        let now = at("2026-11-22T14:00:00Z");
        let kept = bookmark("2026-11-22T13:45:00Z", Some("2026-11-22T02:00:00Z"));
        assert_eq!(Bookmark::read(&serde_json::to_string(&kept).unwrap(), now), Some(kept));
        let old = Bookmark::read("2026-11-22T13:45:00Z", now).unwrap();
        assert_eq!((old.until, old.whole_days_at), (at("2026-11-22T13:45:00Z"), None));
        assert_eq!(Bookmark::read("2027-01-01T00:00:00Z", now), None);
        assert_eq!(Bookmark::read("nonsense", now), None);
    }
}

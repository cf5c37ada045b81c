//! Whether a tenant is ready for legacy sign-ins to be blocked.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{BlockerRow, Protocol, WorkState};
use crate::known::{Known, UnknownCause};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    Ready,
    NotReady,
    NotKnown,
}

/// *Ready to block*, yes or no, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyToBlock {
    pub answer: Readiness,
    /// Whole sentences.
    pub because: Vec<String>,
}

/// What the answer rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogRead {
    /// There is no sign-in log, for want of a licence.
    pub from_usage_report_alone: bool,
    /// The first day of the log that was read.
    pub since: Option<NaiveDate>,
    /// Up to when the log was read.
    pub until: Option<DateTime<Utc>>,
    pub reported: ReportedUse,
}

/// Accounts that the usage report shows on a protocol, by password or by OAuth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedUse {
    pub smtp_auth: u32,
    pub imap: u32,
    pub pop: u32,
}

/// A log that was last read longer ago proves nothing of today.
const LATE: TimeDelta = TimeDelta::hours(24);

/// `blockers`: all of the tenant. What the usage report shows never proves that nobody would be stopped: it tells three
/// protocols, and not by which means. Nor does a log that nobody has read since yesterday.
pub fn ready_to_block(blockers: &Known<Vec<BlockerRow>>, log: LogRead, now: DateTime<Utc>) -> ReadyToBlock {
    let rows = match blockers {
        Known::Known(rows) => rows,
        Known::Unknown(cause) => return not_known(*cause),
    };
    let still = |row: &&BlockerRow| {
        row.work.as_ref().is_none_or(|work| work.state != WorkState::Done && work.state != WorkState::Accepted)
    };
    let is_legacy = |row: &&BlockerRow| row.protocol.is_of_legacy_clients();
    let in_state = |state| {
        let is = |row: &&BlockerRow| row.work.as_ref().is_some_and(|work| work.state == state);
        rows.iter().filter(is).filter(is_legacy).count()
    };
    let using: Vec<&BlockerRow> = rows.iter().filter(still).filter(is_legacy).collect();
    let mut because = Vec::new();
    if !using.is_empty() {
        because.push(format!("{} would be stopped: {}.", accounts(using.len()), by_protocol(&using)));
    }
    match in_state(WorkState::Accepted) {
        0 => {}
        1 => because.push("One accepted exception would be stopped too.".to_owned()),
        many => because.push(format!("{many} accepted exceptions would be stopped too.")),
    }
    let grants = password_grants(rows.iter().filter(still).filter(|row| !is_legacy(row)).count());
    if !because.is_empty() {
        because.extend(grants);
        return ReadyToBlock { answer: Readiness::NotReady, because };
    }
    if log.from_usage_report_alone {
        let because = vec![
            "The usage report shows nobody, but it tells of POP, IMAP and SMTP alone: without Entra ID P1 other legacy \
             clients cannot be seen."
                .to_owned(),
        ];
        return ReadyToBlock { answer: Readiness::NotKnown, because };
    }
    let (since, until) = match (log.since, log.until) {
        (Some(since), Some(until)) => (since, until),
        _ => return not_known(UnknownCause::NotYetRead),
    };
    if now - until > LATE {
        let because = vec![format!(
            "The sign-in log was last read on {}: who has used a legacy protocol since is not known.",
            until.format("%-d %b %Y")
        )];
        return ReadyToBlock { answer: Readiness::NotKnown, because };
    }
    because.push(format!("Nobody was seen with a legacy protocol since {}.", since.format("%-d %b %Y")));
    match in_state(WorkState::Done) {
        0 => {}
        1 => because.push("One that was moved was not seen again.".to_owned()),
        many => because.push(format!("{many} that were moved were not seen again.")),
    }
    because.extend(grants);
    because.extend(contradiction(log.reported, rows));
    ReadyToBlock { answer: Readiness::Ready, because }
}

/// What the usage report shows beyond the log. Its names may be concealed, so that accounts are compared by number alone.
fn contradiction(reported: ReportedUse, rows: &[BlockerRow]) -> Option<String> {
    let reported =
        [(Protocol::SmtpAuth, reported.smtp_auth), (Protocol::Imap, reported.imap), (Protocol::Pop, reported.pop)];
    let beyond: Vec<String> = reported
        .into_iter()
        .filter(|(protocol, count)| *count as usize > rows.iter().filter(|row| row.protocol == *protocol).count())
        .map(|(protocol, count)| format!("{count} on {}", protocol.label()))
        .collect();
    (!beyond.is_empty()).then(|| {
        format!(
            "The usage report shows accounts that the log shows no password of ({}): they use OAuth, or the log misses them.",
            beyond.join(", ")
        )
    })
}

/// A policy against legacy clients does not stop them.
fn password_grants(count: usize) -> Option<String> {
    const STOPPED_BY: &str = "blocking legacy clients does not stop that, demanding MFA does.";
    match count {
        0 => None,
        1 => Some(format!("One account signs in by the password grant: {STOPPED_BY}")),
        many => Some(format!("{many} accounts sign in by the password grant: {STOPPED_BY}")),
    }
}

fn not_known(cause: UnknownCause) -> ReadyToBlock {
    let because = vec![format!("Who uses legacy protocols is not known: {}.", cause.label())];
    ReadyToBlock { answer: Readiness::NotKnown, because }
}

fn accounts(count: usize) -> String {
    if count == 1 { "One account and protocol".to_owned() } else { format!("{count} accounts and protocols") }
}

fn by_protocol(rows: &[&BlockerRow]) -> String {
    let counted = Protocol::ALL.into_iter().filter_map(|protocol| {
        let count = rows.iter().filter(|row| row.protocol == protocol).count();
        (count > 0).then(|| format!("{count} on {}", protocol.label()))
    });
    counted.collect::<Vec<_>>().join(", ")
}

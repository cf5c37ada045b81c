//! Whether a tenant is ready for legacy sign-ins to be blocked.

use chrono::NaiveDate;
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

/// `blockers`: all of the tenant. `since`: the first day of the log that was read. What the usage report shows never proves
/// that nobody would be stopped: it tells three protocols, and not by which means.
pub fn ready_to_block(
    blockers: &Known<Vec<BlockerRow>>,
    from_usage_report_alone: bool,
    since: Option<NaiveDate>,
) -> ReadyToBlock {
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
    if from_usage_report_alone {
        let because = vec![
            "The usage report shows nobody, but it tells of POP, IMAP and SMTP alone: without Entra ID P1 other legacy \
             clients cannot be seen."
                .to_owned(),
        ];
        return ReadyToBlock { answer: Readiness::NotKnown, because };
    }
    let seen = match since {
        Some(since) => format!("Nobody was seen with a legacy protocol since {}.", since.format("%-d %b %Y")),
        None => "Nobody was seen with a legacy protocol.".to_owned(),
    };
    because.push(seen);
    match in_state(WorkState::Done) {
        0 => {}
        1 => because.push("One that was moved was not seen again.".to_owned()),
        many => because.push(format!("{many} that were moved were not seen again.")),
    }
    because.extend(grants);
    ReadyToBlock { answer: Readiness::Ready, because }
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

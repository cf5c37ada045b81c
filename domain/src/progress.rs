//! What happens in a tenant while it is read, told as it happens: to open pages and between the server's processes.

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Outcome};
use crate::ids::TenantId;

/// One thing that happened. As JSON `{"tenant": …, "step": "dataset_started", "dataset": "users"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncEvent {
    pub tenant: TenantId,
    #[serde(flatten)]
    pub step: SyncStep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SyncStep {
    /// Somebody asked for fresh data.
    Queued,
    /// The tenant's turn began.
    Started,
    DatasetStarted {
        dataset: Dataset,
    },
    DatasetFinished {
        dataset: Dataset,
        /// `None`: put off, as if it had not been started.
        outcome: Option<Outcome>,
    },
    /// Verdicts were computed anew: what lists show may have changed.
    Judged,
    /// The turn ended; what was not done follows in another.
    Finished,
}

impl SyncStep {
    pub fn in_tenant(self, tenant: TenantId) -> SyncEvent {
        SyncEvent { tenant, step: self }
    }

    /// Facts or verdicts on screen may be older than the store's.
    pub fn changes_facts(self) -> bool {
        matches!(self, Self::DatasetFinished { .. } | Self::Judged | Self::Finished)
    }
}

/// How far a tenant's sync is, by what has been heard of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncProgress {
    phase: Phase,
    reading: Vec<Dataset>,
    done: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    NothingHeard,
    Queued,
    Running,
    Over,
}

impl SyncProgress {
    pub fn hear(&mut self, step: SyncStep) {
        match step {
            SyncStep::Queued if self.phase == Phase::Running => {}
            SyncStep::Queued => *self = Self { phase: Phase::Queued, ..Self::default() },
            SyncStep::Started => *self = Self { phase: Phase::Running, ..Self::default() },
            SyncStep::DatasetStarted { dataset } => {
                self.phase = Phase::Running;
                self.reading.push(dataset);
            }
            SyncStep::DatasetFinished { dataset, outcome } => {
                self.phase = Phase::Running;
                self.reading.retain(|reading| *reading != dataset);
                self.done += u32::from(outcome.is_some());
            }
            SyncStep::Judged => {}
            SyncStep::Finished => *self = Self { phase: Phase::Over, ..Self::default() },
        }
    }

    /// A line for the page; `None`: nothing is under way. `was_under_way`: what the store said when the page was made.
    pub fn words(&self, was_under_way: bool) -> Option<String> {
        match self.phase {
            Phase::NothingHeard => was_under_way.then(|| "Being read".to_owned()),
            Phase::Queued => Some("Queued, waiting for its turn".to_owned()),
            Phase::Running => {
                let now = match self.reading.first() {
                    Some(dataset) => format!("Reading {}", dataset.spec().label),
                    None => "Being read".to_owned(),
                };
                Some(match self.done {
                    0 => now,
                    1 => format!("{now} · 1 dataset done"),
                    many => format!("{now} · {many} datasets done"),
                })
            }
            Phase::Over => None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn after(steps: &[SyncStep]) -> Option<String> {
        let mut progress = SyncProgress::default();
        steps.iter().for_each(|step| progress.hear(*step));
        progress.words(false)
    }

    #[test]
    fn a_refresh_is_told_from_its_queueing_to_its_end() {
        let users = SyncStep::DatasetStarted { dataset: Dataset::Users };
        let read = SyncStep::DatasetFinished { dataset: Dataset::Users, outcome: Some(Outcome::Done) };
        let put_off = SyncStep::DatasetFinished { dataset: Dataset::Users, outcome: None };
        assert_eq!(after(&[]), None);
        assert_eq!(after(&[SyncStep::Queued]).unwrap(), "Queued, waiting for its turn");
        assert_eq!(after(&[SyncStep::Queued, SyncStep::Started, users]).unwrap(), "Reading Users");
        assert_eq!(after(&[SyncStep::Started, users, read]).unwrap(), "Being read · 1 dataset done");
        assert_eq!(after(&[SyncStep::Started, users, put_off]).unwrap(), "Being read");
        assert_eq!(after(&[SyncStep::Started, SyncStep::Queued]).unwrap(), "Being read");
        assert_eq!(after(&[SyncStep::Started, users, read, SyncStep::Judged, SyncStep::Finished]), None);
    }

    #[test]
    fn what_was_under_way_is_said_until_something_is_heard() {
        let mut progress = SyncProgress::default();
        assert_eq!(progress.words(true).unwrap(), "Being read");
        progress.hear(SyncStep::Finished);
        assert_eq!(progress.words(true), None);
    }

    #[test]
    fn an_event_reads_back_as_it_was_written() {
        let tenant = TenantId(uuid::Uuid::from_u128(7));
        let event =
            SyncStep::DatasetFinished { dataset: Dataset::Users, outcome: Some(Outcome::Failed) }.in_tenant(tenant);
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.contains(r#""step":"dataset_finished","dataset":"users""#), "{text}");
        assert_eq!(serde_json::from_str::<SyncEvent>(&text).unwrap(), event);
    }
}

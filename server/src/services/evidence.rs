//! What a client's blockers rest on.

use chrono::{DateTime, Utc};
use domain::blocker::EvidenceView;
use domain::dataset::{Dataset, Extras};

use super::panes::pick;
use super::summary::header;
use crate::store::evidence::EvidenceFacts;

const SOURCES: [Dataset; 4] =
    [Dataset::LegacySignIns, Dataset::MailAppUsage, Dataset::ExchangeSettings, Dataset::Devices];

pub(super) fn evidence(facts: EvidenceFacts, extras: Extras, now: DateTime<Utc>) -> EvidenceView {
    let applying: Vec<Dataset> =
        SOURCES.into_iter().filter(|dataset| dataset.applies(facts.head.is_partner, extras)).collect();
    EvidenceView {
        header: header(&facts.head, now),
        statuses: pick(&facts.head.statuses, &applying),
        log: facts.log,
        names_are_concealed: facts.names_are_concealed,
        reads_exchange: extras.exchange_settings,
        organization: facts.organization,
        mailboxes: facts.mailboxes,
        more_mailboxes: facts.more_mailboxes,
        devices: facts.devices,
    }
}

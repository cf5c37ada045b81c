//! What a client's blockers rest on: every source, with what it found, its age and its limits.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Protocol;
use crate::client::ClientHeader;
use crate::dataset::DatasetStatus;
use crate::facts::device::Devices;
use crate::facts::exchange::{Allowed, ExchangeOrganization, MailboxProtocols};
use crate::facts::sign_in::SignInLog;
use crate::ids::UserId;
use crate::known::Known;

/// `/tenants/{id}/evidence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    pub header: ClientHeader,
    /// Of every source.
    pub statuses: Vec<DatasetStatus>,
    /// `None`: never read.
    pub log: Option<SignInLog>,
    /// The usage report shows hashes instead of names.
    pub names_are_concealed: Known<bool>,
    /// This deployment reads Exchange's settings.
    pub reads_exchange: bool,
    pub organization: Known<ExchangeOrganization>,
    /// Those whose own setting has SMTP AUTH on; who used it last comes first.
    pub mailboxes: Vec<MailboxRow>,
    /// Such mailboxes beyond those.
    pub more_mailboxes: u32,
    pub devices: Known<Devices>,
}

/// A mailbox whose own setting has SMTP AUTH on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxRow {
    pub address: String,
    pub user_id: Option<UserId>,
    /// Of the blocker; `None`: nobody was seen sending.
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl EvidenceView {
    /// The first day that the log tells of.
    pub fn since(&self) -> Option<NaiveDate> {
        self.log.map(|log| log.since)
    }
}

/// What the settings say of a blocker, as a sentence. `organization`: `None` where the deployment does not read them.
pub fn settings_in_words(
    organization: Option<&Known<ExchangeOrganization>>,
    mailbox: Option<&MailboxProtocols>,
    protocol: Protocol,
) -> String {
    match (organization, mailbox) {
        (None, _) => "Not known: Exchange's settings are not read here.".to_owned(),
        (Some(Known::Unknown(cause)), _) => format!("Not known: Exchange's settings are {}.", cause.label()),
        (Some(Known::Known(_)), None) => "Exchange tells of no mailbox of this account.".to_owned(),
        (Some(Known::Known(organization)), Some(mailbox)) => {
            Allowed::of(organization, Some(mailbox), protocol).sentence(protocol)
        }
    }
}

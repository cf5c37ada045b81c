//! What blockers rest on besides sign-ins: Exchange's settings and devices.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::blocker::{MailboxRow, Protocol, ReportedUse};
use domain::dataset::Dataset;
use domain::facts::device::Devices;
use domain::facts::exchange::{ExchangeOrganization, MailboxProtocols};
use domain::facts::sign_in::SignInLog;
use domain::ids::UserId;
use domain::known::{Known, UnknownCause};
use domain::mfa::facts::Fact;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;

use super::column::{JsonText, word};
use super::entity::{blocker, dataset_status, document, legacy_sign_in, mail_app_usage, mailbox_protocol};
use super::fleet::TenantHead;
use super::load::Reader;
use super::seen::read_log;
use super::tenant::TenantStore;
use super::{Scope, Store, StoreError, row};

/// Mailboxes that a page names.
const NAMED: u64 = 200;

#[derive(Clone, Debug)]
pub(crate) struct EvidenceFacts {
    pub head: TenantHead,
    pub log: Option<SignInLog>,
    pub names_are_concealed: Known<bool>,
    pub organization: Known<ExchangeOrganization>,
    /// Whose own setting has SMTP AUTH on.
    pub mailboxes: Vec<MailboxRow>,
    pub more_mailboxes: u32,
    pub devices: Known<Devices>,
}

impl TenantStore {
    pub(crate) async fn read_evidence(&self, now: DateTime<Utc>) -> Result<EvidenceFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let (mailboxes, more_mailboxes) = reader.mailboxes_with_smtp_auth().await?;
        Ok(EvidenceFacts {
            head: self.head(&tx, now).await?,
            log: read_log(&tx, self.id).await?,
            names_are_concealed: reader.names_are_concealed().await?,
            organization: reader.exchange_organization().await?,
            mailboxes,
            more_mailboxes,
            devices: reader.only(Dataset::Devices).await?,
        })
    }
}

impl Store {
    /// What is not read any more is not kept: it would grow old unseen.
    pub async fn forget_exchange_settings(&self) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_system()).await?;
        let name = Dataset::ExchangeSettings.spec().name;
        dataset_status::Entity::delete_many().filter(dataset_status::Column::Dataset.eq(name)).exec(&*tx).await?;
        document::Entity::delete_many().filter(document::Column::Dataset.eq(name)).exec(&*tx).await?;
        mailbox_protocol::Entity::delete_many().exec(&*tx).await?;
        tx.commit().await
    }
}

impl Reader<'_> {
    pub(super) async fn exchange_organization(&self) -> Result<Known<ExchangeOrganization>, StoreError> {
        self.only(Dataset::ExchangeSettings).await
    }

    /// The mailbox of an account.
    pub(super) async fn mailbox_of(&self, user: UserId) -> Result<Option<MailboxProtocols>, StoreError> {
        let found = mailbox_protocol::Entity::find()
            .filter(mailbox_protocol::Column::TenantId.eq(self.id.0))
            .filter(mailbox_protocol::Column::UserId.eq(user.0))
            .order_by_asc(mailbox_protocol::Column::Address)
            .one(self.tx)
            .await?;
        Ok(found.map(row::mailbox))
    }

    /// Sign-ins of a principal that failed, by code.
    pub(super) async fn failures_of(
        &self,
        principal: &str,
        protocol: Protocol,
    ) -> Result<BTreeMap<u32, u32>, StoreError> {
        use legacy_sign_in::Column as C;
        let mut all: BTreeMap<u32, u32> = BTreeMap::new();
        let Ok(user) = principal.parse::<Uuid>() else { return Ok(all) };
        let found: Vec<JsonText<BTreeMap<u32, u32>>> = legacy_sign_in::Entity::find()
            .select_only()
            .column(C::Failures)
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::UserId.eq(user))
            .filter(C::Protocol.eq(word(&protocol)))
            .into_tuple()
            .all(self.tx)
            .await?;
        for (code, count) in found.into_iter().flat_map(|JsonText(failures)| failures) {
            let total = all.entry(code).or_default();
            *total = total.saturating_add(count);
        }
        Ok(all)
    }

    async fn mailboxes_with_smtp_auth(&self) -> Result<(Vec<MailboxRow>, u32), StoreError> {
        use mailbox_protocol::Column as C;
        let on =
            mailbox_protocol::Entity::find().filter(C::TenantId.eq(self.id.0)).filter(C::SmtpAuthDisabled.eq(false));
        let total = on.clone().count(self.tx).await?;
        let found = on.order_by_asc(C::Address).limit(NAMED).all(self.tx).await?;
        let sending: HashMap<Uuid, DateTime<Utc>> = blocker::Entity::find()
            .filter(blocker::Column::TenantId.eq(self.id.0))
            .filter(blocker::Column::Protocol.eq(word(&Protocol::SmtpAuth)))
            .all(self.tx)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.user_id?, row.last_seen_at?)))
            .collect();
        let mut rows: Vec<_> = found
            .into_iter()
            .map(|row| MailboxRow {
                address: row.address,
                user_id: row.user_id.map(UserId),
                last_seen_at: row.user_id.and_then(|user| sending.get(&user).copied()),
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.last_seen_at));
        let more = total.saturating_sub(rows.len() as u64);
        Ok((rows, u32::try_from(more).unwrap_or(u32::MAX)))
    }

    /// Accounts on each protocol by the usage report, of which there may be none.
    pub(super) async fn reported_use(&self) -> Result<ReportedUse, StoreError> {
        let count = |used: mail_app_usage::Column| {
            mail_app_usage::Entity::find()
                .filter(mail_app_usage::Column::TenantId.eq(self.id.0))
                .filter(used.gt(0))
                .count(self.tx)
        };
        let whole = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(ReportedUse {
            smtp_auth: whole(count(mail_app_usage::Column::Smtp).await?),
            imap: whole(count(mail_app_usage::Column::Imap4).await?),
            pop: whole(count(mail_app_usage::Column::Pop3).await?),
        })
    }

    async fn names_are_concealed(&self) -> Result<Known<bool>, StoreError> {
        if let Err(cause) = self.reading(Dataset::MailAppUsage) {
            return Ok(Known::Unknown(cause));
        }
        let concealed = mail_app_usage::Entity::find()
            .filter(mail_app_usage::Column::TenantId.eq(self.id.0))
            .filter(mail_app_usage::Column::Concealed.eq(true))
            .one(self.tx)
            .await?;
        Ok(Known::Known(concealed.is_some()))
    }

    /// Of a dataset that is one document.
    async fn only<T: DeserializeOwned>(&self, dataset: Dataset) -> Result<Known<T>, StoreError> {
        Ok(match self.documents::<T>(dataset).await? {
            Fact::Known { value, .. } => match value.into_iter().next() {
                Some(value) => Known::Known(value),
                None => Known::Unknown(UnknownCause::NotYetRead),
            },
            Fact::Unknown(cause) => Known::Unknown(cause),
        })
    }
}

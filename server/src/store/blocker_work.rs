//! What is being done about blockers. It is kept apart from the evidence, which is counted anew again and again.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::blocker::{BlockerRow, BlockerWork, Protocol, WorkState};
use domain::facts::exchange::{ExchangeOrganization, MailboxProtocols};
use domain::ids::TenantId;
use domain::known::Known;
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::StoreError;
use super::audit::{Entry, write_down};
use super::bulk::upsert;
use super::column::{Word, word};
use super::entity::{blocker, blocker_work, legacy_sign_in, tenant};
use super::fleet::TenantHead;
use super::load::Reader;
use super::tenant::{TenantStore, kept};
use super::verdicts::blocker_of;

/// Days of sign-ins that a blocker's page shows.
const DAYS: TimeDelta = TimeDelta::days(30);

/// A blocker by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    pub account: String,
    pub tenant: String,
}

#[derive(Clone, Debug)]
pub(crate) struct BlockerFacts {
    /// Failures by code.
    pub failures: BTreeMap<u32, u32>,
    pub organization: Known<ExchangeOrganization>,
    pub mailbox: Option<MailboxProtocols>,
    pub head: TenantHead,
    pub row: BlockerRow,
    /// Days with successful sign-ins, oldest first.
    pub days: Vec<(NaiveDate, u32)>,
}

/// By tenant, principal and protocol.
pub(super) struct Works(HashMap<(Uuid, String, Protocol), BlockerWork>);

impl Works {
    pub(super) fn of(&self, tenant: TenantId, row: &BlockerRow) -> Option<BlockerWork> {
        self.0.get(&(tenant.0, row.principal.clone(), row.protocol)).cloned()
    }
}

/// All works of these tenants.
pub(super) async fn works(tx: &DatabaseTransaction, tenants: impl IntoIterator<Item = Uuid>) -> Result<Works, DbErr> {
    let ours = blocker_work::Column::TenantId.is_in(tenants);
    let found = blocker_work::Entity::find().filter(ours).all(tx).await?;
    Ok(Works(
        found.into_iter().map(|row| ((row.tenant_id, row.principal.clone(), row.protocol.0), work(row))).collect(),
    ))
}

/// Opens again what was finished, where the evidence or the calendar says so, and writes it down.
pub(super) async fn reopen(
    tx: &DatabaseTransaction,
    id: TenantId,
    rows: &[BlockerRow],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let works = works(tx, [id.0]).await?;
    let mut opened = Vec::new();
    for row in rows {
        let Some(before) = works.of(id, row) else { continue };
        let Some(because) = before.reopens(row, at) else { continue };
        let now = BlockerWork {
            state: WorkState::Open,
            reopened: Some(because.clone()),
            accepted_until: None,
            changed_at: at,
            ..before
        };
        opened.push((row, because, now));
    }
    if opened.is_empty() {
        return Ok(());
    }
    let name = tenant_name(tx, id).await?;
    for (row, because, now) in opened {
        let detail = format!("Opened {} on {} again: {because}", row.user_principal_name, row.protocol.label());
        write(tx, id, &row.principal, row.protocol, now).await?;
        let entry = Entry {
            at,
            operator: None,
            action: "blocker.reopen",
            tenant: Some((id, name.clone())),
            detail,
            request_id: None,
        };
        write_down(tx, entry).await?;
    }
    Ok(())
}

async fn tenant_name(tx: &DatabaseTransaction, id: TenantId) -> Result<String, DbErr> {
    Ok(tenant::Entity::find_by_id(id.0).one(tx).await?.map(|tenant| tenant.name).unwrap_or_default())
}

impl TenantStore {
    /// Says where the work on a blocker stands. `None`: there is no such blocker.
    pub async fn set_work(
        &self,
        principal: &str,
        protocol: Protocol,
        work: BlockerWork,
    ) -> Result<Option<Worked>, StoreError> {
        let tx = self.write().await?;
        let Some(row) = find(&tx, self.id, principal, protocol).await? else { return Ok(None) };
        write(&tx, self.id, principal, protocol, work).await?;
        let worked = Worked { account: row.user_principal_name, tenant: tenant_name(&tx, self.id).await? };
        tx.commit().await?;
        Ok(Some(worked))
    }

    /// `None`: there is no such blocker.
    pub(crate) async fn read_blocker(
        &self,
        principal: &str,
        protocol: Protocol,
        now: DateTime<Utc>,
    ) -> Result<Option<BlockerFacts>, StoreError> {
        let tx = self.read().await?;
        let Some(model) = find(&tx, self.id, principal, protocol).await? else { return Ok(None) };
        let reader = Reader::open(&tx, self.id).await?;
        let mut row = blocker_of(model);
        row.work = works(&tx, [self.id.0]).await?.of(self.id, &row);
        let days = reader.days_of(principal, protocol, now).await?;
        let mailbox = match row.user_id {
            Some(user) => reader.mailbox_of(user).await?,
            None => None,
        };
        Ok(Some(BlockerFacts {
            head: self.head(&tx, now).await?,
            days,
            failures: reader.failures_of(principal, protocol).await?,
            organization: reader.exchange_organization().await?,
            mailbox,
            row,
        }))
    }
}

impl Reader<'_> {
    /// Nothing for a principal of the usage report, which is no account's id.
    async fn days_of(
        &self,
        principal: &str,
        protocol: Protocol,
        now: DateTime<Utc>,
    ) -> Result<Vec<(NaiveDate, u32)>, StoreError> {
        use legacy_sign_in::Column as C;
        let Ok(user) = principal.parse::<Uuid>() else { return Ok(Vec::new()) };
        let found: Vec<(NaiveDate, i64)> = legacy_sign_in::Entity::find()
            .select_only()
            .column(C::Day)
            .column_as(C::Successes.sum(), "successes")
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::UserId.eq(user))
            .filter(C::Protocol.eq(word(&protocol)))
            .filter(C::Day.gt((now - DAYS).date_naive()))
            .group_by(C::Day)
            .into_tuple()
            .all(self.tx)
            .await?;
        let mut days: Vec<_> =
            found.into_iter().map(|(day, count)| (day, u32::try_from(count).unwrap_or(u32::MAX))).collect();
        days.sort_unstable();
        Ok(days)
    }
}

async fn find(
    tx: &DatabaseTransaction,
    id: TenantId,
    principal: &str,
    protocol: Protocol,
) -> Result<Option<blocker::Model>, DbErr> {
    blocker::Entity::find()
        .filter(blocker::Column::TenantId.eq(id.0))
        .filter(blocker::Column::Principal.eq(principal))
        .filter(blocker::Column::Protocol.eq(word(&protocol)))
        .one(tx)
        .await
}

async fn write(
    tx: &DatabaseTransaction,
    id: TenantId,
    principal: &str,
    protocol: Protocol,
    work: BlockerWork,
) -> Result<(), DbErr> {
    use blocker_work::Column as C;
    let row = blocker_work::Model {
        tenant_id: id.0,
        principal: principal.to_owned(),
        protocol: Word(protocol),
        state: Word(work.state),
        owner: work.owner,
        due: work.due,
        notes: work.notes,
        accepted_until: work.accepted_until,
        reopened: work.reopened,
        author: work.author,
        changed_at: kept(work.changed_at),
    };
    let said = [C::State, C::Owner, C::Due, C::Notes, C::AcceptedUntil, C::Reopened, C::Author, C::ChangedAt];
    upsert::<blocker_work::Entity>(tx, [row.into_active_model().reset_all()], &said).await
}

fn work(row: blocker_work::Model) -> BlockerWork {
    BlockerWork {
        state: row.state.0,
        owner: row.owner,
        due: row.due,
        notes: row.notes,
        accepted_until: row.accepted_until,
        reopened: row.reopened,
        author: row.author,
        changed_at: row.changed_at,
    }
}

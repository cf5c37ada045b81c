//! The state of each dataset of a tenant: when it ran, how it ended, how old what is on screen is, and when it runs next.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::ids::TenantId;
use domain::known::UnknownCause;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect,
};

use super::StoreError;
use super::column::{JsonText, Word};
use super::entity::{dataset_status, standing};
use super::tenant::{TenantStore, ensure_standing, kept};

/// The datasets that a row of the fleet rests on, and that are read often enough to tell its age.
const OF_FLEET_ROW: [Dataset; 7] = [
    Dataset::Users,
    Dataset::RegistrationDetails,
    Dataset::SecurityDefaults,
    Dataset::ConditionalAccessPolicies,
    Dataset::RoleAssignments,
    Dataset::LegacySignIns,
    Dataset::DirectorySync,
];

/// A run that read what it wanted; written together with what it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// When it was read: the run's beginning.
    pub read_at: DateTime<Utc>,
    pub finished_at: DateTime<Utc>,
    pub next_run_at: DateTime<Utc>,
    /// Delta link, or where to go on; `None` forgets the last one.
    pub bookmark: Option<String>,
    /// What it spent of its budget.
    pub calls: u32,
}

/// A run that did not get what it wanted. What was read before stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDone {
    pub outcome: Outcome,
    pub cause: Option<Cause>,
    pub finished_at: DateTime<Utc>,
    pub next_run_at: DateTime<Utc>,
    pub calls: u32,
}

impl TenantStore {
    /// Every dataset of the tenant, in the order of `Dataset::ALL`; those that never ran included.
    pub async fn list_datasets(&self) -> Result<Vec<DatasetStatus>, StoreError> {
        Ok(statuses(&*self.read().await?, self.id).await?)
    }

    /// A run has ended since verdicts were last computed.
    pub async fn has_unjudged_facts(&self) -> Result<bool, StoreError> {
        let tx = self.read().await?;
        let judged_at =
            standing::Entity::find_by_id(self.id.0).one(&*tx).await?.and_then(|standing| standing.judged_at);
        let ended = statuses(&tx, self.id).await?.into_iter().filter_map(|status| status.finished_at).max();
        Ok(ended.is_some_and(|ended| judged_at.is_none_or(|judged| ended >= judged)))
    }

    /// The delta link, or where to go on.
    pub async fn get_bookmark(&self, dataset: Dataset) -> Result<Option<String>, StoreError> {
        let tx = self.read().await?;
        let found = dataset_status::Entity::find_by_id((self.id.0, dataset.spec().name.to_owned())).one(&*tx).await?;
        Ok(found.and_then(|model| model.bookmark))
    }

    /// Marks a run as started.
    pub async fn start(&self, dataset: Dataset, at: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let row = dataset_status::ActiveModel {
            running: ActiveValue::Set(true),
            started_at: ActiveValue::Set(Some(kept(at))),
            ..blank(self.id, dataset)
        };
        write_status(&tx, row, [dataset_status::Column::Running, dataset_status::Column::StartedAt]).await?;
        tx.commit().await
    }

    /// Marks a run as ended without data: not licensed, not permitted or failed. The last good data stays, with its age.
    pub async fn finish(&self, dataset: Dataset, end: NotDone) -> Result<(), StoreError> {
        use dataset_status::Column as C;
        let tx = self.write().await?;
        let before = dataset_status::Entity::find_by_id((self.id.0, dataset.spec().name.to_owned())).one(&*tx).await?;
        let (failing_since, failures) = before.map_or((None, 0), |row| (row.failing_since, row.failures));
        let fails = matches!(end.outcome, Outcome::Failed | Outcome::NotPermitted);
        let row = dataset_status::ActiveModel {
            failing_since: ActiveValue::Set(fails.then(|| failing_since.unwrap_or(kept(end.finished_at)))),
            failures: ActiveValue::Set(if fails { failures.saturating_add(1) } else { 0 }),
            running: ActiveValue::Set(false),
            outcome: ActiveValue::Set(Some(Word(end.outcome))),
            finished_at: ActiveValue::Set(Some(kept(end.finished_at))),
            cause: ActiveValue::Set(end.cause.map(JsonText)),
            next_run_at: ActiveValue::Set(Some(kept(end.next_run_at))),
            calls: ActiveValue::Set(Some(i32::try_from(end.calls).unwrap_or(i32::MAX))),
            ..blank(self.id, dataset)
        };
        let columns =
            [C::Running, C::Outcome, C::FinishedAt, C::Cause, C::NextRunAt, C::FailingSince, C::Failures, C::Calls];
        write_status(&tx, row, columns).await?;
        tx.commit().await
    }
}

/// Marks a run as done, in the transaction that writes what it read.
pub(super) async fn write_done(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    dataset: Dataset,
    rows: u32,
    done: Done,
) -> Result<(), StoreError> {
    use dataset_status::Column as C;
    let row = dataset_status::ActiveModel {
        running: ActiveValue::Set(false),
        outcome: ActiveValue::Set(Some(Word(Outcome::Done))),
        finished_at: ActiveValue::Set(Some(kept(done.finished_at))),
        read_at: ActiveValue::Set(Some(kept(done.read_at))),
        row_count: ActiveValue::Set(Some(i32::try_from(rows).unwrap_or(i32::MAX))),
        cause: ActiveValue::Set(None),
        failing_since: ActiveValue::Set(None),
        failures: ActiveValue::Set(0),
        next_run_at: ActiveValue::Set(Some(kept(done.next_run_at))),
        bookmark: ActiveValue::Set(done.bookmark),
        calls: ActiveValue::Set(Some(i32::try_from(done.calls).unwrap_or(i32::MAX))),
        ..blank(tenant, dataset)
    };
    let columns = [
        C::Running,
        C::Outcome,
        C::FinishedAt,
        C::ReadAt,
        C::RowCount,
        C::Cause,
        C::FailingSince,
        C::Failures,
        C::NextRunAt,
        C::Bookmark,
        C::Calls,
    ];
    write_status(tx, row, columns).await?;
    ensure_standing(tx, tenant).await?;
    let oldest = Query::select()
        .expr(Expr::col(C::ReadAt).min())
        .from(dataset_status::Entity)
        .and_where(Expr::col(C::TenantId).eq(tenant.0))
        .and_where(Expr::col(C::Dataset).is_in(OF_FLEET_ROW.map(|dataset| dataset.spec().name)))
        .to_owned();
    let update = Query::update()
        .table(standing::Entity)
        .value(standing::Column::ReadAt, Expr::SubQuery(None, Box::new(oldest.into())))
        .and_where(Expr::col(standing::Column::TenantId).eq(tenant.0))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// Every dataset, in the order of `Dataset::ALL`.
pub(super) async fn statuses(tx: &DatabaseTransaction, tenant: TenantId) -> Result<Vec<DatasetStatus>, DbErr> {
    let mut found = statuses_of(tx, &[tenant.0]).await?;
    Ok(found.remove(&tenant.0).unwrap_or_else(|| Dataset::ALL.map(DatasetStatus::never_run).to_vec()))
}

/// By tenant: every dataset, in the order of `Dataset::ALL`. Tenants of which nothing was ever run are left out.
pub(super) async fn statuses_of(
    tx: &DatabaseTransaction,
    tenants: &[Uuid],
) -> Result<HashMap<Uuid, Vec<DatasetStatus>>, DbErr> {
    let mut all: HashMap<Uuid, Vec<DatasetStatus>> = HashMap::new();
    let ours = dataset_status::Column::TenantId.is_in(tenants.iter().copied());
    for row in dataset_status::Entity::find().filter(ours).all(tx).await? {
        let Some(dataset) = Dataset::from_name(&row.dataset) else { continue };
        let statuses = all.entry(row.tenant_id).or_insert_with(|| Dataset::ALL.map(DatasetStatus::never_run).to_vec());
        if let Some(slot) = statuses.iter_mut().find(|slot| slot.dataset == dataset) {
            *slot = status(dataset, row);
        }
    }
    Ok(all)
}

#[derive(FromQueryResult)]
struct Reading {
    tenant_id: Uuid,
    dataset: String,
    outcome: Option<Word<Outcome>>,
    read_at: Option<DateTime<Utc>>,
}

/// As `statuses_of`, with nothing but how each run ended and when its facts were read.
pub(super) async fn readings_of(
    tx: &DatabaseTransaction,
    tenants: &[Uuid],
) -> Result<HashMap<Uuid, Vec<DatasetStatus>>, DbErr> {
    use dataset_status::Column as C;
    let found: Vec<Reading> = dataset_status::Entity::find()
        .select_only()
        .columns([C::TenantId, C::Dataset, C::Outcome, C::ReadAt])
        .filter(C::TenantId.is_in(tenants.iter().copied()))
        .into_model()
        .all(tx)
        .await?;
    let mut all: HashMap<Uuid, Vec<DatasetStatus>> = HashMap::with_capacity(tenants.len());
    for row in found {
        let Some(dataset) = Dataset::from_name(&row.dataset) else { continue };
        let (outcome, read_at) = (row.outcome.map(|outcome| outcome.0), row.read_at);
        let status = DatasetStatus { outcome, read_at, ..DatasetStatus::never_run(dataset) };
        all.entry(row.tenant_id).or_default().push(status);
    }
    Ok(all)
}

fn status(dataset: Dataset, model: dataset_status::Model) -> DatasetStatus {
    DatasetStatus {
        dataset,
        outcome: model.outcome.map(|outcome| outcome.0),
        running: model.running,
        started_at: model.started_at,
        finished_at: model.finished_at,
        read_at: model.read_at,
        rows: model.row_count.map(|rows| u32::try_from(rows).unwrap_or(0)),
        calls: model.calls.map(|calls| u32::try_from(calls).unwrap_or(0)),
        cause: model.cause.map(|cause| cause.0),
        failing_since: model.failing_since,
        failures: u32::try_from(model.failures).unwrap_or(0),
        next_run_at: model.next_run_at,
    }
}

/// When the dataset's facts were read, or why there are none. Data that a later run could not refresh stays known, with its
/// age; without the licence nobody will refresh it again, and it counts for nothing.
pub(crate) fn reading(status: &DatasetStatus) -> Result<DateTime<Utc>, UnknownCause> {
    match (status.outcome, status.read_at) {
        (Some(Outcome::NotLicensed), _) => Err(UnknownCause::NotLicensed),
        (_, Some(read_at)) => Ok(read_at),
        (Some(Outcome::NotPermitted), None) => Err(UnknownCause::NotPermitted),
        (Some(Outcome::Failed), None) => Err(UnknownCause::Failed),
        (Some(Outcome::Done) | None, None) => Err(UnknownCause::NotYetRead),
    }
}

fn blank(tenant: TenantId, dataset: Dataset) -> dataset_status::ActiveModel {
    dataset_status::ActiveModel {
        tenant_id: ActiveValue::Set(tenant.0),
        dataset: ActiveValue::Set(dataset.spec().name.to_owned()),
        running: ActiveValue::Set(false),
        ..Default::default()
    }
}

async fn write_status<const N: usize>(
    tx: &DatabaseTransaction,
    row: dataset_status::ActiveModel,
    columns: [dataset_status::Column; N],
) -> Result<(), DbErr> {
    let key = [dataset_status::Column::TenantId, dataset_status::Column::Dataset];
    dataset_status::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).update_columns(columns).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

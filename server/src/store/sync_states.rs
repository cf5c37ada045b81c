//! The tenants' turns: which are due, who holds one, and who waits for fresh data. A hold ends by itself, so that a process
//! that died holds nothing for long.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::connection::ConnectionState;
use domain::dataset::Dataset;
use domain::ids::TenantId;
use domain::licence::EntraLicence;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::column::word;
use super::entity::{connection, dataset_status, standing, sync_state};
use super::standing::licence_of;
use super::tenant::{TenantStore, kept};
use super::{Scope, Store, StoreError};

/// So long after a look somebody still looks.
const WATCHED: TimeDelta = TimeDelta::minutes(10);

/// A tenant whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTenant {
    pub tenant: TenantId,
    /// Somebody waits for it.
    pub refresh_requested: bool,
    /// Somebody is looking at it.
    pub is_watched: bool,
    /// Microsoft told of a change to its users.
    pub is_told: bool,
}

/// What a run finds when it takes hold of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub holder: Uuid,
    /// Datasets that were read before this are due, whatever their timetable says.
    pub refresh_requested_at: Option<DateTime<Utc>>,
    /// Microsoft told of a change to users: they are due when they were not begun to be read since.
    pub users_told_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Tenants that can be reached, are due at `now` and are held by nobody: those that somebody waits for first, then those
    /// that somebody looks at, then those that Microsoft told a change of, then the longest due. A new tenant is due since it was connected: it stands in line.
    pub async fn due_tenants(&self, now: DateTime<Utc>) -> Result<Vec<DueTenant>, StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        due(&tx, now).await
    }

    /// Nothing is due and nobody holds a tenant; one look, so that a tenant on its way from one to the other is not missed.
    pub async fn is_at_rest(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        let held = sync_state::Entity::find().filter(sync_state::Column::HeldUntil.gt(kept(now))).count(&*tx).await?;
        Ok(held == 0 && due(&tx, now).await?.is_empty())
    }

    /// Notes that somebody waits for fresh data. Asking again moves the note on.
    pub async fn request_refresh(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        let row = sync_state::ActiveModel {
            tenant_id: Set(tenant.0),
            refresh_requested_at: Set(Some(kept(now))),
            ..Default::default()
        };
        let note = OnConflict::column(sync_state::Column::TenantId)
            .update_column(sync_state::Column::RefreshRequestedAt)
            .to_owned();
        sync_state::Entity::insert(row).on_conflict(note).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// Notes that somebody looks at the tenant.
    pub async fn note_look(&self, tenant: TenantId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        sync_state::Entity::update_many()
            .col_expr(sync_state::Column::LookedAt, Expr::value(Some(kept(now))))
            .filter(sync_state::Column::TenantId.eq(tenant.0))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// Takes hold of the tenant until `until`; `None` when another run holds it.
    pub async fn hold_tenant(
        &self,
        tenant: TenantId,
        holder: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Hold>, StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        let row = sync_state::ActiveModel { tenant_id: Set(tenant.0), ..Default::default() };
        let keep = OnConflict::column(sync_state::Column::TenantId).do_nothing().to_owned();
        sync_state::Entity::insert(row).on_conflict(keep).exec_without_returning(&*tx).await?;
        let free = Condition::any()
            .add(sync_state::Column::HeldUntil.is_null())
            .add(sync_state::Column::HeldUntil.lte(kept(now)))
            .add(sync_state::Column::Holder.eq(holder));
        let taken = sync_state::Entity::update_many()
            .col_expr(sync_state::Column::Holder, Expr::value(holder))
            .col_expr(sync_state::Column::HeldUntil, Expr::value(kept(until)))
            .filter(sync_state::Column::TenantId.eq(tenant.0))
            .filter(free)
            .exec(&*tx)
            .await?
            .rows_affected;
        if taken == 0 {
            return Ok(None);
        }
        let state = sync_state::Entity::find_by_id(tenant.0).one(&*tx).await?;
        tx.commit().await?;
        Ok(Some(Hold {
            holder,
            refresh_requested_at: state.as_ref().and_then(|state| state.refresh_requested_at),
            users_told_at: state.and_then(|state| state.users_told_at).filter(|told| *told <= now),
        }))
    }

    /// Holds on; `false` when the hold was lost to another run.
    pub async fn keep_hold(&self, tenant: TenantId, hold: &Hold, until: DateTime<Utc>) -> Result<bool, StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        let kept = sync_state::Entity::update_many()
            .col_expr(sync_state::Column::HeldUntil, Expr::value(kept(until)))
            .filter(sync_state::Column::TenantId.eq(tenant.0))
            .filter(sync_state::Column::Holder.eq(hold.holder))
            .exec(&*tx)
            .await?
            .rows_affected;
        tx.commit().await?;
        Ok(kept > 0)
    }

    /// Lets go, and says when the tenant is due again (`None`: at once). `refreshed`: what was asked for when the hold was
    /// taken has been done; a wish that came later stays.
    pub async fn release_tenant(
        &self,
        tenant: TenantId,
        hold: &Hold,
        next_run_at: Option<DateTime<Utc>>,
        refreshed: bool,
    ) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        let mine = Condition::all()
            .add(sync_state::Column::TenantId.eq(tenant.0))
            .add(sync_state::Column::Holder.eq(hold.holder));
        if let Some(requested) = hold.refresh_requested_at
            && refreshed
        {
            sync_state::Entity::update_many()
                .col_expr(sync_state::Column::RefreshRequestedAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(mine.clone())
                .filter(sync_state::Column::RefreshRequestedAt.lte(requested))
                .exec(&*tx)
                .await?;
        }
        if let Some(told) = hold.users_told_at
            && refreshed
        {
            // What was told since stands there in its place, and stays.
            sync_state::Entity::update_many()
                .col_expr(sync_state::Column::UsersToldAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(mine.clone())
                .filter(sync_state::Column::UsersToldAt.eq(told))
                .exec(&*tx)
                .await?;
        }
        sync_state::Entity::update_many()
            .col_expr(sync_state::Column::Holder, Expr::value(Option::<Uuid>::None))
            .col_expr(sync_state::Column::HeldUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(sync_state::Column::NextRunAt, Expr::value(next_run_at.map(kept)))
            .filter(mine)
            .exec(&*tx)
            .await?;
        tx.commit().await
    }
}

async fn due(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Vec<DueTenant>, StoreError> {
    let reachable = [ConnectionState::Connected, ConnectionState::MissingPermissions, ConnectionState::Broken]
        .map(|state| word(&state));
    let connections = connection::Entity::find()
        .select_only()
        .columns([connection::Column::TenantId, connection::Column::UpdatedAt])
        .filter(Expr::col(connection::Column::State).is_in(reachable))
        .into_tuple::<(Uuid, DateTime<Utc>)>()
        .all(tx)
        .await?;
    let states = sync_state::Entity::find().all(tx).await?;
    let mut states: HashMap<Uuid, sync_state::Model> =
        states.into_iter().map(|state| (state.tenant_id, state)).collect();
    let mut due: Vec<(DateTime<Utc>, DueTenant)> = connections
        .into_iter()
        .filter_map(|(tenant, connected_at)| {
            let state = states.remove(&tenant);
            let requested = state.as_ref().and_then(|state| state.refresh_requested_at);
            let next = state.as_ref().and_then(|state| state.next_run_at);
            let looked = state.as_ref().and_then(|state| state.looked_at);
            let is_told = state.as_ref().and_then(|state| state.users_told_at).is_some_and(|told| told <= now);
            let held = state.and_then(|state| state.held_until).is_some_and(|until| until > now);
            let is_due = requested.is_some() || is_told || next.is_none_or(|at| at <= now);
            let tenant = DueTenant {
                tenant: TenantId(tenant),
                refresh_requested: requested.is_some(),
                is_watched: looked.is_some_and(|at| now - at < WATCHED),
                is_told,
            };
            (is_due && !held).then(|| (next.unwrap_or(connected_at), tenant))
        })
        .collect();
    due.sort_by_key(|(since, due)| (!due.refresh_requested, !due.is_watched, !due.is_told, *since));
    Ok(due.into_iter().map(|(_, due)| due).collect())
}

impl TenantStore {
    /// What the tenant's subscriptions say; `None` while they were never read.
    pub async fn licence(&self) -> Result<Option<EntraLicence>, StoreError> {
        let tx = self.read().await?;
        let standing = standing::Entity::find_by_id(self.id.0).one(&*tx).await?;
        Ok(standing.and_then(|standing| standing.licence).map(licence_of))
    }

    /// Takes a run back that was started: it changes nothing but when the dataset is due.
    pub async fn put_off(&self, dataset: Dataset, next_run_at: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.write().await?;
        dataset_status::Entity::update_many()
            .col_expr(dataset_status::Column::Running, Expr::value(false))
            .col_expr(dataset_status::Column::NextRunAt, Expr::value(Some(kept(next_run_at))))
            .filter(dataset_status::Column::TenantId.eq(self.id.0))
            .filter(dataset_status::Column::Dataset.eq(dataset.spec().name))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }
}

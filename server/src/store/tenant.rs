//! Tenants within a scope, and the door to everything of one of them.

use chrono::{DateTime, SubsecRound, Utc};
use domain::ids::TenantId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::entity::{standing, sync_state, tenant};
use super::sync_states::Hold;
use super::{Scope, Store, StoreError, Transaction};

/// A tenant's name and domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantName {
    pub id: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
}

/// Everything of one tenant that exists and is in scope.
#[derive(Clone, Debug)]
pub struct TenantStore {
    pub(super) store: Store,
    pub(super) scope: Scope,
    pub(super) id: TenantId,
    /// Set: writes only while this run holds the tenant.
    holder: Option<Uuid>,
}

impl Store {
    /// `None`: there is no such tenant, or the scope does not reach it.
    pub async fn tenant(&self, scope: &Scope, id: TenantId) -> Result<Option<TenantStore>, StoreError> {
        if !scope.includes(id) {
            return Ok(None);
        }
        let tx = self.read(scope).await?;
        let found = tenant::Entity::find_by_id(id.0).one(&*tx).await?;
        Ok(found.map(|_| TenantStore { store: self.clone(), scope: scope.clone(), id, holder: None }))
    }

    /// All tenants in scope, by name.
    pub async fn list_tenants(&self, scope: &Scope) -> Result<Vec<TenantName>, StoreError> {
        let tx = self.read(scope).await?;
        let found = in_scope(tenant::Entity::find(), scope, tenant::Column::Id)
            .order_by_asc(tenant::Column::SortName)
            .order_by_asc(tenant::Column::Id)
            .all(&*tx)
            .await?;
        Ok(found.into_iter().map(TenantName::from).collect())
    }
}

impl From<tenant::Model> for TenantName {
    fn from(model: tenant::Model) -> Self {
        Self {
            id: TenantId(model.id),
            name: model.name,
            default_domain: model.default_domain,
            is_partner: model.is_partner,
        }
    }
}

impl TenantStore {
    pub fn id(&self) -> TenantId {
        self.id
    }

    pub(super) async fn read(&self) -> Result<Transaction, StoreError> {
        self.store.read(&self.scope).await
    }

    /// The same for one run of the tenant: as soon as another run has taken the tenant over, this one writes no more.
    pub fn held_by(self, hold: &Hold) -> Self {
        Self { holder: Some(hold.holder), ..self }
    }

    pub(super) async fn write(&self) -> Result<Transaction, StoreError> {
        let tx = self.store.write(&self.scope).await?;
        if let Some(holder) = self.holder {
            // Locked: whoever takes the tenant over waits until this is written.
            let state = sync_state::Entity::find_by_id(self.id.0).lock_shared().one(&*tx).await?;
            if state.is_none_or(|state| state.holder != Some(holder)) {
                return Err(StoreError::HoldLost);
            }
        }
        Ok(tx)
    }
}

/// Narrows a query to the tenants in scope.
pub(super) fn in_scope<E: EntityTrait>(select: Select<E>, scope: &Scope, column: E::Column) -> Select<E> {
    match scope.reach() {
        domain::operator::Reach::All => select,
        domain::operator::Reach::Only(tenants) => select.filter(column.is_in(tenants.iter().map(|tenant| tenant.0))),
    }
}

/// Gives the tenant its row of counts, if it has none yet.
pub(super) async fn ensure_standing(tx: &DatabaseTransaction, tenant: TenantId) -> Result<(), DbErr> {
    let row = standing::ActiveModel { tenant_id: ActiveValue::Set(tenant.0), ..Default::default() };
    standing::Entity::insert(row)
        .on_conflict(OnConflict::column(standing::Column::TenantId).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// As both databases keep it: PostgreSQL cuts times to microseconds, and a row must not differ from itself.
pub(super) fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

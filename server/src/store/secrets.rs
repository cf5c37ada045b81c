//! Sealed secrets as opaque bytes. The store cannot open them; whoever seals them says whose they are and under which key.

use chrono::{DateTime, Utc};
use domain::ids::TenantId;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::sealed_secret::{ActiveModel, Column, Entity, Model};
use super::{Scope, Store, StoreError};

/// One row: whose, what kind, under which key, and the sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    pub id: i64,
    /// `None`: the deployment's own.
    pub tenant: Option<TenantId>,
    pub kind: String,
    pub key_id: String,
    pub sealed: Vec<u8>,
}

/// Whose secret of which kind.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub tenant: Option<TenantId>,
    pub kind: &'a str,
}

impl Place<'_> {
    fn scope(&self) -> Scope {
        self.tenant.map_or_else(Scope::of_system, Scope::of_tenant_job)
    }

    fn condition(&self) -> Condition {
        let tenant = match self.tenant {
            Some(tenant) => Column::TenantId.eq(tenant.0),
            None => Column::TenantId.is_null(),
        };
        Condition::all().add(tenant).add(Column::Kind.eq(self.kind))
    }
}

/// The queries on sealed secrets.
#[derive(Debug)]
pub struct Secrets<'a>(&'a Store);

impl Store {
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}

impl Secrets<'_> {
    pub async fn get(&self, place: Place<'_>) -> Result<Option<SealedSecret>, StoreError> {
        let tx = self.0.read(&place.scope()).await?;
        Ok(Entity::find().filter(place.condition()).one(&*tx).await?.map(SealedSecret::from))
    }

    /// Puts a secret in its place, instead of the one that may be there.
    pub async fn put(
        &self,
        place: Place<'_>,
        key_id: &str,
        sealed: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.0.write(&place.scope()).await?;
        Entity::delete_many().filter(place.condition()).exec(&*tx).await?;
        let row = ActiveModel {
            id: NotSet,
            tenant_id: Set(place.tenant.map(|tenant| tenant.0)),
            kind: Set(place.kind.to_owned()),
            key_id: Set(key_id.to_owned()),
            sealed: Set(sealed.to_vec()),
            created_at: Set(now),
            updated_at: Set(now),
        };
        Entity::insert(row).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// Replaces exactly what was read as `old`; `false` when something else has taken its place meanwhile.
    pub async fn replace(
        &self,
        old: &SealedSecret,
        key_id: &str,
        sealed: &[u8],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let scope = Place { tenant: old.tenant, kind: &old.kind }.scope();
        let tx = self.0.write(&scope).await?;
        let updated = Entity::update_many()
            .col_expr(Column::KeyId, Expr::value(key_id.to_owned()))
            .col_expr(Column::Sealed, Expr::value(sealed.to_vec()))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(old.id))
            .filter(Column::Sealed.eq(old.sealed.clone()))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(updated.rows_affected == 1)
    }

    pub async fn delete(&self, place: Place<'_>) -> Result<(), StoreError> {
        let tx = self.0.write(&place.scope()).await?;
        Entity::delete_many().filter(place.condition()).exec(&*tx).await?;
        tx.commit().await
    }

    /// Key ids in use, with how many secrets are sealed under each.
    pub async fn count_by_key(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let tx = self.0.read(&Scope::of_system()).await?;
        let rows: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::KeyId)
            .column_as(Column::Id.count(), "sealed")
            .group_by(Column::KeyId)
            .order_by_asc(Column::KeyId)
            .into_tuple()
            .all(&*tx)
            .await?;
        Ok(rows.into_iter().map(|(key_id, count)| (key_id, u64::try_from(count).unwrap_or_default())).collect())
    }

    /// One secret of every key id in use, to try the keys on.
    pub async fn sample_by_key(&self) -> Result<Vec<SealedSecret>, StoreError> {
        let tx = self.0.read(&Scope::of_system()).await?;
        let firsts: Vec<i64> = Entity::find()
            .select_only()
            .column_as(Column::Id.min(), "first")
            .group_by(Column::KeyId)
            .into_tuple()
            .all(&*tx)
            .await?;
        let rows = Entity::find().filter(Column::Id.is_in(firsts)).order_by_asc(Column::Id).all(&*tx).await?;
        Ok(rows.into_iter().map(SealedSecret::from).collect())
    }

    /// Secrets that are not under `key_id`, in the order of their ids from `after` on.
    pub async fn list_not_under(&self, key_id: &str, after: i64, most: u64) -> Result<Vec<SealedSecret>, StoreError> {
        let tx = self.0.read(&Scope::of_system()).await?;
        let rows = Entity::find()
            .filter(Column::KeyId.ne(key_id))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(most)
            .all(&*tx)
            .await?;
        Ok(rows.into_iter().map(SealedSecret::from).collect())
    }
}

impl From<Model> for SealedSecret {
    fn from(model: Model) -> Self {
        Self {
            id: model.id,
            tenant: model.tenant_id.map(TenantId),
            kind: model.kind,
            key_id: model.key_id,
            sealed: model.sealed,
        }
    }
}

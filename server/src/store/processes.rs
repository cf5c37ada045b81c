//! The processes that sync tenants: each says now and then that it is there.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::prelude::Uuid;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::bulk::upsert;
use super::entity::process;
use super::tenant::kept;
use super::{Scope, Store, StoreError};

impl Store {
    /// Says that this process is there, forgets those that were silent for longer than `patience`, and answers how many there
    /// are, this one included.
    pub async fn beat(&self, id: Uuid, now: DateTime<Utc>, patience: TimeDelta) -> Result<u32, StoreError> {
        let tx = self.write(&Scope::of_system()).await?;
        let row = process::Model { id, seen_at: kept(now) };
        upsert::<process::Entity>(&tx, [row.into_active_model().reset_all()], &[process::Column::SeenAt]).await?;
        process::Entity::delete_many().filter(process::Column::SeenAt.lt(kept(now - patience))).exec(&*tx).await?;
        let alive = process::Entity::find().count(&*tx).await?;
        tx.commit().await?;
        Ok(u32::try_from(alive).unwrap_or(u32::MAX))
    }

    /// Says that this process ends.
    pub async fn leave(&self, id: Uuid) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_system()).await?;
        process::Entity::delete_by_id(id).exec(&*tx).await?;
        tx.commit().await
    }
}

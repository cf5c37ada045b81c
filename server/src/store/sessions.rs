//! Sessions of signed-in operators. A session is known by the SHA-256 of the id in the browser's cookie: who reads the
//! database cannot take one over.

use chrono::{DateTime, Utc};
use domain::ids::OperatorId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, QuerySelect};

use crate::store::entity::session as entity;
use crate::store::{Scope, Store, StoreError};

/// SHA-256 of a session's id.
pub type SessionHash = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub operator: OperatorId,
    pub last_seen_at: DateTime<Utc>,
    /// The end in any case.
    pub expires_at: DateTime<Utc>,
}

pub struct Sessions<'a>(&'a Store);

impl Store {
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    pub async fn create(
        &self,
        hash: &SessionHash,
        operator: OperatorId,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let session = entity::ActiveModel {
            id_hash: Set(hash.to_vec()),
            operator_id: Set(Some(operator.0)),
            data: Set(String::from("{}")),
            created_at: Set(now),
            last_seen_at: Set(now),
            expires_at: Set(expires_at),
        };
        let tx = self.0.write(&Scope::of_system()).await?;
        entity::Entity::insert(session).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    pub async fn get(&self, hash: &SessionHash) -> Result<Option<Session>, StoreError> {
        let row = entity::Entity::find_by_id(hash.to_vec()).one(self.0.db()).await?;
        Ok(row.and_then(|row| {
            let operator = OperatorId(row.operator_id?);
            Some(Session { operator, last_seen_at: row.last_seen_at, expires_at: row.expires_at })
        }))
    }

    pub async fn update_last_seen(&self, hash: &SessionHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        entity::Entity::update_many()
            .col_expr(entity::Column::LastSeenAt, Expr::value(now))
            .filter(entity::Column::IdHash.eq(hash.to_vec()))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    pub async fn delete(&self, hash: &SessionHash) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        entity::Entity::delete_by_id(hash.to_vec()).exec(&*tx).await?;
        tx.commit().await
    }

    /// Ends every session of an operator; answers how many there were.
    pub async fn delete_of(&self, operator: OperatorId) -> Result<u64, StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        let ended = entity::Entity::delete_many().filter(entity::Column::OperatorId.eq(operator.0)).exec(&*tx).await?;
        tx.commit().await?;
        Ok(ended.rows_affected)
    }

    /// Forgets sessions that ended, by age or by idleness.
    pub async fn delete_ended(&self, now: DateTime<Utc>, idle_since: DateTime<Utc>) -> Result<u64, StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        let ended = entity::Entity::delete_many()
            .filter(entity::Column::ExpiresAt.lte(now).or(entity::Column::LastSeenAt.lte(idle_since)))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(ended.rows_affected)
    }

    /// Operators of sessions that have not ended, one entry a session.
    pub(in crate::store) async fn operators(
        &self,
        now: DateTime<Utc>,
        idle_since: DateTime<Utc>,
    ) -> Result<Vec<Option<Uuid>>, StoreError> {
        Ok(entity::Entity::find()
            .select_only()
            .column(entity::Column::OperatorId)
            .filter(entity::Column::ExpiresAt.gt(now).and(entity::Column::LastSeenAt.gt(idle_since)))
            .into_tuple()
            .all(self.0.db())
            .await?)
    }
}

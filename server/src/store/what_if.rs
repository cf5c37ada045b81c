//! What a what-if rests on, and the plans that were kept.

use chrono::{DateTime, Utc};
use domain::mfa::TenantFacts;
use domain::what_if::{KeptPlan, Plan};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::StoreError;
use super::column::JsonText;
use super::entity::plan;
use super::fleet::TenantHead;
use super::load::Reader;
use super::tenant::{TenantStore, kept};

#[derive(Clone, Debug)]
pub(crate) struct PlanFacts {
    pub head: TenantHead,
    /// Policies and settings alone.
    pub facts: TenantFacts,
    pub kept: Vec<KeptPlan>,
}

impl TenantStore {
    pub(crate) async fn read_plans(&self, now: DateTime<Utc>) -> Result<PlanFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let rows = plan::Entity::find()
            .filter(plan::Column::TenantId.eq(self.id.0))
            .order_by_desc(plan::Column::KeptAt)
            .order_by_asc(plan::Column::Id)
            .all(&*tx)
            .await?;
        let kept = rows.into_iter().map(|row| KeptPlan {
            id: row.id,
            name: row.name,
            changes: row.plan.0.words(),
            author: row.author,
            kept_at: row.kept_at,
        });
        Ok(PlanFacts { head: self.head(&tx, now).await?, facts: reader.policy_facts().await?, kept: kept.collect() })
    }

    pub async fn keep_plan(
        &self,
        id: Uuid,
        name: &str,
        planned: Plan,
        author: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let row = plan::ActiveModel {
            id: Set(id),
            tenant_id: Set(self.id.0),
            name: Set(name.to_owned()),
            plan: Set(JsonText(planned)),
            author: Set(author.to_owned()),
            kept_at: Set(kept(now)),
        };
        plan::Entity::insert(row).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// Whether there was such a plan.
    pub async fn delete_plan(&self, id: Uuid) -> Result<bool, StoreError> {
        let tx = self.write().await?;
        let deleted = plan::Entity::delete_many()
            .filter(plan::Column::TenantId.eq(self.id.0))
            .filter(plan::Column::Id.eq(id))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(deleted.rows_affected > 0)
    }
}

//! The audit log: append and read. Rows are never changed; they outlive whom they tell of.

use chrono::{DateTime, Utc};
use domain::ids::{OperatorId, TenantId};
use domain::list::{ListQuery, PAGE_SIZE, Page};
use domain::settings::AuditRow;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::extension::postgres::PgExpr;
use sea_orm::{Condition, DatabaseTransaction, DbBackend, ExprTrait, QueryOrder};

use crate::store::entity::audit_log as entity;
use crate::store::{Scope, Store, StoreError};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: DateTime<Utc>,
    /// `None`: the system.
    pub operator: Option<(OperatorId, String)>,
    /// A noun and a verb: `operator.create`.
    pub action: &'static str,
    pub tenant: Option<(TenantId, String)>,
    /// One sentence; never a secret.
    pub detail: String,
    pub request_id: Option<String>,
}

pub struct AuditLog<'a>(&'a Store);

impl Store {
    pub fn audit_log(&self) -> AuditLog<'_> {
        AuditLog(self)
    }
}

impl AuditLog<'_> {
    pub async fn create(&self, entry: Entry) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        write_down(&tx, entry).await?;
        tx.commit().await
    }

    /// Newest first; `q` searches names, actions and details, `filter` is the beginning of an action.
    pub async fn list(&self, query: &ListQuery) -> Result<Page<AuditRow>, StoreError> {
        let mut rows = entity::Entity::find();
        if !query.filter.is_empty() {
            rows = rows.filter(entity::Column::Action.starts_with(&query.filter));
        }
        if !query.q.trim().is_empty() {
            rows = rows.filter(self.mentions(query.q.trim()));
        }
        let total = rows.clone().count(self.0.db()).await?;
        let found = rows
            .order_by_desc(entity::Column::Id)
            .paginate(self.0.db(), u64::from(PAGE_SIZE))
            .fetch_page(u64::from(query.page_number() - 1))
            .await?;
        let rows = found.into_iter().map(row).collect();
        Ok(Page { rows, total, page: query.page_number(), page_size: PAGE_SIZE })
    }

    fn mentions(&self, text: &str) -> Condition {
        use entity::Column as C;
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let pattern = sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('\\');
        let is_postgres = self.0.db().get_database_backend() == DbBackend::Postgres;
        [C::OperatorName, C::Action, C::TenantName, C::Detail].into_iter().fold(Condition::any(), |any, column| {
            let column = Expr::col(column);
            any.add(if is_postgres { column.ilike(pattern.clone()) } else { column.like(pattern.clone()) })
        })
    }
}

/// Appends a line together with what it tells of.
pub(super) async fn write_down(tx: &DatabaseTransaction, entry: Entry) -> Result<(), DbErr> {
    let (operator_id, operator_name) = entry.operator.unzip();
    let (tenant_id, tenant_name) = entry.tenant.unzip();
    let row = entity::ActiveModel {
        id: NotSet,
        at: Set(entry.at),
        operator_id: Set(operator_id.map(|id| id.0)),
        operator_name: Set(operator_name),
        action: Set(entry.action.to_owned()),
        tenant_id: Set(tenant_id.map(|id| id.0)),
        tenant_name: Set(tenant_name),
        detail: Set(entry.detail),
        request_id: Set(entry.request_id),
    };
    entity::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

fn row(row: entity::Model) -> AuditRow {
    AuditRow {
        at: row.at,
        operator: row.operator_name,
        action: row.action,
        tenant_name: row.tenant_name,
        detail: row.detail,
    }
}

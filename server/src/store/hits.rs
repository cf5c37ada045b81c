//! The search over tenants and users in scope.

use domain::fleet::SearchHit;
use domain::ids::{TenantId, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{tenant, user};
use super::search::contains;
use super::tenant::in_scope;
use super::{Scope, Store, StoreError};

impl Store {
    /// Tenants first, then users, each by name; `limit` of both together. Nothing typed finds nothing.
    pub async fn search(&self, scope: &Scope, text: &str, limit: u64) -> Result<Vec<SearchHit>, StoreError> {
        let domain = Func::lower(Expr::col(tenant::Column::DefaultDomain));
        let (Some(of_tenant), Some(of_user)) = (
            contains(&[Expr::col(tenant::Column::SortName), domain.into()], text),
            contains(&[Expr::col((user::Entity, user::Column::SearchText))], text),
        ) else {
            return Ok(Vec::new());
        };
        let tx = self.read(scope).await?;
        let tenants = in_scope(tenant::Entity::find(), scope, tenant::Column::Id)
            .filter(of_tenant)
            .order_by_asc(tenant::Column::SortName)
            .limit(limit)
            .all(&*tx)
            .await?;
        let mut hits: Vec<_> = tenants
            .into_iter()
            .map(|tenant| SearchHit {
                tenant_id: TenantId(tenant.id),
                tenant_name: tenant.name.clone(),
                user_id: None,
                label: tenant.name,
                detail: tenant.default_domain.unwrap_or_default(),
            })
            .collect();
        let left = limit.saturating_sub(u64::try_from(hits.len()).unwrap_or(u64::MAX));
        if left == 0 {
            return Ok(hits);
        }
        let users: Vec<(Uuid, Uuid, String, String)> = in_scope(user::Entity::find(), scope, user::Column::TenantId)
            .select_only()
            .columns([
                user::Column::TenantId,
                user::Column::UserId,
                user::Column::DisplayName,
                user::Column::UserPrincipalName,
            ])
            .filter(of_user)
            .order_by_asc(user::Column::SortName)
            .order_by_asc(user::Column::UserId)
            .limit(left)
            .into_tuple()
            .all(&*tx)
            .await?;
        let ids = users.iter().map(|(tenant, ..)| *tenant);
        let names: std::collections::HashMap<Uuid, String> = tenant::Entity::find()
            .select_only()
            .columns([tenant::Column::Id, tenant::Column::Name])
            .filter(sea_orm::ColumnTrait::is_in(&tenant::Column::Id, ids))
            .into_tuple::<(Uuid, String)>()
            .all(&*tx)
            .await?
            .into_iter()
            .collect();
        hits.extend(users.into_iter().map(|(tenant, id, label, detail)| SearchHit {
            tenant_id: TenantId(tenant),
            tenant_name: names.get(&tenant).cloned().unwrap_or_default(),
            user_id: Some(UserId(id)),
            label,
            detail,
        }));
        Ok(hits)
    }
}

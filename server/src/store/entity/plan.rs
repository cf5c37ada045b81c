//! A what-if plan that was kept under a name.

use chrono::{DateTime, Utc};
use domain::what_if::Plan;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub name: String,
    pub plan: JsonText<Plan>,
    pub author: String,
    pub kept_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A GDAP relationship; `tenant_id` is the partner's tenant.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delegated_relationships")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub relationship_id: String,
    pub display_name: String,
    pub status: String,
    pub customer_tenant: Uuid,
    pub customer_name: String,
    pub ends_at: Option<DateTime<Utc>>,
    pub auto_extends: bool,
    pub role_template_ids: JsonText<Vec<Uuid>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

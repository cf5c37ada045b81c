//! The person through whom clients are reached by GDAP; at most one row, with id 1.

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_connections")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub tenant_id: Uuid,
    pub object_id: Uuid,
    pub user_principal_name: String,
    pub connected_at: DateTime<Utc>,
    pub last_renewed_at: DateTime<Utc>,
    pub cause: Option<JsonText<Cause>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A person appointed to use this product.

use chrono::{DateTime, Utc};
use domain::operator::Role;
use sea_orm::entity::prelude::*;

use crate::store::column::Word;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "operators")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub home_tenant: Uuid,
    pub object_id: Uuid,
    pub display_name: String,
    pub user_principal_name: String,
    pub role: Word<Role>,
    pub reaches_all: bool,
    pub created_at: DateTime<Utc>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

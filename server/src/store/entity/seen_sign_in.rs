//! The ways in which one user signs in with modern clients.

use chrono::NaiveDate;
use domain::facts::sign_in::SeenWay;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seen_sign_ins")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub last_day: NaiveDate,
    pub ways: JsonText<Vec<SeenWay>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! An account that is meant to be different.

use chrono::{DateTime, NaiveDate, Utc};
use domain::mark::MarkKind;
use sea_orm::entity::prelude::*;

use crate::store::column::Word;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_marks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub kind: Word<MarkKind>,
    pub reason: String,
    pub author: String,
    pub marked_at: DateTime<Utc>,
    pub ends_on: NaiveDate,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

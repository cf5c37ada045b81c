//! What is being done about a blocker.

use chrono::{DateTime, NaiveDate, Utc};
use domain::blocker::{Protocol, WorkState};
use sea_orm::entity::prelude::*;

use crate::store::column::Word;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "blocker_works")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub protocol: Word<Protocol>,
    pub state: Word<WorkState>,
    pub owner: String,
    pub due: Option<NaiveDate>,
    pub notes: String,
    pub accepted_until: Option<NaiveDate>,
    pub reopened: Option<String>,
    pub author: String,
    pub changed_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Something that was to be told of a tenant.

use chrono::{DateTime, Utc};
use domain::alert::Rule;
use sea_orm::entity::prelude::*;

use crate::store::column::Word;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alerts")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant_id: Uuid,
    pub rule: Word<Rule>,
    pub alert_key: String,
    pub cause: String,
    pub detail: String,
    pub path: String,
    pub happened_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

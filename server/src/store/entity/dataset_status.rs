//! The state of one dataset of one tenant.

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use domain::dataset::Outcome;
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dataset_statuses")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub dataset: String,
    pub outcome: Option<Word<Outcome>>,
    pub running: bool,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub read_at: Option<DateTime<Utc>>,
    pub row_count: Option<i32>,
    pub calls: Option<i32>,
    pub cause: Option<JsonText<Cause>>,
    pub failing_since: Option<DateTime<Utc>>,
    pub failures: i32,
    pub next_run_at: Option<DateTime<Utc>>,
    pub bookmark: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

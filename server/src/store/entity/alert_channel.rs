//! Where alerts go.

use chrono::{DateTime, Utc};
use domain::alert::{ChannelKind, Rule};
use domain::ids::TenantId;
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_channels")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: Word<ChannelKind>,
    pub target: String,
    pub rules: JsonText<Vec<Rule>>,
    pub tenants: JsonText<Vec<TenantId>>,
    pub quiet: JsonText<Option<(u8, u8)>>,
    pub digest: bool,
    pub last_sent_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

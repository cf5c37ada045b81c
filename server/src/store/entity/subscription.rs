//! What Microsoft was asked to tell of a tenant.

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub subscription_id: Option<Uuid>,
    pub state_hash: Option<Vec<u8>>,
    pub client_id: Option<String>,
    pub address: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub told_since: Option<DateTime<Utc>>,
    pub renewal_wanted: bool,
    pub cause: Option<JsonText<Cause>>,
    pub failures: i32,
    pub next_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

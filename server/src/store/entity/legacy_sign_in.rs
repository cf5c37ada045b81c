//! Legacy sign-ins of one user, protocol, app, address and day.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::blocker::Protocol;
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legacy_sign_ins")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: NaiveDate,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_principal_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_app: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ip_address: String,
    pub protocol: Word<Protocol>,
    pub user_agent: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub successes: i32,
    pub sprayed: i32,
    pub blocked: i32,
    pub other_failures: i32,
    pub failures: JsonText<BTreeMap<u32, u32>>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

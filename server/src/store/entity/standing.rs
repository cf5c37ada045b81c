//! The counts of one tenant, kept by whoever writes what is counted.

use chrono::{DateTime, Utc};
use domain::verdict::Source;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "standings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub users: Option<i32>,
    pub judged_at: Option<DateTime<Utc>>,
    pub protected: i32,
    pub partial: i32,
    pub enrolment_open: i32,
    pub unprotected: i32,
    pub cannot_sign_in: i32,
    pub unknown: i32,
    /// Without those who are marked apart.
    pub admins_unprotected: Option<i32>,
    /// Those who are.
    pub admins_marked: i32,
    /// Administrators whose verdict is not known.
    pub admins_unknown: i32,
    pub blockers: Option<i32>,
    pub smtp_auth: Option<i32>,
    pub blockers_from_usage_report: bool,
    pub sprayed_30_days: i32,
    pub blocked_30_days: i32,
    pub sync_enabled: Option<bool>,
    pub sync_read_at: Option<DateTime<Utc>>,
    pub last_sync_at: Option<DateTime<Utc>>,
    pub last_password_sync_at: Option<DateTime<Utc>>,
    pub password_sync_on: Option<bool>,
    pub password_sync_told_at: Option<DateTime<Utc>>,
    pub licence: Option<i32>,
    pub enforced_by: JsonText<Vec<Source>>,
    pub read_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

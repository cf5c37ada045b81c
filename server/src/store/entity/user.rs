//! One account in a tenant's directory, with what its last verdict says.

use chrono::{DateTime, Utc};
use domain::facts::directory::UserKind;
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    pub account_enabled: bool,
    pub kind: Word<UserKind>,
    pub external_user_state: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    pub usage_location: Option<String>,
    pub licences: JsonText<Vec<Uuid>>,
    pub licence_count: i32,
    pub last_password_change_at: Option<DateTime<Utc>>,
    pub password_never_expires: bool,
    pub on_premises_sync_enabled: Option<bool>,
    pub on_premises_last_sync_at: Option<DateTime<Utc>>,
    pub sort_name: String,
    pub search_text: String,
    pub verdict: i32,
    pub severity: i32,
    pub is_admin: bool,
    pub findings: i32,
    pub finding_rank: i32,
    pub verdict_since: Option<DateTime<Utc>>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

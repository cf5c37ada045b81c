//! One row of `getEmailAppUsageUserDetail`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_app_usages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_principal_name: String,
    pub concealed: bool,
    pub last_activity: Option<NaiveDate>,
    pub pop3: i32,
    pub imap4: i32,
    pub smtp: i32,
    pub refreshed: Option<NaiveDate>,
    pub period_days: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

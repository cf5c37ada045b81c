//! Which protocols a mailbox lets in, by Exchange's own settings. Null: Exchange did not say; of SMTP AUTH, that the mailbox
//! follows the organisation.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mailbox_protocols")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    pub user_id: Option<Uuid>,
    pub smtp_auth_disabled: Option<bool>,
    pub pop: Option<bool>,
    pub imap: Option<bool>,
    pub active_sync: Option<bool>,
    pub ews: Option<bool>,
    pub mapi: Option<bool>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

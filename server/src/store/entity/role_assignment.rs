//! A directory role held, or one that is within reach through PIM.

use domain::facts::directory::PrincipalKind;
use sea_orm::entity::prelude::*;

use crate::store::column::Word;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_assignments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub principal_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_template_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub directory_scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub eligible: bool,
    pub principal_kind: Word<PrincipalKind>,
    pub role_name: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! What Microsoft says about one tenant, as the partner's tenant was told.

use domain::microsoft_view::MicrosoftView;
use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "microsoft_views")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub view: JsonText<MicrosoftView>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

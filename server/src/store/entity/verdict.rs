//! What the facts mean for one user, with its reasons.

use domain::known::UnknownCause;
use domain::user::MethodsKind;
use domain::verdict::Judgement;
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "verdicts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub verdict: i32,
    pub because: String,
    pub phishing_resistant: bool,
    pub judgement: JsonText<Judgement>,
    pub methods: Option<Word<MethodsKind>>,
    pub unknown_cause: Option<Word<UnknownCause>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

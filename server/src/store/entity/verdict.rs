//! What the facts mean for one user, with its reasons.

use domain::known::UnknownCause;
use domain::verdict::{Hole, Reason};
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
    pub unknown_cause: Option<Word<UnknownCause>>,
    pub because: String,
    pub reasons: JsonText<Vec<Reason>>,
    pub holes: JsonText<Vec<Hole>>,
    pub lesser_holes: JsonText<Vec<Hole>>,
    pub phishing_resistant: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

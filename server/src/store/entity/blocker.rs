//! One principal and protocol that cannot do MFA.

use chrono::{DateTime, Utc};
use domain::blocker::{Evidence, Guess, Protocol};
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "blockers")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant_id: Uuid,
    pub principal: String,
    pub user_id: Option<Uuid>,
    pub user_principal_name: String,
    pub display_name: Option<String>,
    pub protocol: Word<Protocol>,
    pub evidence: Word<Evidence>,
    pub successes: i32,
    pub sprayed: i32,
    pub blocked: i32,
    pub first_seen_at: Option<DateTime<Utc>>,
    pub last_seen_at: Option<DateTime<Utc>>,
    pub addresses: JsonText<Vec<String>>,
    pub places: JsonText<Vec<String>>,
    pub user_agents: JsonText<Vec<String>>,
    pub probably: Option<JsonText<Guess>>,
    pub sort_name: String,
    pub search_text: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

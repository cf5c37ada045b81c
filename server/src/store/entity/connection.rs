//! How a tenant is reached.

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use domain::connection::{ConnectionKind, ConnectionState};
use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Word};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub kind: Word<ConnectionKind>,
    pub state: Word<ConnectionState>,
    pub cause: Option<JsonText<Cause>>,
    pub since: Option<DateTime<Utc>>,
    pub permissions_granted: Option<JsonText<Vec<String>>>,
    pub consented_at: Option<DateTime<Utc>>,
    pub last_token_at: Option<DateTime<Utc>>,
    pub credential_ends_at: Option<DateTime<Utc>>,
    pub relationship_id: Option<String>,
    pub relationship_ends_at: Option<DateTime<Utc>>,
    /// When what was granted was last looked at.
    pub checked_at: Option<DateTime<Utc>>,
    /// When Microsoft last revoked a token before its end.
    pub challenged_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

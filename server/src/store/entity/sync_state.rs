//! Who syncs a tenant at present, and when it is due again.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_states")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub holder: Option<Uuid>,
    pub held_until: Option<DateTime<Utc>>,
    pub refresh_requested_at: Option<DateTime<Utc>>,
    pub next_run_at: Option<DateTime<Utc>>,
    /// When somebody last looked at the tenant's pages.
    pub looked_at: Option<DateTime<Utc>>,
    /// Microsoft told of a change to users: they are due then, unless they were begun to be read since.
    pub users_told_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Writes down who did what. Every service that changes something calls it, and fails when it cannot.

use app::backend::Caller;
use domain::ids::{OperatorId, TenantId};

use crate::clock::Clock;
use crate::store::audit::Entry;
use crate::store::{Store, StoreError};

/// Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    store: Store,
    clock: Clock,
}

/// Whose deed it was.
#[derive(Clone, Debug)]
pub enum Actor<'a> {
    Caller(&'a Caller),
    /// Somebody who has no session (yet, or any more).
    Operator {
        id: OperatorId,
        name: &'a str,
        request_id: &'a str,
    },
    /// Nobody who is appointed.
    Nobody {
        request_id: &'a str,
    },
    /// A job, or the command line.
    System,
}

impl Audit {
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// `action` is a noun and a verb (`connection.create`); `detail` is one sentence without secrets.
    pub async fn record(
        &self,
        actor: Actor<'_>,
        action: &'static str,
        tenant: Option<(TenantId, &str)>,
        detail: impl Into<String>,
    ) -> Result<(), StoreError> {
        let (operator, request_id) = match actor {
            Actor::Caller(caller) => {
                let operator = &caller.operator;
                (Some((operator.id, operator.display_name.clone())), Some(caller.request_id.clone()))
            }
            Actor::Operator { id, name, request_id } => (Some((id, name.to_owned())), Some(request_id.to_owned())),
            Actor::Nobody { request_id } => (None, Some(request_id.to_owned())),
            Actor::System => (None, None),
        };
        let entry = Entry {
            at: self.clock.now(),
            operator,
            action,
            tenant: tenant.map(|(id, name)| (id, name.to_owned())),
            detail: detail.into(),
            request_id,
        };
        tracing::info!(action, tenant = entry.tenant.as_ref().map(|t| t.0.to_string()), detail = entry.detail, "audit");
        self.store.audit_log().create(entry).await
    }
}

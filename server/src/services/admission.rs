//! Lets people in: appointed ones, and the first administrator whom the configuration names.

use app::backend::Caller;
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Operator, Reach, Role};
use uuid::Uuid;

use crate::audit::{Actor, Audit};
use crate::clock::Clock;
use crate::config::FirstAdministrator;
use crate::oidc::Identity;
use crate::random::Random;
use crate::store::operators::{Appointment, Change};
use crate::store::{Store, StoreError};

/// Whether somebody whom Microsoft vouches for may come in.
#[derive(Clone, Debug)]
pub enum Admission {
    Appointed(Operator),
    NotAppointed,
}

#[derive(Clone)]
pub struct Admissions {
    store: Store,
    audit: Audit,
    clock: Clock,
    random: Random,
    first: Option<FirstAdministrator>,
}

impl Admissions {
    pub fn new(store: Store, audit: Audit, clock: Clock, random: Random, first: Option<FirstAdministrator>) -> Self {
        Self { store, audit, clock, random, first }
    }

    /// Decides, and writes the decision down.
    pub async fn admit(&self, identity: &Identity, request_id: &str) -> Result<Admission, StoreError> {
        let mut found = self.store.operators().get_by_identity(identity.tenant, identity.object_id).await?;
        let is_admin = found.as_ref().is_some_and(|found| found.operator.role == Role::Admin);
        if !is_admin && self.is_first_administrator(identity) {
            found = self.appoint_first(identity, request_id).await?.or(found);
        }
        let Some(Appointment { operator, .. }) = found else {
            let detail = format!(
                "{} ({} {}) is not appointed and was turned away",
                identity.user_principal_name, identity.tenant, identity.object_id
            );
            self.audit.record(Actor::Nobody { request_id }, "session.refuse", None, detail).await?;
            return Ok(Admission::NotAppointed);
        };
        let upn = &identity.user_principal_name;
        self.store.operators().update_sign_in(operator.id, upn, self.clock.now()).await?;
        let actor = Actor::Operator { id: operator.id, name: &operator.display_name, request_id };
        self.audit.record(actor, "session.create", None, format!("Signed in as {}", operator.role.label())).await?;
        Ok(Admission::Appointed(operator))
    }

    fn is_first_administrator(&self, identity: &Identity) -> bool {
        self.first.as_ref().is_some_and(|first| first.is(identity.tenant, identity.object_id, &identity.roles))
    }

    /// `None` when there is an administrator already.
    async fn appoint_first(&self, identity: &Identity, request_id: &str) -> Result<Option<Appointment>, StoreError> {
        let new = Appointment {
            operator: Operator {
                id: OperatorId(self.random.uuid()),
                home_tenant: identity.tenant,
                display_name: identity.display_name.clone(),
                user_principal_name: identity.user_principal_name.clone(),
                role: Role::Admin,
                reach: Reach::All,
            },
            object_id: identity.object_id,
            last_sign_in_at: None,
        };
        if self.store.operators().create_first_administrator(&new, self.clock.now()).await? != Change::Done {
            return Ok(None);
        }
        let caller = Caller { operator: new.operator.clone(), request_id: request_id.to_owned() };
        let detail = "Appointed as first administrator by the configuration";
        self.audit.record(Actor::Caller(&caller), "operator.create", None, detail).await?;
        Ok(Some(new))
    }
}

impl FirstAdministrator {
    fn is(&self, tenant: TenantId, object_id: Uuid, roles: &[String]) -> bool {
        let by_id = self.object_id.is_some_and(|wanted| wanted == object_id);
        let by_role = self.app_role.as_ref().is_some_and(|wanted| roles.contains(wanted));
        self.tenant == tenant && (by_id || by_role)
    }
}

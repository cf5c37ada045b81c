//! Appointing people: the port `Operators`.

use std::collections::BTreeSet;

use app::backend::{Caller, Operators as Port};
use app::error::Error;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Operator, Permission, Reach, Role};
use domain::settings::{NewOperator, OperatorRow};
use uuid::Uuid;

use crate::audit::{Actor, Audit};
use crate::clock::Clock;
use crate::failure::internal;
use crate::random::Random;
use crate::store::operators::{Appointment, Change};
use crate::store::{Scope, Store, StoreError};

const LONGEST_NAME: usize = 200;

/// Cheap to clone.
#[derive(Clone)]
pub struct Operators {
    pub store: Store,
    pub audit: Audit,
    pub clock: Clock,
    pub random: Random,
    /// After so long without a request a session has ended.
    pub session_idle: TimeDelta,
}

/// What was typed, found usable.
struct Checked {
    home_tenant: TenantId,
    object_id: Uuid,
    display_name: String,
    reach: Reach,
}

#[async_trait]
impl Port for Operators {
    async fn list(&self, caller: &Caller) -> Result<Vec<OperatorRow>, Error> {
        allow(caller, Permission::ManageOperators)?;
        let now = self.clock.now();
        let store = self.store.operators();
        let counts =
            store.count_sessions(now, now - self.session_idle).await.map_err(|error| internal(caller, &error))?;
        let appointments = store.list().await.map_err(|error| internal(caller, &error))?;
        Ok(appointments
            .into_iter()
            .map(|appointment| {
                let sessions = counts.get(&appointment.operator.id).copied().unwrap_or_default();
                row(appointment, sessions)
            })
            .collect())
    }

    async fn create(&self, caller: &Caller, new: NewOperator) -> Result<OperatorRow, Error> {
        allow(caller, Permission::ManageOperators)?;
        let checked = self.check(caller, &new).await?;
        let operator = Operator {
            id: OperatorId(self.random.uuid()),
            home_tenant: checked.home_tenant,
            display_name: checked.display_name,
            user_principal_name: String::new(),
            role: new.role,
            reach: checked.reach,
        };
        let appointment = Appointment { operator, object_id: checked.object_id, last_sign_in_at: None };
        let change = self.store.operators().create(&appointment, self.clock.now()).await;
        expect_done(caller, change)?;
        let detail = format!("Appointed {} as {}", appointment.operator.display_name, new.role.label());
        self.record(caller, "operator.create", detail).await?;
        Ok(row(appointment, 0))
    }

    async fn update(&self, caller: &Caller, operator: OperatorId, new: NewOperator) -> Result<OperatorRow, Error> {
        allow(caller, Permission::ManageOperators)?;
        let old = self.find(caller, operator).await?;
        // An appointment is for one person: another person is another appointment.
        let same_person = NewOperator {
            home_tenant: old.operator.home_tenant.to_string(),
            object_id: old.object_id.to_string(),
            ..new
        };
        let checked = self.check(caller, &same_person).await?;
        let (name, role) = (&checked.display_name, same_person.role);
        let change = self.store.operators().update(operator, name, role, &checked.reach).await;
        expect_done(caller, change)?;
        let detail = format!("{name} is {} now, and was {}", role.label(), old.operator.role.label());
        self.record(caller, "operator.update", detail).await?;
        let now = self.clock.now();
        let counts = self.store.operators().count_sessions(now, now - self.session_idle).await;
        let counts = counts.map_err(|error| internal(caller, &error))?;
        let found = self.find(caller, operator).await?;
        Ok(row(found, counts.get(&operator).copied().unwrap_or_default()))
    }

    async fn delete(&self, caller: &Caller, operator: OperatorId) -> Result<(), Error> {
        allow(caller, Permission::ManageOperators)?;
        let old = self.find(caller, operator).await?;
        expect_done(caller, self.store.operators().delete(operator).await)?;
        self.record(caller, "operator.delete", format!("{} is no longer appointed", old.operator.display_name)).await
    }

    async fn sign_out_everywhere(&self, caller: &Caller, operator: OperatorId) -> Result<(), Error> {
        if operator != caller.operator.id {
            allow(caller, Permission::ManageOperators)?;
        }
        let found = self.find(caller, operator).await?;
        let ended = self.store.sessions().delete_of(operator).await.map_err(|error| internal(caller, &error))?;
        let detail = format!("Ended {ended} sessions of {}", found.operator.display_name);
        self.record(caller, "session.delete", detail).await
    }
}

impl Operators {
    async fn find(&self, caller: &Caller, operator: OperatorId) -> Result<Appointment, Error> {
        let found = self.store.operators().get(operator).await.map_err(|error| internal(caller, &error))?;
        found.ok_or(Error::NotFound)
    }

    async fn record(&self, caller: &Caller, action: &'static str, detail: String) -> Result<(), Error> {
        let recorded = self.audit.record(Actor::Caller(caller), action, None, detail).await;
        recorded.map_err(|error| internal(caller, &error))
    }

    async fn check(&self, caller: &Caller, new: &NewOperator) -> Result<Checked, Error> {
        let home_tenant = TenantId(guid("home_tenant", "tenant id", &new.home_tenant)?);
        let object_id = guid("object_id", "object id", &new.object_id)?;
        let display_name = new.display_name.trim().to_owned();
        if display_name.is_empty() || display_name.chars().count() > LONGEST_NAME {
            return Err(invalid("display_name", format!("Type a name of at most {LONGEST_NAME} characters.")));
        }
        let reach = match new.role {
            Role::Admin | Role::Technician => Reach::All,
            Role::AccountManager => {
                let tenants: BTreeSet<TenantId> = new.tenants.iter().copied().collect();
                if tenants.is_empty() {
                    return Err(invalid("tenants", "Choose at least one client for an account manager."));
                }
                for tenant in &tenants {
                    self.expect_tenant(caller, *tenant, "tenants", "One of the chosen clients is not listed here.")
                        .await?;
                }
                Reach::Only(tenants)
            }
            Role::Viewer => {
                let message = "A client viewer signs in with an account of a client that is listed here. \
                               Connect the client first, or check the tenant id.";
                self.expect_tenant(caller, home_tenant, "home_tenant", message).await?;
                Reach::Only(BTreeSet::from([home_tenant]))
            }
        };
        Ok(Checked { home_tenant, object_id, display_name, reach })
    }

    async fn expect_tenant(&self, caller: &Caller, tenant: TenantId, field: &str, message: &str) -> Result<(), Error> {
        let found = self.store.tenant(&Scope::of(caller), tenant).await.map_err(|error| internal(caller, &error))?;
        found.map(|_| ()).ok_or_else(|| invalid(field, message))
    }
}

fn allow(caller: &Caller, permission: Permission) -> Result<(), Error> {
    if caller.operator.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}

fn expect_done(caller: &Caller, change: Result<Change, StoreError>) -> Result<(), Error> {
    match change {
        Ok(Change::Done) => Ok(()),
        Ok(Change::NotFound) => Err(Error::NotFound),
        Ok(Change::Exists) => Err(Error::Conflict(String::from("This person is appointed already."))),
        Ok(Change::LastAdministrator) => {
            Err(Error::Conflict(String::from("This is the last administrator. Appoint another one first.")))
        }
        Err(error) => Err(internal(caller, &error)),
    }
}

fn guid(field: &str, what: &str, text: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(text.trim())
        .map_err(|_| invalid(field, format!("This is no {what}. It looks like 11112222-bbbb-3333-cccc-4444dddd5555.")))
}

fn invalid(field: &str, message: impl Into<String>) -> Error {
    Error::Invalid { field: field.to_owned(), message: message.into() }
}

fn row(appointment: Appointment, sessions: u32) -> OperatorRow {
    let Appointment { operator, object_id, last_sign_in_at } = appointment;
    OperatorRow {
        id: operator.id,
        home_tenant: operator.home_tenant,
        object_id: object_id.to_string(),
        display_name: operator.display_name,
        user_principal_name: operator.user_principal_name,
        role: operator.role,
        reach: operator.reach,
        last_sign_in_at,
        sessions,
    }
}

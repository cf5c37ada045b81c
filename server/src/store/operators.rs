//! Who is appointed, as what, and for which tenants. Identity is tenant id and object id.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Operator, Reach, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, SqlErr};

use crate::store::column::Word;
use crate::store::entity::{operator, operator_tenant as given};
use crate::store::{Scope, Store, StoreError};

/// An appointed person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    pub operator: Operator,
    pub object_id: Uuid,
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

/// How a change of an appointment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Done,
    NotFound,
    /// The person is appointed already.
    Exists,
    /// Nobody would be left to appoint others.
    LastAdministrator,
}

pub struct Operators<'a>(&'a Store);

impl Store {
    pub fn operators(&self) -> Operators<'_> {
        Operators(self)
    }
}

impl Operators<'_> {
    /// By name.
    pub async fn list(&self) -> Result<Vec<Appointment>, StoreError> {
        let rows = operator::Entity::find().order_by_asc(operator::Column::DisplayName).all(self.0.db()).await?;
        let mut reaches: BTreeMap<Uuid, BTreeSet<TenantId>> = BTreeMap::new();
        for row in given::Entity::find().all(self.0.db()).await? {
            reaches.entry(row.operator_id).or_default().insert(TenantId(row.tenant_id));
        }
        let appointments = rows.into_iter().map(|row| {
            let tenants = reaches.remove(&row.id).unwrap_or_default();
            appointment(row, tenants)
        });
        Ok(appointments.collect())
    }

    pub async fn get(&self, id: OperatorId) -> Result<Option<Appointment>, StoreError> {
        let row = operator::Entity::find_by_id(id.0).one(self.0.db()).await?;
        self.with_reach(row).await
    }

    pub async fn get_by_identity(&self, home: TenantId, object_id: Uuid) -> Result<Option<Appointment>, StoreError> {
        let row = operator::Entity::find()
            .filter(operator::Column::HomeTenant.eq(home.0))
            .filter(operator::Column::ObjectId.eq(object_id))
            .one(self.0.db())
            .await?;
        self.with_reach(row).await
    }

    pub async fn create(&self, new: &Appointment, now: DateTime<Utc>) -> Result<Change, StoreError> {
        let transaction = self.0.write(&Scope::of_system()).await?;
        let change = insert(&*transaction, new, now).await?;
        transaction.commit().await?;
        Ok(change)
    }

    /// Appoints an administrator as long as there is none.
    pub async fn create_first_administrator(
        &self,
        new: &Appointment,
        now: DateTime<Utc>,
    ) -> Result<Change, StoreError> {
        let transaction = self.0.write(&Scope::of_system()).await?;
        if count_administrators(&*transaction).await? > 0 {
            return Ok(Change::Exists);
        }
        operator::Entity::delete_many()
            .filter(operator::Column::HomeTenant.eq(new.operator.home_tenant.0))
            .filter(operator::Column::ObjectId.eq(new.object_id))
            .exec(&*transaction)
            .await?;
        let change = insert(&*transaction, new, now).await?;
        transaction.commit().await?;
        Ok(change)
    }

    /// Changes name, role and reach; whom the appointment is for stays.
    pub async fn update(&self, id: OperatorId, name: &str, role: Role, reach: &Reach) -> Result<Change, StoreError> {
        let transaction = self.0.write(&Scope::of_system()).await?;
        let Some(row) = operator::Entity::find_by_id(id.0).one(&*transaction).await? else {
            return Ok(Change::NotFound);
        };
        let leaves_office = row.role == Word(Role::Admin) && role != Role::Admin;
        if leaves_office && count_administrators(&*transaction).await? <= 1 {
            return Ok(Change::LastAdministrator);
        }
        let changed = operator::ActiveModel {
            id: Set(id.0),
            display_name: Set(name.to_owned()),
            role: Set(Word(role)),
            reaches_all: Set(*reach == Reach::All),
            ..Default::default()
        };
        operator::Entity::update(changed).exec(&*transaction).await?;
        give(&*transaction, id, role, reach).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }

    /// Takes the appointment away, and with it all sessions.
    pub async fn delete(&self, id: OperatorId) -> Result<Change, StoreError> {
        let transaction = self.0.write(&Scope::of_system()).await?;
        let Some(row) = operator::Entity::find_by_id(id.0).one(&*transaction).await? else {
            return Ok(Change::NotFound);
        };
        if row.role == Word(Role::Admin) && count_administrators(&*transaction).await? <= 1 {
            return Ok(Change::LastAdministrator);
        }
        operator::Entity::delete_by_id(id.0).exec(&*transaction).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }

    /// Remembers a sign-in, and what the person is called by now.
    pub async fn update_sign_in(&self, id: OperatorId, upn: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = self.0.write(&Scope::of_system()).await?;
        operator::Entity::update_many()
            .col_expr(operator::Column::LastSignInAt, Expr::value(now))
            .col_expr(operator::Column::UserPrincipalName, Expr::value(upn))
            .filter(operator::Column::Id.eq(id.0))
            .exec(&*transaction)
            .await?;
        transaction.commit().await
    }

    /// Running sessions by operator.
    pub async fn count_sessions(
        &self,
        now: DateTime<Utc>,
        idle_since: DateTime<Utc>,
    ) -> Result<BTreeMap<OperatorId, u32>, StoreError> {
        let mut counts = BTreeMap::new();
        for operator in self.0.sessions().operators(now, idle_since).await?.into_iter().flatten() {
            *counts.entry(OperatorId(operator)).or_insert(0) += 1;
        }
        Ok(counts)
    }

    async fn with_reach(&self, row: Option<operator::Model>) -> Result<Option<Appointment>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let given = given::Entity::find().filter(given::Column::OperatorId.eq(row.id)).all(self.0.db()).await?;
        let tenants = given.into_iter().map(|given| TenantId(given.tenant_id)).collect();
        Ok(Some(appointment(row, tenants)))
    }
}

async fn insert(db: &impl ConnectionTrait, new: &Appointment, now: DateTime<Utc>) -> Result<Change, StoreError> {
    let Appointment { operator: who, object_id, last_sign_in_at } = new;
    let row = operator::ActiveModel {
        id: Set(who.id.0),
        home_tenant: Set(who.home_tenant.0),
        object_id: Set(*object_id),
        display_name: Set(who.display_name.clone()),
        user_principal_name: Set(who.user_principal_name.clone()),
        role: Set(Word(who.role)),
        reaches_all: Set(who.reach == Reach::All),
        created_at: Set(now),
        last_sign_in_at: Set(*last_sign_in_at),
    };
    match operator::Entity::insert(row).exec_without_returning(db).await {
        Ok(_) => {}
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            return Ok(Change::Exists);
        }
        Err(error) => return Err(error.into()),
    }
    give(db, who.id, who.role, &who.reach).await?;
    Ok(Change::Done)
}

/// A viewer's tenant follows from the appointment, and is not written down a second time.
async fn give(db: &impl ConnectionTrait, id: OperatorId, role: Role, reach: &Reach) -> Result<(), StoreError> {
    given::Entity::delete_many().filter(given::Column::OperatorId.eq(id.0)).exec(db).await?;
    if let Reach::Only(tenants) = reach
        && role != Role::Viewer
    {
        let rows = tenants
            .iter()
            .map(|tenant| given::ActiveModel { operator_id: Set(id.0), tenant_id: Set(tenant.0) })
            .collect::<Vec<_>>();
        if !rows.is_empty() {
            given::Entity::insert_many(rows).exec_without_returning(db).await?;
        }
    }
    Ok(())
}

/// Locks them, so that two who leave at once cannot both believe that the other stays.
async fn count_administrators(db: &impl ConnectionTrait) -> Result<usize, StoreError> {
    let administrators = operator::Entity::find().filter(operator::Column::Role.eq(Word(Role::Admin)));
    Ok(administrators.lock_exclusive().all(db).await?.len())
}

fn appointment(row: operator::Model, tenants: BTreeSet<TenantId>) -> Appointment {
    let Word(role) = row.role;
    let home_tenant = TenantId(row.home_tenant);
    let reach = match role {
        // Bound to the tenant that vouches for the person, whatever else is stored.
        Role::Viewer => Reach::Only(BTreeSet::from([home_tenant])),
        _ if row.reaches_all => Reach::All,
        _ => Reach::Only(tenants),
    };
    let operator = Operator {
        id: OperatorId(row.id),
        home_tenant,
        display_name: row.display_name,
        user_principal_name: row.user_principal_name,
        role,
        reach,
    };
    Appointment { operator, object_id: row.object_id, last_sign_in_at: row.last_sign_in_at }
}

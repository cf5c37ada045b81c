//! Tenants' lives and how they are reached: rows of `tenants`, `connections` and `own_registrations`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::dataset::Dataset;
use domain::ids::TenantId;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::column::{JsonText, Word};
use super::entity::{connection, dataset_status, own_registration, sync_state, tenant};
use super::{Scope, Store, StoreError};

/// What Microsoft says of clients is kept of those that are listed: the partner's tenant is asked again.
async fn ask_for_figures(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<(), StoreError> {
    let partners: Vec<Uuid> = tenant::Entity::find()
        .select_only()
        .column(tenant::Column::Id)
        .filter(tenant::Column::IsPartner.eq(true))
        .into_tuple()
        .all(tx)
        .await?;
    let asked = dataset_status::Entity::update_many()
        .set(dataset_status::ActiveModel { next_run_at: Set(Some(now)), ..Default::default() })
        .filter(dataset_status::Column::TenantId.is_in(partners.iter().copied()))
        .filter(dataset_status::Column::Dataset.eq(Dataset::PartnerScore.spec().name))
        .exec(tx)
        .await?;
    if asked.rows_affected > 0 {
        sync_state::Entity::update_many()
            .set(sync_state::ActiveModel { next_run_at: Set(Some(now)), ..Default::default() })
            .filter(sync_state::Column::TenantId.is_in(partners))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// A tenant that is listed from now on.
#[derive(Clone, Debug)]
pub struct NewTenant {
    pub id: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    pub kind: ConnectionKind,
}

/// A tenant with its connection.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredConnection {
    pub tenant: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    pub kind: ConnectionKind,
    pub state: ConnectionState,
    pub cause: Option<Cause>,
    pub since: Option<DateTime<Utc>>,
    /// `None`: never looked, or could not be read.
    pub granted: Option<Vec<String>>,
    pub consented_at: Option<DateTime<Utc>>,
    pub last_token_at: Option<DateTime<Utc>>,
    pub credential_ends_at: Option<DateTime<Utc>>,
    pub relationship_id: Option<String>,
    pub relationship_ends_at: Option<DateTime<Utc>>,
    /// When Microsoft was last asked what was granted, and answered.
    pub checked_at: Option<DateTime<Utc>>,
    /// When Microsoft last revoked a token before its end (continuous access evaluation).
    pub challenged_at: Option<DateTime<Utc>>,
    pub own_registration: Option<StoredRegistration>,
}

/// A tenant's own registration; its secret is among the sealed ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRegistration {
    pub client_id: String,
    pub credential_ends_at: Option<DateTime<Utc>>,
}

/// The queries on connections within a scope.
#[derive(Debug)]
pub struct Connections<'a> {
    store: &'a Store,
    scope: &'a Scope,
}

impl Store {
    pub fn connections<'a>(&'a self, scope: &'a Scope) -> Connections<'a> {
        Connections { store: self, scope }
    }
}

impl Connections<'_> {
    /// All in scope, the partner first, then by name.
    pub async fn list(&self) -> Result<Vec<StoredConnection>, StoreError> {
        let tx = self.store.read(self.scope).await?;
        let mut tenants = tenant::Entity::find().order_by_desc(tenant::Column::IsPartner);
        if let domain::operator::Reach::Only(only) = self.scope.reach() {
            tenants = tenants.filter(tenant::Column::Id.is_in(only.iter().map(|tenant| tenant.0)));
        }
        let tenants = tenants.order_by_asc(tenant::Column::SortName).all(&*tx).await?;
        let mut connections: HashMap<_, _> =
            connection::Entity::find().all(&*tx).await?.into_iter().map(|row| (row.tenant_id, row)).collect();
        let mut registrations: HashMap<_, _> =
            own_registration::Entity::find().all(&*tx).await?.into_iter().map(|row| (row.tenant_id, row)).collect();
        Ok(tenants
            .into_iter()
            .filter_map(|tenant| {
                let connection = connections.remove(&tenant.id)?;
                let own = registrations.remove(&tenant.id);
                Some(assemble(tenant, connection, own))
            })
            .collect())
    }

    /// `None`: there is no such tenant, or the scope does not reach it.
    pub async fn get(&self, tenant: TenantId) -> Result<Option<StoredConnection>, StoreError> {
        if !self.scope.includes(tenant) {
            return Ok(None);
        }
        let tx = self.store.read(self.scope).await?;
        let Some(row) = tenant::Entity::find_by_id(tenant.0).one(&*tx).await? else { return Ok(None) };
        let connection = connection::Entity::find_by_id(tenant.0).one(&*tx).await?;
        let own = own_registration::Entity::find_by_id(tenant.0).one(&*tx).await?;
        Ok(connection.map(|connection| assemble(row, connection, own)))
    }

    /// Lists the tenant as awaiting consent; `false` when it is listed already, and nothing is changed.
    pub async fn create(&self, new: NewTenant, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let tx = self.store.write(self.scope).await?;
        if tenant::Entity::find_by_id(new.id.0).one(&*tx).await?.is_some() {
            return Ok(false);
        }
        let row = tenant::ActiveModel {
            id: Set(new.id.0),
            sort_name: Set(new.name.to_lowercase()),
            name: Set(new.name),
            default_domain: Set(new.default_domain),
            is_partner: Set(new.is_partner),
            created_at: Set(now),
        };
        tenant::Entity::insert(row).exec_without_returning(&*tx).await?;
        let row = connection::ActiveModel {
            tenant_id: Set(new.id.0),
            kind: Set(Word(new.kind)),
            state: Set(Word(ConnectionState::AwaitingConsent)),
            since: Set(Some(now)),
            updated_at: Set(now),
            ..Default::default()
        };
        connection::Entity::insert(row).exec_without_returning(&*tx).await?;
        ask_for_figures(&tx, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Reads the connection, lets `change` edit it, and writes it back, in one transaction. `None`: not there.
    pub async fn update(
        &self,
        tenant: TenantId,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut StoredConnection) + Send,
    ) -> Result<Option<StoredConnection>, StoreError> {
        if !self.scope.includes(tenant) {
            return Ok(None);
        }
        let tx = self.store.write(self.scope).await?;
        let Some(row) = tenant::Entity::find_by_id(tenant.0).one(&*tx).await? else { return Ok(None) };
        // Locked, so that nobody writes between this look and the change (SQLite has one writer anyway).
        let found = connection::Entity::find_by_id(tenant.0).lock_exclusive().one(&*tx).await?;
        let Some(model) = found else { return Ok(None) };
        let own = own_registration::Entity::find_by_id(tenant.0).one(&*tx).await?;
        let before = assemble(row, model.clone(), own);
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            write(&tx, model, &after, now).await?;
        }
        tx.commit().await?;
        Ok(Some(after))
    }

    /// Sets or takes away the tenant's own registration.
    pub async fn set_own_registration(
        &self,
        tenant: TenantId,
        registration: Option<StoredRegistration>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.store.write(self.scope).await?;
        match registration {
            Some(registration) => {
                let row = own_registration::ActiveModel {
                    tenant_id: Set(tenant.0),
                    client_id: Set(registration.client_id),
                    credential_ends_at: Set(registration.credential_ends_at),
                    created_at: Set(now),
                };
                let replaced = [own_registration::Column::ClientId, own_registration::Column::CredentialEndsAt];
                own_registration::Entity::insert(row)
                    .on_conflict(
                        OnConflict::column(own_registration::Column::TenantId).update_columns(replaced).to_owned(),
                    )
                    .exec_without_returning(&*tx)
                    .await?;
            }
            None => {
                own_registration::Entity::delete_by_id(tenant.0).exec(&*tx).await?;
            }
        }
        tx.commit().await
    }

    /// Deletes the tenant with everything that belongs to it. `false`: it was not there.
    pub async fn delete(&self, tenant: TenantId) -> Result<bool, StoreError> {
        if !self.scope.includes(tenant) {
            return Ok(false);
        }
        let tx = self.store.write(self.scope).await?;
        let Some(row) = tenant::Entity::find_by_id(tenant.0).one(&*tx).await? else { return Ok(false) };
        row.delete(&*tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Names a tenant after what Microsoft says it is called, when it is listed under something else.
    pub async fn rename(&self, tenant: TenantId, name: &str, default_domain: Option<&str>) -> Result<(), StoreError> {
        let tx = self.store.write(self.scope).await?;
        let mut update = tenant::Entity::update_many()
            .col_expr(tenant::Column::Name, Expr::value(name.to_owned()))
            .col_expr(tenant::Column::SortName, Expr::value(name.to_lowercase()))
            .filter(tenant::Column::Id.eq(tenant.0));
        if let Some(domain) = default_domain {
            update = update.col_expr(tenant::Column::DefaultDomain, Expr::value(domain.to_owned()));
        }
        update.exec(&*tx).await?;
        tx.commit().await
    }
}

async fn write(
    tx: &DatabaseTransaction,
    model: connection::Model,
    after: &StoredConnection,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut row = model.into_active_model();
    row.kind = Set(Word(after.kind));
    row.state = Set(Word(after.state));
    row.cause = Set(after.cause.clone().map(JsonText));
    row.since = Set(after.since);
    row.permissions_granted = Set(after.granted.clone().map(JsonText));
    row.consented_at = Set(after.consented_at);
    row.last_token_at = Set(after.last_token_at);
    row.credential_ends_at = Set(after.credential_ends_at);
    row.relationship_id = Set(after.relationship_id.clone());
    row.relationship_ends_at = Set(after.relationship_ends_at);
    row.checked_at = Set(after.checked_at);
    row.challenged_at = Set(after.challenged_at);
    row.updated_at = Set(now);
    row.update(tx).await?;
    Ok(())
}

fn assemble(
    tenant: tenant::Model,
    connection: connection::Model,
    own: Option<own_registration::Model>,
) -> StoredConnection {
    StoredConnection {
        tenant: TenantId(tenant.id),
        name: tenant.name,
        default_domain: tenant.default_domain,
        is_partner: tenant.is_partner,
        kind: connection.kind.0,
        state: connection.state.0,
        cause: connection.cause.map(|cause| cause.0),
        since: connection.since,
        granted: connection.permissions_granted.map(|granted| granted.0),
        consented_at: connection.consented_at,
        last_token_at: connection.last_token_at,
        credential_ends_at: connection.credential_ends_at,
        relationship_id: connection.relationship_id,
        relationship_ends_at: connection.relationship_ends_at,
        checked_at: connection.checked_at,
        challenged_at: connection.challenged_at,
        own_registration: own
            .map(|own| StoredRegistration { client_id: own.client_id, credential_ends_at: own.credential_ends_at }),
    }
}

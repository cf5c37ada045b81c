//! Consents and partner sign-ins under way: known by the hash of their `state`, short-lived, used once. And the person
//! through whom clients are reached by GDAP.

use chrono::{DateTime, Utc};
use domain::cause::Cause;
use domain::ids::{OperatorId, TenantId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::column::JsonText;
use super::entity::{consent_request, partner_connection};
use super::{Scope, Store, StoreError};

/// What a callback has to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConsent {
    /// SHA-256 of the `state` parameter.
    pub state_hash: Vec<u8>,
    /// `None`: the partner connects itself.
    pub tenant: Option<TenantId>,
    pub operator: OperatorId,
    pub kind: String,
    pub sealed_context: Option<Vec<u8>>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// The partner operator whose refresh token is in the vault.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPartner {
    pub tenant: TenantId,
    pub object_id: Uuid,
    pub user_principal_name: String,
    pub connected_at: DateTime<Utc>,
    pub last_renewed_at: DateTime<Utc>,
    pub cause: Option<Cause>,
}

/// The table's only row.
const ONLY: i32 = 1;

#[derive(Debug)]
pub struct Consents<'a>(&'a Store);

impl Store {
    pub fn consents(&self) -> Consents<'_> {
        Consents(self)
    }
}

impl Consents<'_> {
    /// Writes a request down, and forgets those that have ended.
    pub async fn create(&self, consent: StoredConsent) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        consent_request::Entity::delete_many()
            .filter(consent_request::Column::ExpiresAt.lt(consent.created_at))
            .exec(&*tx)
            .await?;
        let row = consent_request::ActiveModel {
            state_hash: Set(consent.state_hash),
            tenant_id: Set(consent.tenant.map(|tenant| tenant.0)),
            operator_id: Set(consent.operator.0),
            kind: Set(consent.kind),
            sealed_context: Set(consent.sealed_context),
            created_at: Set(consent.created_at),
            expires_at: Set(consent.expires_at),
        };
        consent_request::Entity::insert(row).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    pub async fn get(&self, state_hash: &[u8]) -> Result<Option<StoredConsent>, StoreError> {
        let tx = self.0.read(&Scope::of_system()).await?;
        let found = consent_request::Entity::find_by_id(state_hash.to_vec()).one(&*tx).await?;
        Ok(found.map(|row| StoredConsent {
            state_hash: row.state_hash,
            tenant: row.tenant_id.map(TenantId),
            operator: OperatorId(row.operator_id),
            kind: row.kind,
            sealed_context: row.sealed_context,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }))
    }

    /// Uses the request up; `false`: somebody else has.
    pub async fn take(&self, state_hash: &[u8]) -> Result<bool, StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        let deleted = consent_request::Entity::delete_by_id(state_hash.to_vec()).exec(&*tx).await?;
        tx.commit().await?;
        Ok(deleted.rows_affected == 1)
    }

    /// Forgets all links that lead to a tenant.
    pub async fn delete_of(&self, tenant: TenantId) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_tenant_job(tenant)).await?;
        consent_request::Entity::delete_many()
            .filter(consent_request::Column::TenantId.eq(tenant.0))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    pub async fn get_partner(&self) -> Result<Option<StoredPartner>, StoreError> {
        let tx = self.0.read(&Scope::of_system()).await?;
        let found = partner_connection::Entity::find_by_id(ONLY).one(&*tx).await?;
        Ok(found.map(|row| StoredPartner {
            tenant: TenantId(row.tenant_id),
            object_id: row.object_id,
            user_principal_name: row.user_principal_name,
            connected_at: row.connected_at,
            last_renewed_at: row.last_renewed_at,
            cause: row.cause.map(|cause| cause.0),
        }))
    }

    pub async fn put_partner(&self, partner: StoredPartner) -> Result<(), StoreError> {
        use partner_connection::Column as C;
        let tx = self.0.write(&Scope::of_system()).await?;
        let row = partner_connection::ActiveModel {
            id: Set(ONLY),
            tenant_id: Set(partner.tenant.0),
            object_id: Set(partner.object_id),
            user_principal_name: Set(partner.user_principal_name),
            connected_at: Set(partner.connected_at),
            last_renewed_at: Set(partner.last_renewed_at),
            cause: Set(partner.cause.map(JsonText)),
        };
        let all = [C::TenantId, C::ObjectId, C::UserPrincipalName, C::ConnectedAt, C::LastRenewedAt, C::Cause];
        partner_connection::Entity::insert(row)
            .on_conflict(OnConflict::column(C::Id).update_columns(all).to_owned())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    /// Notes that the refresh token was renewed, or why it could not be.
    pub async fn note_partner(
        &self,
        renewed_at: Option<DateTime<Utc>>,
        cause: Option<Cause>,
    ) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        let Some(model) = partner_connection::Entity::find_by_id(ONLY).one(&*tx).await? else { return Ok(()) };
        let mut row = model.into_active_model();
        if let Some(renewed_at) = renewed_at {
            row.last_renewed_at = Set(renewed_at);
        }
        row.cause = Set(cause.map(JsonText));
        row.update(&*tx).await?;
        tx.commit().await
    }

    pub async fn delete_partner(&self) -> Result<(), StoreError> {
        let tx = self.0.write(&Scope::of_system()).await?;
        partner_connection::Entity::delete_by_id(ONLY).exec(&*tx).await?;
        tx.commit().await
    }
}

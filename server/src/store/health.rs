//! What troubles over the fleet are found in: connections, datasets whose last run failed, directory syncs, and ends.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::dataset::{Dataset, Outcome};
use domain::facts::directory::{DirectorySync, Domain};
use domain::facts::hybrid::CloudSyncJob;
use domain::ids::TenantId;
use domain::trouble::FailingDataset;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use super::column::word;
use super::entity::{connection, dataset_status, document, standing, tenant};
use super::fleet::{ConnectionFacts, connection_facts, directory_sync_of};
use super::tenant::in_scope;
use super::{Scope, Store, StoreError};

#[derive(Clone, Debug)]
pub(crate) struct HealthFacts {
    pub tenant: TenantId,
    pub name: String,
    pub is_partner: bool,
    pub connection: Option<ConnectionFacts>,
    /// When the partner's refresh token was last redeemed.
    pub renewed_at: Option<DateTime<Utc>>,
    pub directory_sync: Option<DirectorySync>,
    pub failing: Vec<FailingDataset>,
    pub object_errors: u32,
    pub service_errors: u32,
    pub quarantined: Vec<CloudSyncJob>,
    pub certificates: Vec<(String, DateTime<Utc>)>,
}

#[derive(FromQueryResult)]
struct Counted {
    tenant_id: Uuid,
    row_count: Option<i32>,
}

impl Store {
    /// All tenants in scope, by name. A handful of queries, whatever their number.
    pub(crate) async fn list_health(&self, scope: &Scope) -> Result<Vec<HealthFacts>, StoreError> {
        let renewed_at = self.consents().get_partner().await?.map(|partner| partner.last_renewed_at);
        let tx = self.read(scope).await?;
        let mut connections: HashMap<Uuid, ConnectionFacts> =
            in_scope(connection::Entity::find(), scope, connection::Column::TenantId)
                .all(&*tx)
                .await?
                .into_iter()
                .map(|row| (row.tenant_id, connection_facts(row)))
                .collect();
        let mut syncs: HashMap<Uuid, DirectorySync> =
            in_scope(standing::Entity::find(), scope, standing::Column::TenantId)
                .all(&*tx)
                .await?
                .into_iter()
                .filter_map(|row| Some((row.tenant_id, directory_sync_of(&row)?)))
                .collect();
        let mut failing: HashMap<Uuid, Vec<FailingDataset>> = HashMap::new();
        let broken = [Outcome::Failed, Outcome::NotPermitted].map(|outcome| word(&outcome));
        let statuses = in_scope(dataset_status::Entity::find(), scope, dataset_status::Column::TenantId)
            .filter(dataset_status::Column::Outcome.is_in(broken))
            .all(&*tx)
            .await?;
        for row in statuses {
            let (Some(dataset), Some(outcome)) = (Dataset::from_name(&row.dataset), row.outcome) else { continue };
            failing.entry(row.tenant_id).or_default().push(FailingDataset {
                dataset,
                outcome: outcome.0,
                cause: row.cause.map(|cause| cause.0),
                since: row.failing_since,
                failures: u32::try_from(row.failures).unwrap_or(0),
            });
        }
        let object_errors = rows_of(&tx, scope, Dataset::ObjectErrors).await?;
        let service_errors = rows_of(&tx, scope, Dataset::ServiceErrors).await?;
        let mut quarantined: HashMap<Uuid, Vec<CloudSyncJob>> = HashMap::new();
        let jobs = in_scope(document::Entity::find(), scope, document::Column::TenantId)
            .filter(document::Column::Dataset.eq(Dataset::CloudSync.spec().name))
            .all(&*tx)
            .await?;
        for row in jobs {
            let unreadable = |_| StoreError::Unreadable { what: Dataset::CloudSync.spec().name.to_owned() };
            let job: CloudSyncJob = serde_json::from_str(&row.body).map_err(unreadable)?;
            // What may not be read any more has no end that would be seen.
            let is_withdrawn = |failing: &FailingDataset| {
                failing.dataset == Dataset::CloudSync && failing.outcome == Outcome::NotPermitted
            };
            if job.is_quarantined() && !failing.get(&row.tenant_id).is_some_and(|all| all.iter().any(is_withdrawn)) {
                quarantined.entry(row.tenant_id).or_default().push(job);
            }
        }
        let mut certificates: HashMap<Uuid, Vec<(String, DateTime<Utc>)>> = HashMap::new();
        let federated = in_scope(document::Entity::find(), scope, document::Column::TenantId)
            .filter(document::Column::Dataset.eq(Dataset::Domains.spec().name))
            .filter(document::Column::Body.contains("signing_certificate_ends_at\":\""))
            .all(&*tx)
            .await?;
        for row in federated {
            let unreadable = |_| StoreError::Unreadable { what: Dataset::Domains.spec().name.to_owned() };
            let domain: Domain = serde_json::from_str(&row.body).map_err(unreadable)?;
            let ends_at = domain.federation.and_then(|federation| federation.signing_certificate_ends_at);
            certificates.entry(row.tenant_id).or_default().extend(ends_at.map(|at| (domain.name, at)));
        }
        let mut tenants = in_scope(tenant::Entity::find(), scope, tenant::Column::Id).all(&*tx).await?;
        tenants.sort_by(|a, b| a.sort_name.cmp(&b.sort_name));
        Ok(tenants
            .into_iter()
            .map(|tenant| HealthFacts {
                tenant: TenantId(tenant.id),
                name: tenant.name,
                is_partner: tenant.is_partner,
                connection: connections.remove(&tenant.id),
                renewed_at,
                directory_sync: syncs.remove(&tenant.id),
                failing: failing.remove(&tenant.id).unwrap_or_default(),
                object_errors: object_errors.get(&tenant.id).copied().unwrap_or(0),
                service_errors: service_errors.get(&tenant.id).copied().unwrap_or(0),
                quarantined: quarantined.remove(&tenant.id).unwrap_or_default(),
                certificates: certificates.remove(&tenant.id).unwrap_or_default(),
            })
            .collect())
    }
}

/// By tenant: how many rows the dataset has, where it has any.
async fn rows_of(tx: &DatabaseTransaction, scope: &Scope, dataset: Dataset) -> Result<HashMap<Uuid, u32>, DbErr> {
    use dataset_status::Column as C;
    let counted: Vec<Counted> = in_scope(dataset_status::Entity::find(), scope, C::TenantId)
        .select_only()
        .columns([C::TenantId, C::RowCount])
        .filter(C::Dataset.eq(dataset.spec().name))
        .filter(C::RowCount.gt(0))
        .into_model()
        .all(tx)
        .await?;
    let rows = |row: Counted| (row.tenant_id, row.row_count.and_then(|rows| u32::try_from(rows).ok()).unwrap_or(0));
    Ok(counted.into_iter().map(rows).collect())
}

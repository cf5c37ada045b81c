//! The fleet and the search: the port `Fleet`. The page and its export read the same query.

use app::backend::{Caller, Fleet as Port};
use app::error::Error;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, WorkFilter};
use domain::fleet::{FleetBlocker, FleetBlockers, FleetFilter, FleetPage, FleetSort, SearchHit, TenantRow};
use domain::ids::TenantId;
use domain::list::{Chip, ListQuery, PAGE_SIZE, Page};
use domain::operator::Permission;
use domain::sync_health::Scales;
use domain::trouble::{FleetTroubles, grouped, troubles};

use super::summary::{allow, health, tenant_row};
use super::tenants::{blocker_query, for_eyes, protocol_chip};
use crate::clock::Clock;
use crate::failure::internal;
use crate::store::blocker_list::FleetBlockerRows;
use crate::store::fleet::FleetRows;
use crate::store::{FleetQuery, Scope, Store};

/// Hits of a search.
const HITS: u64 = 12;

#[derive(Clone, Debug)]
pub struct Fleet {
    pub store: Store,
    pub clock: Clock,
    pub scales: Scales,
}

impl Fleet {
    /// Every row that the query matches, for an export.
    pub async fn export(&self, caller: &Caller, query: &ListQuery) -> Result<Vec<TenantRow>, Error> {
        allow(caller, Permission::ListTenants)?;
        allow(caller, Permission::ExportTenant)?;
        let now = self.clock.now();
        let found = self.find(caller, query, None, now).await?;
        Ok(found.rows.into_iter().map(|head| tenant_row(head, &self.scales, now)).collect())
    }

    /// Every blocker that the query matches, for an export.
    pub async fn export_blockers(&self, caller: &Caller, query: &ListQuery) -> Result<Vec<FleetBlocker>, Error> {
        allow(caller, Permission::ListTenants)?;
        allow(caller, Permission::ExportTenant)?;
        let found = self.find_blockers(caller, query, None, self.clock.now()).await?;
        let keep_notes = caller.operator.may(Permission::WorkOnBlockers);
        Ok(found.rows.into_iter().map(|row| fleet_blocker(row, keep_notes)).collect())
    }

    async fn find_blockers(
        &self,
        caller: &Caller,
        query: &ListQuery,
        page_size: Option<u32>,
        now: DateTime<Utc>,
    ) -> Result<FleetBlockerRows, Error> {
        let work = WorkFilter::from_name(&query.narrow);
        let query = blocker_query(query, work.as_ref(), page_size, now.date_naive());
        let found = self.store.list_blockers(&Scope::of(caller), &query).await;
        found.map_err(|error| internal(caller, &error))
    }

    async fn find(
        &self,
        caller: &Caller,
        query: &ListQuery,
        page_size: Option<u32>,
        now: DateTime<Utc>,
    ) -> Result<FleetRows, Error> {
        let query = FleetQuery {
            text: &query.q,
            filter: FleetFilter::from_name(&query.filter),
            sort: FleetSort::from_name(&query.sort),
            direction: query.direction,
            page: query.page_number(),
            page_size,
            late_until: self.scales.directory.late_until(now),
            now,
        };
        let found = self.store.list_fleet(&Scope::of(caller), &query).await;
        found.map_err(|error| internal(caller, &error))
    }
}

fn fleet_blocker((tenant, tenant_name, row): (TenantId, String, BlockerRow), keep_notes: bool) -> FleetBlocker {
    FleetBlocker { tenant, tenant_name, row: for_eyes(row, keep_notes) }
}

#[async_trait]
impl Port for Fleet {
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<FleetPage, Error> {
        allow(caller, Permission::ListTenants)?;
        let now = self.clock.now();
        let found = self.find(caller, query, Some(PAGE_SIZE), now).await?;
        let chip = |(filter, count): (FleetFilter, u64)| Chip {
            name: filter.name().to_owned(),
            label: filter.label().to_owned(),
            count,
        };
        Ok(FleetPage {
            totals: found.totals,
            chips: found.chips.into_iter().map(chip).collect(),
            tenants: Page {
                rows: found.rows.into_iter().map(|head| tenant_row(head, &self.scales, now)).collect(),
                total: found.total,
                page: query.page_number(),
                page_size: PAGE_SIZE,
            },
            now,
        })
    }

    async fn list_blockers(&self, caller: &Caller, query: &ListQuery) -> Result<FleetBlockers, Error> {
        allow(caller, Permission::ListTenants)?;
        let now = self.clock.now();
        let found = self.find_blockers(caller, query, Some(PAGE_SIZE), now).await?;
        let keep_notes = caller.operator.may(Permission::WorkOnBlockers);
        Ok(FleetBlockers {
            chips: found.chips.into_iter().map(protocol_chip).collect(),
            owners: found.owners,
            blockers: Page {
                rows: found.rows.into_iter().map(|row| fleet_blocker(row, keep_notes)).collect(),
                total: found.total,
                page: query.page_number(),
                page_size: PAGE_SIZE,
            },
            tenants: found.tenants,
            smtp_auth: found.smtp_auth,
            smtp_auth_tenants: found.smtp_auth_tenants,
            tenants_unknown: found.tenants_unknown,
            now,
        })
    }

    async fn list_troubles(&self, caller: &Caller) -> Result<FleetTroubles, Error> {
        allow(caller, Permission::ListTenants)?;
        let now = self.clock.now();
        let found = self.store.list_health(&Scope::of(caller)).await.map_err(|error| internal(caller, &error))?;
        let tenants = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let all: Vec<_> = found
            .into_iter()
            .map(|facts| {
                let health = health(facts);
                let troubles = troubles(&health, &self.scales, now);
                (health.tenant, health.name, troubles)
            })
            .collect();
        let sound = all.iter().filter(|(.., troubles)| troubles.is_empty()).count();
        let sound = u32::try_from(sound).unwrap_or(u32::MAX);
        Ok(FleetTroubles { groups: grouped(all), tenants, sound, now })
    }

    async fn search(&self, caller: &Caller, text: &str) -> Result<Vec<SearchHit>, Error> {
        allow(caller, Permission::ReadTenant)?;
        let hits = self.store.search(&Scope::of(caller), text, HITS).await;
        hits.map_err(|error| internal(caller, &error))
    }
}

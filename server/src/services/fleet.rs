//! The fleet and the search: the port `Fleet`. The page and its export read the same query.

use app::backend::{Caller, Fleet as Port};
use app::error::Error;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::fleet::{FleetFilter, FleetPage, FleetSort, SearchHit, TenantRow};
use domain::list::{Chip, ListQuery, PAGE_SIZE, Page};
use domain::operator::Permission;

use super::summary::{allow, tenant_row};
use crate::clock::Clock;
use crate::failure::internal;
use crate::store::fleet::FleetRows;
use crate::store::{FleetQuery, Scope, Store};

/// Hits of a search.
const HITS: u64 = 12;

#[derive(Clone, Debug)]
pub struct Fleet {
    pub store: Store,
    pub clock: Clock,
}

impl Fleet {
    /// Every row that the query matches, for an export.
    pub async fn export(&self, caller: &Caller, query: &ListQuery) -> Result<Vec<TenantRow>, Error> {
        allow(caller, Permission::ListTenants)?;
        allow(caller, Permission::ExportTenant)?;
        let now = self.clock.now();
        let found = self.find(caller, query, None, now).await?;
        Ok(found.rows.into_iter().map(|head| tenant_row(head, now)).collect())
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
            now,
        };
        let found = self.store.list_fleet(&Scope::of(caller), &query).await;
        found.map_err(|error| internal(caller, &error))
    }
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
                rows: found.rows.into_iter().map(|head| tenant_row(head, now)).collect(),
                total: found.total,
                page: query.page_number(),
                page_size: PAGE_SIZE,
            },
            now,
        })
    }

    async fn search(&self, caller: &Caller, text: &str) -> Result<Vec<SearchHit>, Error> {
        allow(caller, Permission::ReadTenant)?;
        let hits = self.store.search(&Scope::of(caller), text, HITS).await;
        hits.map_err(|error| internal(caller, &error))
    }
}

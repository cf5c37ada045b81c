//! The fleet and the search.

use domain::fleet::{FleetBlockers, FleetPage, SearchHit};
use domain::list::ListQuery;
use domain::trouble::FleetTroubles;
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};

use crate::error::Error;

#[server(endpoint = "list_tenants", input = Json, output = Postcard)]
pub async fn list_tenants(query: ListQuery) -> Result<FleetPage, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.fleet.list(&caller, &query).await
}

#[server(endpoint = "list_fleet_blockers", input = Json, output = Postcard)]
pub async fn list_fleet_blockers(query: ListQuery) -> Result<FleetBlockers, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.fleet.list_blockers(&caller, &query).await
}

#[server(endpoint = "list_troubles", input = Json, output = Postcard)]
pub async fn list_troubles() -> Result<FleetTroubles, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.fleet.list_troubles(&caller).await
}

#[server(endpoint = "search", input = Json, output = Postcard)]
pub async fn search(text: String) -> Result<Vec<SearchHit>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.fleet.search(&caller, &text).await
}

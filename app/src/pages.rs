//! One file a page. A page asks a server function and lays out what it answers.

#[cfg(feature = "ssr")]
pub mod alerts;
pub mod blocker;
pub mod blockers;
#[cfg(feature = "ssr")]
pub mod broken;
pub mod client;
#[cfg(feature = "ssr")]
pub mod evidence;
pub mod fleet;
pub mod legacy;
pub mod mfa;
pub mod not_found;
#[cfg(feature = "ssr")]
pub mod readiness;
pub mod review;
#[cfg(feature = "ssr")]
pub mod search;
pub mod settings;
pub mod sync;
pub mod user;
pub mod users;
pub mod what_if;

use domain::ids::TenantId;
use domain::list::ListQuery;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::error::Error;
use crate::urls;

/// The tenant that the address names. What cannot be an id is not found.
fn use_tenant() -> Memo<Result<TenantId, Error>> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("id").unwrap_or_default().parse().map_err(|_| Error::NotFound))
}

/// The list that the address asks for.
fn use_list_query() -> Memo<ListQuery> {
    let params = use_query_map();
    Memo::new(move |_| urls::list_query(&params.read()))
}

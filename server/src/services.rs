//! What the product does, one service an area. Services check the caller's permission, start from the caller's scope, and
//! answer domain types or `app::error::Error`. They implement the app's ports.

pub mod admission;
pub mod alerts;
pub mod audit;
mod connection_facts;
pub mod connections;
mod evidence;
pub mod fleet;
pub mod keys;
pub mod operators;
mod panes;
pub(crate) mod permissions;
pub mod secrets;
pub mod subscriptions;
pub(crate) mod summary;
mod sync_report;
pub mod tenants;
pub mod tokens;

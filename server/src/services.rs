//! What the product does, one service an area. Services check the caller's permission, start from the caller's scope, and
//! answer domain types or `app::error::Error`. They implement the app's ports.

pub mod admission;
pub mod audit;
pub mod fleet;
pub mod operators;
mod panes;
mod summary;
pub mod tenants;

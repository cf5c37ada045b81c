//! Server functions: take the caller and the ports, call, answer. No rule lives here; every one of them authenticates.

pub mod audit;
pub mod connections;
pub mod fleet;
pub mod keys;
pub mod operators;
pub mod preferences;
pub mod session;
pub mod tenants;

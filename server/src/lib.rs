//! The server: sign-in, token vault, Graph client, sync, store, services, jobs and exports.

pub mod clock;
pub mod graph;
pub mod random;
pub mod store;
pub mod timer;
pub mod vault;

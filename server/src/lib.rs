//! The server: sign-in, token vault, Graph client, sync, store, services, jobs and exports.

pub mod clock;
pub mod store;

//! The server: sign-in, token vault, Graph client, sync, store, services, jobs and exports; and the offline audit.

pub mod alerts;
pub mod assess;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod failure;
pub mod graph;
pub mod http;
pub mod jobs;
pub mod log;
pub mod oidc;
pub mod random;
pub mod serve;
pub mod services;
pub mod state;
pub mod store;
pub mod sync;
pub mod timer;
pub mod vault;

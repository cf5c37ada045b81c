//! World tests: the real server and a real database against the pretended Microsoft over HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod alerts;
mod assess;
mod connect;
mod database;
mod demo;
mod graph_client;
mod notifications;
mod office;
mod operators;
mod postgres;
mod process;
mod sign_in;
mod store;
mod sync;
mod vault;
mod world;

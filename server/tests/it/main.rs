//! World tests: the real server and a real database against the pretended Microsoft over HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod access;
mod database;
mod postgres;
mod sign_in;
mod store;
mod world;

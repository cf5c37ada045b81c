//! Graph over real HTTP with real tokens, as the product uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch;
mod delta;
mod directory;
mod failures;
mod licences;
mod partner;
mod permissions;
mod policies;
mod reader;
mod reports;
mod schema;
mod throttling;
mod users;

//! Graph over real HTTP with real tokens, as the product uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch;
mod delegated;
mod delta;
mod directory;
mod failures;
#[path = "../entra/guest.rs"]
#[expect(dead_code, reason = "shared with the sign-in tests, which use all of it")]
mod guest;
mod licences;
mod partner;
mod permissions;
mod policies;
mod reader;
mod reports;
mod schema;
mod subscriptions;
mod throttling;
mod users;

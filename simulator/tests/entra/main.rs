//! The sign-in service over real HTTP, as the product and a browser use it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin_consent;
mod client_credentials;
mod failures;
mod guest;
mod metadata;
mod refresh;
mod service;
mod sign_in;

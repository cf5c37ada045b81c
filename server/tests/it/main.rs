//! World tests: the real server and a real database against the pretended Microsoft over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod sign_in;
mod world;

//! The vocabulary and the pure rules: facts in, verdicts out. No async, no I/O, no clock; compiles to wasm.

pub mod blocker;
pub mod cause;
pub mod change;
pub mod client;
pub mod connection;
pub mod dataset;
pub mod facts;
pub mod finding;
pub mod fleet;
pub mod ids;
pub mod known;
pub mod licence;
pub mod list;
pub mod matrix;
pub mod mfa;
pub mod microsoft_error;
pub mod operator;
pub mod progress;
pub mod readiness;
pub mod review;
pub mod settings;
pub mod sync_health;
pub mod time_words;
pub mod user;
pub mod verdict;
pub mod what_if;

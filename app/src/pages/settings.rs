//! What administrators set, and what everybody may end: connections, operators, audit log, keys, sessions.

pub mod audit;
pub mod connections;
pub mod keys;
pub mod operators;
pub mod sessions;

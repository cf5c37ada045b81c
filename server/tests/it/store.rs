//! The store, on SQLite and on PostgreSQL alike.

mod blocker_work;
mod facts;
mod fleet;
mod lists;
mod migrations;
mod reviews;
mod scope;
mod troubles;
mod verdicts;
pub mod world;

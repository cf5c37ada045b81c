//! The store, on SQLite and on PostgreSQL alike.

mod facts;
mod fleet;
mod lists;
mod migrations;
mod reviews;
mod scope;
mod verdicts;
mod world;

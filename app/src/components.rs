//! Parts of pages that know this product's words: verdicts, connections, datasets, lists, the frame around every page.

pub mod account_menu;
pub mod blocker;
pub mod chrome;
pub mod client_header;
pub mod connection;
pub mod dataset;
pub mod document;
pub mod list_controls;
pub mod live;
pub mod loaded;
pub mod permissions;
pub mod refresh;
pub mod search_dialog;
pub mod simulation;
pub mod since_review;
pub mod sync_state;
pub mod unknown;
pub mod user_table;
pub mod verdict;
pub mod written_sync;

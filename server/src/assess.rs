//! The offline audit of a tenant's exported Graph JSON: a folder in, verdicts out. Asks nobody and keeps nothing.

mod document;
mod folder;
mod groups;
mod policies;
mod report;
mod table;

pub use folder::{Export, Missing, Unusable, read_folder};
pub use report::{Report, UserReport};
pub use table::{Explained, Table};

//! What Microsoft said about a tenant, in our own plain types: what `server/graph` reads, `server/store` keeps and the
//! rules judge. One file an area.

pub mod device;
pub mod directory;
pub mod exchange;
pub mod hybrid;
pub mod policy;
pub mod registration;
pub mod sign_in;

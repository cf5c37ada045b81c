//! Pages, components and server functions, and the ports that the server implements for them.

#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "ssr")]
pub mod caller;
pub mod error;

//! A pretend Microsoft: Entra sign-in and tokens, Graph, and a world of tenants that moves.
//!
//! A library for tests and the demo, and a program of its own. It shares no wire types with the product on purpose: both
//! cannot be wrong together.

pub mod clock;
pub mod faults;
pub mod world;

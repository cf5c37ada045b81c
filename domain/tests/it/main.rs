//! Tests of the rules through their public face.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod cases;
mod microsoft_error;
mod world;

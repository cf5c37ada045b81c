//! Tests of the rules through their public face.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod blockers;
mod cases;
mod findings;
mod microsoft_error;
mod oracle;
mod permissions;
mod readiness;
mod readings;
mod what_if;
mod world;

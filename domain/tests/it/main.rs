//! Tests of the rules through their public face.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod alerts;
mod blocker_work;
mod blockers;
mod cases;
mod findings;
mod microsoft_error;
mod oracle;
mod permissions;
mod readiness;
mod readings;
mod troubles;
mod what_if;
mod world;

//! The MFA verdict: facts in, verdicts with reasons out. A user is judged as somebody would test the account who has the
//! password, an unmanaged device and an ordinary network, and chooses app, client, platform and flow. All sources and all
//! policies that apply count together. What is not proved is never called protected.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::facts::directory::User;
use crate::ids::UserId;
use crate::verdict::Judgement;

mod again;
mod bits;
mod conditions;
mod context;
mod coverage;
mod describe;
mod doubts;
mod factors;
pub mod facts;
mod grant;
mod holes;
mod judge;
mod person;
mod readings;
mod reasons;
mod seen;
mod sources;
mod space;
mod truth;
mod well_known;

pub use again::Was;
pub use describe::describe;
pub use facts::{Fact, TenantFacts};
pub use holes::app_title;
pub use judge::Evaluator;
pub use readings::{LeftOut, PolicyReading, read_policies};
pub use seen::Meets;
pub use sources::{demands_mfa_of_everybody, is_in_force, sources_in_force, stops_legacy_of_everybody};

/// Judges one user of a tenant. `users_read_at`: when the user was read.
pub fn judge(tenant: &TenantFacts, user: &User, users_read_at: Option<DateTime<Utc>>) -> Judgement {
    Evaluator::new(tenant, users_read_at).judge(user)
}

/// Judges all users of a tenant; users whom no fact can tell apart are judged once and share the judgement.
pub fn judge_tenant<'u>(
    tenant: &TenantFacts,
    users: impl IntoIterator<Item = &'u User>,
    users_read_at: Option<DateTime<Utc>>,
) -> Vec<(UserId, Arc<Judgement>)> {
    Evaluator::new(tenant, users_read_at).judge_all(users)
}

//! The authentication strengths that policies may demand.

use crate::graph::Query;
use crate::graph::wire::policy::AuthenticationStrengthPolicy;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let strengths =
        context.rows::<AuthenticationStrengthPolicy>(Query::v1("policies/authenticationStrengthPolicies")).await?;
    Ok(Facts::Strengths(strengths.into_iter().map(Into::into).collect()).into())
}

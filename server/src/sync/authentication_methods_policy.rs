//! Which methods may be used, external ones included.

use crate::graph::Query;
use crate::graph::wire::policy::AuthenticationMethodsPolicy;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let policy: AuthenticationMethodsPolicy =
        context.graph.get_one(&Query::v1("policies/authenticationMethodsPolicy")).await?;
    Ok(Facts::MethodsPolicy(policy.into_facts()).into())
}

//! Whether security defaults are on.

use crate::graph::Query;
use crate::graph::wire::policy::SecurityDefaults;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("policies/identitySecurityDefaultsEnforcementPolicy");
    let policy: SecurityDefaults = context.graph.get_one(&query).await?;
    Ok(Facts::SecurityDefaults(policy.is_enabled()?).into())
}

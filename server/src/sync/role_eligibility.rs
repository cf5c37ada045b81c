//! Who can make themselves an administrator through PIM.

use crate::graph::Query;
use crate::graph::wire::role::RoleHolding;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;
use crate::sync::role_assignments::definitions;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("roleManagement/directory/roleEligibilityScheduleInstances").expand("principal");
    let holdings = context.rows::<RoleHolding>(query).await?;
    if holdings.is_empty() {
        return Ok(Facts::EligibleRoles(Vec::new()).into());
    }
    let definitions = definitions(context).await?;
    Ok(Facts::EligibleRoles(holdings.into_iter().map(|holding| definitions.name(holding, true)).collect()).into())
}

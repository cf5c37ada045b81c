//! Who holds which directory role. A role held by a group counts for its members, whom `policy_groups` reads.

use crate::graph::Query;
use crate::graph::wire::role::{DEFINITION_SELECT, RoleDefinition, RoleDefinitions, RoleHolding};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let definitions = definitions(context).await?;
    let query = Query::v1("roleManagement/directory/roleAssignments").expand("principal");
    let holdings = context.rows::<RoleHolding>(query).await?;
    Ok(Facts::RoleAssignments(holdings.into_iter().map(|holding| definitions.name(holding, false)).collect()).into())
}

pub(super) async fn definitions(context: &Context) -> Result<RoleDefinitions, Fault> {
    let query = Query::v1("roleManagement/directory/roleDefinitions").select(DEFINITION_SELECT);
    let mut definitions = RoleDefinitions::default();
    for definition in context.rows::<RoleDefinition>(query).await? {
        definitions.add(definition);
    }
    Ok(definitions)
}

//! The tenant's name and domains.

use crate::graph::Query;
use crate::graph::wire::organization::{ORGANIZATION_SELECT, Organization};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("organization").select(ORGANIZATION_SELECT);
    let organization = context.rows::<Organization>(query).await?.into_iter().next();
    organization
        .map(|organization| Facts::Organization(organization.into()).into())
        .ok_or_else(|| Fault::surprise("an organization that is empty"))
}

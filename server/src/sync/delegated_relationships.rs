//! The partner's GDAP relationships with clients; read in the partner's own tenant.

use crate::graph::Query;
use crate::graph::wire::relationship::DelegatedAdminRelationship;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("tenantRelationships/delegatedAdminRelationships");
    let relationships = context.rows::<DelegatedAdminRelationship>(query).await?;
    let facts = relationships.into_iter().filter_map(DelegatedAdminRelationship::into_fact).collect();
    Ok(Facts::DelegatedRelationships(facts).into())
}

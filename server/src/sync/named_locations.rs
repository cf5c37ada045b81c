//! The places that policies name.

use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::policy::NamedLocation;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("identity/conditionalAccess/namedLocations").class(BudgetClass::ConditionalAccess);
    let locations = context.rows::<NamedLocation>(query).await?;
    Ok(Facts::NamedLocations(locations.into_iter().map(Into::into).collect()).into())
}

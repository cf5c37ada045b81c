//! Who has registered which methods.

use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::registration::UserRegistrationDetails;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// No document names `$select` and `$top` for this report: it is asked as it is documented.
pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let query = Query::v1("reports/authenticationMethods/userRegistrationDetails").class(BudgetClass::Reports);
    let details = context.rows::<UserRegistrationDetails>(query).await?;
    Ok(Facts::Registrations(details.into_iter().map(Into::into).collect()).into())
}

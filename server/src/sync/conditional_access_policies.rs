//! The Conditional Access policies; none on a tenant without Entra P1.

use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::policy::conditional_access::ConditionalAccessPolicy;
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    // Without the new members of enums a condition could hide behind `unknownFutureValue`.
    let query =
        Query::v1("identity/conditionalAccess/policies").unknown_enum_members().class(BudgetClass::ConditionalAccess);
    let policies = context.rows::<ConditionalAccessPolicy>(query).await?;
    Ok(Facts::Policies(policies.into_iter().map(Into::into).collect()).into())
}

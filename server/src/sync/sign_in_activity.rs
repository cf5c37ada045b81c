//! When each user last signed in. Ten pages a minute for the whole fleet: few tenants read at once, the others come back
//! later instead of holding a worker.

use chrono::TimeDelta;
use domain::dataset::BudgetClass;

use crate::graph::Query;
use crate::graph::wire::user::{ACTIVITY_SELECT, UserActivity};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// Microsoft's limit wherever `signInActivity` is selected.
const PAGE: u32 = 500;
const COME_BACK_AFTER_MINUTES: i64 = 3;
const SPREAD_MINUTES: u128 = 20;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let Ok(_turn) = context.activity_turns.try_acquire() else {
        let spread = i64::try_from(context.tenant.0.as_u128() % SPREAD_MINUTES).unwrap_or_default();
        return Err(Fault::Deferred(TimeDelta::minutes(COME_BACK_AFTER_MINUTES + spread)));
    };
    let query = Query::v1("users").select(ACTIVITY_SELECT).top(PAGE).class(BudgetClass::SignInActivity);
    let activities = context.rows::<UserActivity>(query).await?;
    Ok(Facts::SignInActivity(activities.into_iter().map(Into::into).collect()).into())
}

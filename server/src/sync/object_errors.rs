//! Users and groups that directory sync could not provision. Microsoft's filter is asked for, and not trusted: an object
//! without an error is not in error.

use domain::facts::directory::PrincipalKind;

use crate::graph::Query;
use crate::graph::wire::directory_sync::{OBJECT_SELECT, SyncedObject};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const FILTER: &str = "onPremisesProvisioningErrors/any(o: o/category eq 'PropertyConflict')";

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut errors = Vec::new();
    for (path, kind) in [("users", PrincipalKind::User), ("groups", PrincipalKind::Group)] {
        let query = Query::v1(path).select(OBJECT_SELECT).filter(FILTER).cost(2);
        let mut pages = context.graph.pages::<SyncedObject>(query);
        while let Some(page) = pages.next().await? {
            context.go_on()?;
            errors.extend(page.rows.into_iter().flat_map(|object| object.into_errors(kind)));
        }
    }
    Ok(Facts::ObjectErrors(errors).into())
}

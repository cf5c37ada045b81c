//! Users and groups that services could not take over. Microsoft's filter is asked for, and not trusted: what is resolved is no
//! error, and an answer that leaves the errors out is no answer.

use domain::facts::directory::PrincipalKind;
use domain::facts::hybrid::ServiceError;

use crate::graph::Query;
use crate::graph::wire::hybrid::{SERVICE_SELECT, ServedObject};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const PAGE: u32 = 999;
const FILTER: &str = "serviceProvisioningErrors/any(e: e/isResolved eq false)";

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut errors = Vec::new();
    for (path, kind) in [("users", PrincipalKind::User), ("groups", PrincipalKind::Group)] {
        let query = Query::v1(path).select(SERVICE_SELECT).top(PAGE).cost(2);
        match errors_of(context, query.clone().filter(FILTER), kind).await {
            Ok(found) => errors.extend(found),
            // The form of the filter is not documented: then every object is looked at.
            Err(Fault::Graph(error)) if error.status() == Some(400) => {
                errors.extend(errors_of(context, query, kind).await?);
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(Facts::ServiceErrors(errors).into())
}

async fn errors_of(context: &Context, query: Query, kind: PrincipalKind) -> Result<Vec<ServiceError>, Fault> {
    let mut errors = Vec::new();
    let mut pages = context.graph.pages::<ServedObject>(query);
    while let Some(page) = pages.next().await? {
        context.go_on()?;
        for object in page.rows {
            errors.extend(object.into_errors(kind)?);
        }
    }
    Ok(errors)
}

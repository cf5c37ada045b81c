//! The jobs of Cloud Sync. Its configurations are service principals among hundreds; no filter tells them for sure, so that all
//! are listed and looked at.

use domain::cause::Cause;
use domain::dataset::Outcome;
use domain::facts::hybrid::CloudSyncJob;

use crate::graph::wire::synchronization_job::{PRINCIPAL_SELECT, ServicePrincipal, SynchronizationJob};
use crate::graph::{GraphError, Query};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const PAGE: u32 = 999;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut configurations = Vec::new();
    let mut pages =
        context.graph.pages::<ServicePrincipal>(Query::v1("servicePrincipals").select(PRINCIPAL_SELECT).top(PAGE));
    while let Some(page) = pages.next().await.map_err(of_listing)? {
        context.go_on()?;
        configurations.extend(page.rows.into_iter().filter(ServicePrincipal::is_cloud_sync));
    }
    let mut jobs: Vec<CloudSyncJob> = Vec::new();
    for configuration in configurations {
        context.go_on()?;
        let name = configuration.display_name.unwrap_or_else(|| configuration.id.to_string());
        let query = Query::v1(format!("servicePrincipals/{}/synchronization/jobs", configuration.id));
        let found = context.rows::<SynchronizationJob>(query).await?;
        jobs.extend(found.into_iter().map(|job| job.into_fact(&name)));
    }
    Ok(Facts::CloudSync(jobs).into())
}

/// The list has a permission of its own.
fn of_listing(error: GraphError) -> Fault {
    if error.outcome() != Outcome::NotPermitted {
        return error.into();
    }
    let meaning =
        String::from("The permission Application.Read.All was not granted, and without it Cloud Sync is not found.");
    Fault::Told(Outcome::NotPermitted, Cause { meaning, ..error.cause() })
}

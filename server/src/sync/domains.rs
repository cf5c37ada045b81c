//! The domains, and how the federated ones do MFA.

use domain::facts::directory::Federation;

use crate::graph::Query;
use crate::graph::query::quoted;
use crate::graph::wire::federation::{DOMAIN_SELECT, Domain, InternalDomainFederation};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut domains = Vec::new();
    for domain in context.rows::<Domain>(Query::v1("domains").select(DOMAIN_SELECT)).await? {
        context.go_on()?;
        let federation = if domain.is_federated() { Some(federation(context, &domain).await?) } else { None };
        domains.push(domain.into_fact(federation));
    }
    Ok(Facts::Domains(domains).into())
}

async fn federation(context: &Context, domain: &Domain) -> Result<Federation, Fault> {
    let key = quoted(&domain.id);
    let query = Query::v1(format!("domains/{}/federationConfiguration", key.trim_matches('\'')));
    let configurations = context.rows::<InternalDomainFederation>(query).await?;
    let configuration = configurations.into_iter().next();
    configuration.map(Into::into).ok_or_else(|| Fault::surprise("a federated domain without its federation"))
}

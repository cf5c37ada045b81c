//! Which protocols Exchange lets in: the organisation's switch for SMTP AUTH, and every mailbox's own.

use crate::graph::exchange_admin::Cmdlet;
use crate::graph::wire::exchange::{CasMailbox, OrganizationConfig, TransportConfig, mailboxes, organization};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let graph = &context.graph;
    let transport: Vec<TransportConfig> = graph.exchange_rows(Cmdlet::TransportConfig).await?;
    context.go_on()?;
    let settings: Vec<OrganizationConfig> = match graph.exchange_rows(Cmdlet::OrganizationConfig).await {
        Ok(settings) => settings,
        // A role may show the one and not the other: then modern authentication is not told.
        Err(error) if matches!(error.status(), Some(400 | 401 | 403)) => {
            tracing::info!(tenant = %context.tenant, %error, "the organisation's settings are not shown");
            Vec::new()
        }
        Err(error) => return Err(error.into()),
    };
    context.go_on()?;
    let rows: Vec<CasMailbox> = graph.exchange_rows(Cmdlet::CasMailbox).await?;
    let mailboxes = mailboxes(rows)?;
    let organization = organization(transport, settings, mailboxes.len())?;
    Ok(Facts::ExchangeSettings { organization, mailboxes }.into())
}

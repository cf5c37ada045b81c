//! Exchange's settings of protocols. Microsoft Graph has none of them, and the documented admin API lacks these cmdlets; what
//! answers is the endpoint behind Exchange's own PowerShell module, of which Microsoft promises nothing. Reads alone: no
//! cmdlet that changes anything is ever named here.

use domain::dataset::BudgetClass;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::graph::client::{Call, TenantGraph};
use crate::graph::error::{Failure, GraphError};
use crate::graph::pages::{Collection, Trail};
use crate::graph::query::Query;
use crate::graph::settings::below;
use crate::graph::token::Resource;

/// The application id of Exchange Online in every tenant.
pub const EXCHANGE_APP_ID: &str = "00000002-0000-0ff1-ce00-000000000000";
/// Its permission for applications; what the app may do with it, its roles in the directory say.
pub const MANAGE_AS_APP: &str = "Exchange.ManageAsApp";
/// The mailbox that every organisation has, by which Exchange finds the right server.
const ANCHOR: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// What is asked. Nothing else can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cmdlet {
    TransportConfig,
    OrganizationConfig,
    /// One row a mailbox.
    CasMailbox,
}

impl Cmdlet {
    pub fn name(self) -> &'static str {
        match self {
            Self::TransportConfig => "Get-TransportConfig",
            Self::OrganizationConfig => "Get-OrganizationConfig",
            Self::CasMailbox => "Get-CASMailbox",
        }
    }

    fn properties(self) -> &'static [&'static str] {
        match self {
            Self::TransportConfig => &["SmtpClientAuthenticationDisabled"],
            Self::OrganizationConfig => &["OAuth2ClientProfileEnabled"],
            Self::CasMailbox => &[
                "ExternalDirectoryObjectId",
                "PrimarySmtpAddress",
                "Name",
                "SmtpClientAuthenticationDisabled",
                "PopEnabled",
                "ImapEnabled",
                "ActiveSyncEnabled",
                "EwsEnabled",
                "MAPIEnabled",
            ],
        }
    }
}

impl TenantGraph {
    /// All rows of a cmdlet that only reads.
    pub async fn exchange_rows<T: DeserializeOwned>(&self, cmdlet: Cmdlet) -> Result<Vec<T>, GraphError> {
        let base = &self.shared().settings.exchange_url;
        let query = Query::beta(format!("adminapi/InvokeCommand/{}", cmdlet.name()))
            .class(BudgetClass::Exchange)
            .header("x-anchormailbox", format!("APP:{ANCHOR}@{}", self.tenant()))
            .header("prefer", String::from("odata.maxpagesize=1000"));
        let parameters = match cmdlet {
            Cmdlet::CasMailbox => json!({"ResultSize": "Unlimited"}),
            Cmdlet::TransportConfig | Cmdlet::OrganizationConfig => json!({}),
        };
        let input = json!({"CmdletInput": {"CmdletName": cmdlet.name(), "Parameters": parameters}});
        let body = serde_json::to_vec(&input)
            .map_err(|error| GraphError::new(Failure::Local(error.to_string()), query.label()))?;
        let path = format!("adminapi/beta/{}/InvokeCommand?$select={}", self.tenant(), cmdlet.properties().join(","));
        let mut trail = Trail::starting_at(below(base, &path));
        let mut rows = Vec::new();
        while let Some(url) = trail.take() {
            let call = Call {
                method: Method::POST,
                url: url.clone(),
                body: Some(body.clone()),
                query: &query,
                resource: Resource::Exchange,
                prepaid: false,
                max_bytes: self.shared().settings.max_body_bytes,
            };
            let page: Collection<T> = self.call_json(call).await?;
            rows.extend(page.value);
            let followed = trail.follow(url, page.next_link, base);
            followed.map_err(|failure| GraphError::new(failure, query.label()))?;
        }
        Ok(rows)
    }
}

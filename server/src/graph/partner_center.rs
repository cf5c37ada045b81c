//! Partner Center's one call that is needed: consenting to the app in a client's tenant, without a click by the client.
//! The caller's token comes from the partner's own tenant, with MFA.

use domain::ids::TenantId;
use http::Method;
use serde::Serialize;

use crate::graph::client::{Call, TenantGraph};
use crate::graph::error::{Failure, GraphError};
use crate::graph::query::Query;
use crate::graph::settings::below;
use crate::graph::token::Resource;

/// The application id of Microsoft Graph in every tenant.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationConsent<'a> {
    application_id: &'a str,
    display_name: &'a str,
    application_grants: [ApplicationGrant; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationGrant {
    enterprise_application_id: &'static str,
    scope: String,
}

impl TenantGraph {
    /// Grants delegated `scopes` of Microsoft Graph to the app in `customer`. An existing consent is fine: it is replaced,
    /// because scopes cannot be added to one.
    pub async fn consent_in(
        &self,
        customer: TenantId,
        application_id: &str,
        display_name: &str,
        scopes: &[&str],
    ) -> Result<(), GraphError> {
        let created = self.post_consent(customer, application_id, display_name, scopes).await;
        match created {
            Err(error) if error.status() == Some(409) => {
                self.delete_consent(customer, application_id).await?;
                self.post_consent(customer, application_id, display_name, scopes).await
            }
            other => other,
        }
    }

    async fn post_consent(
        &self,
        customer: TenantId,
        application_id: &str,
        display_name: &str,
        scopes: &[&str],
    ) -> Result<(), GraphError> {
        let grant = ApplicationGrant { enterprise_application_id: GRAPH_APP_ID, scope: scopes.join(", ") };
        let consent = ApplicationConsent { application_id, display_name, application_grants: [grant] };
        let query = consents_of(customer);
        let body = serde_json::to_vec(&consent)
            .map_err(|error| GraphError::new(Failure::Local(error.to_string()), &query.path))?;
        self.call_for_status(self.partner_call(Method::POST, query.path.clone(), Some(body), &query)).await
    }

    /// Takes the consent back; none there is fine.
    pub async fn delete_consent(&self, customer: TenantId, application_id: &str) -> Result<(), GraphError> {
        let query = consents_of(customer);
        let path = format!("{}/{application_id}", query.path);
        match self.call_for_status(self.partner_call(Method::DELETE, path, None, &query)).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    fn partner_call<'a>(&self, method: Method, path: String, body: Option<Vec<u8>>, query: &'a Query) -> Call<'a> {
        Call {
            method,
            url: below(&self.shared().settings.partner_center_url, &path),
            body,
            query,
            resource: Resource::PartnerCenter,
            prepaid: true,
            max_bytes: self.shared().settings.max_body_bytes,
        }
    }
}

fn consents_of(customer: TenantId) -> Query {
    Query::v1(format!("v1/customers/{customer}/applicationconsents"))
}

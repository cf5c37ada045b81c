//! Subscriptions to changes of users: Microsoft is asked to tell of them at an address of ours, for a while.

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::graph::client::{Call, TenantGraph};
use crate::graph::error::{Failure, GraphError};
use crate::graph::query::Query;
use crate::graph::token::Resource;

/// What Microsoft is asked for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSubscription<'a> {
    /// `updated` covers creation and soft deletion; `deleted` is for good.
    change_type: &'static str,
    resource: &'static str,
    notification_url: &'a str,
    lifecycle_notification_url: &'a str,
    expiration_date_time: String,
    client_state: &'a str,
}

impl<'a> NewSubscription<'a> {
    /// To users. `client_state`: what Microsoft has to send along, at most 128 characters.
    pub fn to_users(
        notification_url: &'a str,
        lifecycle_notification_url: &'a str,
        expires_at: DateTime<Utc>,
        client_state: &'a str,
    ) -> Self {
        Self {
            change_type: "updated,deleted",
            resource: "users",
            notification_url,
            lifecycle_notification_url,
            expiration_date_time: time(expires_at),
            client_state,
        }
    }
}

/// What Microsoft has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub id: Uuid,
    #[serde(rename = "expirationDateTime")]
    pub expires_at: DateTime<Utc>,
    pub notification_url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Renewal {
    expiration_date_time: String,
}

impl TenantGraph {
    /// Microsoft asks both addresses whether they want to be told before it answers.
    pub async fn create_subscription(&self, new: &NewSubscription<'_>) -> Result<Subscription, GraphError> {
        let query = Query::v1("subscriptions");
        self.call_json(self.subscription_call(Method::POST, Some(body(new, &query)?), &query)).await
    }

    /// Answers how long it lives now.
    pub async fn renew_subscription(&self, id: Uuid, expires_at: DateTime<Utc>) -> Result<Subscription, GraphError> {
        let query = Query::v1(format!("subscriptions/{id}"));
        let renewal = Renewal { expiration_date_time: time(expires_at) };
        self.call_json(self.subscription_call(Method::PATCH, Some(body(&renewal, &query)?), &query)).await
    }

    /// None there is fine.
    pub async fn delete_subscription(&self, id: Uuid) -> Result<(), GraphError> {
        let query = Query::v1(format!("subscriptions/{id}"));
        match self.call_for_status(self.subscription_call(Method::DELETE, None, &query)).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// Those that this app has in the tenant.
    pub async fn list_subscriptions(&self) -> Result<Vec<Subscription>, GraphError> {
        self.pages(Query::v1("subscriptions")).collect().await
    }

    fn subscription_call<'a>(&self, method: Method, body: Option<Vec<u8>>, query: &'a Query) -> Call<'a> {
        Call {
            method,
            url: query.url(&self.shared().settings.graph_url),
            body,
            query,
            resource: Resource::Graph,
            prepaid: false,
            max_bytes: self.shared().settings.max_body_bytes,
        }
    }
}

fn body(value: &impl Serialize, query: &Query) -> Result<Vec<u8>, GraphError> {
    serde_json::to_vec(value).map_err(|error| GraphError::new(Failure::Local(error.to_string()), query.label()))
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! Graph's refusals: a status, a code, a message, and the headers that come with them.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A refusal.
#[derive(Debug)]
pub(crate) struct GraphError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl GraphError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> GraphError {
        GraphError { status, code, message: message.into(), headers: Vec::new() }
    }

    pub fn with_header(mut self, name: HeaderName, value: &str) -> GraphError {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    pub fn bad_request(message: impl Into<String>) -> GraphError {
        GraphError::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// A form of query that this resource does not answer, or only with `ConsistencyLevel: eventual`.
    pub fn unsupported_query(message: impl Into<String>) -> GraphError {
        GraphError::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    pub fn unknown_property(name: &str, kind: &str) -> GraphError {
        GraphError::bad_request(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
        ))
    }

    /// A property that exists and cannot be listed.
    pub fn not_listable() -> GraphError {
        let message = "This operation target is not yet supported.";
        GraphError::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    pub fn denied() -> GraphError {
        let message = "Insufficient privileges to complete the operation.";
        GraphError::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    /// What sign-in logs and registration details answer without Entra P1.
    pub fn not_premium() -> GraphError {
        let message = "Neither tenant is B2C or tenant doesn't have premium license";
        GraphError::new(StatusCode::FORBIDDEN, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
    }

    /// What PIM answers without Entra P2.
    pub fn no_p2() -> GraphError {
        let message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
        GraphError::new(StatusCode::BAD_REQUEST, "AadPremiumLicenseRequired", message)
    }

    pub fn no_such_resource(id: &str) -> GraphError {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        GraphError::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    pub fn no_such_segment(segment: &str) -> GraphError {
        GraphError::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    pub fn unauthorized(message: &str) -> GraphError {
        GraphError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message).with_header(
            header::WWW_AUTHENTICATE,
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             client_id=\"00000003-0000-0000-c000-000000000000\"",
        )
    }

    /// The body, in Graph's shape.
    pub fn body(&self, request_id: Uuid, client_request_id: &str, now: DateTime<Utc>) -> Value {
        let mut inner = json!({
            "date": now.format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request_id,
            "client-request-id": client_request_id
        });
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            inner["code"] = json!("429");
            inner["status"] = json!("429");
            inner["message"] = json!("Please retry after");
        }
        json!({"error": {"code": self.code, "message": self.message, "innerError": inner}})
    }
}

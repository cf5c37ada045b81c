//! One request after sign-in, and the answer to it.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::GraphError;
use super::query::Query;
use crate::service::Service;
use crate::tokens::Verified;
use crate::world::{Tenant, World};

/// The version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    Beta,
}

impl Version {
    pub fn segment(self) -> &'static str {
        match self {
            Version::V1 => "v1.0",
            Version::Beta => "beta",
        }
    }
}

/// A request of somebody known, at one tenant.
pub(crate) struct Call<'a> {
    pub service: &'a Service,
    pub world: &'a World,
    pub tenant: &'a Tenant,
    pub caller: &'a Verified,
    pub version: Version,
    pub now: DateTime<Utc>,
    /// Starts with the version, e.g. `/v1.0/users`.
    pub path: &'a str,
    /// The variable parts of the path, decoded, in their order.
    pub parts: Vec<String>,
    pub query: &'a Query,
}

impl Call<'_> {
    /// The `n`th variable part of the path.
    pub fn part(&self, n: usize) -> &str {
        self.parts.get(n).map_or("", String::as_str)
    }

    /// Whether the token bears one of the permissions, delegated or not.
    pub fn has_any(&self, permissions: &[&str]) -> bool {
        let granted = if self.caller.user.is_some() { &self.caller.scopes } else { &self.caller.roles };
        permissions.iter().any(|permission| granted.contains(*permission))
    }
}

/// An answer in the making: JSON is written as it comes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    has_rows: bool,
}

impl Answer {
    /// A whole document.
    pub fn json(document: &impl Serialize) -> Result<Answer, GraphError> {
        let body = serde_json::to_vec(document).map_err(unwritable)?;
        Ok(Answer { status: StatusCode::OK, headers: Vec::new(), body, has_rows: false })
    }

    /// A single object with its context, e.g. `$metadata#users/$entity`.
    pub fn object(call: &Call<'_>, context: &str, document: &impl Serialize) -> Result<Answer, GraphError> {
        let mut answer = Answer::page(call, &format!("$metadata#{context}"));
        let text = serde_json::to_vec(document).map_err(unwritable)?;
        if text.len() > 2 {
            answer.body.push(b',');
            answer.body.extend_from_slice(&text[1..text.len() - 1]);
        }
        Ok(answer.end())
    }

    /// A collection that is told at once, without paging.
    pub fn rows<T: Serialize>(
        call: &Call<'_>,
        context: &str,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<Answer, GraphError> {
        let mut answer = Answer::page(call, &format!("$metadata#{context}"));
        answer.begin_rows();
        for row in rows {
            answer.row(&row)?;
        }
        answer.end_rows();
        Ok(answer.end())
    }

    /// Begins an object that holds its context and nothing else yet.
    pub fn page(call: &Call<'_>, context: &str) -> Answer {
        let body = format!("{{\"@odata.context\":\"{}/{}/{context}\"", call.service.urls.graph, call.version.segment());
        Answer { status: StatusCode::OK, headers: Vec::new(), body: body.into_bytes(), has_rows: false }
    }

    pub fn entry(&mut self, name: &str, value: &impl Serialize) -> Result<(), GraphError> {
        self.body.extend_from_slice(format!(",\"{name}\":").as_bytes());
        serde_json::to_writer(&mut self.body, value).map_err(unwritable)
    }

    pub fn begin_rows(&mut self) {
        self.body.extend_from_slice(b",\"value\":[");
        self.has_rows = false;
    }

    pub fn row(&mut self, row: &impl Serialize) -> Result<(), GraphError> {
        if self.has_rows {
            self.body.push(b',');
        }
        self.has_rows = true;
        serde_json::to_writer(&mut self.body, row).map_err(unwritable)
    }

    pub fn end_rows(&mut self) {
        self.body.push(b']');
    }

    pub fn end(mut self) -> Answer {
        self.body.push(b'}');
        self
    }

    /// Somewhere else.
    pub fn redirect(location: &str) -> Answer {
        let headers = HeaderValue::from_str(location).ok().map(|value| (header::LOCATION, value)).into_iter().collect();
        Answer { status: StatusCode::FOUND, headers, body: Vec::new(), has_rows: false }
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub fn into_response(self) -> Response {
        let has_body = !self.body.is_empty();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if has_body {
            let json = HeaderValue::from_static(
                "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
            );
            response.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        response.headers_mut().extend(self.headers);
        response
    }
}

fn unwritable(error: serde_json::Error) -> GraphError {
    GraphError::new(StatusCode::INTERNAL_SERVER_ERROR, "generalException", error.to_string())
}

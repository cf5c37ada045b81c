//! `$batch`: up to twenty requests in one, each throttled and refused on its own, dependencies kept.

use std::collections::{HashMap, HashSet};

use axum::http::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::{Answer, Version};
use super::error::GraphError;
use super::{Asked, Graph};
use crate::tokens::Verified;
use crate::world::World;

const MOST: usize = 20;

#[derive(Debug, Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// The version of a batch's path, if it is one.
pub(super) fn version(target: &str) -> Option<Version> {
    [Version::V1, Version::Beta].into_iter().find(|version| {
        let path = target.split('?').next().unwrap_or_default();
        path == format!("/{}/$batch", version.segment()) || path == format!("/{}/%24batch", version.segment())
    })
}

pub(super) fn answer(
    graph: &Graph,
    world: &World,
    caller: &Verified,
    version: Version,
    method: &Method,
    body: &[u8],
) -> Result<Answer, GraphError> {
    if method != Method::POST {
        let message = "Specified HTTP method is not allowed for the request target.";
        return Err(GraphError::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message));
    }
    let batch: Batch = serde_json::from_slice(body)
        .map_err(|error| GraphError::bad_request(format!("Invalid batch payload format: {error}.")))?;
    check(&batch)?;
    let mut statuses: HashMap<&str, u16> = HashMap::new();
    let mut responses = Vec::with_capacity(batch.requests.len());
    for item in &batch.requests {
        let failed = item.depends_on.iter().any(|id| statuses.get(id.as_str()).is_none_or(|status| *status >= 400));
        let response = if failed {
            let error = GraphError::new(StatusCode::FAILED_DEPENDENCY, "FailedDependency", "A dependency failed.");
            refused(graph, item, &error)
        } else {
            one(graph, world, caller, version, item)
        };
        statuses.insert(&item.id, response["status"].as_u64().map_or(500, |status| status as u16));
        responses.push(response);
    }
    // Microsoft answers in any order; the last first, so that nobody relies on theirs.
    responses.reverse();
    Answer::json(&json!({"responses": responses}))
}

fn check(batch: &Batch) -> Result<(), GraphError> {
    if batch.requests.is_empty() || batch.requests.len() > MOST {
        return Err(GraphError::bad_request(format!("A batch takes 1 to {MOST} requests.")));
    }
    let mut ids = HashSet::new();
    for item in &batch.requests {
        if !ids.insert(item.id.as_str()) {
            return Err(GraphError::bad_request(format!("Duplicate request id '{}'.", item.id)));
        }
        let has_type = item.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        if item.body.is_some() && !has_type {
            return Err(GraphError::bad_request("A request with a body needs a Content-Type header."));
        }
    }
    Ok(())
}

fn one(graph: &Graph, world: &World, caller: &Verified, version: Version, item: &Item) -> Value {
    let Ok(method) = Method::from_bytes(item.method.to_ascii_uppercase().as_bytes()) else {
        return refused(graph, item, &GraphError::bad_request("Unknown method."));
    };
    let target = format!("/{}/{}", version.segment(), item.url.trim_start_matches('/'));
    if let Some(retry_after) = graph.service.faults.take_throttling(caller.tenant, &target) {
        let mut error = GraphError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
        if let Some(seconds) = retry_after {
            error = error.with_header(header::RETRY_AFTER, &seconds.to_string());
        }
        return refused(graph, item, &error);
    }
    let eventual = item
        .headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("consistencylevel") && value.eq_ignore_ascii_case("eventual"));
    match graph.ask(world, caller, &Asked { method, target: &target, eventual }) {
        Err(error) => refused(graph, item, &error),
        Ok(answer) => {
            let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
            let mut headers = header_map(&answer.headers);
            if !body.is_null() {
                headers.insert(header::CONTENT_TYPE.to_string(), json!("application/json"));
            }
            json!({"id": item.id, "status": answer.status.as_u16(), "headers": headers, "body": body})
        }
    }
}

fn refused(graph: &Graph, item: &Item, error: &GraphError) -> Value {
    let id = graph.service.random.uuid();
    let body = error.body(id, &id.to_string(), graph.service.clock.now());
    json!({"id": item.id, "status": error.status.as_u16(), "headers": header_map(&error.headers), "body": body})
}

/// Headers as JSON, written as Microsoft writes the one that matters.
fn header_map(headers: &[(header::HeaderName, header::HeaderValue)]) -> Map<String, Value> {
    let name =
        |name: &header::HeaderName| if name == header::RETRY_AFTER { "Retry-After".into() } else { name.to_string() };
    headers.iter().filter_map(|(key, value)| Some((name(key), json!(value.to_str().ok()?)))).collect()
}

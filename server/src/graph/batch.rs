//! `$batch`: up to 20 questions in one exchange. Saves round trips, not quota: every item spends its own budget, is
//! throttled alone and is asked again alone.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::client::{Call, TenantGraph};
use crate::graph::error::{Failure, GraphError};
use crate::graph::exchange::{Answer, place, refusal};
use crate::graph::query::{Query, Version};
use crate::graph::retry::{LONGEST_WAIT, Retry, back_off, decide};
use crate::graph::settings::below;
use crate::graph::token::Resource;

/// Microsoft's limit for one batch.
const MOST_ITEMS: usize = 20;

#[derive(Serialize)]
struct Batch<'a> {
    requests: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    method: &'static str,
    url: String,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    headers: HashMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
struct BatchAnswer {
    responses: Vec<ItemAnswer>,
}

#[derive(Deserialize)]
struct ItemAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(default)]
    body: Value,
}

pub(crate) async fn run<T: DeserializeOwned>(
    graph: &TenantGraph,
    queries: &[Query],
) -> Result<Vec<Result<T, GraphError>>, GraphError> {
    let mut answers: Vec<Option<Result<T, GraphError>>> = Vec::new();
    answers.resize_with(queries.len(), || None);
    for version in [Version::V1, Version::Beta] {
        let places: Vec<usize> = (0..queries.len()).filter(|place| queries[*place].version == version).collect();
        for chunk in places.chunks(MOST_ITEMS) {
            run_chunk(graph, version, queries, chunk, &mut answers).await?;
        }
    }
    let missing = |query: &Query| GraphError::new(Failure::Shape(String::from("an item got no answer")), query.label());
    Ok(answers.into_iter().zip(queries).map(|(answer, query)| answer.unwrap_or_else(|| Err(missing(query)))).collect())
}

/// Asks for the items at `chunk`, and again for those that are worth it.
async fn run_chunk<T: DeserializeOwned>(
    graph: &TenantGraph,
    version: Version,
    queries: &[Query],
    chunk: &[usize],
    answers: &mut [Option<Result<T, GraphError>>],
) -> Result<(), GraphError> {
    let surroundings = &graph.shared().surroundings;
    let started = surroundings.timer.elapsed();
    let mut waits = back_off(surroundings.random.number());
    let mut open: Vec<usize> = chunk.to_vec();
    let mut failed = 0;
    loop {
        let mut responses = ask(graph, version, queries, &open).await?;
        failed += 1;
        let (mut again, mut wait) = (Vec::new(), Duration::ZERO);
        for place in open {
            let Some(response) = responses.remove(&place.to_string()) else { continue };
            let result = read(graph, response, &queries[place]);
            if let Err(error) = &result
                && failed < graph.shared().settings.max_attempts
            {
                match decide(error, failed) {
                    Retry::After(asked) if asked <= LONGEST_WAIT => {
                        wait = wait.max(asked);
                        again.push(place);
                    }
                    Retry::BackOff => again.push(place),
                    Retry::After(_) | Retry::Never => {}
                }
            }
            answers[place] = Some(result);
        }
        wait = wait.max(waits.next().filter(|_| wait.is_zero()).unwrap_or_default());
        let spent = surroundings.timer.elapsed().saturating_sub(started);
        if again.is_empty() || spent + wait >= graph.deadline() {
            return Ok(());
        }
        surroundings.timer.sleep(wait).await;
        open = again;
    }
}

async fn ask(
    graph: &TenantGraph,
    version: Version,
    queries: &[Query],
    places: &[usize],
) -> Result<HashMap<String, ItemAnswer>, GraphError> {
    let token = graph.token().await?;
    for place in places {
        graph.spend(&token, &queries[*place]).await;
    }
    let item = |place: &usize| Item {
        id: place.to_string(),
        method: "GET",
        url: queries[*place].relative(),
        headers: graph.options(&queries[*place]).into_iter().collect(),
    };
    let requests = places.iter().map(item).collect();
    let question = match version {
        Version::V1 => Query::v1("$batch"),
        Version::Beta => Query::beta("$batch"),
    };
    let body = serde_json::to_vec(&Batch { requests })
        .map_err(|error| GraphError::new(Failure::Local(error.to_string()), question.label()))?;
    let call = Call {
        method: Method::POST,
        url: format!("{}/$batch", below(&graph.shared().settings.graph_url, version.segment())),
        body: Some(body),
        query: &question,
        resource: Resource::Graph,
        prepaid: true,
        max_bytes: graph.shared().settings.max_body_bytes,
    };
    let answer: BatchAnswer = graph.call_json(call).await?;
    Ok(answer.responses.into_iter().map(|response| (response.id.clone(), response)).collect())
}

fn read<T: DeserializeOwned>(graph: &TenantGraph, response: ItemAnswer, query: &Query) -> Result<T, GraphError> {
    let asked = query.label();
    let shape = |text: String| GraphError::new(Failure::Shape(text), &asked);
    let status = StatusCode::from_u16(response.status).map_err(|error| shape(error.to_string()))?;
    if status.is_success() {
        return T::deserialize(response.body).map_err(|error| shape(place(&error)));
    }
    let body = serde_json::to_vec(&response.body).map_err(|error| shape(place(&error)))?;
    let answer = Answer { status, headers: headers_of(response.headers), body };
    Err(refusal(&answer, graph.shared().surroundings.clock.now(), &asked))
}

/// An item's headers come as JSON; those that are not headers are left out.
fn headers_of(items: HashMap<String, Value>) -> HeaderMap {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    items
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(text(value)).ok()?)))
        .collect()
}

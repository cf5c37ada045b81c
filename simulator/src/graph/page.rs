//! Pages of a collection: filter, sort, count, and links to the next page that are opaque and die after an hour.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::call::{Answer, Call};
use super::entity::{self, Entity, Selected};
use super::error::GraphError;
use super::filter::Filter;

/// How long a link to the next page lives.
const PAGE_LIFE: TimeDelta = TimeDelta::hours(1);
/// Collections of some dozens of rows are told at once unless a client wants smaller pages.
const LARGEST_SMALL_PAGE: usize = 999;

/// A collection and what may be asked of it.
pub(crate) struct Collection<'a, E> {
    /// After `$metadata#`, e.g. `users`.
    pub context: &'a str,
    /// Positions run from 0 to here; a position may be empty.
    pub len: usize,
    pub at: &'a dyn Fn(usize) -> Option<E>,
    pub default_page: usize,
    pub max_page: usize,
    /// Properties that a filter may name, with the filters it may use on them.
    pub filters: &'a [(&'a str, Allowed)],
    pub order_by: &'a [&'a str],
    /// Knows advanced queries (`ConsistencyLevel`).
    pub is_directory: bool,
    /// Properties to write; already checked.
    pub properties: Vec<&'static str>,
}

/// Filters on a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// `eq` alone.
    Eq,
    Any,
}

/// Where the next page begins; `len` fixes the collection as it was at the first page.
#[derive(Debug, Deserialize, Serialize)]
struct PageToken {
    next: usize,
    len: usize,
    query: String,
    ends: i64,
}

/// Answers one page.
pub(crate) fn list<E: Entity>(call: &Call<'_>, collection: &Collection<'_, E>) -> Result<Answer, GraphError> {
    let query = call.query;
    let top = query.top(collection.default_page, collection.max_page)?;
    let filter = query.get("filter").map(Filter::parse).transpose()?;
    if let Some(filter) = &filter {
        check(filter, collection, query.is_advanced())?;
    }
    let order = query.get("orderby").map(|text| order::<E>(text, collection.order_by)).transpose()?;
    if collection.is_directory && order.is_some() && filter.is_some() && !query.is_advanced() {
        let message =
            "Sorting not supported for current query: $filter with $orderby needs ConsistencyLevel: eventual.";
        return Err(GraphError::unsupported_query(message));
    }
    let base = format!("{}?{}", call.path, query.without_page_token());
    let (start, len) = match query.get("skiptoken") {
        Some(token) => resume(token, &base, call.now)?,
        None => (0, collection.len),
    };
    let passes = |row: &E| filter.as_ref().is_none_or(|filter| filter.matches(&|name| entity::value(row, name)));

    let mut answer = Answer::page(call, &format!("$metadata#{}", collection.context));
    if query.wants_count() && query.get("skiptoken").is_none() && (query.eventual || !collection.is_directory) {
        let count = (0..len).filter_map(collection.at).filter(|row| passes(row)).count();
        answer.entry("@odata.count", &count)?;
    }
    let order = order.map(|order| sorted(collection, len, &order));
    let position = |n: usize| order.as_ref().map_or(Some(n), |order| order.get(n).copied());
    answer.begin_rows();
    let (mut written, mut at) = (0, start);
    let mut more = false;
    while at < len {
        if let Some(row) = position(at).and_then(collection.at).filter(passes) {
            if written == top {
                more = true;
                break;
            }
            answer.row(&Selected { row: &row, properties: &collection.properties })?;
            written += 1;
        }
        at += 1;
    }
    answer.end_rows();
    if more {
        answer.entry("@odata.nextLink", &next_link(call, &base, at, len))?;
    }
    Ok(answer.end())
}

/// Answers one page of rows that are JSON already: the small collections.
pub(crate) fn values(call: &Call<'_>, context: &str, rows: &[Value]) -> Result<Answer, GraphError> {
    let top = call.query.top(LARGEST_SMALL_PAGE, LARGEST_SMALL_PAGE)?;
    let base = format!("{}?{}", call.path, call.query.without_page_token());
    let start = call.query.get("skiptoken").map_or(Ok(0), |token| Ok(resume(token, &base, call.now)?.0))?;
    let mut answer = Answer::page(call, &format!("$metadata#{context}"));
    if call.query.wants_count() && start == 0 {
        answer.entry("@odata.count", &rows.len())?;
    }
    answer.begin_rows();
    for row in rows.iter().skip(start).take(top) {
        answer.row(row)?;
    }
    answer.end_rows();
    if start + top < rows.len() {
        answer.entry("@odata.nextLink", &next_link(call, &base, start + top, rows.len()))?;
    }
    Ok(answer.end())
}

fn next_link(call: &Call<'_>, base: &str, next: usize, len: usize) -> String {
    let ends = (call.now + PAGE_LIFE).timestamp();
    let token = seal(&PageToken { next, len, query: fingerprint(base), ends });
    let separator = if base.ends_with('?') { "" } else { "&" };
    format!("{}{base}{separator}$skiptoken={token}", call.service.urls.graph)
}

fn check<E: Entity>(filter: &Filter, collection: &Collection<'_, E>, is_advanced: bool) -> Result<(), GraphError> {
    if collection.is_directory && filter.is_advanced() && !is_advanced {
        let message = "Operator or property not supported without ConsistencyLevel: eventual and $count=true.";
        return Err(GraphError::unsupported_query(message));
    }
    let mut refusal = None;
    filter.leaves(&mut |name, leaf| {
        let is_known = E::PROPERTIES.iter().any(|property| property.name.eq_ignore_ascii_case(name));
        let allowed = collection.filters.iter().find(|(filterable, _)| filterable.eq_ignore_ascii_case(name));
        let is_eq = matches!(leaf, Filter::Compare { operator: super::filter::Operator::Eq, .. });
        if !is_known {
            refusal = Some(GraphError::bad_request(format!(
                "Invalid filter clause: Could not find a property named '{name}' on type '{}'.",
                E::TYPE
            )));
        } else if allowed.is_none() || (allowed.is_some_and(|(_, a)| *a == Allowed::Eq) && !is_eq) {
            refusal = Some(GraphError::unsupported_query(format!(
                "Unsupported or invalid query filter clause specified for property '{name}'."
            )));
        }
    });
    refusal.map_or(Ok(()), Err)
}

struct Order {
    property: String,
    descending: bool,
}

fn order<E: Entity>(text: &str, allowed: &[&str]) -> Result<Order, GraphError> {
    let (property, direction) = text.trim().split_once(' ').unwrap_or((text.trim(), "asc"));
    let descending = match direction.trim() {
        "asc" => false,
        "desc" => true,
        other => return Err(GraphError::bad_request(format!("Invalid $orderby direction '{other}'."))),
    };
    if allowed.iter().any(|name| name.eq_ignore_ascii_case(property)) {
        return Ok(Order { property: property.into(), descending });
    }
    if E::PROPERTIES.iter().any(|known| known.name.eq_ignore_ascii_case(property)) {
        return Err(GraphError::unsupported_query(format!(
            "Unsupported sort property '{property}' for '{}'.",
            E::TYPE
        )));
    }
    Err(GraphError::unknown_property(property, E::TYPE))
}

/// Positions in the asked order; equal rows keep theirs.
fn sorted<E: Entity>(collection: &Collection<'_, E>, len: usize, order: &Order) -> Vec<usize> {
    let key = |position: usize| (collection.at)(position).map(|row| sort_key(&entity::value(&row, &order.property)));
    let mut keyed: Vec<_> = (0..len).filter_map(|position| Some((key(position)?, position))).collect();
    keyed.sort();
    if order.descending {
        keyed.reverse();
    }
    keyed.into_iter().map(|(_, position)| position).collect()
}

fn sort_key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

fn resume(token: &str, base: &str, now: DateTime<Utc>) -> Result<(usize, usize), GraphError> {
    let token: PageToken = open(token).ok_or_else(unreadable)?;
    if token.query != fingerprint(base) {
        return Err(unreadable());
    }
    if token.ends < now.timestamp() {
        let message = "The specified page token value has expired and can no longer be included in your request.";
        return Err(GraphError::new(StatusCode::BAD_REQUEST, "Directory_ExpiredPageToken", message));
    }
    Ok((token.next, token.len))
}

/// How long the collection was at the first page of a token's query.
pub(crate) fn length(token: &str) -> Result<usize, GraphError> {
    open::<PageToken>(token).map(|token| token.len).ok_or_else(unreadable)
}

fn unreadable() -> GraphError {
    let message = "The specified page token is not valid for this query.";
    GraphError::new(StatusCode::BAD_REQUEST, "Directory_UnsupportedPageToken", message)
}

fn fingerprint(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..9])
}

/// Makes an opaque token that tells whether it was tampered with.
pub(crate) fn seal<T: Serialize>(content: &T) -> String {
    let content = serde_json::to_vec(content).unwrap_or_default();
    let mut bytes = Sha256::digest(&content)[..6].to_vec();
    bytes.extend(content);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token made by [`seal`].
pub(crate) fn open<T: DeserializeOwned>(token: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (check, content) = bytes.split_at_checked(6)?;
    (Sha256::digest(content)[..6] == *check).then(|| serde_json::from_slice(content).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_open_only_as_they_were_sealed() {
        let token = seal(&7_u32);
        assert_eq!(open::<u32>(&token), Some(7));
        assert_eq!(open::<u32>(&format!("A{}", &token[1..])), None);
        assert_eq!(open::<u32>("nonsense"), None);
    }
}

//! Changes since the last reading. When Microsoft has forgotten that reading (410, `syncStateNotFound`), everything is read
//! again and the caller is told to drop what this run gave so far.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::graph::client::TenantGraph;
use crate::graph::error::{Failure, GraphError};
use crate::graph::exchange::place;
use crate::graph::pages::{Collection, Trail, same_origin};
use crate::graph::query::Query;

/// A row that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    pub id: String,
    /// `changed`: in the bin, can be restored. `deleted`: for good.
    pub reason: String,
}

#[derive(Debug)]
pub enum Step<T> {
    Page {
        changed: Vec<T>,
        removed: Vec<Removed>,
    },
    /// What came before counts for nothing: from here on everything is read anew.
    Restarted,
}

/// A delta reading under way.
pub struct Delta<T> {
    graph: TenantGraph,
    query: Query,
    trail: Trail,
    full: bool,
    restarted: bool,
    link: Option<String>,
    rows: PhantomData<fn() -> T>,
}

#[derive(Deserialize)]
struct RemovedMark {
    reason: Option<String>,
}

impl<T: DeserializeOwned> Delta<T> {
    pub(crate) fn new(graph: TenantGraph, query: Query, link: Option<String>) -> Self {
        let base = &graph.shared().settings.graph_url;
        let link = link.filter(|link| same_origin(link, base));
        let full = link.is_none();
        let trail = Trail::starting_at(link.unwrap_or_else(|| query.url(base)));
        Self { graph, query, trail, full, restarted: false, link: None, rows: PhantomData }
    }

    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Step<T>>, GraphError> {
        let Some(url) = self.trail.take() else { return Ok(None) };
        let page: Collection<Value> = match self.graph.get_url(url.clone(), &self.query).await {
            Ok(page) => page,
            Err(error) if error.is_resync() && !self.restarted => {
                self.restart(error.location());
                return Ok(Some(Step::Restarted));
            }
            Err(error) => return Err(error),
        };
        let fail = |failure| GraphError::new(failure, self.query.label());
        if let Some(link) = page.delta_link {
            if !same_origin(&link, &self.graph.shared().settings.graph_url) {
                return Err(fail(Failure::ForeignLink));
            }
            self.link = Some(link);
        }
        self.trail.follow(url, page.next_link, &self.graph.shared().settings.graph_url).map_err(fail)?;
        sort(page.value).map(Some).map_err(fail)
    }

    /// Everything is read, not only changes: rows that do not come are gone.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Where the next reading starts; there after the last page.
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    fn restart(&mut self, location: Option<&str>) {
        let base = &self.graph.shared().settings.graph_url;
        let start = location
            .filter(|location| same_origin(location, base) && carries_state(location))
            .map_or_else(|| self.query.url(base), str::to_owned);
        (self.full, self.restarted, self.link) = (true, true, None);
        self.trail = Trail::starting_at(start);
    }
}

/// A location with an empty token only says "from the start", and has lost `$select`: our own first question is better.
fn carries_state(location: &str) -> bool {
    Url::parse(location).is_ok_and(|location| {
        location.query_pairs().any(|(name, value)| {
            matches!(name.as_ref(), "$deltatoken" | "$skiptoken") && !value.is_empty() && value != "latest"
        })
    })
}

fn sort<T: DeserializeOwned>(rows: Vec<Value>) -> Result<Step<T>, Failure> {
    let (mut changed, mut removed) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match row.get("@removed") {
            None => changed.push(T::deserialize(row).map_err(|error| Failure::Shape(place(&error)))?),
            Some(mark) => {
                let id = row.get("id").and_then(Value::as_str);
                let id = id.ok_or_else(|| Failure::Shape(String::from("a removed row without an id")))?;
                let mark = RemovedMark::deserialize(mark).map_err(|error| Failure::Shape(place(&error)))?;
                removed.push(Removed { id: id.to_owned(), reason: mark.reason.unwrap_or_default() });
            }
        }
    }
    Ok(Step::Page { changed, removed })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn removed_rows_are_told_from_changed_ones() {
        let rows = vec![
            json!({"id": "a", "accountEnabled": false}),
            json!({"id": "b", "@removed": {"reason": "changed"}}),
            json!({"id": "c", "@removed": {"reason": "deleted"}}),
        ];
        let Step::Page { changed, removed } = sort::<Value>(rows).unwrap() else { panic!("a page") };
        assert_eq!(changed, [json!({"id": "a", "accountEnabled": false})]);
        let reasons: Vec<_> = removed.iter().map(|gone| (gone.id.as_str(), gone.reason.as_str())).collect();
        assert_eq!(reasons, [("b", "changed"), ("c", "deleted")]);
        assert!(sort::<Value>(vec![json!({"@removed": {}})]).is_err());
    }

    #[test]
    fn an_empty_token_means_our_own_first_question() {
        assert!(!carries_state("https://graph.microsoft.com/v1.0/users/delta?$deltatoken="));
        assert!(!carries_state("https://graph.microsoft.com/v1.0/users/delta?$deltatoken=latest"));
        assert!(carries_state("https://graph.microsoft.com/v1.0/users/delta?$deltatoken=abc"));
    }
}

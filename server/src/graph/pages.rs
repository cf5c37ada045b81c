//! A collection of Graph, one page in memory at a time. Links are followed verbatim, only to where they came from, and
//! never twice.

use std::collections::HashSet;
use std::marker::PhantomData;

use futures::Stream;
use futures::stream;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::graph::client::TenantGraph;
use crate::graph::error::{Failure, GraphError};
use crate::graph::query::Query;

/// One page as it is on the wire.
#[derive(Debug, Deserialize)]
pub(crate) struct Collection<T> {
    pub value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub delta_link: Option<String>,
    #[serde(rename = "@odata.count")]
    pub count: Option<u64>,
}

/// The rows of one page.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// All rows of the collection; on the first page of an advanced query alone.
    pub count: Option<u64>,
}

/// Where to go next: the guard that both plain and delta reading go through.
#[derive(Debug)]
pub(crate) struct Trail {
    next: Option<String>,
    seen: HashSet<String>,
}

impl Trail {
    pub fn starting_at(url: String) -> Self {
        Self { next: Some(url), seen: HashSet::new() }
    }

    /// The page to read now; `None` after the last.
    pub fn take(&mut self) -> Option<String> {
        self.next.take()
    }

    /// Accepts the link to the page after `current`, or says what is wrong with it.
    pub fn follow(&mut self, current: String, link: Option<String>, base: &Url) -> Result<(), Failure> {
        self.seen.insert(current);
        let Some(link) = link else { return Ok(()) };
        if !same_origin(&link, base) {
            return Err(Failure::ForeignLink);
        }
        if self.seen.contains(&link) {
            return Err(Failure::PageLoop);
        }
        self.next = Some(link);
        Ok(())
    }
}

pub(crate) fn same_origin(link: &str, base: &Url) -> bool {
    Url::parse(link).is_ok_and(|link| link.origin() == base.origin())
}

/// A collection that is being read.
pub struct Pages<T> {
    graph: TenantGraph,
    query: Query,
    trail: Trail,
    rows: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(crate) fn new(graph: TenantGraph, query: Query) -> Self {
        let trail = Trail::starting_at(query.url(&graph.shared().settings.graph_url));
        Self { graph, query, trail, rows: PhantomData }
    }

    /// The next page, which may be empty; `None` after the last. After an error there is no next page.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, GraphError> {
        let Some(url) = self.trail.take() else { return Ok(None) };
        let page: Collection<T> = self.graph.get_url(url.clone(), &self.query).await?;
        self.trail
            .follow(url, page.next_link, &self.graph.shared().settings.graph_url)
            .map_err(|failure| GraphError::new(failure, self.query.label()))?;
        Ok(Some(Page { rows: page.value, count: page.count }))
    }

    /// All rows at once: for collections that are small by nature.
    pub async fn collect(mut self) -> Result<Vec<T>, GraphError> {
        let mut rows = Vec::new();
        while let Some(page) = self.next().await? {
            rows.extend(page.rows);
        }
        Ok(rows)
    }

    /// The pages as a stream; it ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Page<T>, GraphError>> {
        stream::unfold(Some(self), |pages| async move {
            let mut pages = pages?;
            match pages.next().await {
                Ok(Some(page)) => Some((Ok(page), Some(pages))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    #[test]
    fn a_trail_never_leads_away_nor_in_circles() {
        let base = Url::parse("https://graph.microsoft.com").unwrap();
        let page = |n: u32| format!("https://graph.microsoft.com/v1.0/users?$skiptoken={n}");
        let mut trail = Trail::starting_at(page(0));
        let first = trail.take().unwrap();
        trail.follow(first, Some(page(1)), &base).unwrap();
        let second = trail.take().unwrap();
        assert_eq!(second, page(1));
        assert_eq!(trail.follow(second.clone(), Some(page(1)), &base), Err(Failure::PageLoop));
        assert_eq!(trail.follow(second.clone(), Some(page(0)), &base), Err(Failure::PageLoop));
        for foreign in [
            "https://graph.microsoft.com.evil.example/v1.0/users",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com@evil.example/",
            "/v1.0/users",
            "nonsense",
        ] {
            assert_eq!(trail.follow(second.clone(), Some(foreign.to_owned()), &base), Err(Failure::ForeignLink));
        }
        assert_eq!(trail.take(), None);
    }
}

//! What a dataset has at hand while it is read.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::dataset::Dataset;
use domain::ids::TenantId;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use crate::graph::{Query, TenantGraph};
use crate::store::Facts;
use crate::store::TenantStore;

pub(super) struct Context {
    pub tenant: TenantId,
    pub dataset: Dataset,
    pub graph: TenantGraph,
    pub store: TenantStore,
    pub now: DateTime<Utc>,
    /// The app asks by itself, and nobody with it.
    pub is_app_only: bool,
    pub activity_turns: Arc<Semaphore>,
    pub stop: CancellationToken,
}

/// What a run of a dataset has read.
#[derive(Debug)]
pub(super) struct Reading {
    pub facts: Facts,
    /// Where the next run goes on.
    pub bookmark: Option<String>,
    /// Known to be what is stored already.
    pub unchanged: bool,
}

impl From<Facts> for Reading {
    fn from(facts: Facts) -> Self {
        Self { facts, bookmark: None, unchanged: false }
    }
}

impl Context {
    /// All rows of a collection, asking between pages whether to go on.
    pub async fn rows<T: DeserializeOwned>(&self, query: Query) -> Result<Vec<T>, Fault> {
        let mut pages = self.graph.pages::<T>(query);
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await? {
            self.go_on()?;
            rows.extend(page.rows);
        }
        Ok(rows)
    }

    /// Fails when the turn has to end.
    pub fn go_on(&self) -> Result<(), Fault> {
        if self.stop.is_cancelled() { Err(Fault::Stopped) } else { Ok(()) }
    }

    /// What the last run of the dataset left.
    pub async fn bookmark(&self) -> Result<Option<String>, Fault> {
        Ok(self.store.get_bookmark(self.dataset).await?)
    }
}

//! Graph as seen from one tenant: one call with its budget, its token, its retries and its deadline.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::ids::TenantId;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION};
use http::{HeaderName, Method};
use reqwest::Request;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use crate::graph::Shared;
use crate::graph::batch;
use crate::graph::budget::Spending;
use crate::graph::delta::Delta;
use crate::graph::error::{Failure, GraphError};
use crate::graph::exchange::{Answer, Limits, exchange, header, json, refusal};
use crate::graph::pages::Pages;
use crate::graph::query::Query;
use crate::graph::retry::{LONGEST_WAIT, Retry, back_off, decide};
use crate::graph::token::{AccessToken, AccessTokens, Resource};

/// How Graph should rank the call when it sheds load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Low,
    Normal,
    /// Only for what a person waits for.
    High,
}

/// Cheap to clone. Every method makes as many exchanges as the answer needs and answers once.
#[derive(Clone)]
pub struct TenantGraph {
    shared: Arc<Shared>,
    tenant: TenantId,
    tokens: Arc<dyn AccessTokens>,
    priority: Priority,
    deadline: Duration,
    /// What was spent of budgets.
    calls: Arc<AtomicU32>,
}

impl fmt::Debug for TenantGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantGraph").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// One call as the retry loop sees it.
pub(crate) struct Call<'a> {
    pub method: Method,
    pub url: String,
    pub body: Option<Vec<u8>>,
    pub query: &'a Query,
    pub resource: Resource,
    /// Budgets are spent by the caller (`$batch` spends each item's own).
    pub prepaid: bool,
    pub max_bytes: usize,
}

impl TenantGraph {
    pub(crate) fn new(shared: Arc<Shared>, tenant: TenantId, tokens: Arc<dyn AccessTokens>) -> Self {
        let deadline = shared.settings.call_deadline;
        Self { shared, tenant, tokens, priority: Priority::Normal, deadline, calls: Arc::default() }
    }

    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Each call with all its retries and waits takes no longer than this.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same, counting what it spends from nought.
    pub fn counted(&self) -> Self {
        Self { calls: Arc::default(), ..self.clone() }
    }

    /// Calls since it was made or `counted`, each of a batch for itself.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// One object.
    pub async fn get_one<T: DeserializeOwned>(&self, query: &Query) -> Result<T, GraphError> {
        self.get_url(query.url(&self.shared.settings.graph_url), query).await
    }

    /// A collection, one page in memory at a time. Nothing is asked before `next`.
    pub fn pages<T: DeserializeOwned>(&self, query: Query) -> Pages<T> {
        Pages::new(self.clone(), query)
    }

    /// The changes since `link`, or everything when there is none.
    pub fn delta<T: DeserializeOwned>(&self, query: Query, link: Option<String>) -> Delta<T> {
        Delta::new(self.clone(), query, link)
    }

    /// The answers to `queries` in their order, 20 to an exchange; each fails alone.
    pub async fn batch<T: DeserializeOwned>(
        &self,
        queries: &[Query],
    ) -> Result<Vec<Result<T, GraphError>>, GraphError> {
        batch::run(self, queries).await
    }

    /// A usage report: follows the redirect to the pre-authenticated address, without the token. Answers UTF-8 CSV without
    /// its byte order mark.
    pub async fn report_csv(&self, query: &Query) -> Result<Vec<u8>, GraphError> {
        let asked = query.label();
        let url = query.url(&self.shared.settings.graph_url);
        let max_bytes = self.shared.settings.max_report_bytes;
        let call =
            Call { method: Method::GET, url, body: None, query, resource: Resource::Graph, prepaid: false, max_bytes };
        self.run(call, |answer| {
            let asked = asked.clone();
            async move {
                let answer = if answer.status.is_redirection() { self.follow(&answer, &asked).await? } else { answer };
                csv_of(answer, self.shared.surroundings.clock.now(), &asked)
            }
        })
        .await
    }

    async fn follow(&self, redirect: &Answer, asked: &str) -> Result<Answer, GraphError> {
        let location = header(&redirect.headers, LOCATION.as_str())
            .and_then(|location| self.shared.settings.graph_url.join(&location).ok())
            .filter(|location| location.scheme() == self.shared.settings.graph_url.scheme())
            .ok_or_else(|| GraphError::new(Failure::ForeignLink, asked))?;
        exchange(
            &self.shared.http,
            Request::new(Method::GET, location),
            self.limits(self.shared.settings.max_report_bytes),
            asked,
        )
        .await
    }

    pub(crate) async fn get_url<T: DeserializeOwned>(&self, url: String, query: &Query) -> Result<T, GraphError> {
        let max_bytes = self.shared.settings.max_body_bytes;
        let call =
            Call { method: Method::GET, url, body: None, query, resource: Resource::Graph, prepaid: false, max_bytes };
        self.call_json(call).await
    }

    pub(crate) async fn call_json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, GraphError> {
        let asked = call.query.label();
        self.run(call, |answer| {
            let parsed = json(&answer, self.shared.surroundings.clock.now(), &asked);
            async move { parsed }
        })
        .await
    }

    /// For calls whose answer's body does not matter.
    pub(crate) async fn call_for_status(&self, call: Call<'_>) -> Result<(), GraphError> {
        let asked = call.query.label();
        self.run(call, |answer| {
            let refused =
                (!answer.status.is_success()).then(|| refusal(&answer, self.shared.surroundings.clock.now(), &asked));
            async move { refused.map_or(Ok(()), Err) }
        })
        .await
    }

    /// Takes a token, spends the budget, asks, and reads the answer with `read`, until it is read or not worth asking again.
    async fn run<T, R>(&self, call: Call<'_>, read: impl Fn(Answer) -> R) -> Result<T, GraphError>
    where
        R: Future<Output = Result<T, GraphError>>,
    {
        let timer = &self.shared.surroundings.timer;
        let started = timer.elapsed();
        let mut waits = back_off(self.shared.surroundings.random.number());
        let mut token = self.tokens.get(self.tenant, call.resource).await?;
        let mut renewed = false;
        let mut failed = 0;
        loop {
            let error = match self.attempt(&call, &token).await {
                Ok(answer) => match read(answer).await {
                    Ok(value) => return Ok(value),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if error.is_stale_token() && !renewed {
                renewed = true;
                token = self.tokens.renew(self.tenant, call.resource, &token, error.claims()).await?;
                continue;
            }
            failed += 1;
            let wait = self.wait_after(&error, failed, &mut waits);
            let left = self.deadline.saturating_sub(timer.elapsed().saturating_sub(started));
            match wait.filter(|wait| *wait < left) {
                Some(wait) => {
                    tracing::debug!(tenant = %self.tenant, %error, wait_ms = wait.as_millis(), "asking again");
                    metrics::counter!("tenantry_graph_retries_total").increment(1);
                    timer.sleep(wait).await;
                }
                None => return Err(error),
            }
        }
    }

    fn wait_after(
        &self,
        error: &GraphError,
        failed: u32,
        waits: &mut impl Iterator<Item = Duration>,
    ) -> Option<Duration> {
        if failed >= self.shared.settings.max_attempts {
            return None;
        }
        match decide(error, failed) {
            Retry::Never => None,
            Retry::After(asked) => Some(asked).filter(|asked| *asked <= LONGEST_WAIT),
            Retry::BackOff => waits.next(),
        }
    }

    async fn attempt(&self, call: &Call<'_>, token: &AccessToken) -> Result<Answer, GraphError> {
        let asked = call.query.label();
        if !call.prepaid {
            self.spend(token, call.query).await;
        }
        let url = Url::parse(&call.url).map_err(|_| GraphError::new(Failure::ForeignLink, &asked))?;
        let mut request = Request::new(call.method.clone(), url);
        self.write_headers(&mut request, call, token)?;
        if let Some(body) = &call.body {
            *request.body_mut() = Some(body.clone().into());
        }
        metrics::counter!("tenantry_graph_requests_total").increment(1);
        exchange(&self.shared.http, request, self.limits(call.max_bytes), &asked).await
    }

    /// Waits for the budgets that `query` counts against.
    pub(crate) async fn spend(&self, token: &AccessToken, query: &Query) {
        let spending = Spending {
            app: &token.client_id,
            tenant: self.tenant,
            class: query.class,
            resource_units: query.resource_units(),
            path: &query.path,
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.shared.budgets.take(spending).await;
    }

    pub(crate) async fn token(&self) -> Result<AccessToken, GraphError> {
        self.tokens.get(self.tenant, Resource::Graph).await
    }

    fn limits(&self, max_bytes: usize) -> Limits {
        Limits { timeout: self.shared.settings.attempt_timeout.min(self.deadline), max_bytes }
    }

    fn write_headers(&self, request: &mut Request, call: &Call<'_>, token: &AccessToken) -> Result<(), GraphError> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose_secret())).map_err(|_| {
            GraphError::new(
                Failure::Local(String::from("the access token cannot stand in a header")),
                call.query.label(),
            )
        })?;
        bearer.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/csv;q=0.9"));
        let id = self.shared.surroundings.random.uuid().to_string();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(HeaderName::from_static("client-request-id"), id);
        }
        for (name, value) in self.options(call.query) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        for (name, value) in &call.query.headers {
            let value = HeaderValue::from_str(value).map_err(|_| {
                GraphError::new(Failure::Local(format!("{name} cannot stand in a header")), call.query.label())
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        if call.body.is_some() {
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(())
    }

    /// The headers that belong to the question and are sent again with every page of it.
    pub(crate) fn options(&self, query: &Query) -> Vec<(&'static str, &'static str)> {
        let mut headers = Vec::new();
        if query.eventual {
            headers.push(("consistencylevel", "eventual"));
        }
        if query.unknown_enum_members {
            headers.push(("prefer", "include-unknown-enum-members"));
        }
        match self.priority {
            Priority::Low => headers.push(("x-ms-throttle-priority", "Low")),
            Priority::Normal => {}
            Priority::High => headers.push(("x-ms-throttle-priority", "High")),
        }
        headers
    }
}

fn csv_of(answer: Answer, now: chrono::DateTime<chrono::Utc>, asked: &str) -> Result<Vec<u8>, GraphError> {
    if !answer.status.is_success() {
        return Err(refusal(&answer, now, asked));
    }
    let content_type = header(&answer.headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    if content_type.contains("html") || answer.body.first() == Some(&b'<') {
        return Err(GraphError::new(Failure::WebPage, asked));
    }
    if content_type.contains("json") {
        return Err(GraphError::new(Failure::WrongType(content_type), asked));
    }
    let mut body = answer.body;
    if body.starts_with(b"\xEF\xBB\xBF") {
        body.drain(..3);
    }
    Ok(body)
}

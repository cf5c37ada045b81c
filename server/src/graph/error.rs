//! What can go wrong between this client and Microsoft, typed by status and code. Display never holds a token, a secret or
//! the query string.

use std::fmt;
use std::time::Duration;

use domain::cause::{Actor, Cause};
use domain::dataset::{Dataset, Outcome};
use domain::licence::EntraLicence;
use domain::microsoft_error::{Consequence, GraphRefusal, graph_refusal, sign_in_cause};

/// A failed call. Boxed inside, so that results stay small.
#[derive(Clone)]
pub struct GraphError(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    failure: Failure,
    /// What was asked: path without query.
    asked: String,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    aadsts: Option<u32>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    claims: Option<String>,
    location: Option<String>,
}

/// The kind of failure; each has its own plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Graph or Partner Center answered with an error status.
    Refused,
    /// Entra's token endpoint refused.
    SignIn,
    /// No connection: name, route, TLS. The text says which.
    Unreachable(String),
    /// The connection broke in the middle of an answer.
    Interrupted,
    TimedOut(Duration),
    /// A web page where JSON was due: a proxy, a captive portal, an outage page.
    WebPage,
    /// Neither JSON nor a web page.
    WrongType(String),
    /// The JSON ends too early.
    Truncated,
    /// JSON, but not what was asked for. The text names the place, never a value.
    Shape(String),
    TooLarge(usize),
    /// A page was followed by a page that had been read already.
    PageLoop,
    /// A link led to another server than the one it came from.
    ForeignLink,
    /// This product has no usable credential for the tenant; the text says why.
    NoCredential(String),
    /// A credential could not be read or used here: vault, database, certificate.
    Local(String),
}

impl GraphError {
    pub fn new(failure: Failure, asked: impl Into<String>) -> Self {
        Self(Box::new(Details {
            failure,
            asked: asked.into(),
            status: None,
            code: None,
            message: None,
            aadsts: None,
            request_id: None,
            retry_after: None,
            claims: None,
            location: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.code = code.filter(|code| !code.is_empty());
        self.0.message = message;
        self
    }

    pub(crate) fn with_aadsts(mut self, number: Option<u32>) -> Self {
        self.0.aadsts = number;
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_claims(mut self, claims: Option<String>) -> Self {
        self.0.claims = claims;
        self
    }

    pub(crate) fn with_location(mut self, location: Option<String>) -> Self {
        self.0.location = location;
        self
    }

    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's `error.code`, or OAuth's `error`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The number of an `AADSTS…` code.
    pub fn aadsts(&self) -> Option<u32> {
        self.0.aadsts
    }

    /// Microsoft's words; for the log and for people, never to branch on.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The JSON of a claims challenge (continuous access evaluation).
    pub fn claims(&self) -> Option<&str> {
        self.0.claims.as_deref()
    }

    /// Where a 410 says to start again.
    pub(crate) fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(404)
    }

    /// The delta token is too old, or its state is gone: everything has to be read again.
    pub fn is_resync(&self) -> bool {
        self.0.status == Some(410)
            || self.code().is_some_and(|code| {
                ["syncStateNotFound", "resyncRequired", "syncStateInvalid"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(code))
            })
    }

    /// A fresh token may be let in where this one was not.
    pub(crate) fn is_stale_token(&self) -> bool {
        self.0.failure == Failure::Refused
            && (self.0.status == Some(401) || (self.0.status == Some(403) && self.0.claims.is_some()))
    }

    /// How a dataset that ended like this ended.
    pub fn outcome(&self) -> Outcome {
        self.for_dataset(Dataset::Organization, None).outcome
    }

    /// The failure as it is stored and shown.
    pub fn cause(&self) -> Cause {
        let (meaning, next_step, actor) = self.explain();
        Cause { code: self.short_code(), meaning, next_step, actor, request_id: self.0.request_id.clone() }
    }

    /// Outcome and cause in the words of one dataset: which permission or licence it lacks. `licence`: what the tenant's
    /// subscriptions say; `None`: not known.
    pub fn for_dataset(&self, dataset: Dataset, licence: Option<EntraLicence>) -> GraphRefusal {
        match (&self.0.failure, self.0.status) {
            (Failure::Refused, Some(status)) => graph_refusal(
                dataset,
                status,
                self.code().unwrap_or_default(),
                self.message().unwrap_or_default(),
                licence,
                self.0.request_id.clone(),
            ),
            // Consent to Exchange is one of its own, and none to it says nothing of the connection.
            (Failure::SignIn, _)
                if dataset == Dataset::ExchangeSettings
                    && matches!(self.0.aadsts, Some(65_001 | 65_005 | 500_011 | 650_052 | 650_057)) =>
            {
                graph_refusal(dataset, 403, &self.short_code(), "", licence, self.0.request_id.clone())
            }
            _ => GraphRefusal {
                outcome: Outcome::Failed,
                cause: self.cause(),
                is_retryable: crate::graph::retry::decide(self, 1) != crate::graph::retry::Retry::Never,
            },
        }
    }

    /// What a refusal of the token endpoint does to the connection; `None` for every other failure.
    pub fn consequence(&self) -> Option<Consequence> {
        (self.0.failure == Failure::SignIn).then(|| self.sign_in().1)
    }

    fn sign_in(&self) -> (Cause, Consequence) {
        let codes = self.0.aadsts.map_or_else(Vec::new, |number| vec![number]);
        sign_in_cause(&codes, self.code().unwrap_or_default(), self.0.request_id.clone())
    }

    fn short_code(&self) -> String {
        if let Some(number) = self.0.aadsts {
            return format!("AADSTS{number}");
        }
        if let Some(code) = &self.0.code {
            return code.clone();
        }
        match (&self.0.failure, self.0.status) {
            (Failure::Refused | Failure::SignIn, Some(status)) => format!("HTTP {status}"),
            (Failure::Refused | Failure::SignIn, None) => String::from("refused"),
            (Failure::Unreachable(_), _) => String::from("unreachable"),
            (Failure::Interrupted, _) => String::from("interrupted"),
            (Failure::TimedOut(_), _) => String::from("timeout"),
            (Failure::WebPage, _) => String::from("web page"),
            (Failure::WrongType(_), _) => String::from("wrong content type"),
            (Failure::Truncated, _) => String::from("truncated"),
            (Failure::Shape(_), _) => String::from("unexpected answer"),
            (Failure::TooLarge(_), _) => String::from("too large"),
            (Failure::PageLoop, _) => String::from("page loop"),
            (Failure::ForeignLink, _) => String::from("foreign link"),
            (Failure::NoCredential(_), _) => String::from("no credential"),
            (Failure::Local(_), _) => String::from("local"),
        }
    }

    fn explain(&self) -> (String, String, Actor) {
        let retried = || String::from("Nothing to do: it is tried again by itself.");
        match &self.0.failure {
            Failure::SignIn if self.0.aadsts.is_none() && matches!(self.0.status, Some(429 | 500..)) => (
                String::from("Microsoft's sign-in failed for the moment, or asks for fewer requests."),
                retried(),
                Actor::Nobody,
            ),
            Failure::SignIn => {
                let cause = self.sign_in().0;
                (cause.meaning, cause.next_step, cause.actor)
            }
            Failure::Refused => self.explain_refusal(),
            Failure::Unreachable(detail) => (
                format!("Microsoft could not be reached: {detail}."),
                String::from("Check this server's network, name resolution and proxy; it is tried again by itself."),
                Actor::Administrator,
            ),
            Failure::Interrupted => {
                (String::from("The connection broke in the middle of Microsoft's answer."), retried(), Actor::Nobody)
            }
            Failure::TimedOut(limit) => (
                format!("Microsoft did not answer in full within {} s.", limit.as_secs_f64()),
                retried(),
                Actor::Nobody,
            ),
            Failure::WebPage => (
                String::from("A web page came back where data was due, as from a proxy or an outage page."),
                String::from("It is tried again; if it stays, look at the proxy between this server and Microsoft."),
                Actor::Administrator,
            ),
            Failure::WrongType(found) => {
                (format!("The answer was of type {found}, where JSON was due."), retried(), Actor::Nobody)
            }
            Failure::Truncated => (
                String::from("Microsoft's answer ended in the middle; nothing of it was used."),
                retried(),
                Actor::Nobody,
            ),
            Failure::Shape(place) => (
                format!("Microsoft's answer does not have the form that is documented: {place}."),
                String::from("The last good data stays. If it lasts, report it to the makers of this product."),
                Actor::Administrator,
            ),
            Failure::TooLarge(limit) => (
                format!("One answer was larger than {} MiB and was not read to its end.", limit >> 20),
                String::from("Report it to the makers of this product."),
                Actor::Administrator,
            ),
            Failure::PageLoop => (
                String::from("Microsoft's pages led back to one that had been read already; nothing of them was used."),
                retried(),
                Actor::Nobody,
            ),
            Failure::ForeignLink => (
                String::from("A link in Microsoft's answer led to another server and was not followed."),
                String::from("Check the proxy between this server and Microsoft."),
                Actor::Administrator,
            ),
            Failure::NoCredential(why) => {
                (why.clone(), String::from("Connect the tenant under Settings, Connections."), Actor::Administrator)
            }
            Failure::Local(why) => {
                (why.clone(), String::from("Run the doctor command on this server."), Actor::Administrator)
            }
        }
    }

    fn explain_refusal(&self) -> (String, String, Actor) {
        let cause = self.for_dataset(Dataset::Organization, None).cause;
        if self.outcome() == Outcome::NotPermitted {
            // Which permission it was, only the dataset knows.
            return (
                String::from("The permission for this was not granted in this tenant."),
                cause.next_step,
                cause.actor,
            );
        }
        (cause.meaning, cause.next_step, cause.actor)
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.asked, self.short_code())?;
        if let Some(status) = self.0.status {
            write!(f, " (status {status})")?;
        }
        match &self.0.failure {
            Failure::Unreachable(detail)
            | Failure::WrongType(detail)
            | Failure::Shape(detail)
            | Failure::NoCredential(detail)
            | Failure::Local(detail) => write!(f, ", {detail}")?,
            Failure::TimedOut(limit) => write!(f, ", after {} s", limit.as_secs_f64())?,
            _ => {}
        }
        if let Some(message) = &self.0.message {
            write!(f, ", {message}")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, ", request id {id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphError({self})")
    }
}

impl std::error::Error for GraphError {}

//! Entra's token endpoint and tenant metadata. Takes tokens for whoever shows a credential; keeps nothing but the measured
//! difference between the clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TenantId;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderValue};
use http::{HeaderName, Method};
use reqwest::Request;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::graph::challenge;
use crate::graph::credential::{AppCredential, Proof};
use crate::graph::error::{Failure, GraphError};
use crate::graph::exchange::{Answer, Limits, exchange, header, json, retry_after, shortened};
use crate::graph::exchange_admin::EXCHANGE_APP_ID;
use crate::graph::retry::{LONGEST_WAIT, Retry, back_off, decide};
use crate::graph::settings::below;
use crate::graph::token::Resource;
use crate::graph::{Graph, Shared};

/// Entra answers in bytes, not megabytes.
const LARGEST_ANSWER_BYTES: usize = 1 << 20;
/// A token is not waited for longer than this: the job comes again.
const TOKEN_DEADLINE: Duration = Duration::from_secs(60);
/// Smaller differences are the network's.
const SKEW_THAT_MATTERS: TimeDelta = TimeDelta::seconds(30);
/// An assertion was too early or too late.
const AADSTS_TIME_RANGE: [u32; 3] = [700_024, 50_013, 500_133];

/// What is redeemed for tokens.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'a> {
    ClientCredentials,
    RefreshToken(&'a SecretString),
    Code { code: &'a SecretString, redirect_uri: &'a str, pkce_verifier: &'a SecretString, scope: &'a str },
}

/// What came back. The debug print shows no token.
pub struct Tokens {
    pub access_token: SecretString,
    pub expires_in: Duration,
    /// With refresh tokens and codes: replaces the one that was redeemed.
    pub refresh_token: Option<SecretString>,
    pub id_token: Option<SecretString>,
    /// Delegated permissions, separated by blanks.
    pub scope: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct WireTokens {
    access_token: String,
    expires_in: u64,
    refresh_token: Option<String>,
    id_token: Option<String>,
    scope: Option<String>,
}

#[derive(Default, Deserialize)]
struct WireRefusal {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    trace_id: Option<String>,
    claims: Option<String>,
}

#[derive(Deserialize)]
struct WireMetadata {
    issuer: String,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Entra {
    shared: Arc<Shared>,
    /// Entra's clock minus ours.
    skew_ms: Arc<AtomicI64>,
}

impl Graph {
    /// Entra behind the same HTTP client.
    pub fn entra(&self) -> Entra {
        Entra { shared: Arc::clone(&self.shared), skew_ms: Arc::clone(&self.shared.skew_ms) }
    }
}

impl Entra {
    /// Tokens for `resource` in `tenant`. `claims` is the JSON of a claims challenge.
    pub async fn take_tokens(
        &self,
        tenant: TenantId,
        app: &AppCredential,
        grant: Grant<'_>,
        resource: Resource,
        claims: Option<&str>,
    ) -> Result<Tokens, GraphError> {
        let endpoint = self.token_endpoint(tenant);
        let mut skew_tried = self.skew();
        let attempt = || async {
            let form = self.form(&endpoint, app, grant, resource, claims)?;
            let mut request = self.request(Method::POST, &endpoint, "token")?;
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            *request.body_mut() = Some(form.as_bytes().to_vec().into());
            self.exchange(request, "token").await.and_then(|answer| self.read_tokens(answer))
        };
        let first = self.retrying(attempt).await;
        match first {
            Err(error)
                if error.aadsts().is_some_and(|number| AADSTS_TIME_RANGE.contains(&number))
                    && (self.skew() - skew_tried).abs() > SKEW_THAT_MATTERS =>
            {
                // The refusal's Date header told how far apart the clocks are; the next assertion is dated by Entra's.
                skew_tried = self.skew();
                tracing::warn!(skew_s = skew_tried.num_seconds(), "this server's clock differs from Microsoft's");
                self.retrying(attempt).await
            }
            other => other,
        }
    }

    /// The id of the tenant that a domain, or an id, belongs to; `None`: there is no such tenant.
    pub async fn find_tenant(&self, domain_or_id: &str) -> Result<Option<TenantId>, GraphError> {
        const ASKED: &str = "openid-configuration";
        let mut url = self.shared.settings.login_url.clone();
        url.path_segments_mut()
            .map_err(|()| GraphError::new(Failure::Local(String::from("the sign-in address has no path")), ASKED))?
            .pop_if_empty()
            .extend([domain_or_id, "v2.0", ".well-known", "openid-configuration"]);
        let attempt = || async {
            let request = self.request(Method::GET, url.as_str(), ASKED)?;
            let answer = self.exchange(request, ASKED).await?;
            if answer.status.is_success() {
                json::<WireMetadata>(&answer, self.shared.surroundings.clock.now(), ASKED).map(Some)
            } else {
                let refusal = self.refusal(&answer, ASKED);
                // Entra says 400 for names that it does not know, in several codes.
                if matches!(refusal.status(), Some(400 | 404)) { Ok(None) } else { Err(refusal) }
            }
        };
        let Some(metadata) = self.retrying(attempt).await? else { return Ok(None) };
        let shape = || GraphError::new(Failure::Shape(String::from("the issuer names no tenant")), ASKED);
        let issuer = Url::parse(&metadata.issuer).map_err(|_| shape())?;
        let segment = issuer.path_segments().and_then(|mut segments| segments.next()).ok_or_else(shape)?;
        Uuid::parse_str(segment).map(|id| Some(TenantId(id))).map_err(|_| shape())
    }

    pub fn token_endpoint(&self, tenant: TenantId) -> String {
        below(&self.shared.settings.login_url, &format!("{tenant}/oauth2/v2.0/token"))
    }

    /// How far Entra's clock is ahead of ours, by its last answer.
    pub fn skew(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.skew_ms.load(Ordering::Relaxed))
    }

    fn form(
        &self,
        endpoint: &str,
        app: &AppCredential,
        grant: Grant<'_>,
        resource: Resource,
        claims: Option<&str>,
    ) -> Result<Zeroizing<String>, GraphError> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", &app.client_id);
        match grant {
            Grant::ClientCredentials => {
                form.append_pair("grant_type", "client_credentials");
                form.append_pair("scope", &self.scope(resource));
            }
            Grant::RefreshToken(token) => {
                form.append_pair("grant_type", "refresh_token");
                form.append_pair("refresh_token", token.expose_secret());
                form.append_pair("scope", &self.scope(resource));
            }
            Grant::Code { code, redirect_uri, pkce_verifier, scope } => {
                form.append_pair("grant_type", "authorization_code");
                form.append_pair("code", code.expose_secret());
                form.append_pair("redirect_uri", redirect_uri);
                form.append_pair("code_verifier", pkce_verifier.expose_secret());
                form.append_pair("scope", scope);
            }
        }
        form.append_pair("claims", &challenge::merged(claims));
        match &app.proof {
            Proof::Secret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
            Proof::Certificate(certificate) => {
                let assertion = certificate
                    .assertion(&app.client_id, endpoint, self.entra_now(), &self.shared.surroundings.random)
                    .map_err(|error| GraphError::new(Failure::Local(error.to_string()), "token"))?;
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.append_pair("client_assertion", assertion.expose_secret());
            }
        }
        Ok(Zeroizing::new(form.finish()))
    }

    /// Our time, corrected by what Entra's answers told of its own.
    fn entra_now(&self) -> DateTime<Utc> {
        let now = self.shared.surroundings.clock.now();
        let skew = self.skew();
        if skew.abs() > SKEW_THAT_MATTERS { now + skew } else { now }
    }

    fn scope(&self, resource: Resource) -> String {
        match resource {
            Resource::Graph => below(&self.shared.settings.graph_url, ".default"),
            Resource::PartnerCenter => String::from("https://api.partnercenter.microsoft.com/.default"),
            // By its id, which is the same in every cloud.
            Resource::Exchange => format!("{EXCHANGE_APP_ID}/.default"),
        }
    }

    fn request(&self, method: Method, url: &str, asked: &str) -> Result<Request, GraphError> {
        let url = Url::parse(url)
            .map_err(|_| GraphError::new(Failure::Local(String::from("the sign-in address is not a URL")), asked))?;
        let mut request = Request::new(method, url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::from_str(&self.shared.surroundings.random.uuid().to_string()) {
            request.headers_mut().insert(HeaderName::from_static("client-request-id"), id);
        }
        Ok(request)
    }

    async fn exchange(&self, request: Request, asked: &str) -> Result<Answer, GraphError> {
        let limits = Limits { timeout: self.shared.settings.attempt_timeout, max_bytes: LARGEST_ANSWER_BYTES };
        let answer = exchange(&self.shared.http, request, limits, asked).await?;
        self.measure_skew(&answer);
        Ok(answer)
    }

    fn measure_skew(&self, answer: &Answer) {
        let theirs = header(&answer.headers, DATE.as_str())
            .and_then(|date| DateTime::parse_from_rfc2822(&date).ok())
            .map(|date| date.with_timezone(&Utc));
        if let Some(theirs) = theirs {
            let skew = theirs - self.shared.surroundings.clock.now();
            self.skew_ms.store(skew.num_milliseconds(), Ordering::Relaxed);
        }
    }

    fn read_tokens(&self, mut answer: Answer) -> Result<Tokens, GraphError> {
        if !answer.status.is_success() {
            return Err(self.refusal(&answer, "token"));
        }
        let wire = json::<WireTokens>(&answer, self.shared.surroundings.clock.now(), "token");
        answer.body.zeroize();
        let wire = wire?;
        Ok(Tokens {
            access_token: SecretString::from(wire.access_token),
            expires_in: Duration::from_secs(wire.expires_in),
            refresh_token: wire.refresh_token.map(SecretString::from),
            id_token: wire.id_token.map(SecretString::from),
            scope: wire.scope,
        })
    }

    fn refusal(&self, answer: &Answer, asked: &str) -> GraphError {
        let wire = serde_json::from_slice::<WireRefusal>(&answer.body).unwrap_or_default();
        let number = wire.error_codes.first().copied().or_else(|| aadsts_in(wire.error_description.as_deref()?));
        GraphError::new(Failure::SignIn, asked)
            .with_status(answer.status.as_u16())
            .with_code(wire.error, wire.error_description.map(first_sentence))
            .with_aadsts(number)
            .with_request_id(wire.trace_id.or_else(|| header(&answer.headers, "x-ms-request-id")))
            .with_retry_after(retry_after(&answer.headers, self.shared.surroundings.clock.now()))
            .with_claims(wire.claims)
    }

    async fn retrying<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, GraphError>
    where
        F: Future<Output = Result<T, GraphError>>,
    {
        let timer = &self.shared.surroundings.timer;
        let started = timer.elapsed();
        let mut waits = back_off(self.shared.surroundings.random.number());
        let mut failed = 0;
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            failed += 1;
            let wait = match decide(&error, failed) {
                _ if failed >= self.shared.settings.max_attempts => None,
                Retry::Never => None,
                Retry::After(asked) => Some(asked).filter(|asked| *asked <= LONGEST_WAIT),
                Retry::BackOff => waits.next(),
            };
            let spent = timer.elapsed().saturating_sub(started);
            match wait.filter(|wait| spent + *wait < TOKEN_DEADLINE) {
                Some(wait) => timer.sleep(wait).await,
                None => return Err(error),
            }
        }
    }
}

/// The number in `AADSTS7000222: The provided …`, where `error_codes` is missing.
fn aadsts_in(description: &str) -> Option<u32> {
    let digits = description.split("AADSTS").nth(1)?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Entra's description without the trace ids that follow it, and without the code in front.
fn first_sentence(description: String) -> String {
    let text = description.split(" Trace ID:").next().unwrap_or_default().lines().next().unwrap_or_default();
    let text = match text.split_once(": ") {
        Some((code, rest)) if code.starts_with("AADSTS") => rest,
        _ => text,
    };
    shortened(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_cut_to_their_sentence_and_their_code_is_found() {
        let text = "AADSTS7000222: The provided client secret keys for app '0f3c' are expired. Trace ID: 7f1c Correlation ID: a2b1";
        assert_eq!(aadsts_in(text), Some(7_000_222));
        assert_eq!(first_sentence(text.to_owned()), "The provided client secret keys for app '0f3c' are expired.");
        assert_eq!(aadsts_in("nothing of the kind"), None);
    }
}

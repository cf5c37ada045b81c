//! Proves which app calls the token endpoint: by a client secret, or by a certificate's signature over an assertion.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::authorize::{known_app, missing};
use super::errors::Refusal;
use crate::world::{AppRegistration, World};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far the clocks of client and service may differ.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// The client's part of a token request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    pub client_id: Option<String>,
    pub secret: Option<String>,
    pub assertion: Option<String>,
    pub assertion_type: Option<String>,
}

impl Credentials {
    /// Fills in what an HTTP Basic header says (RFC 6749, 2.3.1: both parts are form-encoded).
    pub fn or_basic(mut self, headers: &HeaderMap) -> Self {
        let basic = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("Basic "));
        let decoded = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) {
            self.client_id.get_or_insert_with(|| form_decoded(id));
            self.secret.get_or_insert_with(|| form_decoded(secret));
        }
        self
    }
}

/// An app that proved who it is.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub app: AppRegistration,
    pub certificate: bool,
}

/// Checks the credentials. `audiences` are the addresses that an assertion may name.
pub(crate) fn authenticate(
    world: &World,
    credentials: &Credentials,
    audiences: &[String],
    now: DateTime<Utc>,
) -> Result<Client, Refusal> {
    let claimed = credentials.client_id.clone().or_else(|| credentials.assertion.as_deref().and_then(subject_of));
    let app = known_app(world, &claimed.ok_or_else(|| missing("client_id"))?)?;
    match (&credentials.assertion, &credentials.secret) {
        (Some(assertion), _) => {
            if credentials.assertion_type.as_deref() != Some(ASSERTION_TYPE) {
                return Err(missing("client_assertion_type"));
            }
            check_assertion(&app, assertion, audiences, now)?;
            Ok(Client { app, certificate: true })
        }
        (None, Some(secret)) => {
            check_secret(&app, secret, now)?;
            Ok(Client { app, certificate: false })
        }
        (None, None) => Err(Refusal::new(7_000_218)),
    }
}

fn check_secret(app: &AppRegistration, secret: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    let matching = app.secrets.iter().filter(|known| known.value == secret);
    match matching.map(|known| known.ends_at).max() {
        None => Err(Refusal::new(7_000_215)),
        Some(end) if end <= now => {
            let text = format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app.",
                app.client_id
            );
            Err(Refusal::with(7_000_222, text))
        }
        Some(_) => Ok(()),
    }
}

fn check_assertion(
    app: &AppRegistration,
    assertion: &str,
    audiences: &[String],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let header = jsonwebtoken::decode_header(assertion)
        .map_err(|_| Refusal::with(50027, "The client assertion is not a valid JWT."))?;
    let certificate = app.certificates.iter().find(|der| match (&header.x5t_s256, &header.x5t) {
        (Some(thumbprint), _) => thumbprint.trim_end_matches('=') == URL_SAFE_NO_PAD.encode(Sha256::digest(der)),
        (None, Some(thumbprint)) => thumbprint.trim_end_matches('=') == URL_SAFE_NO_PAD.encode(Sha1::digest(der)),
        (None, None) => false,
    });
    let certificate = certificate.ok_or_else(|| {
        Refusal::with(
            700_027,
            "The certificate with identifier used to sign the client assertion is not registered on application.",
        )
    })?;
    if !matches!(header.alg, Algorithm::PS256 | Algorithm::RS256) {
        return Err(Refusal::with(
            700_027,
            "Client assertion contains an invalid signature: the algorithm is not supported.",
        ));
    }
    let key =
        public_key(certificate).ok_or_else(|| Refusal::with(50012, "The registered certificate cannot be read."))?;
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Value>(assertion, &key, &validation)
        .map_err(|_| {
            Refusal::with(
                700_027,
                "Client assertion contains an invalid signature. [Reason - The key was not found or does not match.]",
            )
        })?
        .claims;
    if claims["iss"] != *app.client_id.to_string() || claims["sub"] != claims["iss"] {
        return Err(Refusal::with(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    if !audiences.iter().any(|audience| claims["aud"] == **audience) {
        return Err(Refusal::new(700_023));
    }
    // A NumericDate may have a fraction (RFC 7519, section 2).
    let instant = |name: &str| claims[name].as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
    let starts = instant("nbf").or_else(|| instant("iat")).unwrap_or(now);
    match instant("exp") {
        Some(end) if end + SKEW > now && starts - SKEW <= now => Ok(()),
        _ => Err(Refusal::with(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}.",
                now.format("%Y-%m-%dT%H:%M:%S.0000000Z")
            ),
        )),
    }
}

fn public_key(certificate: &[u8]) -> Option<DecodingKey> {
    let der = CertificateDer::from(certificate);
    let parsed = ParsedCertificate::try_from(&der).ok()?;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(parsed.subject_public_key_info())
    );
    DecodingKey::from_rsa_pem(pem.as_bytes()).ok()
}

/// Who an assertion says it is from, before anything of it is believed.
fn subject_of(assertion: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["sub"].as_str().filter(|text| Uuid::try_parse(text).is_ok()).map(String::from)
}

fn form_decoded(text: &str) -> String {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("part={text}")).unwrap_or_default();
    pairs.into_iter().next().map_or_else(|| text.to_owned(), |(_, value)| value)
}

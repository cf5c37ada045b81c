//! Microsoft's metadata and keys, cached. Keys are read again after a day, and at an unknown key id at most once a minute.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::keys::{KeySet, SigningKey};
use super::{OidcError, fetch};
use crate::clock::Clock;

const METADATA_LIFE: TimeDelta = TimeDelta::hours(24);
const KEYS_LIFE: TimeDelta = TimeDelta::hours(24);
const KEYS_LEAST_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The OpenID metadata that sign-in needs.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// For many tenants a template with `{tenantid}`.
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
}

struct Cached<T> {
    read_at: DateTime<Utc>,
    value: Arc<T>,
}

type Keys = HashMap<String, SigningKey>;

/// The lock is held while reading, so that a hundred sign-ins make one request.
pub struct Provider {
    metadata_url: String,
    http: reqwest::Client,
    clock: Clock,
    metadata: Mutex<Option<Cached<Metadata>>>,
    keys: Mutex<Option<Cached<Keys>>>,
}

impl Provider {
    pub fn new(login_url: &Url, http: reqwest::Client, clock: Clock) -> Self {
        let base = login_url.as_str().trim_end_matches('/');
        let metadata_url = format!("{base}/organizations/v2.0/.well-known/openid-configuration");
        Self { metadata_url, http, clock, metadata: Mutex::default(), keys: Mutex::default() }
    }

    /// # Errors
    /// When it cannot be read and was not read before.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let mut cached = self.metadata.lock().await;
        let now = self.clock.now();
        if let Some(fresh) = cached.as_ref().filter(|cached| now - cached.read_at < METADATA_LIFE) {
            return Ok(Arc::clone(&fresh.value));
        }
        let read = fetch::get_json::<Metadata>(&self.http, &self.metadata_url).await;
        let value = keep_old_when_unreachable(read, cached.as_ref())?;
        *cached = Some(Cached { read_at: now, value: Arc::clone(&value) });
        Ok(value)
    }

    /// The key with this id, `None` when Microsoft does not publish it.
    ///
    /// # Errors
    /// When the keys cannot be read and were not read before.
    pub async fn key(&self, key_id: &str) -> Result<Option<SigningKey>, OidcError> {
        let metadata = self.metadata().await?;
        let mut cached = self.keys.lock().await;
        let now = self.clock.now();
        let must_read = cached.as_ref().is_none_or(|cached| {
            let age = now - cached.read_at;
            age >= KEYS_LIFE || (!cached.value.contains_key(key_id) && age >= KEYS_LEAST_PAUSE)
        });
        if must_read {
            let read = fetch::get_json::<KeySet>(&self.http, &metadata.jwks_uri).await.map(KeySet::into_signing_keys);
            let value = keep_old_when_unreachable(read, cached.as_ref())?;
            *cached = Some(Cached { read_at: now, value });
        }
        Ok(cached.as_ref().and_then(|cached| cached.value.get(key_id).cloned()))
    }
}

fn keep_old_when_unreachable<T>(
    read: Result<T, fetch::FetchError>,
    old: Option<&Cached<T>>,
) -> Result<Arc<T>, OidcError> {
    match (read, old) {
        (Ok(value), _) => Ok(Arc::new(value)),
        (Err(error), Some(old)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "sign-in metadata is old and could not be renewed"
            );
            Ok(Arc::clone(&old.value))
        }
        (Err(error), None) => Err(OidcError::Unreachable(error)),
    }
}

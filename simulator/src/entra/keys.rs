//! The signing keys of the pretend Entra, and their rotation. The key material is public and worthless (`keys/README.md`).

use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use thiserror::Error;
use time::OffsetDateTime;

const MATERIAL: [&str; 3] = [
    include_str!("../../keys/signing-1.pem"),
    include_str!("../../keys/signing-2.pem"),
    include_str!("../../keys/signing-3.pem"),
];

/// How many of the newest keys the JWKS lists: the one in use, and the one before it.
const PUBLISHED: usize = 2;

/// A key or a certificate could not be made.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("a built-in signing key cannot be read")]
    Material(#[from] jsonwebtoken::errors::Error),
    #[error("a certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the instant {0} does not fit into a certificate")]
    Instant(i64),
}

/// All keys that ever signed, newest last.
pub(crate) struct KeyRing {
    keys: RwLock<Vec<SigningKey>>,
}

#[derive(Clone)]
struct SigningKey {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    modulus: String,
    exponent: String,
    certificate: String,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl KeyRing {
    pub fn new(now: DateTime<Utc>) -> Result<Self, KeyError> {
        Ok(Self { keys: RwLock::new(vec![SigningKey::new(0, now)?]) })
    }

    /// Signs with a new key from now on. The key before it stays published, older ones vanish from the JWKS.
    pub fn rotate(&self, now: DateTime<Utc>) -> Result<(), KeyError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let key = SigningKey::new(keys.len(), now)?;
        keys.push(key);
        Ok(())
    }

    /// The key id and key to sign with.
    pub fn current(&self) -> Option<(String, EncodingKey)> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.last().map(|key| (key.kid.clone(), key.encoding.clone()))
    }

    /// The key to verify with; retired ones still verify what they signed.
    pub fn find(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.kid == kid).map(|key| key.decoding.clone())
    }

    /// The JWKS document; `issuer` is literal or templated as the metadata's.
    pub fn jwks(&self, issuer: &str) -> Value {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let listed: Vec<Value> = keys
            .iter()
            .rev()
            .take(PUBLISHED)
            .map(|key| {
                json!({
                    "kty": "RSA", "use": "sig", "kid": key.kid, "x5t": key.kid, "n": key.modulus, "e": key.exponent,
                    "x5c": [key.certificate], "issuer": issuer,
                })
            })
            .collect();
        json!({ "keys": listed })
    }
}

impl SigningKey {
    fn new(serial: usize, now: DateTime<Utc>) -> Result<Self, KeyError> {
        let pem = MATERIAL[serial % MATERIAL.len()];
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let certificate =
            self_signed(pem, "accounts.accesscontrol.simulated", serial as u64 + 1, now, TimeDelta::days(1825))?;
        let AlgorithmParameters::RSA(parameters) = Jwk::from_encoding_key(&encoding, Algorithm::RS256)?.algorithm
        else {
            return Err(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat.into());
        };
        Ok(Self {
            kid: URL_SAFE_NO_PAD.encode(Sha1::digest(&certificate)),
            decoding: DecodingKey::from_rsa_components(&parameters.n, &parameters.e)?,
            encoding,
            modulus: parameters.n,
            exponent: parameters.e,
            certificate: STANDARD.encode(certificate),
        })
    }
}

impl From<jsonwebtoken::errors::ErrorKind> for KeyError {
    fn from(kind: jsonwebtoken::errors::ErrorKind) -> Self {
        Self::Material(kind.into())
    }
}

/// A self-signed certificate (DER) over an RSA private key (PKCS #8 PEM), valid from a day ago for `life`.
pub(crate) fn self_signed(
    pem: &str,
    name: &str,
    serial: u64,
    now: DateTime<Utc>,
    life: TimeDelta,
) -> Result<Vec<u8>, KeyError> {
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = instant(now - TimeDelta::days(1))?;
    params.not_after = instant(now + life)?;
    Ok(params.self_signed(&key)?.der().to_vec())
}

fn instant(at: DateTime<Utc>) -> Result<OffsetDateTime, KeyError> {
    OffsetDateTime::from_unix_timestamp(at.timestamp()).map_err(|_| KeyError::Instant(at.timestamp()))
}

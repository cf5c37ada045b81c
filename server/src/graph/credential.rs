//! How the app proves to Entra that it is the app: a secret, or an assertion signed with its certificate's key.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::graph::certificate;
use crate::random::Random;

const ASSERTION_LIFE: TimeDelta = TimeDelta::minutes(5);

/// A registration with its proof.
#[derive(Clone, Debug)]
pub struct AppCredential {
    pub client_id: Arc<str>,
    pub proof: Proof,
    /// End of the secret or certificate, when known.
    pub ends_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub enum Proof {
    Secret(SecretString),
    Certificate(Arc<Certificate>),
}

/// A certificate with its private key. The debug print shows neither.
pub struct Certificate {
    key: EncodingKey,
    thumbprint_sha256: String,
    ends_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

/// Never quotes what was read.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("the certificate file holds no PEM certificate (`-----BEGIN CERTIFICATE-----`)")]
    Certificate,
    #[error("the private key file holds no RSA key in PEM (`-----BEGIN PRIVATE KEY-----`)")]
    PrivateKey,
    #[error("the assertion could not be signed with the private key")]
    Sign,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Certificate {
    pub fn from_pem(certificate_pem: &[u8], private_key_pem: &[u8]) -> Result<Self, CredentialError> {
        let der = CertificateDer::from_pem_slice(certificate_pem).map_err(|_| CredentialError::Certificate)?;
        let key = EncodingKey::from_rsa_pem(private_key_pem).map_err(|_| CredentialError::PrivateKey)?;
        Ok(Self {
            key,
            thumbprint_sha256: URL_SAFE_NO_PAD.encode(Sha256::digest(&der)),
            ends_at: certificate::not_after(&der),
        })
    }

    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.ends_at
    }

    /// A `private_key_jwt` for one token endpoint: PS256, `x5t#S256`, five minutes.
    pub fn assertion(
        &self,
        client_id: &str,
        token_endpoint: &str,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Result<SecretString, CredentialError> {
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.thumbprint_sha256.clone());
        let claims = Claims {
            aud: token_endpoint,
            iss: client_id,
            sub: client_id,
            jti: random.uuid().to_string(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ASSERTION_LIFE).timestamp(),
        };
        encode(&header, &claims, &self.key).map(SecretString::from).map_err(|_| CredentialError::Sign)
    }
}

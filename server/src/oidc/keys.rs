//! Microsoft's signing keys, as published (RFC 7517), with the issuer that each may sign for.

use std::collections::HashMap;

use serde::Deserialize;

/// A JWKS document; members of other kinds are skipped, not refused.
#[derive(Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<PublishedKey>,
}

#[derive(Clone, Debug, Deserialize)]
struct PublishedKey {
    #[serde(default)]
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    issuer: Option<String>,
}

/// An RSA key that signs ID tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Base64url, as published.
    pub modulus: String,
    pub exponent: String,
    /// The only issuer that the key may sign for; may hold `{tenantid}`.
    pub issuer: Option<String>,
}

impl KeySet {
    /// By key id.
    pub fn into_signing_keys(self) -> HashMap<String, SigningKey> {
        self.keys
            .into_iter()
            .filter(|key| key.kty == "RSA" && key.usage.as_deref().is_none_or(|usage| usage == "sig"))
            .filter_map(|key| Some((key.kid?, SigningKey { modulus: key.n?, exponent: key.e?, issuer: key.issuer })))
            .collect()
    }
}

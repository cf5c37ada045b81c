//! Proves an ID token of Microsoft's identity platform v2.0 ("Access tokens" and "ID token claims reference" in its
//! documentation) and answers whose it is: tenant id and object id, never a name.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TenantId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::keys::SigningKey;

/// Private accounts (Outlook.com, Xbox) live in this tenant.
const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");
/// How far Microsoft's clock and ours may differ.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Somebody whom Microsoft vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub tenant: TenantId,
    pub object_id: Uuid,
    /// For display alone.
    pub display_name: String,
    /// For display alone.
    pub user_principal_name: String,
    /// App roles of our registration.
    pub roles: Vec<String>,
}

/// Which proof failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is not a signed JWT")]
    Malformed,
    #[error("it is signed with {0}, not RS256")]
    Algorithm(String),
    #[error("it is signed with a key that Microsoft does not publish")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("its issuer is not the one of its tenant")]
    Issuer,
    #[error("its key may not sign for its issuer")]
    KeyIssuer,
    #[error("it is meant for another app")]
    Audience,
    #[error("it is no longer, or not yet, valid")]
    Time,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("its tenant id is not a GUID")]
    Tenant,
    #[error("it belongs to a private account")]
    PrivateAccount,
    #[error("it has no object id")]
    ObjectId,
}

/// What the token has to agree with.
pub struct Expected<'a> {
    /// From the metadata; may hold `{tenantid}`.
    pub issuer_template: &'a str,
    pub client_id: Uuid,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    tid: String,
    oid: Option<String>,
    nonce: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// The id of the key that is said to have signed.
pub fn key_id(token: &str) -> Result<String, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refusal::Algorithm(format!("{:?}", header.alg)));
    }
    header.kid.ok_or(Refusal::UnknownKey)
}

/// All proofs, the signature first.
pub fn prove(token: &str, key: &SigningKey, expected: &Expected<'_>) -> Result<Identity, Refusal> {
    let claims = verify_signature(token, key)?;
    if claims.aud != expected.client_id.to_string() {
        return Err(Refusal::Audience);
    }
    let tenant = Uuid::try_parse(&claims.tid).map_err(|_| Refusal::Tenant)?;
    if claims.iss != expected.issuer_template.replace("{tenantid}", &claims.tid) {
        return Err(Refusal::Issuer);
    }
    if key.issuer.as_ref().is_some_and(|issuer| issuer.replace("{tenantid}", &claims.tid) != claims.iss) {
        return Err(Refusal::KeyIssuer);
    }
    check_time(&claims, expected.now)?;
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Refusal::Nonce);
    }
    if tenant == CONSUMERS {
        return Err(Refusal::PrivateAccount);
    }
    let object_id = claims.oid.as_deref().and_then(|oid| Uuid::try_parse(oid).ok()).ok_or(Refusal::ObjectId)?;
    let user_principal_name = claims.preferred_username.unwrap_or_default();
    Ok(Identity {
        tenant: TenantId(tenant),
        object_id,
        display_name: claims.name.unwrap_or_else(|| user_principal_name.clone()),
        user_principal_name,
        roles: claims.roles,
    })
}

/// Everything but the signature is checked above, against our own clock.
fn verify_signature(token: &str, key: &SigningKey) -> Result<Claims, Refusal> {
    let key = DecodingKey::from_rsa_components(&key.modulus, &key.exponent).map_err(|_| Refusal::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(|error| {
        match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Refusal::Signature,
            _ => Refusal::Malformed,
        }
    })
}

fn check_time(claims: &Claims, now: DateTime<Utc>) -> Result<(), Refusal> {
    let ends_at = DateTime::from_timestamp(claims.exp, 0).ok_or(Refusal::Time)?;
    let begins_at = DateTime::from_timestamp(claims.nbf.unwrap_or_default(), 0).ok_or(Refusal::Time)?;
    let is_valid = now < ends_at + SKEW && begins_at - SKEW <= now;
    is_valid.then_some(()).ok_or(Refusal::Time)
}

//! Mints the access and ID tokens of the pretend Entra, and verifies them for Graph. Knows nothing of HTTP.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;
use uuid::Uuid;

use crate::clock::Clock;
use crate::entra::keys::{KeyError, KeyRing};
use crate::random::Random;
use crate::service::Urls;

/// Literal text inside every secret, code and refresh token that the simulator gives out.
pub const CANARY: &str = "CANARYtnt";
/// Literal text at the start of every JWT's payload: the base64url of `{"canary":"CANARYtnt"`.
pub const JWT_CANARY: &str = "eyJjYW5hcnkiOiJDQU5BUll0bnQi";
/// The application id of Microsoft Graph.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// At most so many issued tokens are remembered for [`Tokens::canaries`]; the oldest go first.
const REMEMBERED: usize = 100_000;

/// An API that a token can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    Graph,
    Exchange,
    PartnerCenter,
}

impl Resource {
    /// The `aud` of tokens minted for it.
    pub fn audience(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com",
            Self::Exchange => "https://outlook.office365.com",
            Self::PartnerCenter => "https://api.partnercenter.microsoft.com",
        }
    }
}

/// What a valid access token says.
#[derive(Clone, Debug)]
pub struct Verified {
    pub tenant: Uuid,
    pub app_id: Uuid,
    /// Application permissions (app-only tokens).
    pub roles: BTreeSet<String>,
    /// Delegated permissions (tokens with a user).
    pub scopes: BTreeSet<String>,
    /// Object id of the user; `None` for app-only tokens.
    pub user: Option<Uuid>,
    /// The user's own tenant; differs from `tenant` when a partner acts through GDAP.
    pub home_tenant: Option<Uuid>,
    /// The sign-in behind the token was made with MFA.
    pub mfa: bool,
    /// The client declared `cp1`, so it understands claims challenges.
    pub cae: bool,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    #[error("the token is not a well-formed JWT of this issuer")]
    Malformed,
    #[error("the token's signature does not match")]
    Signature,
    #[error("the token's lifetime is over")]
    Expired,
    #[error("the token is for another resource")]
    Audience,
    /// The user's sessions were revoked after the token was issued and the client understands claims challenges.
    #[error("the token was revoked by continuous access evaluation")]
    Revoked,
}

/// The user part of a token to mint.
#[derive(Clone, Debug)]
pub struct Subject {
    pub object_id: Uuid,
    pub home_tenant: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    pub mfa: bool,
}

/// An access token to mint.
#[derive(Clone, Debug)]
pub struct AccessGrant {
    pub tenant: Uuid,
    pub resource: Resource,
    pub app_id: Uuid,
    pub app_name: String,
    /// Object id of the app's service principal in `tenant`.
    pub service_principal: Uuid,
    /// Authenticated with a certificate (else with a secret).
    pub certificate: bool,
    pub roles: BTreeSet<String>,
    pub scopes: BTreeSet<String>,
    pub subject: Option<Subject>,
    pub cae: bool,
}

/// An ID token to mint.
#[derive(Clone, Debug)]
pub struct IdGrant {
    pub client_id: Uuid,
    pub subject: Subject,
    pub nonce: Option<String>,
    pub app_roles: Vec<String>,
    /// Authentication contexts that were demanded and met.
    pub acrs: Vec<String>,
    pub with_profile: bool,
    pub with_email: bool,
    pub session: Uuid,
}

/// A token with its end.
#[derive(Clone, Debug)]
pub struct Minted {
    pub token: String,
    pub expires_in_seconds: i64,
}

/// Mints and verifies; remembers what it gave out.
#[derive(Debug)]
pub struct Tokens {
    keys: KeyRing,
    clock: Clock,
    random: Random,
    urls: Urls,
    issued: Mutex<VecDeque<String>>,
    generations: Mutex<BTreeMap<Uuid, u64>>,
}

#[derive(Serialize)]
struct Payload {
    /// First on purpose: its base64url is then the same text in every token.
    canary: &'static str,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl Tokens {
    pub(crate) fn new(clock: Clock, random: Random, urls: Urls) -> Result<Self, KeyError> {
        let keys = KeyRing::new(clock.now())?;
        Ok(Self { keys, clock, random, urls, issued: Mutex::default(), generations: Mutex::default() })
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Signs with a new key from now on.
    pub fn rotate_keys(&self) -> Result<(), KeyError> {
        self.keys.rotate(self.clock.now())
    }

    /// Ends all sessions of a person: refresh tokens die (AADSTS50173), and so do access tokens of clients that declared `cp1`.
    pub fn revoke_sessions(&self, object_id: Uuid) {
        *self.generations.lock().unwrap_or_else(PoisonError::into_inner).entry(object_id).or_default() += 1;
    }

    /// How often a person's sessions were revoked; what was issued under a smaller number is dead.
    pub(crate) fn generation(&self, object_id: Uuid) -> u64 {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).get(&object_id).copied().unwrap_or_default()
    }

    /// Keeps a literal secret for [`Tokens::canaries`].
    pub(crate) fn remember(&self, secret: &str) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.len() == REMEMBERED {
            issued.pop_front();
        }
        issued.push_back(secret.to_owned());
    }

    /// Every token and code issued so far (the latest 100,000).
    pub fn canaries(&self) -> Vec<String> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// An access token; its life is random between 60 and 90 minutes, as Microsoft's.
    pub(crate) fn mint_access(&self, grant: &AccessGrant) -> Result<Minted, jsonwebtoken::errors::Error> {
        let now = self.clock.now().timestamp();
        let life = self.random.between(3599, 5399);
        let mut claims = json!({
            "aud": grant.resource.audience(), "iss": format!("{}/{}/", self.urls.login, grant.tenant),
            "iat": now, "nbf": now, "exp": now + life,
            "app_displayname": grant.app_name, "appid": grant.app_id, "appidacr": if grant.certificate { "2" } else { "1" },
            "tid": grant.tenant, "uti": self.random.text(16), "ver": "1.0",
        });
        match &grant.subject {
            None => {
                claims["idtyp"] = json!("app");
                claims["oid"] = json!(grant.service_principal);
                claims["sub"] = json!(grant.service_principal);
                if !grant.roles.is_empty() {
                    claims["roles"] = json!(grant.roles);
                }
            }
            Some(subject) => {
                claims["idtyp"] = json!("user");
                claims["oid"] = json!(subject.object_id);
                claims["sub"] = json!(pairwise(grant.app_id, subject));
                claims["name"] = json!(subject.display_name);
                claims["upn"] = json!(subject.user_principal_name);
                claims["unique_name"] = json!(subject.user_principal_name);
                claims["amr"] = if subject.mfa { json!(["pwd", "mfa"]) } else { json!(["pwd"]) };
                claims["scp"] = json!(grant.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
                claims["xms_home"] = json!(subject.home_tenant);
                claims["xms_gen"] = json!(self.generation(subject.object_id));
            }
        }
        if grant.cae {
            claims["xms_cc"] = json!(["cp1"]);
        }
        Ok(Minted { token: self.sign(claims)?, expires_in_seconds: life })
    }

    /// An ID token of version 2.0.
    pub(crate) fn mint_id(&self, grant: &IdGrant) -> Result<String, jsonwebtoken::errors::Error> {
        let now = self.clock.now().timestamp();
        let tenant = grant.subject.home_tenant;
        let mut claims = json!({
            "aud": grant.client_id, "iss": format!("{}/{tenant}/v2.0", self.urls.login),
            "iat": now, "nbf": now, "exp": now + 3900,
            "sub": pairwise(grant.client_id, &grant.subject), "tid": tenant, "sid": grant.session,
            "uti": self.random.text(16), "ver": "2.0",
        });
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
        if grant.with_profile {
            claims["oid"] = json!(grant.subject.object_id);
            claims["name"] = json!(grant.subject.display_name);
            claims["preferred_username"] = json!(grant.subject.user_principal_name);
        }
        if grant.with_email {
            claims["email"] = json!(grant.subject.user_principal_name);
        }
        if !grant.app_roles.is_empty() {
            claims["roles"] = json!(grant.app_roles);
        }
        if !grant.acrs.is_empty() {
            claims["acrs"] = json!(grant.acrs);
        }
        self.sign(claims)
    }

    fn sign(&self, claims: Value) -> Result<String, jsonwebtoken::errors::Error> {
        let (Value::Object(claims), Some((kid, key))) = (claims, self.keys.current()) else {
            return Err(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat.into());
        };
        let mut header = Header::new(Algorithm::RS256);
        header.x5t = Some(kid.clone());
        header.kid = Some(kid);
        let token = jsonwebtoken::encode(&header, &Payload { canary: CANARY, claims }, &key)?;
        self.remember(&token);
        Ok(token)
    }

    /// Reads an access token for Graph.
    pub fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        self.verify_for(Resource::Graph, token)
    }

    /// Reads an access token for one of the pretended APIs.
    pub fn verify_for(&self, resource: Resource, token: &str) -> Result<Verified, TokenError> {
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or(TokenError::Malformed)?;
        let key = self.keys.find(&kid).ok_or(TokenError::Signature)?;
        // Times are judged by the simulated clock, audiences per resource, both below.
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Value>(token, &key, &validation)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            })?
            .claims;
        let verified = read(&claims).ok_or(TokenError::Malformed)?;
        if claims["aud"] != resource.audience() {
            return Err(TokenError::Audience);
        }
        if verified.expires_at <= self.clock.now() {
            return Err(TokenError::Expired);
        }
        if let Some(user) = verified.user
            && verified.cae
            && claims["xms_gen"].as_u64().unwrap_or_default() < self.generation(user)
        {
            return Err(TokenError::Revoked);
        }
        Ok(verified)
    }
}

fn read(claims: &Value) -> Option<Verified> {
    let guid = |name: &str| claims[name].as_str().and_then(|text| Uuid::try_parse(text).ok());
    let instant = |name: &str| claims[name].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let has =
        |name: &str, value: &str| claims[name].as_array().is_some_and(|list| list.iter().any(|item| item == value));
    let user = if claims["idtyp"] == "user" { Some(guid("oid")?) } else { None };
    Some(Verified {
        tenant: guid("tid")?,
        app_id: guid("appid")?,
        roles: claims["roles"]
            .as_array()
            .map(|roles| roles.iter().filter_map(Value::as_str).map(String::from).collect())
            .unwrap_or_default(),
        scopes: claims["scp"].as_str().map(|scopes| scopes.split(' ').map(String::from).collect()).unwrap_or_default(),
        user,
        home_tenant: guid("xms_home"),
        mfa: has("amr", "mfa"),
        cae: has("xms_cc", "cp1"),
        issued_at: instant("iat")?,
        expires_at: instant("exp")?,
    })
}

/// The `sub` of a person for one app: stable, and different from app to app.
fn pairwise(app_id: Uuid, subject: &Subject) -> String {
    use base64::Engine;
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    hash.update(app_id.as_bytes());
    hash.update(subject.home_tenant.as_bytes());
    hash.update(subject.object_id.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.finalize())
}

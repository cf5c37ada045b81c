//! How a tenant is reached, and in what state that way is.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;

/// A refresh token that nobody redeems for so long is dead (Microsoft identity platform, refresh tokens).
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// Admin consent in the client's tenant; client credentials.
    AppOnly,
    /// A partner operator's refresh token, redeemed at the client through GDAP.
    Delegated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Added, never connected: consent is awaited.
    AwaitingConsent,
    Connected,
    /// Connected, but some permission was not granted.
    MissingPermissions,
    /// Tokens are refused; `cause` says why.
    Broken,
    /// Disconnected by an operator; tokens are deleted.
    Disconnected,
}

/// One thing to know of a connection, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFact {
    pub term: String,
    /// Before the time, where there is one.
    pub words: String,
    pub at: Option<DateTime<Utc>>,
}

/// The connection as lists and panes show it. No secret is ever in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSummary {
    pub kind: ConnectionKind,
    pub state: ConnectionState,
    pub cause: Option<Cause>,
    /// Since when `state` holds.
    pub since: Option<DateTime<Utc>>,
    pub permissions_granted: u32,
    pub permissions_wanted: u32,
    /// Last time that a token was obtained.
    pub last_token_at: Option<DateTime<Utc>>,
    /// End of the client secret or certificate in use, when known.
    pub credential_ends_at: Option<DateTime<Utc>>,
    /// End of the GDAP relationship, when the tenant has one.
    pub relationship_ends_at: Option<DateTime<Utc>>,
}

//! The seam to whoever holds credentials: a token for a resource in a tenant, and a fresh one when it was refused.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::ids::TenantId;
use secrecy::SecretString;

use crate::graph::error::GraphError;

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    Graph,
    PartnerCenter,
    /// Exchange Online's own endpoints.
    Exchange,
}

/// A bearer token with what the client has to know of it. The debug print shows no token.
#[derive(Clone)]
pub struct AccessToken {
    pub secret: Arc<SecretString>,
    /// The registration that it was issued to: budgets are counted by it.
    pub client_id: Arc<str>,
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("client_id", &self.client_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Gives tokens of every tenant that is connected.
#[async_trait]
pub trait AccessTokens: Send + Sync {
    async fn get(&self, tenant: TenantId, resource: Resource) -> Result<AccessToken, GraphError>;

    /// Forgets `refused` and takes a fresh one; `claims` is the JSON of a claims challenge.
    async fn renew(
        &self,
        tenant: TenantId,
        resource: Resource,
        refused: &AccessToken,
        claims: Option<&str>,
    ) -> Result<AccessToken, GraphError>;
}

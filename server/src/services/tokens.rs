//! Access tokens of every connected tenant: taken with whatever credential reaches the tenant, kept in memory until shortly
//! before they end, one refresh in flight at a time. Notes in the connection what Microsoft said.

mod slots;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::Cause;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use secrecy::SecretString;

use crate::clock::Clock;
use crate::graph::credential::{AppCredential, Proof};
use crate::graph::entra::{self, Entra, Grant};
use crate::graph::error::{Failure, GraphError};
use crate::graph::{AccessToken, AccessTokens, Resource};
use crate::services::permissions::is_complete;
use crate::services::secrets::SecretError;
use crate::services::secrets::Secrets;
use crate::store::connections::StoredConnection;
use crate::store::{Scope, Store, StoreError};
use crate::vault::{Binding, SecretKind};
use slots::{Slot, Slots};

/// A token that ends sooner than this is not given out any more.
const LAST_USE_BEFORE_END: TimeDelta = TimeDelta::minutes(5);
/// Where the partner's refresh token lies: it belongs to no single client.
pub(crate) const PARTNER_TOKEN: Binding = Binding { tenant: None, kind: SecretKind::RefreshToken };

/// Which credential opens the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// As the tenant's connection says.
    Connection,
    /// With the registration's own credential, whatever the connection says.
    AppOnly,
    /// Through the partner operator's refresh token, whatever the connection says.
    Partner,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    secrets: Secrets,
    entra: Entra,
    app: AppCredential,
    clock: Clock,
    slots: Slots,
}

/// A fresh token with what came along.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub token: AccessToken,
    /// Delegated permissions without their resource, e.g. `User.Read.All`.
    pub scopes: Option<Vec<String>>,
}

impl Tokens {
    /// `app`: the deployment's registration.
    pub fn new(store: Store, secrets: Secrets, entra: Entra, app: AppCredential, clock: Clock) -> Self {
        Self { inner: Arc::new(Inner { store, secrets, entra, app, clock, slots: Slots::default() }) }
    }

    /// The same tokens, all of them taken this way.
    pub(crate) fn by(&self, way: Way) -> Arc<dyn AccessTokens> {
        Arc::new(By(self.clone(), way))
    }

    pub(crate) fn app(&self) -> &AppCredential {
        &self.inner.app
    }

    /// Forgets every token of the tenant.
    pub(crate) fn forget(&self, tenant: TenantId) {
        self.inner.slots.forget(|key| key.tenant == tenant);
    }

    /// Forgets every token that came through the partner operator, or may have.
    pub(crate) fn forget_all(&self) {
        self.inner.slots.forget(|_| true);
    }

    /// A new token, past the cache, which it then fills.
    pub(crate) async fn take_fresh(&self, tenant: TenantId, way: Way, resource: Resource) -> Result<Fresh, GraphError> {
        let slot = self.inner.slots.get(slots::Key { tenant, resource, way });
        let mut slot = slot.lock().await;
        self.refill(&mut slot, tenant, way, resource, None).await
    }

    /// Redeems the partner's refresh token in the partner's own tenant, which renews its 90 days.
    pub async fn renew_partner(&self) -> Result<(), GraphError> {
        let partner = self.inner.store.consents().get_partner().await.map_err(|error| local(&error))?;
        let Some(partner) = partner else { return Ok(()) };
        self.take_fresh(partner.tenant, Way::Partner, Resource::Graph).await.map(|_| ())
    }

    async fn get_by(&self, way: Way, tenant: TenantId, resource: Resource) -> Result<AccessToken, GraphError> {
        let slot = self.inner.slots.get(slots::Key { tenant, resource, way });
        let came_after = slot.failures();
        let mut slot = slot.lock().await;
        if let Some(token) = slot.token.as_ref().filter(|token| self.is_good(token)) {
            return Ok(token.clone());
        }
        // Whoever waited while another was refused is told the same instead of asking Entra once more.
        if let Some(error) = slot.refused_since(came_after) {
            return Err(error);
        }
        self.refill(&mut slot, tenant, way, resource, None).await.map(|fresh| fresh.token)
    }

    async fn renew_by(
        &self,
        way: Way,
        tenant: TenantId,
        resource: Resource,
        refused: &AccessToken,
        claims: Option<&str>,
    ) -> Result<AccessToken, GraphError> {
        let slot = self.inner.slots.get(slots::Key { tenant, resource, way });
        let mut slot = slot.lock().await;
        // Another call may have replaced the refused token already.
        if let Some(token) = slot.token.as_ref().filter(|token| !Arc::ptr_eq(&token.secret, &refused.secret)) {
            return Ok(token.clone());
        }
        if claims.is_some() && way == Way::Connection {
            self.note_challenge(tenant).await.map_err(|error| local(&error))?;
        }
        self.refill(&mut slot, tenant, way, resource, claims).await.map(|fresh| fresh.token)
    }

    async fn note_challenge(&self, tenant: TenantId) -> Result<(), StoreError> {
        let (now, scope) = (self.inner.clock.now(), Scope::of_tenant_job(tenant));
        let note = |connection: &mut StoredConnection| connection.challenged_at = Some(now);
        self.inner.store.connections(&scope).update(tenant, now, note).await.map(|_| ())
    }

    fn is_good(&self, token: &AccessToken) -> bool {
        token.expires_at - self.inner.clock.now() > LAST_USE_BEFORE_END
    }

    async fn refill(
        &self,
        slot: &mut Slot,
        tenant: TenantId,
        way: Way,
        resource: Resource,
        claims: Option<&str>,
    ) -> Result<Fresh, GraphError> {
        slot.token = None;
        let taken = self.redeem(tenant, way, resource, claims).await;
        match &taken {
            Ok(fresh) => slot.fill(fresh.token.clone()),
            Err(error) => slot.refuse(error.clone()),
        }
        // What another resource says tells nothing of the connection.
        if way == Way::Connection
            && resource == Resource::Graph
            && let Err(error) = self.note(tenant, taken.as_ref().err()).await
        {
            tracing::error!(error = &error as &dyn std::error::Error, %tenant, "the connection's state was not written");
        }
        taken
    }

    async fn redeem(
        &self,
        tenant: TenantId,
        way: Way,
        resource: Resource,
        claims: Option<&str>,
    ) -> Result<Fresh, GraphError> {
        let (app, delegated) = self.credential(tenant, way).await?;
        let tokens = if delegated {
            self.redeem_partner(tenant, &app, resource, claims).await?
        } else {
            self.inner.entra.take_tokens(tenant, &app, Grant::ClientCredentials, resource, claims).await?
        };
        Ok(self.fresh(&app, tokens))
    }

    fn fresh(&self, app: &AppCredential, tokens: entra::Tokens) -> Fresh {
        let life = TimeDelta::from_std(tokens.expires_in.min(Duration::from_secs(86_400))).unwrap_or(TimeDelta::zero());
        let scopes = tokens.scope.map(|scope| scope.split_whitespace().map(short_scope).collect());
        let token = AccessToken {
            secret: Arc::new(tokens.access_token),
            client_id: Arc::clone(&app.client_id),
            expires_at: self.inner.clock.now() + life,
        };
        Fresh { token, scopes }
    }

    /// The registration that opens the tenant, and whether a person's refresh token has to be redeemed with it.
    async fn credential(&self, tenant: TenantId, way: Way) -> Result<(AppCredential, bool), GraphError> {
        if way == Way::Partner {
            return Ok((self.inner.app.clone(), true));
        }
        let scope = Scope::of_tenant_job(tenant);
        let connection = self.inner.store.connections(&scope).get(tenant).await.map_err(|error| local(&error))?;
        let connection = connection.ok_or_else(|| no_credential("This tenant is not listed here."))?;
        if connection.state == ConnectionState::Disconnected {
            return Err(no_credential("This tenant was disconnected."));
        }
        if let Some(own) = &connection.own_registration {
            let binding = Binding { tenant: Some(tenant), kind: SecretKind::ClientSecret };
            let secret = self.inner.secrets.get(binding).await.map_err(|error| unusable(&error))?;
            let secret =
                secret.ok_or_else(|| no_credential("The secret of this tenant's own registration is gone."))?;
            let app = AppCredential {
                client_id: own.client_id.as_str().into(),
                proof: Proof::Secret(secret),
                ends_at: own.credential_ends_at,
            };
            return Ok((app, false));
        }
        let delegated = way == Way::Connection && connection.kind == ConnectionKind::Delegated;
        Ok((self.inner.app.clone(), delegated))
    }

    /// Redeems the partner's refresh token in `tenant` and keeps the one that came in exchange. The old one stays good
    /// until the new one is stored, and a newer one that somebody else stored meanwhile is never overwritten.
    async fn redeem_partner(
        &self,
        tenant: TenantId,
        app: &AppCredential,
        resource: Resource,
        claims: Option<&str>,
    ) -> Result<entra::Tokens, GraphError> {
        let held = self.inner.secrets.get_for_exchange(PARTNER_TOKEN).await.map_err(|error| unusable(&error))?;
        let held =
            held.ok_or_else(|| no_credential("No partner operator has signed in to reach clients through GDAP."))?;
        let redeemed =
            self.inner.entra.take_tokens(tenant, app, Grant::RefreshToken(&held.secret), resource, claims).await;
        match redeemed {
            Ok(mut tokens) => {
                if let Some(next) = tokens.refresh_token.take() {
                    self.keep_rotated(&held, &next).await.map_err(|error| unusable(&error))?;
                }
                Ok(tokens)
            }
            Err(error) => {
                if is_end_of_refresh_token(&error) {
                    let noted = self.inner.store.consents().note_partner(None, Some(error.cause())).await;
                    noted.map_err(|error| local(&error))?;
                }
                Err(error)
            }
        }
    }

    async fn keep_rotated(
        &self,
        held: &crate::services::secrets::Held,
        next: &SecretString,
    ) -> Result<(), SecretError> {
        if self.inner.secrets.exchange(held, next, self.inner.clock.now()).await? {
            self.inner.store.consents().note_partner(Some(self.inner.clock.now()), None).await?;
        }
        Ok(())
    }

    /// Writes into the connection what an attempt to take a token showed.
    async fn note(&self, tenant: TenantId, error: Option<&GraphError>) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let scope = Scope::of_tenant_job(tenant);
        let connections = self.inner.store.connections(&scope);
        match error {
            None => connections.update(tenant, now, |connection| note_success(connection, now)).await?,
            Some(error) if is_lasting(error) => {
                let cause = error.cause();
                connections.update(tenant, now, |connection| note_refusal(connection, cause, now)).await?
            }
            Some(_) => None,
        };
        Ok(())
    }
}

fn note_success(connection: &mut StoredConnection, now: DateTime<Utc>) {
    connection.last_token_at = Some(now);
    if connection.state == ConnectionState::Broken {
        connection.state = match &connection.granted {
            Some(granted) if is_complete(granted, connection.is_partner, connection.kind) => ConnectionState::Connected,
            _ => ConnectionState::MissingPermissions,
        };
        connection.cause = None;
        connection.since = Some(now);
    }
}

fn note_refusal(connection: &mut StoredConnection, cause: Cause, now: DateTime<Utc>) {
    match connection.state {
        ConnectionState::Connected | ConnectionState::MissingPermissions => {
            connection.state = ConnectionState::Broken;
            connection.since = Some(now);
        }
        // Broken stays broken since the first time.
        ConnectionState::Broken => {}
        // Before consent nothing can break.
        ConnectionState::AwaitingConsent | ConnectionState::Disconnected => return,
    }
    let same = connection.cause.as_ref().is_some_and(|old| old.code == cause.code);
    if !same {
        connection.cause = Some(cause);
    }
}

/// A refusal that does not pass by itself. One that concerns a feature or a passing fault says nothing of the connection.
pub(crate) fn is_lasting(error: &GraphError) -> bool {
    match error.consequence() {
        Some(consequence) => {
            let passes = error.aadsts().is_none() && matches!(error.status(), Some(429 | 500..));
            !passes && consequence.connection_state().is_some()
        }
        None => matches!(error.failure(), Failure::NoCredential(_)),
    }
}

/// The refresh token itself is dead, not only its use at one client (authentication and authorisation error codes).
fn is_end_of_refresh_token(error: &GraphError) -> bool {
    error.aadsts().is_some_and(|number| {
        matches!(number, 700_082 | 70_008 | 70_043 | 700_084 | 50_173 | 50_089 | 50_132 | 50_133 | 70_000 | 50_057)
    })
}

/// `https://graph.microsoft.com/User.Read.All` as `User.Read.All`.
fn short_scope(scope: &str) -> String {
    scope.rsplit('/').next().unwrap_or(scope).to_owned()
}

fn no_credential(why: &str) -> GraphError {
    GraphError::new(Failure::NoCredential(why.to_owned()), "token")
}

fn local(error: &StoreError) -> GraphError {
    tracing::error!(error = error as &dyn std::error::Error, "a credential could not be looked up");
    GraphError::new(Failure::Local(String::from("The database did not answer.")), "token")
}

fn unusable(error: &SecretError) -> GraphError {
    tracing::error!(error = error as &dyn std::error::Error, "a sealed credential could not be used");
    GraphError::new(Failure::Local(String::from("A sealed credential could not be opened or kept.")), "token")
}

#[async_trait]
impl AccessTokens for Tokens {
    async fn get(&self, tenant: TenantId, resource: Resource) -> Result<AccessToken, GraphError> {
        self.get_by(Way::Connection, tenant, resource).await
    }

    async fn renew(
        &self,
        tenant: TenantId,
        resource: Resource,
        refused: &AccessToken,
        claims: Option<&str>,
    ) -> Result<AccessToken, GraphError> {
        self.renew_by(Way::Connection, tenant, resource, refused, claims).await
    }
}

/// Tokens by one way alone.
struct By(Tokens, Way);

#[async_trait]
impl AccessTokens for By {
    async fn get(&self, tenant: TenantId, resource: Resource) -> Result<AccessToken, GraphError> {
        self.0.get_by(self.1, tenant, resource).await
    }

    async fn renew(
        &self,
        tenant: TenantId,
        resource: Resource,
        refused: &AccessToken,
        claims: Option<&str>,
    ) -> Result<AccessToken, GraphError> {
        self.0.renew_by(self.1, tenant, resource, refused, claims).await
    }
}

//! Letting a tenant go, and a registration of its own.

use app::backend::Caller;
use app::error::Error;
use domain::connection::ConnectionState;
use domain::settings::{ConnectionRow, OwnRegistration};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Connections, invalid, row};
use crate::audit::Actor;
use crate::failure::internal;
use crate::services::tokens::PARTNER_TOKEN;
use crate::store::Scope;
use crate::store::connections::{StoredConnection, StoredRegistration};
use crate::vault::{Binding, SecretKind};

const LONGEST_SECRET: usize = 1_000;

impl Connections {
    /// Deletes tokens and secrets at once; the data stays.
    pub(super) async fn cut(&self, caller: &Caller, connection: &StoredConnection) -> Result<(), Error> {
        let tenant = connection.tenant;
        let now = self.surroundings.clock.now();
        let scope = Scope::of(caller);
        let update = |connection: &mut StoredConnection| {
            if connection.state != ConnectionState::Disconnected {
                connection.state = ConnectionState::Disconnected;
                connection.since = Some(now);
            }
            connection.cause = None;
            connection.granted = None;
        };
        // While there is a credential for it.
        self.subscriptions.end(tenant).await.map_err(|error| internal(caller, &error))?;
        // First the state, so that no token is taken any more; then what is there.
        let connections = self.store.connections(&scope);
        connections.update(tenant, now, update).await.map_err(|error| internal(caller, &error))?;
        connections.set_own_registration(tenant, None, now).await.map_err(|error| internal(caller, &error))?;
        let own_secret = Binding { tenant: Some(tenant), kind: SecretKind::ClientSecret };
        self.secrets.delete(own_secret).await.map_err(|error| internal(caller, &error))?;
        self.store.consents().delete_of(tenant).await.map_err(|error| internal(caller, &error))?;
        self.tokens.forget(tenant);
        if connection.is_partner {
            self.forget_partner(caller).await?;
        }
        self.audit
            .record(
                Actor::Caller(caller),
                "connection.disconnect",
                Some((tenant, &connection.name)),
                "Tokens and secrets are deleted; the data stays.",
            )
            .await
            .map_err(|error| internal(caller, &error))
    }

    /// The partner operator's refresh token goes, and with it every way through GDAP.
    async fn forget_partner(&self, caller: &Caller) -> Result<(), Error> {
        self.secrets.delete(PARTNER_TOKEN).await.map_err(|error| internal(caller, &error))?;
        self.store.consents().delete_partner().await.map_err(|error| internal(caller, &error))?;
        self.tokens.forget_all();
        Ok(())
    }

    /// Deletes the tenant with all its data.
    pub(super) async fn remove(
        &self,
        caller: &Caller,
        connection: &StoredConnection,
        confirmation: &str,
    ) -> Result<(), Error> {
        if connection.is_partner {
            return Err(Error::Conflict(String::from(
                "The partner's own tenant belongs to this deployment. It can be disconnected, not deleted.",
            )));
        }
        if confirmation.trim() != connection.name.trim() {
            let words = format!("Type the client's name, {}, exactly as it stands here.", connection.name);
            return Err(invalid("confirmation", words));
        }
        self.cut(caller, connection).await?;
        let scope = Scope::of(caller);
        let deleted =
            self.store.connections(&scope).delete(connection.tenant).await.map_err(|error| internal(caller, &error))?;
        if !deleted {
            return Err(Error::NotFound);
        }
        self.audit
            .record(
                Actor::Caller(caller),
                "connection.delete",
                Some((connection.tenant, &connection.name)),
                "The tenant is deleted with all its data.",
            )
            .await
            .map_err(|error| internal(caller, &error))
    }

    pub(super) async fn change_registration(
        &self,
        caller: &Caller,
        connection: StoredConnection,
        registration: Option<OwnRegistration>,
    ) -> Result<ConnectionRow, Error> {
        let tenant = connection.tenant;
        let now = self.surroundings.clock.now();
        let binding = Binding { tenant: Some(tenant), kind: SecretKind::ClientSecret };
        let scope = Scope::of(caller);
        let registration = registration.map(|registration| checked(registration, now)).transpose()?;
        // A subscription belongs to the registration that made it; the new one makes its own.
        self.subscriptions.end(tenant).await.map_err(|error| internal(caller, &error))?;
        let detail = match registration {
            Some((stored, secret)) => {
                let detail = format!("The tenant has a registration of its own: {}.", stored.client_id);
                self.secrets.put(binding, &secret, now).await.map_err(|error| internal(caller, &error))?;
                self.store
                    .connections(&scope)
                    .set_own_registration(tenant, Some(stored), now)
                    .await
                    .map_err(|error| internal(caller, &error))?;
                detail
            }
            None => {
                self.store
                    .connections(&scope)
                    .set_own_registration(tenant, None, now)
                    .await
                    .map_err(|error| internal(caller, &error))?;
                self.secrets.delete(binding).await.map_err(|error| internal(caller, &error))?;
                String::from("The tenant uses the deployment's registration again.")
            }
        };
        self.tokens.forget(tenant);
        self.audit
            .record(Actor::Caller(caller), "connection.registration", Some((tenant, &connection.name)), detail)
            .await
            .map_err(|error| internal(caller, &error))?;
        let written = if connection.state == ConnectionState::Disconnected {
            self.store.connections(&scope).get(tenant).await
        } else {
            self.check_tenant(tenant).await
        };
        written.map_err(|error| internal(caller, &error))?.map(row::of).ok_or(Error::NotFound)
    }
}

fn checked(
    registration: OwnRegistration,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(StoredRegistration, SecretString), Error> {
    let client_id = Uuid::parse_str(registration.client_id.trim())
        .map_err(|_| invalid("client_id", "The application (client) id is a GUID; copy it from the registration."))?;
    let secret = registration.client_secret.trim();
    if secret.is_empty() || secret.len() > LONGEST_SECRET || !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(invalid("client_secret", "Paste the secret's value, which Microsoft shows once; not its id."));
    }
    if Uuid::parse_str(secret).is_ok() {
        return Err(invalid("client_secret", "This is the secret's id. Paste its value."));
    }
    if registration.secret_ends_at.is_some_and(|end| end <= now) {
        return Err(invalid("secret_ends_on", "This secret has ended already. Make a new one in the registration."));
    }
    let stored =
        StoredRegistration { client_id: client_id.to_string(), credential_ends_at: registration.secret_ends_at };
    Ok((stored, SecretString::from(secret)))
}

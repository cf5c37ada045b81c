//! Adding a tenant by domain or id, and the link with which its administrator consents.

use app::backend::Caller;
use app::error::Error;
use chrono::TimeDelta;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use domain::operator::Permission;
use domain::settings::{ConsentRequest, NewConnection};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{CONSENT_CALLBACK, Connections, invalid, microsoft};
use crate::audit::Actor;
use crate::failure::internal;
use crate::graph::Query;
use crate::graph::exchange_admin::EXCHANGE_APP_ID;
use crate::graph::query::quoted;
use crate::store::connections::{NewTenant, StoredConnection};
use crate::store::consents::StoredConsent;
use crate::store::{Scope, StoreError};

/// A link is sent to somebody who may read it next week.
const LINK_LIFE: TimeDelta = TimeDelta::days(7);
/// How a request for consent is told from a partner's sign-in.
pub(super) const CONSENT_KIND: &str = "consent";
/// Consent to Exchange's endpoint, which is given apart.
pub(super) const EXCHANGE_KIND: &str = "exchange";

/// What Graph tells of a tenant that has not consented.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TenantInformation {
    display_name: Option<String>,
    default_domain_name: Option<String>,
}

impl Connections {
    pub(super) async fn add(&self, caller: &Caller, new: NewConnection) -> Result<ConsentRequest, Error> {
        if new.kind == ConnectionKind::Delegated {
            return Err(invalid(
                "kind",
                "A client of a GDAP relationship is connected from the list of relationships.",
            ));
        }
        let typed = domain_or_id(&new.tenant).map_err(|message| invalid("tenant", message))?;
        let found = self.entra().find_tenant(&typed).await.map_err(|error| microsoft(&error))?;
        let Some(tenant) = found else {
            return Err(invalid(
                "tenant",
                format!(
                    "Microsoft knows no tenant under {typed}. Type a verified domain of the client, or its tenant id."
                ),
            ));
        };
        let scope = Scope::of_system();
        let connections = self.store.connections(&scope);
        let listed = connections.get(tenant).await.map_err(|error| internal(caller, &error))?;
        if let Some(listed) = listed {
            return match listed.state {
                ConnectionState::Connected | ConnectionState::MissingPermissions => {
                    Err(Error::Conflict(format!("{} is connected already.", listed.name)))
                }
                _ => self.request_consent(caller, &listed).await,
            };
        }
        let (name, default_domain) = self.name_of(tenant, &typed).await;
        let now = self.surroundings.clock.now();
        let row = NewTenant { id: tenant, name: name.clone(), default_domain, is_partner: false, kind: new.kind };
        connections.create(row, now).await.map_err(|error| internal(caller, &error))?;
        self.audit
            .record(Actor::Caller(caller), "connection.create", Some((tenant, &name)), "Listed; consent is awaited.")
            .await
            .map_err(|error| internal(caller, &error))?;
        let created =
            connections.get(tenant).await.map_err(|error| internal(caller, &error))?.ok_or(Error::NotFound)?;
        self.request_consent(caller, &created).await
    }

    /// A fresh link; earlier ones stay good until they end.
    pub(super) async fn request_consent(
        &self,
        caller: &Caller,
        connection: &StoredConnection,
    ) -> Result<ConsentRequest, Error> {
        if connection.state == ConnectionState::Disconnected {
            self.await_consent(connection.tenant).await.map_err(|error| internal(caller, &error))?;
        }
        let graph = format!("{}/.default", self.graph.settings().graph_url.as_str().trim_end_matches('/'));
        self.make_link(caller, connection, CONSENT_KIND, &graph).await
    }

    /// The link for Exchange alone. What was consented before stays.
    ///
    /// # Errors
    /// `Invalid` where this deployment does not read Exchange's settings, or the client is not connected.
    pub async fn request_exchange_consent(&self, caller: &Caller, tenant: TenantId) -> Result<ConsentRequest, Error> {
        let connection = self.get(caller, Permission::ManageConnections, tenant).await?;
        if !self.graph.settings().extras.exchange_settings {
            return Err(invalid("tenant", "microsoft.exchange_settings is off in this deployment."));
        }
        if !matches!(connection.state, ConnectionState::Connected | ConnectionState::MissingPermissions) {
            return Err(invalid("tenant", format!("{} is not connected: mend that first.", connection.name)));
        }
        self.make_link(caller, &connection, EXCHANGE_KIND, &format!("{EXCHANGE_APP_ID}/.default")).await
    }

    async fn make_link(
        &self,
        caller: &Caller,
        connection: &StoredConnection,
        kind: &str,
        scope: &str,
    ) -> Result<ConsentRequest, Error> {
        let now = self.surroundings.clock.now();
        let state = self.surroundings.random.token();
        let consent = StoredConsent {
            state_hash: hash(&state),
            tenant: Some(connection.tenant),
            operator: caller.operator.id,
            kind: kind.to_owned(),
            sealed_context: None,
            created_at: now,
            expires_at: now + LINK_LIFE,
        };
        self.store.consents().create(consent).await.map_err(|error| internal(caller, &error))?;
        self.audit
            .record(
                Actor::Caller(caller),
                "connection.consent_link",
                Some((connection.tenant, &connection.name)),
                match kind {
                    EXCHANGE_KIND => "Made a consent link for Exchange, good for seven days and for one use.",
                    _ => "Made a consent link, good for seven days and for one use.",
                },
            )
            .await
            .map_err(|error| internal(caller, &error))?;
        Ok(ConsentRequest {
            tenant_id: connection.tenant,
            tenant_name: connection.name.clone(),
            consent_url: self.consent_url(connection, scope, &state),
        })
    }

    /// Who asks for a link wants a disconnected tenant back.
    async fn await_consent(&self, tenant: TenantId) -> Result<(), StoreError> {
        let now = self.surroundings.clock.now();
        let scope = Scope::of_tenant_job(tenant);
        let update = |connection: &mut StoredConnection| {
            connection.state = ConnectionState::AwaitingConsent;
            connection.since = Some(now);
        };
        self.store.connections(&scope).update(tenant, now, update).await.map(|_| ())
    }

    fn consent_url(&self, connection: &StoredConnection, scope: &str, state: &str) -> String {
        let settings = self.graph.settings();
        let app = self.tokens.app();
        let client_id = connection.own_registration.as_ref().map_or(&*app.client_id, |own| own.client_id.as_str());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client_id)
            .append_pair("scope", scope)
            .append_pair("redirect_uri", &self.own_url(CONSENT_CALLBACK))
            .append_pair("state", state)
            .finish();
        let login = settings.login_url.as_str().trim_end_matches('/');
        format!("{login}/{}/v2.0/adminconsent?{query}", connection.tenant)
    }

    /// What the tenant calls itself, as the partner's tenant is told; what was typed when it is not told.
    async fn name_of(&self, tenant: TenantId, typed: &str) -> (String, Option<String>) {
        let typed_domain = Uuid::parse_str(typed).is_err().then(|| typed.to_owned());
        let key = quoted(&tenant.to_string());
        let query = Query::v1(format!("tenantRelationships/findTenantInformationByTenantId(tenantId={key})"));
        match self.graph_of(self.settings.partner_tenant).get_one::<TenantInformation>(&query).await {
            Ok(found) => (
                found.display_name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| typed.to_owned()),
                found.default_domain_name.or(typed_domain),
            ),
            Err(error) => {
                tracing::info!(%error, %tenant, "the tenant's name is not known before it consents");
                (typed.to_owned(), typed_domain)
            }
        }
    }
}

pub(super) fn hash(state: &str) -> Vec<u8> {
    Sha256::digest(state).to_vec()
}

/// Accepts what people paste: a tenant id, a domain, also out of an e-mail address or a web address.
fn domain_or_id(typed: &str) -> Result<String, String> {
    const HINT: &str = "Type a domain like fabrikam.com, or a tenant id.";
    let text = typed.trim().to_lowercase();
    if text.is_empty() {
        return Err(HINT.to_owned());
    }
    if let Ok(id) = Uuid::parse_str(&text) {
        return Ok(id.to_string());
    }
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default().trim_end_matches('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if text.len() > 253 || !text.contains('.') || !text.split('.').all(is_label) {
        return Err(format!("“{}” is neither a domain nor a tenant id. {HINT}", shown(typed)));
    }
    // Names in other scripts travel as punycode; the URL library writes it.
    match url::Host::parse(text) {
        Ok(url::Host::Domain(domain)) => Ok(domain),
        _ => Err(format!("“{}” is neither a domain nor a tenant id. {HINT}", shown(typed))),
    }
}

fn shown(typed: &str) -> String {
    let typed = typed.trim();
    typed.char_indices().nth(60).map_or_else(|| typed.to_owned(), |(end, _)| format!("{}…", &typed[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        let id = "11112222-bbbb-3333-cccc-4444dddd5555";
        for (typed, expected) in [
            (" Fabrikam.COM ", "fabrikam.com"),
            ("https://www.fabrikam.com/about?x#y", "www.fabrikam.com"),
            ("ines@fabrikam.onmicrosoft.com", "fabrikam.onmicrosoft.com"),
            ("fabrikam.com.", "fabrikam.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            (&id.to_uppercase(), id),
            (&format!("{{{id}}}"), id),
        ] {
            assert_eq!(domain_or_id(typed).as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn nonsense_is_answered_with_a_sentence() {
        let long = "a".repeat(300);
        for typed in
            ["", "  ", "fabrikam", "a..b", "-a.example", "a b.example", "../../etc", "<script>.x", "127.0.0.1", &long]
        {
            let answer = domain_or_id(typed);
            assert!(
                answer.as_ref().is_err_and(|text| text.contains("tenant id") && text.len() < 300),
                "{typed}: {answer:?}"
            );
        }
    }
}

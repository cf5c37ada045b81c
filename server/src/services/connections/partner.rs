//! Reaching clients through GDAP: an administrator signs in once at the partner's tenant, the refresh token goes into the
//! vault, and each client of an active relationship is connected without a click by the client.

use app::backend::Caller;
use app::error::Error;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::connection::{ConnectionKind, ConnectionState};
use domain::ids::TenantId;
use domain::operator::Permission;
use domain::settings::{ConnectionRow, PartnerConnection, RelationshipRow};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::add::hash;
use super::{Answer, Connections, PARTNER_CALLBACK, PARTNER_START, allow, invalid, microsoft, row};
use crate::audit::Actor;
use crate::failure::internal;
use crate::graph::entra::Grant;
use crate::graph::{GraphError, Query, Resource};
use crate::services::permissions::wanted;
use crate::services::tokens::PARTNER_TOKEN;
use crate::store::connections::{NewTenant, StoredConnection};
use crate::store::consents::{StoredConsent, StoredPartner};
use crate::store::{Scope, StoreError};
use crate::vault::{Binding, Sealed, SecretKind};

const PARTNER_KIND: &str = "partner";
const ATTEMPT_LIFE: TimeDelta = TimeDelta::minutes(20);
const CONTEXT: Binding = Binding { tenant: None, kind: SecretKind::SignInContext };
/// The name under which clients see the app in Partner Center's consents.
const APP_NAME: &str = "Tenantry";

/// How the sign-in ended. Only `Connected` has changed anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerEnding {
    Connected {
        user_principal_name: String,
    },
    Refused {
        code: String,
    },
    /// No such attempt, used, too late, or begun by somebody else.
    Unknown,
    /// Signed in at another tenant than the partner's.
    OtherTenant,
    WithoutMfa,
    /// Microsoft did not give what was due.
    Failed {
        code: String,
        meaning: String,
    },
}

/// What the callback needs besides the code; sealed while the browser is away.
#[derive(Serialize, Deserialize)]
struct Context {
    verifier: String,
    nonce: String,
}

#[derive(Debug, Deserialize)]
struct IdClaims {
    aud: String,
    tid: Uuid,
    oid: Uuid,
    nonce: Option<String>,
    preferred_username: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Methods {
    amr: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relationship {
    pub id: String,
    status: Option<String>,
    pub end_date_time: Option<DateTime<Utc>>,
    pub customer: Option<Customer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Customer {
    pub tenant_id: Uuid,
    display_name: Option<String>,
}

impl Relationship {
    fn is_active(&self) -> bool {
        matches!(self.status.as_deref(), Some("active" | "expiring"))
    }
}

impl Connections {
    /// The address at Microsoft to which an administrator is sent to connect the partner.
    pub async fn start_partner(&self, caller: &Caller) -> Result<String, Error> {
        allow(caller, Permission::ManageConnections)?;
        let random = &self.surroundings.random;
        let (state, verifier, nonce) = (random.token(), random.token(), random.token());
        let now = self.surroundings.clock.now();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let context = Context { verifier, nonce: nonce.clone() };
        let consent = StoredConsent {
            state_hash: hash(&state),
            tenant: None,
            operator: caller.operator.id,
            kind: PARTNER_KIND.to_owned(),
            sealed_context: Some(self.seal_context(&context).map_err(|error| internal(caller, &*error))?),
            created_at: now,
            expires_at: now + ATTEMPT_LIFE,
        };
        self.store.consents().create(consent).await.map_err(|error| internal(caller, &error))?;
        let settings = self.graph.settings();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.tokens.app().client_id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("redirect_uri", &self.own_url(PARTNER_CALLBACK))
            .append_pair("scope", &self.partner_scope())
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            // A fresh sign-in: the token that comes of it bears the MFA that Partner Center demands.
            .append_pair("prompt", "login")
            .finish();
        let login = settings.login_url.as_str().trim_end_matches('/');
        Ok(format!("{login}/{}/oauth2/v2.0/authorize?{query}", self.settings.partner_tenant))
    }

    /// Works out the callback of that sign-in, for the administrator who began it.
    pub async fn finish_partner(&self, caller: &Caller, answer: &Answer, code: &str) -> Result<PartnerEnding, Error> {
        allow(caller, Permission::ManageConnections)?;
        let fail = |error: StoreError| internal(caller, &error);
        if !answer.error.is_empty() {
            return Ok(PartnerEnding::Refused { code: super::consent::refusal_code(answer) });
        }
        let request = self.store.consents().get(&hash(&answer.state)).await.map_err(fail)?;
        let request = request.filter(|request| {
            request.kind == PARTNER_KIND
                && request.operator == caller.operator.id
                && self.surroundings.clock.now() < request.expires_at
        });
        let Some(request) = request.filter(|_| !code.is_empty()) else { return Ok(PartnerEnding::Unknown) };
        let Some(context) = request.sealed_context.as_deref().and_then(|sealed| self.open_context(sealed)) else {
            return Ok(PartnerEnding::Unknown);
        };
        if !self.store.consents().take(&request.state_hash).await.map_err(fail)? {
            return Ok(PartnerEnding::Unknown);
        }
        self.redeem_partner_code(caller, code, context).await
    }

    async fn redeem_partner_code(&self, caller: &Caller, code: &str, context: Context) -> Result<PartnerEnding, Error> {
        let failed = |error: &GraphError| {
            let cause = error.cause();
            PartnerEnding::Failed { code: cause.code, meaning: cause.meaning }
        };
        let (code, verifier) = (SecretString::from(code), SecretString::from(context.verifier));
        let redirect_uri = self.own_url(PARTNER_CALLBACK);
        let scope = self.partner_scope();
        let grant = Grant::Code { code: &code, redirect_uri: &redirect_uri, pkce_verifier: &verifier, scope: &scope };
        let partner = self.settings.partner_tenant;
        let app = self.tokens.app();
        let tokens = match self.entra().take_tokens(partner, app, grant, Resource::Graph, None).await {
            Ok(tokens) => tokens,
            Err(error) => return Ok(failed(&error)),
        };
        // The ID token came straight from the token endpoint, which stands for its signature (OpenID Connect Core, 3.1.3.7).
        let claims: Option<IdClaims> = tokens.id_token.as_ref().and_then(payload);
        let (Some(claims), Some(refresh_token)) = (claims, tokens.refresh_token.as_ref()) else {
            let meaning = String::from("Microsoft sent no refresh token, or no proof of who signed in.");
            return Ok(PartnerEnding::Failed { code: String::from("incomplete"), meaning });
        };
        if claims.tid != partner.0 {
            return Ok(PartnerEnding::OtherTenant);
        }
        if claims.aud != *app.client_id || claims.nonce.as_deref() != Some(context.nonce.as_str()) {
            return Ok(PartnerEnding::Unknown);
        }
        // Only a hint: access tokens are Graph's to read. Where it says nothing, Partner Center will.
        let methods: Option<Methods> = payload(&tokens.access_token);
        if methods.and_then(|methods| methods.amr).is_some_and(|amr| !amr.iter().any(|method| method == "mfa")) {
            return Ok(PartnerEnding::WithoutMfa);
        }
        self.keep_partner(caller, &claims, refresh_token).await?;
        Ok(PartnerEnding::Connected { user_principal_name: claims.preferred_username.unwrap_or_default() })
    }

    async fn keep_partner(
        &self,
        caller: &Caller,
        claims: &IdClaims,
        refresh_token: &SecretString,
    ) -> Result<(), Error> {
        let now = self.surroundings.clock.now();
        let user_principal_name = claims.preferred_username.clone().unwrap_or_default();
        self.secrets.put(PARTNER_TOKEN, refresh_token, now).await.map_err(|error| internal(caller, &error))?;
        let partner = StoredPartner {
            tenant: self.settings.partner_tenant,
            object_id: claims.oid,
            user_principal_name: user_principal_name.clone(),
            connected_at: now,
            last_renewed_at: now,
            cause: None,
        };
        self.store.consents().put_partner(partner).await.map_err(|error| internal(caller, &error))?;
        self.tokens.forget_all();
        self.audit
            .record(
                Actor::Caller(caller),
                "partner.connect",
                None,
                format!("Clients are reached through {user_principal_name} from now on."),
            )
            .await
            .map_err(|error| internal(caller, &error))
    }

    pub(super) async fn show_partner(&self, caller: &Caller) -> Result<PartnerConnection, Error> {
        let stored = self.store.consents().get_partner().await.map_err(|error| internal(caller, &error))?;
        let Some(partner) = stored else {
            return Ok(PartnerConnection {
                connected: false,
                user_principal_name: None,
                last_renewed_at: None,
                problem: None,
                connect_url: PARTNER_START.to_owned(),
                relationships: Vec::new(),
            });
        };
        let mut shown = PartnerConnection {
            connected: partner.cause.is_none(),
            user_principal_name: Some(partner.user_principal_name),
            last_renewed_at: Some(partner.last_renewed_at),
            problem: partner.cause,
            connect_url: PARTNER_START.to_owned(),
            relationships: Vec::new(),
        };
        if shown.connected {
            match self.read_relationships().await {
                Ok(found) => shown.relationships = self.relationship_rows(caller, found).await?,
                Err(error) => shown.problem = Some(error.cause()),
            }
        }
        Ok(shown)
    }

    async fn relationship_rows(
        &self,
        caller: &Caller,
        found: Vec<Relationship>,
    ) -> Result<Vec<RelationshipRow>, Error> {
        let scope = Scope::of(caller);
        let listed = self.store.connections(&scope).list().await.map_err(|error| internal(caller, &error))?;
        let mut rows: Vec<RelationshipRow> = found
            .into_iter()
            .filter_map(|relationship| {
                let customer = relationship.customer?;
                let tenant = TenantId(customer.tenant_id);
                let connected_by = listed
                    .iter()
                    .find(|connection| connection.tenant == tenant && is_reached(connection))
                    .map(|connection| connection.kind);
                Some(RelationshipRow {
                    relationship_id: relationship.id,
                    tenant_id: tenant,
                    tenant_name: customer.display_name.unwrap_or_else(|| tenant.to_string()),
                    status: relationship.status.unwrap_or_default(),
                    ends_at: relationship.end_date_time,
                    connected_by,
                })
            })
            .collect();
        rows.sort_by_key(|row| row.tenant_name.to_lowercase());
        Ok(rows)
    }

    pub(super) async fn read_relationships(&self) -> Result<Vec<Relationship>, GraphError> {
        let query = Query::v1("tenantRelationships/delegatedAdminRelationships");
        self.partner_graph().pages::<Relationship>(query).collect().await
    }

    pub(super) async fn add_delegated(&self, caller: &Caller, relationship_id: &str) -> Result<ConnectionRow, Error> {
        let found = self.read_relationships().await.map_err(|error| microsoft(&error))?;
        let relationship = found.into_iter().find(|relationship| relationship.id == relationship_id);
        let relationship = relationship.ok_or_else(|| invalid("relationship_id", "There is no such relationship."))?;
        if !relationship.is_active() {
            let status = relationship.status.as_deref().unwrap_or("unknown");
            let words = format!("The relationship is {status}. Only an active one reaches its client.");
            return Err(invalid("relationship_id", words));
        }
        let customer = relationship.customer.as_ref();
        let customer = customer.ok_or_else(|| invalid("relationship_id", "The relationship names no client yet."))?;
        let tenant = TenantId(customer.tenant_id);
        let name = customer.display_name.clone().unwrap_or_else(|| tenant.to_string());
        self.list_delegated(caller, tenant, &name, &relationship).await?;
        self.audit
            .record(
                Actor::Caller(caller),
                "connection.create",
                Some((tenant, &name)),
                format!("Connected through the GDAP relationship {relationship_id}."),
            )
            .await
            .map_err(|error| internal(caller, &error))?;
        let row = self.open_delegated(caller, tenant).await?;
        (self.nudge)(tenant).await;
        Ok(row)
    }

    /// Lists the client before anything is asked of Microsoft, so that a failure has a row to stand in.
    async fn list_delegated(
        &self,
        caller: &Caller,
        tenant: TenantId,
        name: &str,
        relationship: &Relationship,
    ) -> Result<(), Error> {
        let scope = Scope::of_system();
        let now = self.surroundings.clock.now();
        let connections = self.store.connections(&scope);
        let listed = connections.get(tenant).await.map_err(|error| internal(caller, &error))?;
        if let Some(listed) = listed.filter(is_reached) {
            return Err(Error::Conflict(format!("{} is connected already.", listed.name)));
        }
        let row = NewTenant {
            id: tenant,
            name: name.to_owned(),
            default_domain: None,
            is_partner: false,
            kind: ConnectionKind::Delegated,
        };
        connections.create(row, now).await.map_err(|error| internal(caller, &error))?;
        let update = |connection: &mut StoredConnection| {
            connection.kind = ConnectionKind::Delegated;
            connection.relationship_id = Some(relationship.id.clone());
            connection.relationship_ends_at = relationship.end_date_time;
            if connection.state != ConnectionState::AwaitingConsent {
                connection.state = ConnectionState::AwaitingConsent;
                connection.since = Some(now);
            }
            connection.cause = None;
        };
        connections.update(tenant, now, update).await.map_err(|error| internal(caller, &error))?;
        // A registration of its own would be preferred to the partner operator.
        connections.set_own_registration(tenant, None, now).await.map_err(|error| internal(caller, &error))?;
        let own_secret = Binding { tenant: Some(tenant), kind: SecretKind::ClientSecret };
        self.secrets.delete(own_secret).await.map_err(|error| internal(caller, &error))?;
        self.tokens.forget(tenant);
        Ok(())
    }

    /// Consents in the client's tenant through Partner Center and proves it. What Microsoft refuses is told in the row.
    async fn open_delegated(&self, caller: &Caller, tenant: TenantId) -> Result<ConnectionRow, Error> {
        let wanted = wanted(false, ConnectionKind::Delegated);
        let scopes: Vec<&str> = wanted.iter().map(|wanted| wanted.permission).collect();
        let app = self.tokens.app();
        let mut consented = self.partner_graph().consent_in(tenant, &app.client_id, APP_NAME, &scopes).await;
        if consented.as_ref().is_err_and(|error| error.status() == Some(400)) {
            // The registration may lack what is optional: it must not sink the rest.
            let needed: Vec<&str> =
                wanted.iter().filter(|wanted| !wanted.optional).map(|wanted| wanted.permission).collect();
            consented = self.partner_graph().consent_in(tenant, &app.client_id, APP_NAME, &needed).await;
        }
        let written = match consented {
            Ok(()) => self.check_tenant(tenant).await,
            Err(error) => self.write_refusal(tenant, &error).await,
        };
        let written = written.map_err(|error| internal(caller, &error))?;
        written.map(row::of).ok_or(Error::NotFound)
    }

    fn partner_scope(&self) -> String {
        let graph = self.graph.settings().graph_url.as_str().trim_end_matches('/').to_owned();
        format!("openid profile offline_access {graph}/.default")
    }

    fn seal_context(&self, context: &Context) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let text = SecretString::from(serde_json::to_string(context)?);
        let sealed = self.secrets.vault().seal(CONTEXT, &text)?;
        Ok([sealed.key_id.as_bytes(), b"\n", &sealed.bytes].concat())
    }

    /// `None`: its key has left the ring, or it is damaged. Starting again mends both.
    fn open_context(&self, bytes: &[u8]) -> Option<Context> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let key_id = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let sealed = Sealed { key_id, bytes: bytes[end + 1..].to_vec() };
        let text = self.secrets.vault().open(CONTEXT, &sealed).ok()?;
        serde_json::from_str(text.expose_secret()).ok()
    }
}

fn is_reached(connection: &StoredConnection) -> bool {
    matches!(connection.state, ConnectionState::Connected | ConnectionState::MissingPermissions)
}

/// The claims of a JWT, unproven.
fn payload<T: serde::de::DeserializeOwned>(token: &SecretString) -> Option<T> {
    let part = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

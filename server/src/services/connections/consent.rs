//! What happens when Microsoft sends a client's administrator back. Errors are looked at first; the `tenant` parameter is
//! compared, never trusted; the proof is a token taken in the tenant that the link was made for.

use std::time::Duration;

use domain::connection::ConnectionKind;
use domain::ids::TenantId;
use serde::Deserialize;

use super::Connections;
use super::add::{CONSENT_KIND, EXCHANGE_KIND, hash};
use super::check::Proof;
use crate::audit::Actor;
use crate::graph::GraphError;
use crate::services::permissions::{is_complete, missing_features};
use crate::services::tokens::Way;
use crate::store::connections::StoredConnection;
use crate::store::consents::StoredConsent;
use crate::store::{Scope, StoreError};

/// Consent takes a while to spread inside Microsoft: the proof is tried again after these waits.
const WAITS_FOR_CONSENT: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(4)];

/// The query of the callback; everything is optional because anybody can type an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    pub state: String,
    pub tenant: String,
    pub admin_consent: String,
    pub error: String,
    pub error_description: String,
}

/// How it ended. Only `Connected` has changed anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Connected {
        tenant: TenantId,
        name: String,
        /// What is missing on screen because a permission was not granted.
        missing: Vec<String>,
    },
    /// Consent to Exchange alone was given; what Exchange then shows, the next reading tells.
    ExchangeConsented {
        tenant: TenantId,
        name: String,
    },
    /// The client's administrator, or Microsoft, said no.
    Refused {
        name: Option<String>,
        code: String,
    },
    /// No such link, or it was used.
    Unknown,
    Expired {
        name: String,
    },
    /// Consent was given in another tenant than the link was made for.
    OtherTenant {
        name: String,
    },
    /// Microsoft does not show the consent.
    NotProven {
        name: String,
        code: String,
        meaning: String,
    },
    /// The address lacks what Microsoft always sends.
    Nonsense,
}

impl Connections {
    /// Works out the callback. `request_id` goes into the audit log.
    pub async fn finish_consent(&self, answer: &Answer, request_id: &str) -> Result<Ending, StoreError> {
        let request = self.find_request(&answer.state).await?;
        if !answer.error.is_empty() {
            let name = request.as_ref().map(|(_, connection)| connection.name.clone());
            return Ok(Ending::Refused { name, code: refusal_code(answer) });
        }
        let Some((request, connection)) = request else {
            let bare = answer.state.is_empty() || answer.tenant.is_empty();
            return Ok(if bare { Ending::Nonsense } else { Ending::Unknown });
        };
        let name = connection.name.clone();
        if self.surroundings.clock.now() >= request.expires_at {
            return Ok(Ending::Expired { name });
        }
        let Ok(told) = answer.tenant.parse::<TenantId>() else { return Ok(Ending::Nonsense) };
        if !answer.admin_consent.eq_ignore_ascii_case("true") {
            return Ok(Ending::Nonsense);
        }
        if told != connection.tenant {
            return Ok(Ending::OtherTenant { name });
        }
        if request.kind == EXCHANGE_KIND {
            return self.welcome_exchange(&request, connection, request_id).await;
        }
        let proof = match self.prove_patiently(&connection).await {
            Ok(proof) => proof,
            Err(error) => {
                let cause = error.cause();
                return Ok(Ending::NotProven { name, code: cause.code, meaning: cause.meaning });
            }
        };
        if !self.store.consents().take(&request.state_hash).await? {
            return Ok(Ending::Unknown);
        }
        self.welcome(&request, &connection, proof, request_id).await
    }

    async fn find_request(&self, state: &str) -> Result<Option<(StoredConsent, StoredConnection)>, StoreError> {
        let Some(request) = self.store.consents().get(&hash(state)).await? else { return Ok(None) };
        let Some(tenant) = request.tenant.filter(|_| [CONSENT_KIND, EXCHANGE_KIND].contains(&request.kind.as_str()))
        else {
            return Ok(None);
        };
        let scope = Scope::of_tenant_job(tenant);
        let connection = self.store.connections(&scope).get(tenant).await?;
        Ok(connection.map(|connection| (request, connection)))
    }

    async fn prove_patiently(&self, connection: &StoredConnection) -> Result<Proof, GraphError> {
        let before = connection.granted.clone().unwrap_or_default();
        let mut waits = WAITS_FOR_CONSENT.into_iter();
        loop {
            let proof = self.prove(connection, Way::AppOnly).await;
            let is_there = match &proof {
                Ok(proof) => proof.granted.as_ref().is_some_and(|granted| {
                    let complete = is_complete(granted, connection.is_partner, ConnectionKind::AppOnly);
                    complete || (!granted.is_empty() && *granted != before)
                }),
                Err(error) if !is_missing_consent(error) => return proof,
                Err(_) => false,
            };
            match waits.next().filter(|_| !is_there) {
                Some(wait) => self.surroundings.timer.sleep(wait).await,
                None => return proof,
            }
        }
    }

    async fn welcome(
        &self,
        request: &StoredConsent,
        connection: &StoredConnection,
        proof: Proof,
        request_id: &str,
    ) -> Result<Ending, StoreError> {
        let tenant = connection.tenant;
        let missing = missing_features(proof.granted.as_deref(), connection.is_partner, ConnectionKind::AppOnly);
        let now = self.surroundings.clock.now();
        let scope = Scope::of_tenant_job(tenant);
        let connections = self.store.connections(&scope);
        let through_consent = |connection: &mut StoredConnection| {
            connection.kind = ConnectionKind::AppOnly;
            connection.consented_at = Some(now);
        };
        connections.update(tenant, now, through_consent).await?;
        self.write_proof(tenant, proof).await?;
        self.tokens.forget(tenant);
        let detail = if missing.is_empty() {
            String::from("Consent was given; every permission is granted.")
        } else {
            format!("Consent was given; missing: {}.", missing.join(", "))
        };
        let operator = self.operator_of(request).await?;
        let actor = match &operator {
            Some(operator) => Actor::Operator { id: request.operator, name: operator, request_id },
            None => Actor::Nobody { request_id },
        };
        self.audit.record(actor, "connection.consent", Some((tenant, &connection.name)), detail).await?;
        (self.nudge)(tenant).await;
        // Last, because it waits for Microsoft: whoever closes the page meanwhile has lost nothing.
        self.name_by_itself(connection).await?;
        let name = connections.get(tenant).await?.map_or_else(|| connection.name.clone(), |written| written.name);
        Ok(Ending::Connected { tenant, name, missing })
    }

    async fn welcome_exchange(
        &self,
        request: &StoredConsent,
        connection: StoredConnection,
        request_id: &str,
    ) -> Result<Ending, StoreError> {
        if !self.store.consents().take(&request.state_hash).await? {
            return Ok(Ending::Unknown);
        }
        let (tenant, name) = (connection.tenant, connection.name);
        self.tokens.forget(tenant);
        let operator = self.operator_of(request).await?;
        let actor = match &operator {
            Some(operator) => Actor::Operator { id: request.operator, name: operator, request_id },
            None => Actor::Nobody { request_id },
        };
        let detail = "Consent to Exchange was given.".to_owned();
        self.audit.record(actor, "connection.consent_exchange", Some((tenant, &name)), detail).await?;
        (self.nudge)(tenant).await;
        Ok(Ending::ExchangeConsented { tenant, name })
    }

    async fn operator_of(&self, request: &StoredConsent) -> Result<Option<String>, StoreError> {
        let appointment = self.store.operators().get(request.operator).await?;
        Ok(appointment.map(|found| found.operator.display_name))
    }
}

/// Codes with which Entra says that the app is not there (yet).
fn is_missing_consent(error: &GraphError) -> bool {
    error.aadsts().is_some_and(|number| matches!(number, 700_016 | 7_000_229 | 65_001 | 650_056 | 700_011))
}

/// The AADSTS code of a refusal, or OAuth's word for it; nothing else of what came is repeated.
pub(super) fn refusal_code(answer: &Answer) -> String {
    let number = answer
        .error_description
        .split("AADSTS")
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).take(9).collect::<String>());
    match number.filter(|digits| !digits.is_empty()) {
        Some(digits) => format!("AADSTS{digits}"),
        None => answer.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_code_and_never_by_what_was_typed() {
        let answer = |error: &str, description: &str| Answer {
            error: error.to_owned(),
            error_description: description.to_owned(),
            ..Answer::default()
        };
        assert_eq!(refusal_code(&answer("consent_required", "AADSTS65004: The user declined")), "AADSTS65004");
        assert_eq!(refusal_code(&answer("permission_denied", "The admin canceled the request")), "permission_denied");
        assert_eq!(refusal_code(&answer("<script>alert(1)</script>", "AADSTS")), "scriptalert1script");
        assert_eq!(refusal_code(&answer(&"x".repeat(500), "")).len(), 60);
    }
}

//! Codes, refresh tokens and browser sessions that were given out, and how long each is good for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::errors::Refusal;
use super::realm::Realm;
use crate::service::Service;
use crate::tokens::{CANARY, Subject};

/// A code lives ten minutes.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// A refresh token dies when it was not used for 90 days.
const IDLE_LIFE: TimeDelta = TimeDelta::days(90);

/// What a person agreed to at the sign-in page, until the client fetches it.
#[derive(Clone, Debug)]
pub(crate) struct CodeGrant {
    pub realm: Realm,
    pub client_id: Uuid,
    pub redirect_uri: String,
    pub scope: String,
    pub nonce: Option<String>,
    /// Challenge and whether it is hashed (`S256`).
    pub challenge: Option<(String, bool)>,
    pub subject: Subject,
    pub app_roles: Vec<String>,
    pub acrs: Vec<String>,
    pub session: Uuid,
    pub issued_at: DateTime<Utc>,
    pub redeemed: bool,
}

/// A refresh token: bound to person and client, not to a tenant or a resource.
#[derive(Clone, Debug)]
pub(crate) struct RefreshGrant {
    pub client_id: Uuid,
    pub scope: String,
    pub subject: Subject,
    pub app_roles: Vec<String>,
    pub session: Uuid,
    /// The revocation generation of the person when it was issued.
    pub generation: u64,
    pub used_at: DateTime<Utc>,
}

/// A browser that somebody signed in with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub id: Uuid,
    pub tenant: Uuid,
    pub person: Uuid,
}

#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: Mutex<HashMap<String, CodeGrant>>,
    refresh: Mutex<HashMap<String, RefreshGrant>>,
    sessions: Mutex<HashMap<String, Session>>,
}

impl Grants {
    pub fn issue_code(&self, service: &Service, grant: CodeGrant) -> String {
        let code = secret(service, "0");
        let mut codes = held(&self.codes);
        // A used code is kept a while, so that its second use is told apart from a code that never was.
        codes.retain(|_, other| service.clock.now() - other.issued_at < CODE_LIFE * 6);
        codes.insert(code.clone(), grant);
        code
    }

    /// Takes a code once. `check` sees the grant before it counts as used.
    pub fn redeem_code(
        &self,
        service: &Service,
        code: &str,
        check: impl FnOnce(&CodeGrant) -> Result<(), Refusal>,
    ) -> Result<CodeGrant, Refusal> {
        let mut codes = held(&self.codes);
        let grant = codes
            .get_mut(code)
            .ok_or_else(|| Refusal::with(70000, "The provided authorization code is invalid or malformed."))?;
        if grant.redeemed {
            return Err(Refusal::new(54005));
        }
        if service.clock.now() - grant.issued_at > CODE_LIFE {
            return Err(Refusal::new(70008));
        }
        check(grant)?;
        grant.redeemed = true;
        Ok(grant.clone())
    }

    pub fn issue_refresh(&self, service: &Service, grant: RefreshGrant) -> String {
        let token = secret(service, "1");
        held(&self.refresh).insert(token.clone(), grant);
        token
    }

    /// Looks a refresh token up and counts the use; the token stays good, as Microsoft's do.
    pub fn use_refresh(&self, service: &Service, token: &str, client_id: Uuid) -> Result<RefreshGrant, Refusal> {
        let now = service.clock.now();
        let mut refresh = held(&self.refresh);
        let grant = refresh.get_mut(token).ok_or_else(|| match token.starts_with(CANARY) {
            true => Refusal::with(70000, "The provided refresh token is invalid or malformed."),
            false => Refusal::new(9_002_313),
        })?;
        if grant.client_id != client_id {
            return Err(Refusal::with(70000, "The refresh token was issued to another client."));
        }
        if now - grant.used_at > IDLE_LIFE {
            let text = format!(
                "The refresh token has expired due to inactivity. The token was issued on {} and was inactive for 90.00:00:00.",
                grant.used_at.format("%Y-%m-%dT%H:%M:%S.0000000Z")
            );
            return Err(Refusal::with(700_082, text));
        }
        if grant.generation < service.tokens.generation(grant.subject.object_id) {
            return Err(Refusal::new(50173));
        }
        grant.used_at = now;
        Ok(grant.clone())
    }

    pub fn open_session(&self, service: &Service, tenant: Uuid, person: Uuid) -> (String, Session) {
        let cookie = secret(service, "2");
        let session = Session { id: service.random.uuid(), tenant, person };
        held(&self.sessions).insert(cookie.clone(), session);
        (cookie, session)
    }

    pub fn session(&self, cookie: &str) -> Option<Session> {
        held(&self.sessions).get(cookie).copied()
    }

    pub fn close_session(&self, cookie: &str) {
        held(&self.sessions).remove(cookie);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn secret(service: &Service, kind: &str) -> String {
    let secret = format!("{CANARY}.{kind}.{}", service.random.text(48));
    service.tokens.remember(&secret);
    secret
}

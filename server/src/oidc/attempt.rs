//! One attempt to sign in, from the click to Microsoft's answer. Everything that binds the answer to the browser is derived
//! from one random secret, which lives in the browser's cookie alone: nothing is stored here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::random::Random;

/// Entra's code lives ten minutes; somebody who has to register a method first needs longer.
const LIFE: TimeDelta = TimeDelta::minutes(30);

#[derive(Clone)]
pub struct Attempt {
    secret: String,
    begun_at: i64,
    /// A local path; checked by whoever makes the attempt.
    return_to: String,
}

impl Attempt {
    pub fn begin(random: &Random, now: DateTime<Utc>, return_to: String) -> Self {
        Self { secret: random.token(), begun_at: now.timestamp(), return_to }
    }

    /// For the cookie.
    pub fn to_cookie(&self) -> String {
        format!("{}.{}.{}", self.secret, self.begun_at, URL_SAFE_NO_PAD.encode(&self.return_to))
    }

    /// `None` when it is not one of ours, or too old.
    pub fn from_cookie(text: &str, now: DateTime<Utc>) -> Option<Self> {
        let mut parts = text.split('.');
        let (secret, begun_at, return_to) = (parts.next()?, parts.next()?, parts.next()?);
        let begun_at: i64 = begun_at.parse().ok()?;
        let age = now.timestamp().checked_sub(begun_at)?;
        let return_to = String::from_utf8(URL_SAFE_NO_PAD.decode(return_to).ok()?).ok()?;
        let is_fresh = (0..=LIFE.num_seconds()).contains(&age);
        (secret.len() == 43 && is_fresh).then(|| Self { secret: secret.to_owned(), begun_at, return_to })
    }

    pub fn return_to(&self) -> &str {
        &self.return_to
    }

    /// The `state` that Microsoft has to give back.
    pub fn state(&self) -> String {
        self.derive("state")
    }

    /// The `nonce` that the ID token has to bear.
    pub fn nonce(&self) -> String {
        self.derive("nonce")
    }

    /// 43 characters, as RFC 7636 wants at least.
    pub fn pkce_verifier(&self) -> String {
        self.derive("pkce")
    }

    fn derive(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        for part in [purpose, &self.secret, &self.begun_at.to_string(), &self.return_to] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

/// Compares without telling by the time taken where the difference is.
pub fn is_same(left: &str, right: &str) -> bool {
    Sha256::digest(left) == Sha256::digest(right)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    #[test]
    fn an_attempt_survives_its_cookie() {
        let attempt = Attempt::begin(&Random::seeded(1), noon(), String::from("/tenants?q=ü"));
        let again = Attempt::from_cookie(&attempt.to_cookie(), noon() + TimeDelta::minutes(9)).unwrap();
        assert_eq!(again.state(), attempt.state());
        assert_eq!(again.nonce(), attempt.nonce());
        assert_eq!(again.pkce_verifier(), attempt.pkce_verifier());
        assert_eq!(again.return_to(), "/tenants?q=ü");
    }

    #[test]
    fn state_nonce_and_verifier_differ_and_hide_the_secret() {
        let attempt = Attempt::begin(&Random::seeded(1), noon(), String::from("/"));
        assert_ne!(attempt.state(), attempt.nonce());
        assert_ne!(attempt.state(), attempt.pkce_verifier());
        assert!(![attempt.state(), attempt.nonce(), attempt.pkce_verifier()].contains(&attempt.secret));
        assert_eq!(attempt.pkce_verifier().len(), 43);
    }

    #[test]
    fn a_changed_return_path_changes_the_state() {
        let attempt = Attempt::begin(&Random::seeded(1), noon(), String::from("/"));
        let changed = Attempt { return_to: String::from("/elsewhere"), ..attempt.clone() };
        assert_ne!(attempt.state(), changed.state());
    }

    #[test]
    fn an_old_a_future_and_a_garbled_attempt_are_none() {
        let attempt = Attempt::begin(&Random::seeded(1), noon(), String::from("/"));
        assert!(Attempt::from_cookie(&attempt.to_cookie(), noon() + TimeDelta::minutes(31)).is_none());
        assert!(Attempt::from_cookie(&attempt.to_cookie(), noon() - TimeDelta::minutes(1)).is_none());
        for garbled in ["", "...", "a.b.c", "🦀.1790000000.Lw", "AAAA.1790000000.Lw"] {
            assert!(Attempt::from_cookie(garbled, noon()).is_none(), "{garbled}");
        }
    }
}

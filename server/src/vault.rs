//! Seals secrets under a versioned key ring, bound to their tenant and kind. Knows nothing of the database: what comes out
//! of here is for `services` to keep.

pub mod key_ring;

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::ids::TenantId;
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use crate::random::Random;
pub use key_ring::{KeyRing, KeyRingError};

const NONCE_BYTES: usize = 24;
/// First byte of every sealed value: the format, so that another can follow.
const FORMAT: u8 = 1;
/// What a check value says when its key is right.
const CHECK_TEXT: &str = "this key opens the vault";

/// What a secret is; part of what binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// A partner operator's refresh token, redeemed at clients through GDAP; bound to the partner's tenant.
    RefreshToken,
    /// The client secret of a tenant's own registration.
    ClientSecret,
    /// What a sign-in needs when the browser comes back; lives for minutes.
    SignInContext,
    /// Signs webhooks; the deployment's own.
    WebhookSecret,
    /// Says whether a key of the ring is the right one.
    Check,
}

impl SecretKind {
    pub const ALL: [Self; 5] =
        [Self::RefreshToken, Self::ClientSecret, Self::SignInContext, Self::WebhookSecret, Self::Check];

    /// Stable name in the database and in the associated data.
    pub fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::ClientSecret => "client_secret",
            Self::SignInContext => "sign_in_context",
            Self::WebhookSecret => "webhook_secret",
            Self::Check => "check",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whose secret of which kind: the associated data. A sealed value moved to another tenant or kind does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// `None`: belongs to no tenant.
    pub tenant: Option<TenantId>,
    pub kind: SecretKind,
}

impl Binding {
    fn associated_data(&self, key_id: &str) -> Vec<u8> {
        let tenant = self.tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
        ["tenantry", self.kind.name(), &tenant, key_id].join("\0").into_bytes()
    }
}

/// A secret as it may be stored: useless without its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// Format byte, nonce, ciphertext with tag.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error(
        "the key ring has no key {key_id:?}, under which secrets are sealed. Put that key back; nothing was changed"
    )]
    MissingKey { key_id: String },
    #[error(
        "the key {key_id:?} is not the one that secrets were sealed with. Put the right key back; nothing was changed"
    )]
    WrongKey { key_id: String },
    #[error("a sealed secret is damaged, or belongs to another tenant or kind")]
    Damaged,
    #[error("a secret could not be sealed")]
    Seal,
}

/// Seals and opens.
#[derive(Debug)]
pub struct Vault {
    ring: KeyRing,
    random: Random,
}

impl Vault {
    pub fn new(ring: KeyRing, random: Random) -> Self {
        Self { ring, random }
    }

    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Seals under the current key.
    pub fn seal(&self, binding: Binding, secret: &SecretString) -> Result<Sealed, VaultError> {
        self.seal_under(self.ring.current(), binding, secret)
    }

    pub fn open(&self, binding: Binding, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let key =
            self.ring.get(&sealed.key_id).ok_or_else(|| VaultError::MissingKey { key_id: sealed.key_id.clone() })?;
        let (format, rest) = sealed.bytes.split_first().ok_or(VaultError::Damaged)?;
        if *format != FORMAT || rest.len() < NONCE_BYTES {
            return Err(VaultError::Damaged);
        }
        let (nonce, ciphertext) = rest.split_at(NONCE_BYTES);
        let aad = binding.associated_data(&sealed.key_id);
        let opened = cipher(key)
            .decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: &aad })
            .map_err(|_| VaultError::Damaged)?;
        let text = String::from_utf8(opened).map_err(|error| {
            error.into_bytes().zeroize();
            VaultError::Damaged
        })?;
        Ok(SecretString::from(text))
    }

    /// The same secret under the current key; `None` when it is under it already.
    pub fn reseal(&self, binding: Binding, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        if sealed.key_id == self.ring.current().id() {
            return Ok(None);
        }
        let secret = self.open(binding, sealed)?;
        self.seal(binding, &secret).map(Some)
    }

    /// A value by which a later start can tell whether the current key is still the right one.
    pub fn check_value(&self) -> Result<Sealed, VaultError> {
        self.seal(Self::CHECK, &SecretString::from(CHECK_TEXT))
    }

    /// Whether the ring holds the right key for a check value that was stored earlier.
    pub fn verify(&self, check: &Sealed) -> Result<(), VaultError> {
        match self.open(Self::CHECK, check) {
            Ok(text) if text.expose_secret() == CHECK_TEXT => Ok(()),
            Ok(_) | Err(VaultError::Damaged) => Err(VaultError::WrongKey { key_id: check.key_id.clone() }),
            Err(other) => Err(other),
        }
    }

    const CHECK: Binding = Binding { tenant: None, kind: SecretKind::Check };

    fn seal_under(&self, key: &key_ring::Key, binding: Binding, secret: &SecretString) -> Result<Sealed, VaultError> {
        let nonce: [u8; NONCE_BYTES] = self.random.bytes();
        let aad = binding.associated_data(key.id());
        let message = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
        let ciphertext = cipher(key)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &message, aad: &aad })
            .map_err(|_| VaultError::Seal)?;
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + ciphertext.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        Ok(Sealed { key_id: key.id().to_owned(), bytes })
    }
}

fn cipher(key: &key_ring::Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: Binding = Binding { tenant: Some(TenantId(Uuid::from_u128(1))), kind: SecretKind::RefreshToken };

    fn vault(lines: &[&str]) -> Vault {
        Vault::new(KeyRing::parse(&lines.join("\n")).unwrap(), Random::from_system())
    }

    fn line(id: &str, random: &Random) -> String {
        KeyRing::generate_line(id, random)
    }

    #[test]
    fn what_is_sealed_opens_and_does_not_hold_the_secret() {
        let vault = vault(&[&line("a", &Random::from_system())]);
        let sealed = vault.seal(ONE, &SecretString::from("CANARY")).unwrap();
        assert!(!sealed.bytes.windows(6).any(|window| window == b"CANARY"));
        assert_eq!(vault.open(ONE, &sealed).unwrap().expose_secret(), "CANARY");
        assert_ne!(vault.seal(ONE, &SecretString::from("CANARY")).unwrap(), sealed, "nonces differ");
    }

    #[test]
    fn another_tenant_or_kind_or_key_id_does_not_open_it() {
        let random = Random::from_system();
        let key = line("a", &random);
        let renamed = key.replacen("a ", "b ", 1);
        let vault = vault(&[&key, &renamed]);
        let sealed = vault.seal(ONE, &SecretString::from("x")).unwrap();
        let other_tenant = Binding { tenant: Some(TenantId(Uuid::from_u128(2))), ..ONE };
        let no_tenant = Binding { tenant: None, ..ONE };
        let other_kind = Binding { kind: SecretKind::ClientSecret, ..ONE };
        for binding in [other_tenant, no_tenant, other_kind] {
            assert_eq!(vault.open(binding, &sealed).unwrap_err(), VaultError::Damaged);
        }
        let relabelled = Sealed { key_id: String::from("b"), ..sealed };
        assert_eq!(vault.open(ONE, &relabelled).unwrap_err(), VaultError::Damaged);
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_noticed() {
        let vault = vault(&[&line("a", &Random::from_system())]);
        let sealed = vault.seal(ONE, &SecretString::from("secret")).unwrap();
        for at in 0..sealed.bytes.len() {
            let mut flipped = sealed.clone();
            flipped.bytes[at] ^= 1;
            assert_eq!(vault.open(ONE, &flipped).unwrap_err(), VaultError::Damaged, "byte {at}");
            let cut = Sealed { bytes: sealed.bytes[..at].to_vec(), ..sealed.clone() };
            assert_eq!(vault.open(ONE, &cut).unwrap_err(), VaultError::Damaged, "length {at}");
        }
    }

    #[test]
    fn a_missing_and_a_wrong_key_are_told_apart() {
        let random = Random::from_system();
        let right = vault(&[&line("a", &random)]);
        let check = right.check_value().unwrap();
        assert_eq!(right.verify(&check), Ok(()));
        let wrong = vault(&[&line("a", &random)]);
        assert_eq!(wrong.verify(&check), Err(VaultError::WrongKey { key_id: String::from("a") }));
        let missing = vault(&[&line("b", &random)]);
        assert_eq!(missing.verify(&check), Err(VaultError::MissingKey { key_id: String::from("a") }));
    }

    #[test]
    fn rotation_moves_a_secret_to_the_current_key_once() {
        let random = Random::from_system();
        let (old, new) = (line("old", &random), line("new", &random));
        let sealed = vault(&[&old]).seal(ONE, &SecretString::from("kept")).unwrap();
        let both = vault(&[&new, &old]);
        let moved = both.reseal(ONE, &sealed).unwrap().unwrap();
        assert_eq!(moved.key_id, "new");
        assert_eq!(both.reseal(ONE, &moved).unwrap(), None);
        assert_eq!(vault(&[&new]).open(ONE, &moved).unwrap().expose_secret(), "kept");
    }

    #[test]
    fn debug_prints_show_no_key_and_no_ciphertext() {
        let random = Random::from_system();
        let key = line("a", &random);
        let secret_part = key.split(' ').nth(1).unwrap().to_owned();
        let vault = vault(&[&key]);
        let sealed = vault.seal(ONE, &SecretString::from("x")).unwrap();
        let printed = format!("{vault:?} {sealed:?}");
        assert!(!printed.contains(&secret_part), "{printed}");
        assert!(!printed.contains("bytes"), "{printed}");
    }
}

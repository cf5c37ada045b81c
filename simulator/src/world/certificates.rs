//! The certificates with which a federated domain's identity provider signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use time::OffsetDateTime;

/// DER of an Ed25519 private key in PKCS #8, up to the 32 bytes of the key itself.
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Base64 of a self-signed DER certificate for `host` that ends at `ends_at`. The same key gives the same certificate.
/// Empty if the library refuses, which no input from the generation does.
pub fn signing_certificate(key: [u8; 32], host: &str, ends_at: DateTime<Utc>) -> String {
    let self_signed = || -> Result<String, rcgen::Error> {
        let der = [&ED25519_PKCS8[..], &key].concat();
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der), &rcgen::PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("ADFS Signing - {host}"));
        params.not_before = offset(ends_at - TimeDelta::days(365));
        params.not_after = offset(ends_at);
        Ok(STANDARD.encode(params.self_signed(&key)?.der()))
    };
    self_signed().unwrap_or_else(|error| {
        tracing::error!(%error, "no signing certificate could be made for {host}");
        String::new()
    })
}

fn offset(at: DateTime<Utc>) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

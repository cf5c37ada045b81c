//! HTTPS for the simulator: a certificate authority of its own and a server certificate for the loopback addresses.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use time::OffsetDateTime;

/// HTTPS could not be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("a certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the TLS configuration is refused")]
    Configuration(#[from] rustls::Error),
    #[error("{path} cannot be written")]
    File { path: PathBuf, source: io::Error },
    #[error("the present instant does not fit into a certificate")]
    Instant(#[from] time::error::ComponentRange),
}

/// A server's configuration and where the authority's certificate lies.
pub(crate) struct Tls {
    pub server: Arc<ServerConfig>,
    pub authority: PathBuf,
}

/// Makes an authority and a server certificate valid for ten days around `now`, and writes `ca.pem` and `server.pem` into `folder`. The private
/// keys never leave the process.
pub(crate) fn prepare(folder: &Path, names: &[String], now: DateTime<Utc>) -> Result<Tls, TlsError> {
    let (from, to) = (instant(now - TimeDelta::days(1))?, instant(now + TimeDelta::days(9))?);

    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Simulated Microsoft root");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (authority.not_before, authority.not_after) = (from, to);
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "Simulated Microsoft");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    (server.not_before, server.not_after) = (from, to);
    let server_key = KeyPair::generate()?;
    let server_certificate = server.signed_by(&server_key, &issuer)?;

    fs::create_dir_all(folder).map_err(|source| TlsError::File { path: folder.to_owned(), source })?;
    let authority_path = write(folder, "ca.pem", &authority_certificate.pem())?;
    write(folder, "server.pem", &server_certificate.pem())?;

    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![server_certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls { server: Arc::new(config), authority: authority_path })
}

fn write(folder: &Path, name: &str, content: &str) -> Result<PathBuf, TlsError> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(|source| TlsError::File { path: path.clone(), source })?;
    Ok(path)
}

fn instant(at: DateTime<Utc>) -> Result<OffsetDateTime, TlsError> {
    Ok(OffsetDateTime::from_unix_timestamp(at.timestamp())?)
}

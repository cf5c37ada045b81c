//! The product's certificate credential: made at start, registered in the world, and left in files for the product to read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use crate::entra::keys::{KeyError, self_signed};

const PRIVATE_KEY: &str = include_str!("../keys/app.pem");

/// The credential files could not be made.
#[derive(Debug, Error)]
pub enum CredentialError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{path} cannot be written")]
    File { path: PathBuf, source: io::Error },
}

/// The files and the certificate (DER) to register.
pub(crate) struct Credential {
    pub certificate: Vec<u8>,
    pub certificate_path: PathBuf,
    pub private_key_path: PathBuf,
    /// Removes the folder at the end, if the simulator made it for itself.
    pub folder: Folder,
}

/// A folder for credential files; a temporary one is removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    is_temporary: bool,
}

impl Folder {
    /// The given folder, or a private temporary one named after the process and `port`.
    pub fn open(given: Option<&Path>, port: u16) -> Result<Self, CredentialError> {
        let (path, is_temporary) = match given {
            Some(path) => (path.to_owned(), false),
            None => (std::env::temp_dir().join(format!("tenantry-simulator-{}-{port}", std::process::id())), true),
        };
        fs::create_dir_all(&path).map_err(|source| CredentialError::File { path: path.clone(), source })?;
        Ok(Self { path, is_temporary })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a temporary folder stays behind");
        }
    }
}

/// Makes a certificate valid for a year from now and writes it and its key.
pub(crate) fn prepare(folder: Folder, now: DateTime<Utc>) -> Result<Credential, CredentialError> {
    let certificate = self_signed(PRIVATE_KEY, "Tenantry (simulated registration)", 1, now, TimeDelta::days(365))?;
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines(&STANDARD.encode(&certificate)));
    let certificate_path = write(&folder, "app-certificate.pem", &pem)?;
    let private_key_path = write(&folder, "app-key.pem", PRIVATE_KEY)?;
    Ok(Credential { certificate, certificate_path, private_key_path, folder })
}

fn write(folder: &Folder, name: &str, content: &str) -> Result<PathBuf, CredentialError> {
    let path = folder.path.join(name);
    fs::write(&path, content).map_err(|source| CredentialError::File { path: path.clone(), source })?;
    Ok(path)
}

/// Base64 in PEM's lines of 64.
fn lines(base64: &str) -> String {
    base64.as_bytes().chunks(64).flat_map(|line| line.iter().map(|byte| char::from(*byte)).chain(['\n'])).collect()
}

//! Opening the vault at start-up. A first start makes the key ring; a start that cannot open what is sealed stops, and has
//! changed nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{SecretError, Secrets};
use crate::graph::Surroundings;
use crate::store::{Store, StoreError};
use crate::vault::{KeyRing, KeyRingError, Vault};

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum KeyRingSource {
    /// The ring itself.
    Text(SecretString),
    /// A file; made at the first start, while nothing is sealed yet.
    File(PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the vault's key ring cannot be used")]
    KeyRing(#[from] KeyRingError),
    #[error(
        "the vault's key ring {path:?} is gone, while secrets are sealed under {keys}. Put the file back; nothing was changed"
    )]
    Gone { path: String, keys: String },
    #[error("the vault's key ring {path:?} could not be made")]
    Make { path: String, source: std::io::Error },
    #[error("the vault does not open")]
    Secrets(#[from] SecretError),
    #[error("the database could not tell what is sealed")]
    Store(#[from] StoreError),
}

impl Secrets {
    /// The vault over what the database holds sealed.
    pub async fn open(store: Store, source: &KeyRingSource, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let ring = match source.read(&store).await? {
            Ring::There(ring) => ring,
            Ring::NotYet(path) => make(path, surroundings)?,
        };
        let secrets = Self::new(store, Arc::new(Vault::new(ring, surroundings.random.clone())));
        secrets.verify(surroundings.clock.now()).await?;
        Ok(secrets)
    }
}

/// What stands where the keys come from.
#[derive(Debug)]
pub enum Ring<'a> {
    There(KeyRing),
    /// No file, and nothing is sealed: the first start makes it.
    NotYet(&'a Path),
}

impl KeyRingSource {
    /// Changes nothing. A file that is gone while secrets are sealed is an error.
    pub async fn read(&self, store: &Store) -> Result<Ring<'_>, OpenError> {
        let path = match self {
            Self::Text(text) => return Ok(Ring::There(KeyRing::parse(text.expose_secret())?)),
            Self::File(path) => path,
        };
        match KeyRing::read(path) {
            Err(KeyRingError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                let sealed = store.secrets().count_by_key().await?;
                if sealed.is_empty() {
                    return Ok(Ring::NotYet(path));
                }
                let keys = sealed.into_iter().map(|(key_id, _)| key_id).collect::<Vec<_>>().join(", ");
                Err(OpenError::Gone { path: path.display().to_string(), keys })
            }
            read => Ok(Ring::There(read?)),
        }
    }
}

fn make(path: &Path, surroundings: &Surroundings) -> Result<KeyRing, OpenError> {
    let shown = path.display().to_string();
    let id = KeyRing::new_id(surroundings.clock.now(), &surroundings.random);
    let line = Zeroizing::new(KeyRing::generate_line(&id, &surroundings.random));
    write_private(path, &line).map_err(|source| OpenError::Make { path: shown.clone(), source })?;
    tracing::warn!(path = shown, key_id = id, "made a key ring; keep a copy of it apart from the database");
    Ok(KeyRing::parse(&line)?)
}

/// Only the owner reads it, and a file that is there already is never overwritten.
fn write_private(path: &Path, line: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "# The vault's keys, one a line: ID KEY. The first seals; every one opens.\n{line}")?;
    file.sync_all()
}

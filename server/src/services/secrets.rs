//! Puts vault and store together: secrets go in sealed and come out opened, and nobody else does both.

mod opening;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::store::secrets::{Place, SealedSecret};
use crate::store::{Store, StoreError};
use crate::vault::{Binding, Sealed, SecretKind, Vault, VaultError};

pub use opening::{KeyRingSource, OpenError, Ring};

/// How many secrets are re-sealed between two looks at the database.
const RESEAL_PAGE: u64 = 100;
/// A value that only the right current key opens.
const CHECK: Binding = Binding { tenant: None, kind: SecretKind::Check };

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the database could not keep or give a sealed secret")]
    Store(#[from] StoreError),
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Secrets {
    store: Store,
    vault: Arc<Vault>,
}

/// An opened secret together with the exact sealed value that it came from.
#[derive(Debug)]
pub(crate) struct Held {
    pub secret: SecretString,
    row: SealedSecret,
    binding: Binding,
}

impl Secrets {
    pub fn new(store: Store, vault: Arc<Vault>) -> Self {
        Self { store, vault }
    }

    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) async fn put(
        &self,
        binding: Binding,
        secret: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), SecretError> {
        let sealed = self.vault.seal(binding, secret)?;
        Ok(self.store.secrets().put(place(binding), &sealed.key_id, &sealed.bytes, now).await?)
    }

    pub(crate) async fn get(&self, binding: Binding) -> Result<Option<SecretString>, SecretError> {
        Ok(self.get_for_exchange(binding).await?.map(|held| held.secret))
    }

    /// The secret, to be given to `exchange` later.
    pub(crate) async fn get_for_exchange(&self, binding: Binding) -> Result<Option<Held>, SecretError> {
        let Some(row) = self.store.secrets().get(place(binding)).await? else { return Ok(None) };
        let secret = self.vault.open(binding, &sealed(&row))?;
        Ok(Some(Held { secret, row, binding }))
    }

    /// Puts `next` in the place of `held`; `false` when another secret has taken that place meanwhile, which then stays.
    pub(crate) async fn exchange(
        &self,
        held: &Held,
        next: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<bool, SecretError> {
        let sealed = self.vault.seal(held.binding, next)?;
        Ok(self.store.secrets().replace(&held.row, &sealed.key_id, &sealed.bytes, now).await?)
    }

    pub(crate) async fn delete(&self, binding: Binding) -> Result<(), SecretError> {
        Ok(self.store.secrets().delete(place(binding)).await?)
    }

    /// Makes sure that the ring opens what is sealed. Changes nothing.
    pub async fn check(&self) -> Result<(), SecretError> {
        for row in self.store.secrets().sample_by_key().await? {
            match binding_of(&row) {
                Some(Binding { kind: SecretKind::Check, .. }) => self.vault.verify(&sealed(&row))?,
                Some(binding) => match self.vault.open(binding, &sealed(&row)) {
                    Ok(_) => {}
                    Err(VaultError::Damaged) => return Err(VaultError::WrongKey { key_id: row.key_id }.into()),
                    Err(error) => return Err(error.into()),
                },
                None => tracing::warn!(kind = row.kind, "a sealed secret is of a kind that this version does not know"),
            }
        }
        match self.store.secrets().get(place(CHECK)).await? {
            Some(stored) => Ok(self.vault.verify(&sealed(&stored))?),
            None => Ok(()),
        }
    }

    /// As `check`, and leaves a check value for the next start; changes nothing when a key is missing or wrong.
    pub async fn verify(&self, now: DateTime<Utc>) -> Result<(), SecretError> {
        self.check().await?;
        let stored = self.store.secrets().get(place(CHECK)).await?;
        if stored.is_none_or(|stored| stored.key_id != self.vault.ring().current().id()) {
            let fresh = self.vault.check_value()?;
            self.store.secrets().put(place(CHECK), &fresh.key_id, &fresh.bytes, now).await?;
        }
        Ok(())
    }

    /// Moves every secret to the current key while serving; answers how many moved. A secret that is replaced meanwhile is
    /// sealed under the current key by whoever replaces it.
    pub(crate) async fn reseal(&self, now: DateTime<Utc>) -> Result<u64, SecretError> {
        let current = self.vault.ring().current().id().to_owned();
        let (mut after, mut moved) = (0, 0);
        loop {
            let page = self.store.secrets().list_not_under(&current, after, RESEAL_PAGE).await?;
            let Some(last) = page.last() else { return Ok(moved) };
            after = last.id;
            for row in page {
                let Some(binding) = binding_of(&row) else { continue };
                if let Some(fresh) = self.vault.reseal(binding, &sealed(&row))?
                    && self.store.secrets().replace(&row, &fresh.key_id, &fresh.bytes, now).await?
                {
                    moved += 1;
                }
            }
        }
    }

    pub(crate) async fn count_by_key(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.store.secrets().count_by_key().await
    }
}

fn place(binding: Binding) -> Place<'static> {
    Place { tenant: binding.tenant, kind: binding.kind.name() }
}

fn binding_of(row: &SealedSecret) -> Option<Binding> {
    Some(Binding { tenant: row.tenant, kind: SecretKind::from_name(&row.kind)? })
}

fn sealed(row: &SealedSecret) -> Sealed {
    Sealed { key_id: row.key_id.clone(), bytes: row.sealed.clone() }
}

//! The key ring as administrators see it, and its rotation while serving: the port `Keys`.

use app::backend::{Caller, Keys as Port};
use app::error::Error;
use async_trait::async_trait;
use domain::operator::Permission;
use domain::settings::KeyRow;

use crate::audit::{Actor, Audit};
use crate::clock::Clock;
use crate::failure::internal;
use crate::services::secrets::Secrets;

/// Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    pub secrets: Secrets,
    pub audit: Audit,
    pub clock: Clock,
}

#[async_trait]
impl Port for Keys {
    async fn list(&self, caller: &Caller) -> Result<Vec<KeyRow>, Error> {
        allow(caller)?;
        let counts = self.secrets.count_by_key().await.map_err(|error| internal(caller, &error))?;
        let ring = self.secrets.vault().ring();
        let sealed = |id: &str| counts.iter().find(|(key, _)| key == id).map_or(0, |(_, count)| *count);
        Ok(ring
            .ids()
            .map(|id| KeyRow { key_id: id.to_owned(), is_current: id == ring.current().id(), sealed: sealed(id) })
            .collect())
    }

    async fn rotate(&self, caller: &Caller) -> Result<u64, Error> {
        allow(caller)?;
        let moved = self.secrets.reseal(self.clock.now()).await.map_err(|error| internal(caller, &error))?;
        let current = self.secrets.vault().ring().current().id();
        self.audit
            .record(Actor::Caller(caller), "keys.rotate", None, format!("{moved} secrets re-sealed under {current}."))
            .await
            .map_err(|error| internal(caller, &error))?;
        Ok(moved)
    }
}

fn allow(caller: &Caller) -> Result<(), Error> {
    if caller.operator.may(Permission::ManageKeys) { Ok(()) } else { Err(Error::Forbidden) }
}

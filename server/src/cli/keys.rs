//! `tenantry keys`: the vault's keys by hand. Rotation: put a new key into the ring of every process, then first in it, then
//! re-seal, then take the old one out (SECURITY.md).

use clap::Subcommand;
use zeroize::Zeroizing;

use super::serve::surroundings;
use crate::audit::{Actor, Audit};
use crate::config::{self, Flags};
use crate::services::secrets::Secrets;
use crate::state::{key_ring_source, open_store};
use crate::vault::KeyRing;

#[derive(Subcommand, Clone, Copy, Debug)]
pub enum Action {
    /// Print a new line for the key ring
    Generate,
    /// Print the ids of the ring's keys, and how many secrets are sealed under each
    List,
    /// Seal every secret anew under the ring's first key; the server may go on meanwhile
    Rotate,
}

pub async fn run(flags: &Flags, action: Action) -> anyhow::Result<()> {
    let surroundings = surroundings();
    if let Action::Generate = action {
        let id = KeyRing::new_id(surroundings.clock.now(), &surroundings.random);
        let line = Zeroizing::new(KeyRing::generate_line(&id, &surroundings.random));
        println!("{}", *line);
        return Ok(());
    }
    let config = config::load(flags)?;
    let store = open_store(&config).await?;
    let secrets = Secrets::open(store.clone(), &key_ring_source(&config), &surroundings).await?;
    if let Action::Rotate = action {
        let moved = secrets.reseal(surroundings.clock.now()).await?;
        let current = secrets.vault().ring().current().id();
        let detail = format!("{moved} secrets re-sealed under {current}.");
        println!("{detail}");
        let audit = Audit::new(store, surroundings.clock);
        audit.record(Actor::Nobody { request_id: "command line" }, "keys.rotate", None, detail).await?;
        return Ok(());
    }
    let sealed = secrets.count_by_key().await?;
    for id in secrets.vault().ring().ids() {
        let count = sealed.iter().find(|(key_id, _)| key_id == id).map_or(0, |(_, count)| *count);
        println!("{id}  {count} sealed");
    }
    Ok(())
}

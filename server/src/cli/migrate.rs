//! `tenantry migrate`.

use crate::config::{self, Flags};
use crate::{log, state};

pub async fn run(flags: &Flags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    log::start(&config.log)?;
    state::open_store(&config).await?;
    println!("The database is up to date.");
    Ok(())
}

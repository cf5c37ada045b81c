//! `tenantry worker`: background jobs without the web server, for as many processes as one likes.

use tokio_util::task::TaskTracker;

use super::serve::{metrics, surroundings, wait_for_signal};
use crate::config::{self, Flags};
use crate::jobs::WorkerSettings;
use crate::log;
use crate::serve::tidy;
use crate::state::AppState;

pub async fn run(flags: &Flags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    log::start(&config.log)?;
    let state = AppState::build(&config, surroundings(), metrics()?).await?;
    let workers = state.jobs.start(&WorkerSettings { concurrency: config.jobs.concurrency as usize });
    let background = TaskTracker::new();
    background.spawn(state.connections.clone().keep_up(state.shutdown.clone()));
    background.spawn(state.alerts.clone().keep_up(state.shutdown.clone()));
    background.spawn(state.subscriptions.clone().keep_up(state.shutdown.clone()));
    background.spawn(tidy(state.clone()));
    background.close();
    tracing::info!(concurrency = config.jobs.concurrency, "working");
    wait_for_signal().await?;
    tracing::info!("stopping");
    state.shutdown.cancel();
    workers.stop().await;
    background.wait().await;
    Ok(())
}

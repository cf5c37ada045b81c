//! `tenantry serve`.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::Clock;
use crate::config::{self, Flags};
use crate::graph::Surroundings;
use crate::log;
use crate::random::Random;
use crate::serve::Running;
use crate::state::AppState;
use crate::timer::RealTimer;

/// Seconds.
const LATENCY_BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

pub async fn run(flags: &Flags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    log::start(&config.log)?;
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("listen: nothing can listen on {}, maybe something does already", config.listen))?;
    let state = AppState::build(&config, surroundings(), metrics()?).await?;
    let running = Running::start(&config, state, listener).await?;
    tracing::info!(address = %running.address, public_url = %config.public_url, "serving");
    wait_for_signal().await?;
    tracing::info!("stopping");
    running.stop().await
}

/// The machine's own clock, timer and randomness.
pub fn surroundings() -> Surroundings {
    Surroundings { clock: Clock::default(), timer: Arc::new(RealTimer::default()), random: Random::from_system() }
}

/// Starts counting; once a process.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = Matcher::Suffix(String::from("_seconds"));
    Ok(PrometheusBuilder::new().set_buckets_for_metric(seconds, &LATENCY_BUCKETS)?.install_recorder()?)
}

/// SIGTERM or Ctrl-C.
pub async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

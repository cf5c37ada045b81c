//! A running server: the listener, the background tasks, and the way to stop both. Used by `serve`, `demo` and the tests.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Tls};
use crate::http;
use crate::jobs::{WorkerSettings, Workers};
use crate::state::AppState;

const TIDY_EVERY: Duration = Duration::from_secs(15 * 60);
const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Dropping it stops nothing; call `stop`.
pub struct Running {
    pub address: SocketAddr,
    pub state: AppState,
    handle: Handle<SocketAddr>,
    server: JoinHandle<std::io::Result<()>>,
    background: TaskTracker,
    workers: Option<Workers>,
    grace: Duration,
}

impl Running {
    /// Serves `state` on a listener that is bound already.
    pub async fn start(config: &Config, state: AppState, listener: TcpListener) -> anyhow::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let tls = tls(&config.tls).await?;
        let service = http::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        let server = match tls {
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle.clone());
                tokio::spawn(server.serve(service))
            }
            None => tokio::spawn(axum_server::from_tcp(listener)?.handle(handle.clone()).serve(service)),
        };
        let background = TaskTracker::new();
        background.spawn(tidy(state.clone()));
        if config.jobs.in_serve {
            background.spawn(state.connections.clone().keep_up(state.shutdown.clone()));
            background.spawn(state.alerts.clone().keep_up(state.shutdown.clone()));
            background.spawn(state.subscriptions.clone().keep_up(state.shutdown.clone()));
        }
        background.close();
        let settings = WorkerSettings { concurrency: config.jobs.concurrency as usize };
        let workers = config.jobs.in_serve.then(|| state.jobs.start(&settings));
        let grace = Duration::from_secs(config.http.shutdown_seconds);
        Ok(Self { address, state, handle, server, background, workers, grace })
    }

    /// Finishes requests, hands jobs back.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.state.shutdown.cancel();
        self.handle.graceful_shutdown(Some(self.grace));
        self.server.await.context("the web server ended badly")??;
        let background = async {
            if let Some(workers) = self.workers {
                workers.stop().await;
            }
            self.background.wait().await;
        };
        if tokio::time::timeout(self.grace, background).await.is_err() {
            tracing::warn!("background work did not end in time and is cut off; its jobs run again later");
        }
        Ok(())
    }
}

async fn tls(settings: &Tls) -> anyhow::Result<Option<RustlsConfig>> {
    let (Some(certificate), Some(key)) = (&settings.certificate_path, &settings.private_key_path) else {
        return Ok(None);
    };
    let config = RustlsConfig::from_pem_file(certificate, key).await;
    config.context("tls.certificate_path, tls.private_key_path: cannot be used").map(Some)
}

/// Forgets ended sessions and keeps the metrics small, until the shutdown.
pub(crate) async fn tidy(state: AppState) {
    let mut sessions = tokio::time::interval(TIDY_EVERY);
    let mut metrics = tokio::time::interval(METRICS_UPKEEP_EVERY);
    loop {
        tokio::select! {
            () = state.shutdown.cancelled() => return,
            _ = sessions.tick() => match state.sessions.tidy().await {
                Ok(forgotten) => tracing::debug!(forgotten, "forgot ended sessions"),
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "ended sessions stay for now"),
            },
            _ = metrics.tick() => state.metrics.run_upkeep(),
        }
    }
}

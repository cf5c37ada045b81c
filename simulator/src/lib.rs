//! A pretend Microsoft: Entra sign-in and tokens, Graph, and a world of tenants that moves.
//!
//! A library for tests and the demo, and a program of its own. It shares no wire types with the product on purpose: both
//! cannot be wrong together.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use thiserror::Error;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub mod announcement;
pub mod clock;
mod counting;
mod credentials;
mod entra;
pub mod faults;
pub mod graph;
pub mod options;
pub mod random;
pub mod requests;
pub mod service;
mod tls;
pub mod tokens;
pub mod world;

pub use announcement::Announcement;
pub use clock::Clock;
pub use faults::{Fault, FaultKind, Faults};
pub use graph::subscriptions::{Lifecycle, Subscriptions};
pub use options::{Options, Throttle};
pub use requests::{Requests, Side};

use announcement::Files;
use credentials::{CredentialError, Folder};
use entra::keys::KeyError;
use random::Random;
use service::{Service, Urls};
use tls::TlsError;
use tokens::Tokens;
use world::mover::{self, Mover};
use world::{Size, World};

/// How long a stop waits for requests that are under way.
const GRACE: Duration = Duration::from_secs(2);
/// How soon subscribers hear of a change.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Why a simulator does not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("nothing can listen on {address}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    #[error("HTTPS cannot be set up")]
    Tls(#[from] TlsError),
    #[error("the announcement cannot be printed")]
    Announce(#[source] std::io::Error),
    #[error("signals cannot be awaited")]
    Signal(#[source] std::io::Error),
}

/// A running simulator. Dropping it stops it at once; [`Simulator::stop`] lets requests finish.
#[derive(Debug)]
pub struct Simulator {
    service: Arc<Service>,
    announcement: Announcement,
    servers: Vec<Server>,
    /// What moves the world, and tells subscribers of it; nothing when it is frozen.
    movers: Vec<JoinHandle<()>>,
    _folder: Folder,
}

#[derive(Debug)]
struct Server {
    handle: Handle<SocketAddr>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Generates a world and serves it on the addresses of `options`.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let clock = Clock::default();
        let size = Size {
            tenants: options.tenants,
            users_per_tenant: options.users_per_tenant,
            seed: options.seed,
            now: clock.now(),
        };
        let world = World::generate(size);
        Self::start_with(options, clock, world).await
    }

    /// Serves a world that was made elsewhere.
    pub async fn start_with(options: Options, clock: Clock, mut world: World) -> Result<Self, StartError> {
        let (login_listener, login_address) = bind(options.login_addr)?;
        let (graph_listener, graph_address) = bind(options.graph_addr)?;
        let scheme = if options.tls_dir.is_some() { "https" } else { "http" };
        let urls = Urls { login: format!("{scheme}://{login_address}"), graph: format!("{scheme}://{graph_address}") };
        let folder = Folder::open(options.tls_dir.as_deref(), login_address.port())?;
        let credential = credentials::prepare(folder, clock.now())?;
        world.app.certificates.push(credential.certificate);
        let tls = match &options.tls_dir {
            Some(folder) => Some(tls::prepare(folder, &host_names(&[login_address, graph_address]), clock.now())?),
            None => None,
        };
        let files = Files {
            certificate: credential.certificate_path,
            private_key: credential.private_key_path,
            authority: tls.as_ref().map(|tls| tls.authority.clone()),
        };
        let announcement = Announcement::of(&world, &urls, files);
        let random = Random::seeded(options.seed);
        let service = Arc::new(Service {
            tokens: Tokens::new(clock.clone(), random.clone(), urls.clone())?,
            faults: Faults::at_rate(options.faults, options.seed),
            requests: Requests::default(),
            subscriptions: Subscriptions::default(),
            throttle: options.throttle,
            world: Arc::new(RwLock::new(world)),
            clock,
            random,
            urls,
        });
        let login = counting::counted(entra::router(service.clone()), service.clone(), Side::Login);
        let server_config = tls.map(|tls| RustlsConfig::from_config(tls.server));
        let graph = counting::counted(graph::router(service.clone()), service.clone(), Side::Graph);
        let servers =
            vec![serve(login_listener, login, server_config.clone())?, serve(graph_listener, graph, server_config)?];
        let movers = match options.freeze {
            true => Vec::new(),
            false => vec![
                tokio::spawn(keep_moving(service.clone(), options.seed)),
                tokio::spawn(keep_telling(service.clone())),
            ],
        };
        Ok(Self { service, announcement, servers, movers, _folder: credential.folder })
    }

    /// Addresses, credentials, tenants and people.
    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// The simulated time, which a test moves.
    pub fn clock(&self) -> &Clock {
        &self.service.clock
    }

    /// The world, which a test changes directly: withdraw a consent, expire a secret, end a relationship.
    pub fn world(&self) -> &Arc<RwLock<World>> {
        &self.service.world
    }

    /// Failures on demand.
    pub fn faults(&self) -> &Faults {
        &self.service.faults
    }

    /// How often each path was asked.
    pub fn requests(&self) -> &Requests {
        &self.service.requests
    }

    /// Token keys and revocations.
    pub fn tokens(&self) -> &Tokens {
        &self.service.tokens
    }

    /// Who wants to be told of changes.
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.service.subscriptions
    }

    /// Tells subscribers of what changed since they were last told; a world that moves does so by itself. Answers the statuses
    /// that they answer with.
    pub async fn tell_subscribers(&self) -> Vec<u16> {
        self.service.subscriptions.tell(&self.service).await
    }

    /// Lets something happen to the subscriptions of a tenant, and tells of it.
    pub async fn tell_lifecycle(&self, tenant: Uuid, event: Lifecycle) -> Vec<u16> {
        self.service.subscriptions.tell_lifecycle(tenant, event, &self.service).await
    }

    /// All literal secrets, codes and tokens that must never be found in a log, a database or a page.
    pub async fn canaries(&self) -> Vec<String> {
        let world = self.service.world.read().await;
        let secrets = std::iter::once(&world.app).chain(&world.other_apps).flat_map(|app| &app.secrets);
        let mut all: Vec<String> = secrets.map(|secret| secret.value.clone()).collect();
        all.extend(self.service.tokens.canaries());
        let subscriptions = self.service.subscriptions.list(self.service.clock.now());
        all.extend(subscriptions.into_iter().filter_map(|subscription| subscription.client_state));
        all
    }

    /// Stops listening and waits for requests under way, two seconds at most.
    pub async fn stop(mut self) {
        for server in &self.servers {
            server.handle.graceful_shutdown(Some(GRACE));
        }
        for server in std::mem::take(&mut self.servers) {
            if let Err(error) = server.task.await {
                tracing::warn!(%error, "a simulated service did not stop well");
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for server in &self.servers {
            server.handle.shutdown();
            server.task.abort();
        }
        for mover in &self.movers {
            mover.abort();
        }
    }
}

/// Takes a step of the world's own life every few seconds, until aborted.
async fn keep_moving(service: Arc<Service>, seed: u64) {
    let mut mover = Mover::new(&*service.world.read().await, seed);
    let mut ticks = tokio::time::interval(mover::STEP);
    loop {
        ticks.tick().await;
        mover.step(&mut *service.world.write().await, service.clock.now());
    }
}

/// Tells subscribers of changes as they come, until aborted.
async fn keep_telling(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(TELL_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for status in service.subscriptions.tell(&service).await {
            tracing::debug!(status, "a subscriber was told");
        }
    }
}

/// Runs a simulator as a program: prints the announcement as one line of JSON, then serves until SIGINT or SIGTERM.
pub async fn run(options: Options) -> Result<(), StartError> {
    let simulator = Simulator::start(options).await?;
    let line = serde_json::to_string(simulator.announcement()).map_err(|error| StartError::Announce(error.into()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(StartError::Announce)?;
    drop(out);
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(StartError::Signal)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(StartError::Signal)?,
        _ = terminate.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Bind { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let mut local = listener.local_addr().map_err(failed)?;
    if local.ip().is_unspecified() {
        // Nobody can call 0.0.0.0: the base URL names the loopback address instead.
        local.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Ok((listener, local))
}

fn host_names(addresses: &[SocketAddr]) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    names.extend(addresses.iter().map(|address| address.ip().to_string()));
    names.sort();
    names.dedup();
    names
}

fn serve(listener: TcpListener, router: Router, tls: Option<RustlsConfig>) -> Result<Server, StartError> {
    let handle = Handle::new();
    let failed = |source| StartError::Bind { address: SocketAddr::from(([0, 0, 0, 0], 0)), source };
    let service = router.into_make_service();
    let task = match tls {
        Some(config) => {
            let server = axum_server::from_tcp_rustls(listener, config).map_err(failed)?.handle(handle.clone());
            tokio::spawn(async move { report(server.serve(service).await) })
        }
        None => {
            let server = axum_server::from_tcp(listener).map_err(failed)?.handle(handle.clone());
            tokio::spawn(async move { report(server.serve(service).await) })
        }
    };
    Ok(Server { handle, task })
}

fn report(ended: std::io::Result<()>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a simulated service ended");
    }
}

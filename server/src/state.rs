//! The composition root: builds everything out of the configuration, once, and hands it to the web server and the workers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::Assets;
use app::backend::Backend;
use axum::extract::FromRef;
use chrono::TimeDelta;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use url::Url;

use domain::dataset::Extras;

use crate::alerts::{Alerts, Mail};
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Credential, MicrosoftSettings};
use crate::graph::credential::{AppCredential, Certificate, Proof};
use crate::graph::{Graph, GraphSettings, Surroundings};
use crate::http::Sessions;
use crate::jobs::Jobs;
use crate::jobs::progress::Progress;
use crate::oidc::{Oidc, OidcSettings};
use crate::random::Random;
use crate::services::admission::Admissions;
use crate::services::alerts::AlertService;
use crate::services::audit::AuditLog;
use crate::services::connections::{ConnectSettings, Connections, Nudge};
use crate::services::fleet::Fleet;
use crate::services::keys::Keys;
use crate::services::operators::Operators;
use crate::services::secrets::{KeyRingSource, Secrets};
use crate::services::subscriptions::Subscriptions;
use crate::services::tenants::{Refresh, Tenants};
use crate::services::tokens::Tokens;
use crate::store::{Store, StoreSettings};
use crate::sync::Sync;

/// Where Microsoft sends browsers back after sign-in.
pub const SIGN_IN_CALLBACK: &str = "/sign-in/callback";

/// What handlers find. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub graph: Graph,
    pub clock: Clock,
    pub random: Random,
    pub public_url: Url,
    /// As browsers' `Origin` header spells ours.
    pub origin: String,
    pub over_tls: bool,
    /// Whom to ask for an appointment.
    pub contact: String,
    pub request_timeout: Duration,
    pub body_limit: usize,
    pub metrics_token: Option<SecretString>,
    pub sessions: Sessions,
    pub oidc: Oidc,
    pub admission: Admissions,
    pub audit: Audit,
    pub connections: Connections,
    pub subscriptions: Subscriptions,
    pub fleet: Fleet,
    pub tenants: Tenants,
    pub alerts: Alerts,
    pub jobs: Jobs,
    /// The ports, for pages and server functions.
    pub backend: Backend,
    pub assets: Assets,
    pub metrics: PrometheusHandle,
    /// Event streams and background tasks end when it is cancelled.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// Connects everything; brings the database up to date.
    pub async fn build(config: &Config, surroundings: Surroundings, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let Surroundings { clock, random, .. } = surroundings.clone();
        let microsoft = config.microsoft()?;
        let store = open_store(config).await?;
        let graph =
            Graph::new(graph_settings(&microsoft)?, surroundings.clone()).context("Microsoft cannot be called")?;
        let credential = app_credential(&microsoft)?;
        let audit = Audit::new(store.clone(), clock.clone());
        let secrets = Secrets::open(store.clone(), &key_ring_source(config), &surroundings).await?;
        let tokens = Tokens::new(store.clone(), secrets.clone(), graph.entra(), credential.clone(), clock.clone());
        let shutdown = CancellationToken::new();
        let progress = Progress::connect(store.db(), shutdown.clone());
        let sync = Sync::new(store.clone(), graph.clone(), Arc::new(tokens.clone()), clock.clone(), progress);
        let jobs = Jobs::connect(store.clone(), sync, clock.clone(), random.clone()).await?;
        let subscriptions = Subscriptions {
            store: store.clone(),
            tokens: tokens.clone(),
            graph: graph.clone(),
            surroundings: surroundings.clone(),
            address: config.notifications_address().map_err(ConfigError::from)?,
        };
        let connections = Connections {
            store: store.clone(),
            secrets: secrets.clone(),
            tokens,
            subscriptions: subscriptions.clone(),
            graph: graph.clone(),
            audit: audit.clone(),
            settings: ConnectSettings {
                public_url: config.public_url.clone(),
                partner_tenant: microsoft.partner_tenant,
            },
            surroundings,
            nudge: nudge(jobs.clone()),
        };
        connections.start().await?;
        if !graph.settings().extras.exchange_settings {
            store.forget_exchange_settings().await?;
        }
        let scales = config.scales();
        let fleet = Fleet { store: store.clone(), clock: clock.clone(), scales };
        let tenants = Tenants {
            extras: graph.settings().extras,
            store: store.clone(),
            audit: audit.clone(),
            clock: clock.clone(),
            scales,
            random: random.clone(),
            refresh: refresh(jobs.clone()),
            looks: Default::default(),
        };
        let operators = Operators {
            store: store.clone(),
            audit: audit.clone(),
            clock: clock.clone(),
            random: random.clone(),
            session_idle: TimeDelta::minutes(i64::from(config.sign_in.session_idle_minutes)),
        };
        let alerts = Alerts {
            store: store.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            scales,
            random: random.clone(),
            http: graph.http().clone(),
            mail: mail(config)?,
            public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
        };
        let backend = Backend {
            fleet: Arc::new(fleet.clone()),
            tenants: Arc::new(tenants.clone()),
            connections: Arc::new(connections.clone()),
            operators: Arc::new(operators),
            audit: Arc::new(AuditLog(store.clone())),
            keys: Arc::new(Keys { secrets, audit: audit.clone(), clock: clock.clone() }),
            alerts: Arc::new(AlertService { keeper: alerts.clone(), audit: audit.clone() }),
        };
        let oidc = Oidc::new(
            OidcSettings {
                login_url: microsoft.login_url.clone(),
                client_id: microsoft.client_id,
                credential,
                redirect_uri: config.own_url(SIGN_IN_CALLBACK),
            },
            graph.http().clone(),
            clock.clone(),
            random.clone(),
        );
        let first = config.first_administrator()?;
        let assets = crate::http::asset_names().unwrap_or_else(|| {
            tracing::warn!("the site was not built: pages work without style and script (scripts/build-site)");
            Assets::in_pkg("tenantry.css", "tenantry.js", "tenantry.wasm", "what-if-worker.js")
        });
        Ok(Self {
            sessions: Sessions::new(config, store.clone(), clock.clone(), random.clone()),
            admission: Admissions::new(store.clone(), audit.clone(), clock.clone(), random.clone(), first),
            oidc,
            audit,
            connections,
            subscriptions,
            fleet,
            tenants,
            alerts,
            jobs,
            backend,
            assets,
            metrics,
            graph,
            store,
            clock,
            random,
            public_url: config.public_url.clone(),
            origin: config.origin(),
            over_tls: config.is_served_over_tls(),
            contact: config.sign_in.contact.clone(),
            request_timeout: Duration::from_secs(config.http.timeout_seconds),
            body_limit: config.http.body_limit_bytes,
            metrics_token: config.http.metrics_token.clone(),
            shutdown,
        })
    }
}

/// `leptos_axum` wants it in the state; nothing of it is used: the site's names come from its manifest.
impl FromRef<AppState> for LeptosOptions {
    fn from_ref(_state: &AppState) -> Self {
        Self::builder().output_name("tenantry").build()
    }
}

/// `None`: no mail is configured.
fn mail(config: &Config) -> anyhow::Result<Option<Mail>> {
    match (&config.mail.smtp_url, &config.mail.from) {
        (None, None) => Ok(None),
        (Some(url), Some(from)) => Ok(Some(Mail::new(url, from)?)),
        _ => anyhow::bail!("mail.smtp_url and mail.from: set both, or none"),
    }
}

/// The database, up to date.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    create_private_folder(&config.data_dir)?;
    let settings = StoreSettings { url: config.database_url(), max_connections: config.database.max_connections };
    let store = Store::connect(&settings).await.context("database.url")?;
    store.migrate().await?;
    Ok(store)
}

/// The keys of the vault: the ring itself where it is configured, else its file.
pub fn key_ring_source(config: &Config) -> KeyRingSource {
    match &config.vault.key_ring {
        Some(text) => KeyRingSource::Text(text.clone()),
        None => KeyRingSource::File(config.key_ring_path()),
    }
}

/// The registration with its secret or certificate.
pub fn app_credential(microsoft: &MicrosoftSettings) -> anyhow::Result<AppCredential> {
    let client_id = Arc::from(microsoft.client_id.to_string());
    let (proof, ends_at) = match &microsoft.credential {
        Credential::Secret(secret) => (Proof::Secret(secret.clone()), microsoft.credential_ends_at),
        Credential::Certificate { certificate_path, private_key_path } => {
            let certificate = Certificate::from_pem(
                &read("microsoft.certificate_path", certificate_path)?,
                &read("microsoft.private_key_path", private_key_path)?,
            )?;
            let ends_at = certificate.ends_at().or(microsoft.credential_ends_at);
            (Proof::Certificate(Arc::new(certificate)), ends_at)
        }
    };
    Ok(AppCredential { client_id, proof, ends_at })
}

pub fn graph_settings(microsoft: &MicrosoftSettings) -> anyhow::Result<GraphSettings> {
    let extra_root_ca_pem = microsoft.ca_path.as_ref().map(|path| read("microsoft.ca_path", path)).transpose()?;
    Ok(GraphSettings {
        graph_url: microsoft.graph_url.clone(),
        login_url: microsoft.login_url.clone(),
        partner_center_url: microsoft.partner_center_url.clone(),
        exchange_url: microsoft.exchange_url.clone(),
        extras: Extras { exchange_settings: microsoft.exchange_settings },
        budget_scale: Some(microsoft.budget_share),
        extra_root_ca_pem,
        ..GraphSettings::default()
    })
}

/// A refresh that a person asked for.
fn refresh(jobs: Jobs) -> Refresh {
    Arc::new(move |tenant| {
        let jobs = jobs.clone();
        Box::pin(async move { jobs.refresh(tenant).await.map_err(Into::into) })
    })
}

/// A tenant that was just connected is read at once, and by the timetable if that fails.
fn nudge(jobs: Jobs) -> Nudge {
    Arc::new(move |tenant| {
        let jobs = jobs.clone();
        Box::pin(async move {
            if let Err(error) = jobs.refresh(tenant).await {
                tracing::error!(%tenant, error = &error as &dyn std::error::Error, "no sync was queued");
            }
        })
    })
}

fn read(key: &str, path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{key}: {} cannot be read", path.display()))
}

/// A folder that holds a key ring is nobody else's business.
fn create_private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("data_dir: {} cannot be made", path.display()))
}

//! Microsoft's two services as this product calls them: Entra's token endpoint and Microsoft Graph, over one HTTP client.
//! Knows nothing of the database or the vault: whoever calls brings tokens (`AccessTokens`).

pub mod app_roles;
pub mod batch;
pub mod budget;
pub mod certificate;
pub mod challenge;
pub mod client;
pub mod credential;
pub mod delta;
pub mod entra;
pub mod error;
mod exchange;
pub mod exchange_admin;
pub mod limits;
pub mod pages;
pub mod partner_center;
pub mod query;
pub mod retry;
pub mod settings;
pub mod subscriptions;
pub mod token;
pub mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use domain::ids::TenantId;

use crate::clock::Clock;
use crate::random::Random;
use crate::timer::Timer;

pub use client::TenantGraph;
pub use error::GraphError;
pub use query::Query;
pub use settings::GraphSettings;
pub use token::{AccessToken, AccessTokens, Resource};

/// What the client takes from its surroundings instead of reading it from the air.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub clock: Clock,
    pub timer: Arc<dyn Timer>,
    pub random: Random,
}

/// Why no client could be built; the settings are at fault.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the extra root certificate is not a PEM certificate")]
    RootCertificate(#[source] reqwest::Error),
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

/// The shared half of every call; cheap to clone.
#[derive(Clone, Debug)]
pub struct Graph {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub http: reqwest::Client,
    pub settings: GraphSettings,
    pub surroundings: Surroundings,
    pub budgets: budget::Budgets,
    /// Entra's clock minus ours, by its last answer.
    pub skew_ms: Arc<AtomicI64>,
}

impl Graph {
    pub fn new(settings: GraphSettings, surroundings: Surroundings) -> Result<Self, StartError> {
        // A second call finds the provider installed already, which is what is wanted.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(32);
        if let Some(pem) = &settings.extra_root_ca_pem {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(StartError::RootCertificate)?;
            http = http.tls_certs_merge(certificates);
        }
        let http = http.build().map_err(StartError::Client)?;
        let budgets = budget::Budgets::new(Arc::clone(&surroundings.timer), settings.budget_scale);
        Ok(Self { shared: Arc::new(Shared { http, settings, surroundings, budgets, skew_ms: Arc::default() }) })
    }

    /// Graph as seen from one tenant, with that tenant's tokens.
    pub fn tenant(&self, tenant: TenantId, tokens: Arc<dyn AccessTokens>) -> TenantGraph {
        TenantGraph::new(Arc::clone(&self.shared), tenant, tokens)
    }

    /// So many processes spend the same budgets.
    pub fn split_budgets(&self, processes: u32) {
        self.shared.budgets.split(processes);
    }

    /// The HTTP client, for sign-in, which speaks to the same servers.
    pub fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    pub fn settings(&self) -> &GraphSettings {
        &self.shared.settings
    }
}

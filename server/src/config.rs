//! The configuration: built-in defaults < file < environment < flags, read once at start-up into typed settings.
//! A wrong value stops the program with the key, what is wrong and an example. Secrets are never printed.

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::sync_health::{Scale, Scales};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

mod environment;
mod first_administrator;
mod load;
mod microsoft;
mod notifications;
mod problem;
mod text;

pub use first_administrator::FirstAdministrator;
pub use load::{Flags, load, load_apart};
pub use microsoft::{Credential, MicrosoftSettings};
pub use notifications::{Notifications, is_public_address};
pub use problem::{ConfigError, Problem};

/// The commented file with every key and its default.
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// As browsers see it: scheme, host and port.
    pub public_url: Url,
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub database: Database,
    pub tls: Tls,
    pub microsoft: Microsoft,
    pub sign_in: SignIn,
    pub vault: Vault,
    pub mail: Mail,
    pub notifications: Notifications,
    pub directory_sync: Pace,
    pub password_sync: Pace,
    pub jobs: Jobs,
    pub http: Http,
    pub log: Log,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Holds the password, if there is one.
    #[serde(deserialize_with = "text::optional_secret")]
    pub url: Option<SecretString>,
    pub max_connections: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(deserialize_with = "text::optional")]
    pub certificate_path: Option<PathBuf>,
    #[serde(deserialize_with = "text::optional")]
    pub private_key_path: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Holds the password, if there is one.
    #[serde(deserialize_with = "text::optional_secret")]
    pub smtp_url: Option<SecretString>,
    #[serde(deserialize_with = "text::optional_text")]
    pub from: Option<String>,
}

/// As typed; `Config::microsoft` answers the checked form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microsoft {
    pub client_id: String,
    #[serde(deserialize_with = "text::optional_secret")]
    pub client_secret: Option<SecretString>,
    #[serde(deserialize_with = "text::optional")]
    pub certificate_path: Option<PathBuf>,
    #[serde(deserialize_with = "text::optional")]
    pub private_key_path: Option<PathBuf>,
    pub credential_ends_on: String,
    pub partner_tenant: String,
    pub login_url: Url,
    pub graph_url: Url,
    pub partner_center_url: Url,
    pub exchange_url: Url,
    pub exchange_settings: bool,
    pub budget_share: f64,
    #[serde(deserialize_with = "text::optional")]
    pub ca_path: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub first_administrator_tenant: String,
    pub first_administrator_object_id: String,
    pub first_administrator_app_role: String,
    pub contact: String,
    pub session_idle_minutes: u32,
    pub session_absolute_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    #[serde(deserialize_with = "text::optional")]
    pub key_ring_path: Option<PathBuf>,
    #[serde(deserialize_with = "text::optional_secret")]
    pub key_ring: Option<SecretString>,
}

/// From how many hours after its last run on a client's sync is late, stalled and dead.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    pub late_after_hours: u32,
    pub stalled_after_hours: u32,
    pub dead_after_hours: u32,
}

impl From<Pace> for Scale {
    fn from(pace: Pace) -> Self {
        Self::of_hours(pace.late_after_hours, pace.stalled_after_hours, pace.dead_after_hours)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    pub in_serve: bool,
    pub concurrency: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub timeout_seconds: u64,
    pub body_limit_bytes: usize,
    pub shutdown_seconds: u64,
    #[serde(deserialize_with = "text::optional_secret")]
    pub metrics_token: Option<SecretString>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// The database's address; SQLite in the data folder unless one is set.
    pub fn database_url(&self) -> SecretString {
        self.database.url.clone().unwrap_or_else(|| {
            SecretString::from(format!("sqlite:{}?mode=rwc", self.data_dir.join("tenantry.db").display()))
        })
    }

    /// What counts as late.
    pub fn scales(&self) -> Scales {
        Scales { directory: self.directory_sync.into(), password: self.password_sync.into() }
    }

    pub fn key_ring_path(&self) -> PathBuf {
        self.vault.key_ring_path.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// Browsers reach the server over TLS, by itself or through a proxy.
    pub fn is_served_over_tls(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// `scheme://host[:port]`, as a browser's `Origin` header spells it.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// An address of ours under `public_url`.
    pub fn own_url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

//! The app registration, checked: what `serve` and `worker` cannot do without.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::ids::TenantId;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::{Config, ConfigError, Problem};

const GUID: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

/// The registration and where Microsoft is.
#[derive(Clone, Debug)]
pub struct MicrosoftSettings {
    pub client_id: Uuid,
    pub credential: Credential,
    /// When the credential ends, where it was configured.
    pub credential_ends_at: Option<DateTime<Utc>>,
    pub partner_tenant: TenantId,
    pub login_url: Url,
    pub graph_url: Url,
    pub partner_center_url: Url,
    pub exchange_url: Url,
    /// Read Exchange's settings of protocols too.
    pub exchange_settings: bool,
    /// Share of the published limits that this process may spend.
    pub budget_share: f64,
    pub ca_path: Option<PathBuf>,
}

/// How the app proves that it is the app.
#[derive(Clone, Debug)]
pub enum Credential {
    Secret(SecretString),
    /// PEM files.
    Certificate {
        certificate_path: PathBuf,
        private_key_path: PathBuf,
    },
}

impl Config {
    /// The registration.
    ///
    /// # Errors
    /// Names every key of `[microsoft]` that is missing or cannot be used.
    pub fn microsoft(&self) -> Result<MicrosoftSettings, ConfigError> {
        let typed = &self.microsoft;
        let mut problems = Vec::new();
        let client_id = guid("microsoft.client_id", &typed.client_id, &mut problems);
        let partner_tenant = guid("microsoft.partner_tenant", &typed.partner_tenant, &mut problems);
        let credential = match (&typed.client_secret, &typed.certificate_path, &typed.private_key_path) {
            (Some(secret), None, None) => Some(Credential::Secret(secret.clone())),
            (None, Some(certificate_path), Some(private_key_path)) => Some(Credential::Certificate {
                certificate_path: certificate_path.clone(),
                private_key_path: private_key_path.clone(),
            }),
            (None, None, None) => {
                problems.push(Problem::new(
                    "microsoft.client_secret",
                    "is not set, and neither is a certificate",
                    "TENANTRY_MICROSOFT__CLIENT_SECRET=… in the environment",
                ));
                None
            }
            _ => {
                problems.push(Problem::new(
                    "microsoft.client_secret",
                    "set either client_secret, or both certificate_path and private_key_path",
                    "certificate_path = \"/etc/tenantry/app.pem\"",
                ));
                None
            }
        };
        let credential_ends_at = day("microsoft.credential_ends_on", &typed.credential_ends_on, &mut problems);
        match (client_id, partner_tenant, credential) {
            (Some(client_id), Some(partner_tenant), Some(credential)) if problems.is_empty() => Ok(MicrosoftSettings {
                client_id,
                credential,
                credential_ends_at,
                partner_tenant: TenantId(partner_tenant),
                login_url: typed.login_url.clone(),
                graph_url: typed.graph_url.clone(),
                partner_center_url: typed.partner_center_url.clone(),
                exchange_url: typed.exchange_url.clone(),
                exchange_settings: typed.exchange_settings,
                budget_share: typed.budget_share,
                ca_path: typed.ca_path.clone(),
            }),
            _ => Err(ConfigError { problems }),
        }
    }
}

pub(crate) fn guid(key: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Uuid> {
    let name = key.rsplit('.').next().unwrap_or(key);
    let example = format!("{name} = \"{GUID}\"");
    if text.is_empty() {
        problems.push(Problem::new(key, "is not set", &example));
        return None;
    }
    let guid = Uuid::try_parse(text.trim()).ok();
    if guid.is_none() {
        problems.push(Problem::new(key, format!("\"{text}\" is not a GUID"), &example));
    }
    guid
}

fn day(key: &str, text: &str, problems: &mut Vec<Problem>) -> Option<DateTime<Utc>> {
    if text.is_empty() {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    if day.is_none() {
        problems.push(Problem::new(key, format!("\"{text}\" is not a day"), "credential_ends_on = \"2027-03-31\""));
    }
    day
}

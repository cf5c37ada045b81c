//! Where Microsoft's services are, and how long and how much the client lets them answer.

use std::time::Duration;

use domain::dataset::Extras;
use url::Url;

/// Settings of the client; `Default` is Microsoft's global cloud.
#[derive(Clone, Debug)]
pub struct GraphSettings {
    /// Without a trailing slash in effect: paths are joined below it.
    pub graph_url: Url,
    pub login_url: Url,
    pub partner_center_url: Url,
    pub exchange_url: Url,
    /// What is read besides.
    pub extras: Extras,
    /// PEM bundle trusted beside the system's roots.
    pub extra_root_ca_pem: Option<Vec<u8>>,
    pub connect_timeout: Duration,
    /// For one exchange, the body included.
    pub attempt_timeout: Duration,
    /// For one call with all its retries and waits.
    pub call_deadline: Duration,
    /// Exchanges of one call, the first included.
    pub max_attempts: u32,
    /// Of one answer, after decompression.
    pub max_body_bytes: usize,
    /// Of one usage report.
    pub max_report_bytes: usize,
    /// Share of Microsoft's published limits that this client may spend: 1.0 all of it, 0.5 half; `None` does not limit.
    pub budget_scale: Option<f64>,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            graph_url: constant_url("https://graph.microsoft.com"),
            login_url: constant_url("https://login.microsoftonline.com"),
            partner_center_url: constant_url("https://api.partnercenter.microsoft.com"),
            exchange_url: constant_url("https://outlook.office365.com"),
            extras: Extras::default(),
            extra_root_ca_pem: None,
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(60),
            call_deadline: Duration::from_secs(600),
            max_attempts: 7,
            max_body_bytes: 32 << 20,
            max_report_bytes: 128 << 20,
            budget_scale: Some(1.0),
        }
    }
}

#[expect(clippy::expect_used, reason = "the texts are constants of this file")]
fn constant_url(text: &str) -> Url {
    Url::parse(text).expect("a constant URL parses")
}

/// `base` with `path` below it; `path` has no leading slash.
pub(crate) fn below(base: &Url, path: &str) -> String {
    format!("{}/{path}", base.as_str().trim_end_matches('/'))
}

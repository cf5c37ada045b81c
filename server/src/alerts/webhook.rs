//! A message as an HTTP POST: JSON, signed, followed nowhere.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::alert::AlertRow;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

use crate::store::alerts::Message;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Body<'a> {
    /// The same at every attempt.
    id: Uuid,
    sent_at: DateTime<Utc>,
    cause: &'a str,
    alerts: Vec<Alert<'a>>,
}

#[derive(Serialize)]
struct Alert<'a> {
    id: i64,
    rule: &'static str,
    client: &'a str,
    tenant_id: String,
    detail: &'a str,
    since: DateTime<Utc>,
    url: String,
}

/// Posts the message. `secret`: signs it, as `Tenantry-Signature: t=<seconds>,v1=<hex>` with the HMAC-SHA-256 of
/// `<seconds>.<body>`.
pub(super) async fn post(
    http: &reqwest::Client,
    message: &Message,
    public_url: &str,
    secret: Option<&SecretString>,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let alert = |row: &'_ AlertRow| Alert {
        id: row.id,
        rule: row.rule.name(),
        client: "",
        tenant_id: row.tenant.to_string(),
        detail: "",
        since: row.happened_at,
        url: format!("{public_url}{}", row.path),
    };
    let alerts = message
        .alerts
        .iter()
        .map(|row| Alert { client: &row.tenant_name, detail: &row.detail, ..alert(row) })
        .collect();
    let body = Body { id: message.id, sent_at: now, cause: &message.cause, alerts };
    let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
    let mut request = http
        .post(&message.channel.target)
        .timeout(PATIENCE)
        .header("content-type", "application/json")
        .header("tenantry-id", message.id.to_string());
    if let Some(secret) = secret {
        request = request.header("tenantry-signature", signature(secret, now.timestamp(), &body)?);
    }
    // The URL may bear a token: it stays out of the error.
    let answer = request.body(body).send().await.map_err(|error| match (error.is_timeout(), error.is_connect()) {
        (true, _) => String::from("It did not answer within 10 seconds."),
        (_, true) => String::from("It could not be reached."),
        _ => String::from("The connection broke off."),
    })?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(format!("It answered with status {}.", answer.status().as_u16()))
    }
}

pub(super) fn signature(secret: &SecretString, seconds: i64, body: &[u8]) -> Result<String, String> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map_err(|error| error.to_string())?;
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("t={seconds},v1={hex}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '1795356000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let found = signature(&SecretString::from("secret"), 1_795_356_000, br#"{"a":1}"#).unwrap();
        assert_eq!(found, "t=1795356000,v1=fdea2e44fbda0f0c18e4d741d7cafbafa4408aaf098872c8d426b42405b83b54");
    }
}

//! Alerts: looks now and then at what is stored, tells what is new once, and sends it on. Two processes that do it side by side
//! tell the same once.

mod mail;
mod webhook;

use std::time::Duration;

use domain::alert::{ChannelKind, of_troubles};
use domain::sync_health::Scales;
use domain::trouble::troubles;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::random::Random;
use crate::services::secrets::{SecretError, Secrets};
use crate::services::summary::health;
use crate::store::alerts::Message;
use crate::store::{Scope, Store, StoreError};
use crate::vault::{Binding, SecretKind};

pub use mail::{Mail, MailError};

const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The deployment's own: it signs every webhook.
const SIGNING: Binding = Binding { tenant: None, kind: SecretKind::WebhookSecret };

#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Alerts {
    pub store: Store,
    pub secrets: Secrets,
    pub clock: Clock,
    pub scales: Scales,
    pub random: Random,
    pub http: reqwest::Client,
    /// `None`: this deployment sends no mail.
    pub mail: Option<Mail>,
    /// Where links lead, without a slash at its end.
    pub public_url: String,
}

impl Alerts {
    /// Runs until `stop`.
    pub async fn keep_up(self, stop: CancellationToken) {
        loop {
            if let Some(Err(error)) = stop.run_until_cancelled(self.keep_up_once()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "alerts were not looked after; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Tells what is new and sends what is due.
    pub async fn keep_up_once(&self) -> Result<(), AlertError> {
        let now = self.clock.now();
        let mut found = self.store.list_news(now).await?;
        for facts in self.store.list_health(&Scope::of_system()).await? {
            let health = health(facts);
            found.extend(of_troubles(health.tenant, &troubles(&health, &self.scales, now)));
        }
        let new = self.store.tell(found, now).await?;
        if new > 0 {
            tracing::info!(new, "new alerts");
        }
        for message in self.store.claim_messages(now, || self.random.uuid()).await? {
            let sent = self.send(&message).await;
            if let Err(error) = &sent {
                tracing::warn!(channel = message.channel.name, error, "an alert was not taken");
            }
            self.store.finish_message(&message, sent.err().as_deref(), self.clock.now()).await?;
        }
        Ok(())
    }

    /// The error is a sentence for the screen, without secrets.
    async fn send(&self, message: &Message) -> Result<(), String> {
        match message.channel.kind {
            ChannelKind::Webhook => {
                let secret = self.signing_secret().await.map_err(|error| error.to_string())?;
                let now = self.clock.now();
                webhook::post(&self.http, message, &self.public_url, secret.as_ref(), now).await
            }
            ChannelKind::Email => match &self.mail {
                Some(mail) => mail.send(message, &self.public_url).await,
                None => Err(String::from("This deployment sends no mail: set mail.smtp_url and mail.from.")),
            },
        }
    }

    /// `None`: webhooks are not signed.
    pub async fn signing_secret(&self) -> Result<Option<SecretString>, SecretError> {
        self.secrets.get(SIGNING).await
    }

    pub async fn set_signing_secret(&self, secret: &SecretString) -> Result<(), SecretError> {
        self.secrets.put(SIGNING, secret, self.clock.now()).await
    }
}

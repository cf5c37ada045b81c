//! Alerts on screen, and the channels that they go to: the port `Alerts`.

use app::backend::{Alerts as Port, Caller};
use app::error::Error;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::alert::{AlertsView, NewChannel};
use domain::operator::Permission;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::summary::allow;
use crate::alerts::Alerts as Keeper;
use crate::audit::{Actor, Audit};
use crate::failure::internal;
use crate::store::Scope;

/// How long an alert can be put off.
const LONGEST_SNOOZE_HOURS: u32 = 24 * 30;
/// Characters of a signing secret.
const SECRET: std::ops::RangeInclusive<usize> = 16..=200;

/// Cheap to clone.
#[derive(Clone)]
pub struct AlertService {
    pub keeper: Keeper,
    pub audit: Audit,
}

#[async_trait]
impl Port for AlertService {
    async fn get(&self, caller: &Caller) -> Result<AlertsView, Error> {
        allow(caller, Permission::ListTenants)?;
        let store = &self.keeper.store;
        let now = self.keeper.clock.now();
        let scope = Scope::of(caller);
        let (lasting, lately) = store.list_alerts(&scope, now).await.map_err(|error| internal(caller, &error))?;
        let may_manage = caller.operator.may(Permission::ManageAlerts);
        let channels = match may_manage {
            true => Some(store.list_channels().await.map_err(|error| internal(caller, &error))?),
            false => None,
        };
        let clients = match may_manage {
            true => store.list_tenants(&scope).await.map_err(|error| internal(caller, &error))?,
            false => Vec::new(),
        };
        let secret = self.keeper.signing_secret().await.map_err(|error| internal(caller, &error))?;
        Ok(AlertsView {
            lasting,
            lately,
            channels,
            clients: clients.into_iter().map(|client| (client.id, client.name)).collect(),
            may_send_mail: self.keeper.mail.is_some(),
            is_signing: secret.is_some(),
            now,
        })
    }

    async fn save_channel(&self, caller: &Caller, new: NewChannel) -> Result<(), Error> {
        allow(caller, Permission::ManageAlerts)?;
        let channel = new.check(self.keeper.random.uuid(), self.keeper.mail.is_some());
        let channel =
            channel.map_err(|bad| Error::Invalid { field: bad.field.to_owned(), message: bad.message.to_owned() })?;
        let detail = format!("Sends alerts to the {} channel {}", channel.kind.label().to_lowercase(), channel.name);
        self.keeper.store.put_channel(channel).await.map_err(|error| internal(caller, &error))?;
        self.record(caller, "alert_channel.create", detail).await
    }

    async fn delete_channel(&self, caller: &Caller, channel: Uuid) -> Result<(), Error> {
        allow(caller, Permission::ManageAlerts)?;
        let name = self.keeper.store.delete_channel(channel).await.map_err(|error| internal(caller, &error))?;
        let name = name.ok_or(Error::NotFound)?;
        self.record(caller, "alert_channel.delete", format!("Sends no more alerts to the channel {name}")).await
    }

    async fn set_signing_secret(&self, caller: &Caller, secret: String) -> Result<(), Error> {
        allow(caller, Permission::ManageAlerts)?;
        let secret = SecretString::from(secret);
        if !SECRET.contains(&secret.expose_secret().chars().count()) {
            let message = "Type a secret of 16 to 200 characters.".to_owned();
            return Err(Error::Invalid { field: "secret".to_owned(), message });
        }
        self.keeper.set_signing_secret(&secret).await.map_err(|error| internal(caller, &error))?;
        self.record(caller, "alert_channel.sign", "Set the secret that signs webhooks".to_owned()).await
    }

    async fn snooze(&self, caller: &Caller, alert: i64, hours: u32) -> Result<(), Error> {
        allow(caller, Permission::SnoozeAlerts)?;
        if hours > LONGEST_SNOOZE_HOURS {
            let message = "Put it off for at most 30 days.".to_owned();
            return Err(Error::Invalid { field: "hours".to_owned(), message });
        }
        let until = (hours > 0).then(|| self.keeper.clock.now() + TimeDelta::hours(i64::from(hours)));
        let found = self.keeper.store.snooze_alert(&Scope::of(caller), alert, until).await;
        let row = found.map_err(|error| internal(caller, &error))?.ok_or(Error::NotFound)?;
        let detail = match until {
            Some(until) => format!("Put off until {}: {}", until.format("%Y-%m-%d %H:%M UTC"), row.cause),
            None => format!("Put off no longer: {}", row.cause),
        };
        self.record(caller, "alert.snooze", detail).await
    }
}

impl AlertService {
    async fn record(&self, caller: &Caller, action: &'static str, detail: String) -> Result<(), Error> {
        let recorded = self.audit.record(Actor::Caller(caller), action, None, detail).await;
        recorded.map_err(|error| internal(caller, &error))
    }
}

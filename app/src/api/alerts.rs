//! Alerts and the channels that they go to.

use domain::alert::{AlertsView, NewChannel};
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};
use uuid::Uuid;

use crate::error::Error;

#[server(endpoint = "get_alerts", input = Json, output = Postcard)]
pub async fn get_alerts() -> Result<AlertsView, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.alerts.get(&caller).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "save_channel")]
pub async fn save_channel(#[server(default)] channel: NewChannel) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.alerts.save_channel(&caller, channel).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "delete_channel")]
pub async fn delete_channel(channel: Uuid) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.alerts.delete_channel(&caller, channel).await
}

/// A form posts it, with or without JavaScript.
#[server(endpoint = "set_signing_secret")]
pub async fn set_signing_secret(secret: String) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.alerts.set_signing_secret(&caller, secret).await
}

/// Puts an alert and all of its cause off; 0 hours: no longer. A form posts it, with or without JavaScript.
#[server(endpoint = "snooze_alert")]
pub async fn snooze_alert(alert: i64, hours: u32) -> Result<(), Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.alerts.snooze(&caller, alert, hours).await
}

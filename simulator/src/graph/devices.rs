//! `/devices`

use serde_json::json;

use super::call::{Answer, Call};
use super::entity::Instant;
use super::error::GraphError;
use super::organization::selected;
use super::page;

/// `GET /devices`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "count", "format"])?;
    let rows = call.tenant.directory.devices.iter().map(|device| {
        let row = json!({
            "id": device.id, "deviceId": device.id, "displayName": device.display_name,
            "operatingSystem": device.operating_system, "operatingSystemVersion": device.version,
            "accountEnabled": device.account_enabled, "trustType": "AzureAd", "isCompliant": null, "isManaged": null,
            "onPremisesSyncEnabled": null,
            "approximateLastSignInDateTime": device.last_sign_in.map(Instant)
        });
        selected(call, row, "microsoft.graph.device")
    });
    page::values(call, "devices", &rows.collect::<Result<Vec<_>, _>>()?)
}

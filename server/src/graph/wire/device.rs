//! `device`, as far as the age of its system goes.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use domain::facts::device::{Devices, OldDevice, SystemAge};
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, since_1900};

pub const SELECT: &[&str] = &[
    "id",
    "displayName",
    "operatingSystem",
    "operatingSystemVersion",
    "approximateLastSignInDateTime",
    "accountEnabled",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    id: Uuid,
    display_name: Option<String>,
    operating_system: Option<String>,
    operating_system_version: Option<String>,
    approximate_last_sign_in_date_time: Option<DateTime<Utc>>,
    account_enabled: Option<bool>,
}

/// Looks at pages as they come; those that are not old are counted alone.
#[derive(Debug, Default)]
pub struct OldDevices(Devices);

impl OldDevices {
    pub fn add(&mut self, device: Device) {
        if device.account_enabled == Some(false) {
            return;
        }
        self.0.looked_at = self.0.looked_at.saturating_add(1);
        let system = device.operating_system.unwrap_or_default();
        let version = device.operating_system_version.unwrap_or_default();
        match SystemAge::of(&system, &version) {
            Err(_) => self.0.not_told = self.0.not_told.saturating_add(1),
            Ok(None) => {}
            Ok(Some(age)) => self.0.old.push(OldDevice {
                id: device.id,
                name: filled(device.display_name).unwrap_or_else(|| device.id.to_string()),
                system,
                version,
                age,
                last_seen_at: since_1900(device.approximate_last_sign_in_date_time),
            }),
        }
    }

    pub fn into_facts(self) -> Devices {
        let mut found = self.0;
        found.old.sort_by_cached_key(|device| (Reverse(device.last_seen_at), device.name.to_lowercase(), device.id));
        let more = found.old.len().saturating_sub(Devices::MOST);
        found.old.truncate(Devices::MOST);
        found.more = u32::try_from(more).unwrap_or(u32::MAX);
        found
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn device(name: &str, system: &str, version: &str, enabled: bool) -> Device {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(name.len() as u128), "displayName": name, "operatingSystem": system,
            "operatingSystemVersion": version, "accountEnabled": enabled,
            "approximateLastSignInDateTime": "0001-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn old_devices_that_may_sign_in_are_kept_by_name() {
        let mut devices = OldDevices::default();
        for (name, system, version, enabled) in [
            ("KASSE-1", "Windows", "6.1.7601", true),
            ("", "IPhone", "10.3", true),
            ("GONE", "Windows", "6.1.7601", false),
            ("LAPTOP", "Windows", "10.0.26100", true),
            ("ODD", "Windows", "", true),
        ] {
            devices.add(device(name, system, version, enabled));
        }
        let found = devices.into_facts();
        assert_eq!((found.looked_at, found.not_told, found.old.len(), found.more), (4, 1, 2, 0));
        assert!(found.old.iter().all(|device| device.last_seen_at.is_none() && !device.name.is_empty()));
    }
}

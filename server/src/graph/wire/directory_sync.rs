//! Directory sync in beta `organization`, and `onPremisesProvisioningErrors` of users, groups and contacts.

use chrono::{DateTime, Utc};
use domain::facts::directory::{DirectorySync, ObjectError, PrincipalKind};
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, list, since_1900};

/// `onPremisesLastPasswordSyncDateTime` is in beta alone.
pub const SYNC_SELECT: &[&str] =
    &["id", "onPremisesSyncEnabled", "onPremisesLastSyncDateTime", "onPremisesLastPasswordSyncDateTime"];
pub const OBJECT_SELECT: &[&str] = &["id", "displayName", "onPremisesProvisioningErrors"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncedOrganization {
    on_premises_sync_enabled: Option<bool>,
    on_premises_last_sync_date_time: Option<DateTime<Utc>>,
    on_premises_last_password_sync_date_time: Option<DateTime<Utc>>,
}

impl From<SyncedOrganization> for DirectorySync {
    fn from(wire: SyncedOrganization) -> Self {
        Self {
            enabled: wire.on_premises_sync_enabled,
            last_sync_at: since_1900(wire.on_premises_last_sync_date_time),
            last_password_sync_at: since_1900(wire.on_premises_last_password_sync_date_time),
            password_switch: None,
        }
    }
}

/// A user, group or contact with what sync could not provision. Most have nothing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncedObject {
    id: Uuid,
    display_name: Option<String>,
    #[serde(default, deserialize_with = "list")]
    on_premises_provisioning_errors: Vec<ProvisioningError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvisioningError {
    category: Option<String>,
    occurred_date_time: Option<DateTime<Utc>>,
    property_causing_error: Option<String>,
    value: Option<String>,
}

impl SyncedObject {
    /// One fact an error: none for the objects that are well.
    pub fn into_errors(self, kind: PrincipalKind) -> impl Iterator<Item = ObjectError> {
        let name = filled(self.display_name).unwrap_or_else(|| self.id.to_string());
        self.on_premises_provisioning_errors.into_iter().map(move |error| ObjectError {
            object_id: self.id,
            object_kind: kind,
            display_name: name.clone(),
            category: error.category.unwrap_or_default(),
            property: error.property_causing_error.unwrap_or_default(),
            value: error.value.unwrap_or_default(),
            since: since_1900(error.occurred_date_time),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_that_never_synced_says_null() {
        let fact: DirectorySync = serde_json::from_str::<SyncedOrganization>(
            r#"{"id":"0b7e1c3c-0a59-4f7e-9b0e-5f0f4f2f7a01","onPremisesSyncEnabled":null,"onPremisesLastSyncDateTime":null}"#,
        )
        .unwrap()
        .into();
        assert_eq!(fact, DirectorySync::default());
    }

    #[test]
    fn objects_without_an_error_are_not_in_error() {
        let objects: Vec<SyncedObject> = serde_json::from_str(
            r#"[{"id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10","displayName":"Rui","onPremisesProvisioningErrors":[]},
                {"id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b11","displayName":"Ana","onPremisesProvisioningErrors":[
                 {"category":"PropertyConflict","occurredDateTime":"2026-11-02T10:00:00.1234567Z","propertyCausingError":"ProxyAddress","value":"smtp:ana@norte.example"}]},
                {"id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b12"}]"#,
        )
        .unwrap();
        let errors: Vec<_> = objects.into_iter().flat_map(|object| object.into_errors(PrincipalKind::User)).collect();
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].display_name.as_str(), errors[0].property.as_str()), ("Ana", "ProxyAddress"));
    }
}

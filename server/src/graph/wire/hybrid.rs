//! `serviceProvisioningErrors` of users, groups and contacts, and `onPremisesDirectorySynchronization`.

use chrono::{DateTime, Utc};
use domain::facts::directory::PrincipalKind;
use domain::facts::hybrid::{ContactError, DeletionGuard, ServiceError, SyncSettings};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::directory_sync::SyncedObject;
use super::{Surprise, filled, provisioning_detail, since_1900, told};

pub const SERVICE_SELECT: &[&str] = &["id", "displayName", "serviceProvisioningErrors"];

/// A user, group or contact with what services could not take over. Most have nothing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServedObject {
    id: Uuid,
    display_name: Option<String>,
    /// Outer `None`: the answer does not tell, which is not "nothing".
    #[serde(default, deserialize_with = "told")]
    service_provisioning_errors: Option<Option<Vec<ServiceProvisioningError>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceProvisioningError {
    created_date_time: Option<DateTime<Utc>>,
    is_resolved: Option<bool>,
    service_instance: Option<String>,
    /// Of the derived `serviceProvisioningXmlError`; others tell nothing more.
    error_detail: Option<String>,
}

impl ServedObject {
    /// One fact an error that is not resolved: none for the objects that are well.
    ///
    /// # Errors
    /// The answer leaves the property out.
    pub fn into_errors(self, kind: PrincipalKind) -> Result<Vec<ServiceError>, Surprise> {
        let told = self.service_provisioning_errors;
        let told = told.ok_or_else(|| Surprise(String::from("an object without its serviceProvisioningErrors")))?;
        let name = filled(self.display_name).unwrap_or_else(|| self.id.to_string());
        let open = told.unwrap_or_default().into_iter().filter(|error| error.is_resolved != Some(true));
        Ok(open
            .map(|error| {
                let detail = provisioning_detail::read(&error.error_detail.unwrap_or_default());
                ServiceError {
                    object_id: self.id,
                    object_kind: kind,
                    display_name: name.clone(),
                    service_instance: error.service_instance.unwrap_or_default(),
                    since: since_1900(error.created_date_time),
                    code: detail.code,
                    message: detail.message,
                }
            })
            .collect())
    }
}

pub const CONTACT_SELECT: &[&str] = &["id", "displayName", "onPremisesProvisioningErrors", "serviceProvisioningErrors"];

/// An `orgContact` with both kinds of errors.
#[derive(Debug)]
pub struct Contact {
    synced: SyncedObject,
    served: ServedObject,
}

impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = serde_json::Value::deserialize(deserializer)?;
        let synced = SyncedObject::deserialize(&object).map_err(D::Error::custom)?;
        Ok(Self { synced, served: ServedObject::deserialize(&object).map_err(D::Error::custom)? })
    }
}

impl Contact {
    /// # Errors
    /// The answer leaves the services' errors out.
    pub fn into_errors(self) -> Result<Vec<ContactError>, Surprise> {
        let kind = PrincipalKind::Other;
        let served = self.served.into_errors(kind)?.into_iter().map(ContactError::Service);
        Ok(self.synced.into_errors(kind).map(ContactError::Object).chain(served).collect())
    }
}

#[derive(Debug, Deserialize)]
pub struct OnPremisesSynchronization {
    configuration: Option<Configuration>,
    features: Option<Features>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    accidental_deletion_prevention: Option<DeletionPrevention>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeletionPrevention {
    synchronization_prevention_type: Option<String>,
    alert_threshold: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Features {
    password_sync_enabled: Option<bool>,
    password_writeback_enabled: Option<bool>,
    block_soft_match_enabled: Option<bool>,
    block_cloud_object_takeover_through_hard_match_enabled: Option<bool>,
    cloud_password_policy_for_password_synced_users_enabled: Option<bool>,
}

impl From<OnPremisesSynchronization> for SyncSettings {
    fn from(wire: OnPremisesSynchronization) -> Self {
        let features = wire.features.unwrap_or_default();
        Self {
            guard: wire.configuration.and_then(|it| it.accidental_deletion_prevention).and_then(guard),
            password_sync: features.password_sync_enabled,
            password_writeback: features.password_writeback_enabled,
            soft_match_blocked: features.block_soft_match_enabled,
            hard_match_blocked: features.block_cloud_object_takeover_through_hard_match_enabled,
            cloud_password_policy: features.cloud_password_policy_for_password_synced_users_enabled,
        }
    }
}

fn guard(wire: DeletionPrevention) -> Option<DeletionGuard> {
    let threshold = wire.alert_threshold.and_then(|threshold| u32::try_from(threshold).ok());
    Some(match filled(wire.synchronization_prevention_type)?.as_str() {
        "disabled" => DeletionGuard::Off,
        "enabledForCount" => DeletionGuard::Count(threshold),
        "enabledForPercentage" => DeletionGuard::Percentage(threshold),
        other => DeletionGuard::Other(other.to_owned()),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn errors(errors: Value) -> Result<Vec<ServiceError>, Surprise> {
        let mut object = json!({"id": Uuid::from_u128(7), "displayName": "Ana"});
        object.as_object_mut().unwrap().extend(errors.as_object().unwrap().clone());
        serde_json::from_value::<ServedObject>(object).unwrap().into_errors(PrincipalKind::User)
    }

    #[test]
    fn errors_that_are_open_are_read_and_those_that_are_resolved_are_not() {
        let found = errors(json!({"serviceProvisioningErrors": [
            {"@odata.type": "#microsoft.graph.serviceProvisioningXmlError", "createdDateTime": "2026-11-02T10:00:00Z",
             "isResolved": false, "serviceInstance": "exchange/namprd03-012-01",
             "errorDetail": "<r><ErrorCode>X1</ErrorCode><ErrorDescription>Taken.</ErrorDescription></r>"},
            {"@odata.type": "#microsoft.graph.serviceProvisioningXmlError", "isResolved": true, "errorDetail": "<r>old</r>"},
            {"@odata.type": "#microsoft.graph.serviceProvisioningNewerError", "isResolved": false}
        ]}))
        .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].code.as_str(), found[0].message.as_str()), ("X1", "Taken."));
        assert_eq!(found[0].since.unwrap().to_rfc3339(), "2026-11-02T10:00:00+00:00");
        assert_eq!(
            (found[1].message.as_str(), found[1].since),
            ("", None),
            "a newer kind of error is one all the same"
        );
    }

    #[test]
    fn what_is_not_told_is_not_nothing() {
        assert_eq!(errors(json!({"serviceProvisioningErrors": []})).unwrap(), []);
        assert_eq!(errors(json!({"serviceProvisioningErrors": null})).unwrap(), []);
        assert!(errors(json!({})).unwrap_err().to_string().contains("serviceProvisioningErrors"));
    }

    #[test]
    fn a_contacts_errors_of_both_kinds_are_read() {
        let contact: Contact = serde_json::from_value(json!({
            "id": Uuid::from_u128(8), "displayName": "Supplier",
            "onPremisesProvisioningErrors": [{"category": "PropertyConflict", "propertyCausingError": "ProxyAddress"}],
            "serviceProvisioningErrors": [{"isResolved": false, "serviceInstance": "exchange/x"}]
        }))
        .unwrap();
        let found = contact.into_errors().unwrap();
        assert!(matches!(&found[..], [ContactError::Object(_), ContactError::Service(_)]), "{found:?}");
    }

    fn settings(body: Value) -> SyncSettings {
        serde_json::from_value::<OnPremisesSynchronization>(body).unwrap().into()
    }

    #[test]
    fn the_guard_is_read_with_its_threshold() {
        let guarded = |kind: &str, threshold: Value| {
            settings(json!({"configuration": {"accidentalDeletionPrevention":
                {"synchronizationPreventionType": kind, "alertThreshold": threshold}}}))
            .guard
        };
        assert_eq!(guarded("enabledForCount", json!(500)), Some(DeletionGuard::Count(Some(500))));
        assert_eq!(guarded("enabledForPercentage", json!(20)), Some(DeletionGuard::Percentage(Some(20))));
        assert_eq!(guarded("disabled", json!(0)), Some(DeletionGuard::Off));
        assert_eq!(guarded("enabledForCount", json!(null)), Some(DeletionGuard::Count(None)));
        assert_eq!(guarded("enabledForTuesday", json!(1)), Some(DeletionGuard::Other("enabledForTuesday".into())));
        assert_eq!(settings(json!({"configuration": {"accidentalDeletionPrevention": null}})).guard, None);
    }

    #[test]
    fn a_feature_that_is_not_told_is_neither_on_nor_off() {
        let found = settings(json!({"features": {"passwordSyncEnabled": true, "blockSoftMatchEnabled": false}}));
        assert_eq!(
            (found.password_sync, found.soft_match_blocked, found.password_writeback),
            (Some(true), Some(false), None)
        );
        assert_eq!(settings(json!({})).password_sync, None);
    }
}

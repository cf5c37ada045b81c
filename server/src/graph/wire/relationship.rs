//! `delegatedAdminRelationship` (GDAP), listed in the partner tenant.

use chrono::{DateTime, Utc};
use domain::facts::directory::DelegatedRelationship;
use domain::ids::TenantId;
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, list, since_1900};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DelegatedAdminRelationship {
    id: String,
    display_name: Option<String>,
    status: Option<String>,
    customer: Option<Customer>,
    auto_extend_duration: Option<String>,
    end_date_time: Option<DateTime<Utc>>,
    access_details: Option<AccessDetails>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    tenant_id: Option<Uuid>,
    display_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessDetails {
    #[serde(default, deserialize_with = "list")]
    unified_roles: Vec<UnifiedRole>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnifiedRole {
    role_definition_id: Option<Uuid>,
}

impl DelegatedAdminRelationship {
    /// `None`: still without a customer, as a relationship that was created and never sent.
    pub fn into_fact(self) -> Option<DelegatedRelationship> {
        let customer = self.customer?;
        let customer_tenant = TenantId(customer.tenant_id?);
        Some(DelegatedRelationship {
            display_name: filled(self.display_name).unwrap_or_else(|| self.id.clone()),
            id: self.id,
            status: self.status.unwrap_or_default(),
            customer_tenant,
            customer_name: filled(customer.display_name).unwrap_or_else(|| customer_tenant.to_string()),
            ends_at: since_1900(self.end_date_time),
            auto_extends: self.auto_extend_duration.as_deref().is_some_and(is_some_time),
            role_template_ids: self
                .access_details
                .map(|details| details.unified_roles.into_iter().filter_map(|role| role.role_definition_id).collect())
                .unwrap_or_default(),
        })
    }
}

/// An ISO 8601 duration other than `P0D` and `PT0S`.
fn is_some_time(duration: &str) -> bool {
    duration.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn read(extend: &str) -> DelegatedRelationship {
        serde_json::from_str::<DelegatedAdminRelationship>(&format!(
            r#"{{"id":"5e5594d3-1-7ad0","displayName":"MSP-Norte","status":"active","duration":"P730D","autoExtendDuration":"{extend}",
                "endDateTime":"2028-01-15T00:00:00Z","customer":{{"tenantId":"0b7e1c3c-0a59-4f7e-9b0e-5f0f4f2f7a01","displayName":"Norte"}},
                "accessDetails":{{"unifiedRoles":[{{"roleDefinitionId":"f2ef992c-3afb-46b9-b7cf-a126ee74c451"}}]}}}}"#
        ))
        .unwrap()
        .into_fact()
        .unwrap()
    }

    #[test]
    fn only_a_duration_that_is_not_zero_extends() {
        assert!(read("P180D").auto_extends);
        assert!(!read("P0D").auto_extends);
        assert!(!read("PT0S").auto_extends);
        assert_eq!(read("P180D").role_template_ids.len(), 1);
    }

    #[test]
    fn a_relationship_without_a_customer_is_not_one_yet() {
        let wire: DelegatedAdminRelationship =
            serde_json::from_str(r#"{"id":"x","status":"created","customer":null}"#).unwrap();
        assert!(wire.into_fact().is_none());
    }
}

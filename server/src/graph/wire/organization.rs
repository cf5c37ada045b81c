//! `organization` and `subscribedSku`.

use domain::facts::directory::{Organization as OrganizationFact, SubscribedSku as SkuFact};
use domain::ids::TenantId;
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, list};

pub const ORGANIZATION_SELECT: &[&str] = &["id", "displayName", "countryLetterCode", "verifiedDomains"];
pub const SKU_SELECT: &[&str] =
    &["skuId", "skuPartNumber", "capabilityStatus", "consumedUnits", "prepaidUnits", "servicePlans"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    id: Uuid,
    display_name: Option<String>,
    country_letter_code: Option<String>,
    #[serde(default, deserialize_with = "list")]
    verified_domains: Vec<VerifiedDomain>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifiedDomain {
    name: Option<String>,
    is_default: Option<bool>,
    is_initial: Option<bool>,
}

impl From<Organization> for OrganizationFact {
    fn from(wire: Organization) -> Self {
        let name_of = |pick: fn(&VerifiedDomain) -> Option<bool>| {
            wire.verified_domains
                .iter()
                .find(|domain| pick(domain) == Some(true))
                .and_then(|domain| filled(domain.name.clone()))
        };
        let default_domain =
            name_of(|domain| domain.is_default).or_else(|| name_of(|domain| domain.is_initial)).unwrap_or_default();
        Self {
            id: TenantId(wire.id),
            display_name: filled(wire.display_name).unwrap_or_else(|| default_domain.clone()),
            default_domain,
            country: filled(wire.country_letter_code),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribedSku {
    sku_id: Uuid,
    sku_part_number: Option<String>,
    capability_status: Option<String>,
    consumed_units: Option<i32>,
    prepaid_units: Option<PrepaidUnits>,
    #[serde(default, deserialize_with = "list")]
    service_plans: Vec<ServicePlan>,
}

#[derive(Debug, Deserialize)]
struct PrepaidUnits {
    enabled: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePlan {
    service_plan_id: Option<Uuid>,
    provisioning_status: Option<String>,
}

impl From<SubscribedSku> for SkuFact {
    fn from(wire: SubscribedSku) -> Self {
        Self {
            sku_id: wire.sku_id,
            part_number: filled(wire.sku_part_number).unwrap_or_else(|| wire.sku_id.to_string()),
            capability_status: wire.capability_status.unwrap_or_default(),
            consumed_units: wire.consumed_units.unwrap_or_default(),
            enabled_units: wire.prepaid_units.and_then(|units| units.enabled).unwrap_or_default(),
            service_plans: wire
                .service_plans
                .into_iter()
                .filter(|plan| plan.provisioning_status.as_deref() == Some("Success"))
                .filter_map(|plan| plan.service_plan_id)
                .collect(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_default_domain_names_a_tenant_without_a_name() {
        let fact: OrganizationFact = serde_json::from_str::<Organization>(
            r#"{"id":"0b7e1c3c-0a59-4f7e-9b0e-5f0f4f2f7a01","displayName":null,"countryLetterCode":"PT","verifiedDomains":[
                {"name":"norte.onmicrosoft.example","type":"Managed","isDefault":false,"isInitial":true,"capabilities":"Email"},
                {"name":"norte.example","type":"Managed","isDefault":true,"isInitial":false}]}"#,
        )
        .unwrap()
        .into();
        assert_eq!(fact.default_domain, "norte.example");
        assert_eq!(fact.display_name, "norte.example");
        assert_eq!(fact.country.as_deref(), Some("PT"));
    }

    #[test]
    fn only_provisioned_service_plans_count() {
        let fact: SkuFact = serde_json::from_str::<SubscribedSku>(
            r#"{"id":"x_y","skuId":"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46","skuPartNumber":"SPB","capabilityStatus":"Warning",
                "consumedUnits":3,"appliesTo":"User","prepaidUnits":{"enabled":5,"suspended":0,"warning":0,"lockedOut":0},
                "servicePlans":[
                 {"servicePlanId":"41781fb2-bc02-4b7c-bd55-b576c07bb09d","servicePlanName":"AAD_PREMIUM","provisioningStatus":"Success","appliesTo":"User"},
                 {"servicePlanId":"eec0eb4f-6444-4f95-aba0-50c24d67f998","servicePlanName":"AAD_PREMIUM_P2","provisioningStatus":"Disabled","appliesTo":"User"}]}"#,
        )
        .unwrap()
        .into();
        assert_eq!(fact.service_plans, ["41781fb2-bc02-4b7c-bd55-b576c07bb09d".parse::<Uuid>().unwrap()]);
        assert_eq!((fact.consumed_units, fact.enabled_units, fact.part_number.as_str()), (3, 5, "SPB"));
    }
}

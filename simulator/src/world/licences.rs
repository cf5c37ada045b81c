//! The products that tenants pay for, with the service plans that decide what Graph answers.

use uuid::{Uuid, uuid};

/// Service plan `AAD_PREMIUM`: Entra ID P1.
pub const ENTRA_P1: Uuid = uuid!("41781fb2-bc02-4b7c-bd55-b576c07bb09d");
/// Service plan `AAD_PREMIUM_P2`: Entra ID P2.
pub const ENTRA_P2: Uuid = uuid!("eec0eb4f-6444-4f95-aba0-50c24d67f998");

/// A product (stock keeping unit) as Microsoft sells it.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    pub sku_id: Uuid,
    pub part_number: &'static str,
    pub plans: &'static [ServicePlan],
}

/// A part of a product.
#[derive(Debug, PartialEq, Eq)]
pub struct ServicePlan {
    pub id: Uuid,
    pub name: &'static str,
}

const P1: ServicePlan = ServicePlan { id: ENTRA_P1, name: "AAD_PREMIUM" };
const P2: ServicePlan = ServicePlan { id: ENTRA_P2, name: "AAD_PREMIUM_P2" };
const MFA: ServicePlan = ServicePlan { id: uuid!("8a256a2b-b617-496d-b51b-e76466e88db0"), name: "MFA_PREMIUM" };
const INTUNE: ServicePlan = ServicePlan { id: uuid!("c1ec4a95-1f05-45b3-a911-aa3fa01094f5"), name: "INTUNE_A" };
const EXCHANGE: ServicePlan =
    ServicePlan { id: uuid!("9aaf7827-d63c-4b61-89c3-182f06f82e5c"), name: "EXCHANGE_S_STANDARD" };
const EXCHANGE_2: ServicePlan =
    ServicePlan { id: uuid!("efb87545-963c-4e0d-99df-69c6916d9eb0"), name: "EXCHANGE_S_ENTERPRISE" };
const FLOW: ServicePlan = ServicePlan { id: uuid!("50e68c76-46c6-4674-81f9-75456511b170"), name: "FLOW_P2_VIRAL" };

pub static BUSINESS_BASIC: Product = Product {
    sku_id: uuid!("3b555118-da6a-4418-894f-7df1e2096870"),
    part_number: "O365_BUSINESS_ESSENTIALS",
    plans: &[EXCHANGE],
};
pub static BUSINESS_STANDARD: Product = Product {
    sku_id: uuid!("f245ecc8-75af-4f8e-b61f-27d8114de5f3"),
    part_number: "O365_BUSINESS_PREMIUM",
    plans: &[EXCHANGE],
};
pub static BUSINESS_PREMIUM: Product = Product {
    sku_id: uuid!("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"),
    part_number: "SPB",
    plans: &[EXCHANGE, P1, MFA, INTUNE],
};
pub static MICROSOFT_365_E3: Product = Product {
    sku_id: uuid!("05e9a617-0261-4cee-bb44-138d3ef5d965"),
    part_number: "SPE_E3",
    plans: &[EXCHANGE_2, P1, MFA, INTUNE],
};
pub static MICROSOFT_365_E5: Product = Product {
    sku_id: uuid!("06ebc4ee-1bb5-47dd-8120-11324bc54e06"),
    part_number: "SPE_E5",
    plans: &[EXCHANGE_2, P1, P2, MFA, INTUNE],
};
pub static POWER_AUTOMATE_FREE: Product =
    Product { sku_id: uuid!("f30db892-07e9-47e9-837c-80727f46fd3d"), part_number: "FLOW_FREE", plans: &[FLOW] };

/// What a tenant bought of a product. How many are consumed is counted from the users.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub product: &'static Product,
    /// As Graph names it: `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    pub capability_status: &'static str,
    pub enabled_units: u32,
    pub suspended_units: u32,
    pub warning_units: u32,
}

impl Subscription {
    pub fn active(product: &'static Product, enabled_units: u32) -> Subscription {
        Subscription { product, capability_status: "Enabled", enabled_units, suspended_units: 0, warning_units: 0 }
    }

    /// Whether it is in force and holds the service plan.
    pub fn grants(&self, plan: Uuid) -> bool {
        matches!(self.capability_status, "Enabled" | "Warning") && self.product.plans.iter().any(|p| p.id == plan)
    }
}

//! Contacts: addresses of people outside, fed from on-premises.

use uuid::Uuid;

use super::user::{ProvisioningError, ServiceError};

#[derive(Clone, Debug)]
pub struct Contact {
    pub id: Uuid,
    pub display_name: String,
    pub mail: String,
    pub provisioning_errors: Vec<ProvisioningError>,
    pub service_errors: Vec<ServiceError>,
}

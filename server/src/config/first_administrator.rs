//! Who may come in while nobody is appointed.

use domain::ids::TenantId;
use uuid::Uuid;

use super::microsoft::guid;
use super::{Config, ConfigError, Problem};

/// One tenant's person, or the holders of one app role there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAdministrator {
    pub tenant: TenantId,
    pub object_id: Option<Uuid>,
    /// A value in the ID token's `roles`.
    pub app_role: Option<String>,
}

impl Config {
    /// `None` when none is configured.
    ///
    /// # Errors
    /// Names the key that is missing or cannot be used.
    pub fn first_administrator(&self) -> Result<Option<FirstAdministrator>, ConfigError> {
        let typed = &self.sign_in;
        let app_role =
            (!typed.first_administrator_app_role.is_empty()).then(|| typed.first_administrator_app_role.clone());
        let has_object_id = !typed.first_administrator_object_id.is_empty();
        if typed.first_administrator_tenant.is_empty() && !has_object_id && app_role.is_none() {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let tenant = guid("sign_in.first_administrator_tenant", &typed.first_administrator_tenant, &mut problems);
        let object_id = has_object_id
            .then(|| guid("sign_in.first_administrator_object_id", &typed.first_administrator_object_id, &mut problems))
            .flatten();
        if object_id.is_none() && app_role.is_none() && problems.is_empty() {
            problems.push(Problem::new(
                "sign_in.first_administrator_object_id",
                "is not set, and neither is first_administrator_app_role",
                "first_administrator_app_role = \"Admin\"",
            ));
        }
        match tenant {
            Some(tenant) if problems.is_empty() => {
                Ok(Some(FirstAdministrator { tenant: TenantId(tenant), object_id, app_role }))
            }
            _ => Err(ConfigError { problems }),
        }
    }
}

//! `unifiedRoleAssignment`, `unifiedRoleEligibilityScheduleInstance` and `unifiedRoleDefinition`.

use std::collections::HashMap;

use domain::facts::directory::{PrincipalKind, RoleAssignment};
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, type_word};

pub const DEFINITION_SELECT: &[&str] = &["id", "templateId", "displayName"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinition {
    pub id: Uuid,
    template_id: Option<Uuid>,
    display_name: Option<String>,
}

/// An assignment, or an eligibility: the same properties.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleHolding {
    principal_id: Uuid,
    role_definition_id: Uuid,
    directory_scope_id: Option<String>,
    principal: Option<Principal>,
}

#[derive(Debug, Deserialize)]
struct Principal {
    #[serde(rename = "@odata.type")]
    odata_type: Option<String>,
}

/// Role definitions by id. Policies name roles by template id, assignments by definition id: equal for built-in roles alone.
#[derive(Debug, Default)]
pub struct RoleDefinitions(HashMap<Uuid, (Uuid, String)>);

impl RoleDefinitions {
    pub fn add(&mut self, definition: RoleDefinition) {
        let template = definition.template_id.unwrap_or(definition.id);
        let name = filled(definition.display_name).unwrap_or_else(|| template.to_string());
        self.0.insert(definition.id, (template, name));
    }

    /// Names a holding. A definition that is not listed keeps its id as template and name.
    pub fn name(&self, wire: RoleHolding, eligible: bool) -> RoleAssignment {
        let (template, name) = self
            .0
            .get(&wire.role_definition_id)
            .cloned()
            .unwrap_or_else(|| (wire.role_definition_id, wire.role_definition_id.to_string()));
        let principal_type = wire.principal.as_ref().and_then(|principal| principal.odata_type.as_deref());
        RoleAssignment {
            principal_id: wire.principal_id,
            principal_kind: principal_kind(principal_type),
            role_template_id: template,
            role_name: name,
            directory_scope: filled(wire.directory_scope_id).unwrap_or_else(|| String::from("/")),
            eligible,
        }
    }
}

pub fn principal_kind(odata_type: Option<&str>) -> PrincipalKind {
    match type_word(odata_type) {
        "user" => PrincipalKind::User,
        "group" => PrincipalKind::Group,
        "servicePrincipal" => PrincipalKind::ServicePrincipal,
        _ => PrincipalKind::Other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_told_by_its_template_and_kind_of_principal() {
        let mut definitions = RoleDefinitions::default();
        definitions.add(
            serde_json::from_str(
                r#"{"id":"11111111-0000-4000-8000-000000000001","templateId":"62e90394-69f5-4237-9190-012177145e10","displayName":"Global Administrator","isBuiltIn":true,"isEnabled":true}"#,
            )
            .unwrap(),
        );
        let fact = definitions.name(
            serde_json::from_str(
                r##"{"id":"a","principalId":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10","roleDefinitionId":"11111111-0000-4000-8000-000000000001",
                    "directoryScopeId":"/","principal":{"@odata.type":"#microsoft.graph.group","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10","displayName":"Admins"}}"##,
            )
            .unwrap(),
            false,
        );
        assert_eq!(fact.role_template_id.to_string(), "62e90394-69f5-4237-9190-012177145e10");
        assert_eq!((fact.role_name.as_str(), fact.principal_kind), ("Global Administrator", PrincipalKind::Group));
    }

    #[test]
    fn a_principal_of_a_new_kind_and_an_unlisted_role_are_kept() {
        let fact = RoleDefinitions::default().name(
            serde_json::from_str(
                r##"{"principalId":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10","roleDefinitionId":"11111111-0000-4000-8000-000000000002",
                    "principal":{"@odata.type":"#microsoft.graph.agentUser"}}"##,
            )
            .unwrap(),
            true,
        );
        assert_eq!(fact.principal_kind, PrincipalKind::Other);
        assert_eq!(fact.directory_scope, "/");
        assert!(fact.eligible);
    }
}

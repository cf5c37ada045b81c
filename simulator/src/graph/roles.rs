//! Who administers the tenant: role definitions, assignments, and what PIM lets people claim.

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::entity::{Instant, Selected};
use super::error::GraphError;
use super::groups;
use super::organization::selected;
use super::page;
use super::users::UserRow;
use crate::world::roles::{GLOBAL_ADMINISTRATOR, ROLES, Role, RoleAssignment};

/// `GET /roleManagement/directory/roleDefinitions`
pub(crate) fn definitions(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "filter", "count", "skiptoken", "format"])?;
    if call.query.get("filter").is_some() {
        return Err(GraphError::unsupported_query("Filters on role definitions are not supported here."));
    }
    let rows = ROLES.iter().map(|role| selected(call, definition(role), "microsoft.graph.unifiedRoleDefinition"));
    page::values(call, "roleManagement/directory/roleDefinitions", &rows.collect::<Result<Vec<_>, _>>()?)
}

fn definition(role: &Role) -> Value {
    json!({
        "id": role.id, "templateId": role.id, "displayName": role.name, "description": role.name, "isBuiltIn": true,
        "isEnabled": true, "version": "1", "resourceScopes": ["/"], "rolePermissions": []
    })
}

/// `GET /roleManagement/directory/roleAssignments`
pub(crate) fn assignments(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["expand", "select", "top", "count", "skiptoken", "format"])?;
    let expand = expands(call, "principal", "microsoft.graph.unifiedRoleAssignment")?;
    let rows = call.tenant.directory.role_assignments.iter().map(|assignment| {
        let mut row = json!({
            "id": assignment.id, "principalId": assignment.principal_id, "roleDefinitionId": assignment.role,
            "directoryScopeId": assignment.scope, "appScopeId": null, "condition": null
        });
        row = selected(call, row, "microsoft.graph.unifiedRoleAssignment")?;
        if expand {
            row["principal"] = principal(call, assignment)?;
        }
        Ok(row)
    });
    let context = if expand {
        "roleManagement/directory/roleAssignments(principal())"
    } else {
        "roleManagement/directory/roleAssignments"
    };
    page::values(call, context, &rows.collect::<Result<Vec<_>, GraphError>>()?)
}

fn principal(call: &Call<'_>, assignment: &RoleAssignment) -> Result<Value, GraphError> {
    let directory = &call.tenant.directory;
    if let Some(user) = directory.user(assignment.principal_id) {
        let properties = ["id", "displayName", "userPrincipalName", "mail", "jobTitle"];
        let row = UserRow { user, tenant: call.tenant };
        let mut value = serde_json::to_value(Selected { row: &row, properties: &properties })
            .map_err(|error| GraphError::bad_request(error.to_string()))?;
        value["@odata.type"] = json!("#microsoft.graph.user");
        return Ok(value);
    }
    Ok(directory.group(assignment.principal_id).map_or(Value::Null, |group| {
        let mut value = groups::row(group, directory.created_at);
        value["@odata.type"] = json!("#microsoft.graph.group");
        value
    }))
}

/// `GET /directoryRoles`: the roles that somebody holds.
pub(crate) fn activated(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["expand", "format"])?;
    let expand = expands(call, "members", "microsoft.graph.directoryRole")?;
    let directory = &call.tenant.directory;
    let held =
        |role: &&Role| directory.role_assignments.iter().any(|a| a.role == role.id) || role.id == GLOBAL_ADMINISTRATOR;
    let rows = ROLES.iter().filter(held).map(|role| {
        let mut row = json!({
            "id": uuid::Uuid::from_u128(role.id.as_u128() ^ call.tenant.id.as_u128()), "roleTemplateId": role.id,
            "displayName": role.name, "description": role.name, "deletedDateTime": null
        });
        if expand {
            let holders = directory.role_assignments.iter().filter(|assignment| assignment.role == role.id);
            row["members"] = holders.map(|assignment| principal(call, assignment)).collect::<Result<Value, _>>()?;
        }
        Ok(row)
    });
    Answer::rows(call, "directoryRoles", rows.collect::<Result<Vec<_>, GraphError>>()?)
}

/// Whether the request expands the one relationship that can be.
fn expands(call: &Call<'_>, relationship: &str, kind: &str) -> Result<bool, GraphError> {
    match call.query.get("expand") {
        None => Ok(false),
        Some(asked) if asked == relationship => Ok(true),
        Some(other) => Err(GraphError::unknown_property(other, kind)),
    }
}

/// `GET /roleManagement/directory/roleEligibilityScheduleInstances`: P2 alone.
pub(crate) fn eligibilities(call: &Call<'_>) -> Result<Answer, GraphError> {
    let rows = schedule(call, &call.tenant.directory.role_eligibilities, "Eligible")?;
    page::values(call, "roleManagement/directory/roleEligibilityScheduleInstances", &rows)
}

/// `GET /roleManagement/directory/roleAssignmentScheduleInstances`: P2 alone.
pub(crate) fn active(call: &Call<'_>) -> Result<Answer, GraphError> {
    let rows = schedule(call, &call.tenant.directory.role_assignments, "Assigned")?;
    page::values(call, "roleManagement/directory/roleAssignmentScheduleInstances", &rows)
}

fn schedule(call: &Call<'_>, list: &[RoleAssignment], kind: &str) -> Result<Vec<Value>, GraphError> {
    call.query.allow_only(&["expand", "select", "top", "skiptoken", "format"])?;
    if !call.tenant.directory.has_p2() {
        return Err(GraphError::no_p2());
    }
    let expand = expands(call, "principal", "microsoft.graph.unifiedRoleScheduleInstanceBase")?;
    let rows = list.iter().map(|assignment| {
        let mut row = json!({
            "id": assignment.id, "principalId": assignment.principal_id, "roleDefinitionId": assignment.role,
            "directoryScopeId": assignment.scope, "appScopeId": null, "memberType": "Direct",
            "startDateTime": Instant(call.tenant.directory.created_at), "endDateTime": null
        });
        row = if kind == "Assigned" {
            row["assignmentType"] = json!(kind);
            row["roleAssignmentScheduleId"] = json!(assignment.id);
            row["roleAssignmentOriginId"] = json!(assignment.id);
            selected(call, row, "microsoft.graph.unifiedRoleAssignmentScheduleInstance")?
        } else {
            row["roleEligibilityScheduleId"] = json!(assignment.id);
            selected(call, row, "microsoft.graph.unifiedRoleEligibilityScheduleInstance")?
        };
        if expand {
            row["principal"] = principal(call, assignment)?;
        }
        Ok(row)
    });
    rows.collect()
}

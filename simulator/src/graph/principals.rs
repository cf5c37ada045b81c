//! The app's own service principal in a tenant and what it was granted there.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::{Uuid, uuid};

use super::call::{Answer, Call};
use super::entity::Instant;
use super::error::GraphError;
use super::organization::selected;
use super::{page, synchronization};
use crate::world::{AppRegistration, ServicePrincipal};

/// Microsoft Graph's own application.
const GRAPH_APP: Uuid = uuid!("00000003-0000-0000-c000-000000000000");

/// The id of an app role: Microsoft's where the product may ask for it, so that a client can name what was granted.
static APP_ROLES: &[(&str, Uuid)] = &[
    ("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ("AuditLog.Read.All", uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
    ("CrossTenantInformation.ReadBasic.All", uuid!("cac88765-0581-4025-9725-5ebc13f729ee")),
    ("DelegatedAdminRelationship.Read.All", uuid!("f6e9e124-4586-492f-adc0-c6f96e4823fd")),
    ("Device.Read.All", uuid!("7438b122-aefc-4978-80ed-43db9fcc7715")),
    ("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ("Domain-InternalFederation.Read.All", uuid!("c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5")),
    ("Domain.Read.All", uuid!("dbb9058a-0e50-45d7-ae91-66909b5d4664")),
    ("Exchange.ManageAsApp", uuid!("dc50a0fb-09a3-484d-be87-e023b12c6440")),
    ("GroupMember.Read.All", uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6")),
    ("LicenseAssignment.Read.All", uuid!("e2f98668-2877-4f38-a2f4-8202e0717aa1")),
    ("OrgContact.Read.All", uuid!("e1a88a34-94c4-4418-be12-c87b00e26bea")),
    ("OnPremDirectorySynchronization.Read.All", uuid!("bb70e231-92dc-4729-aff5-697b3f04be95")),
    ("Organization.Read.All", uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6")),
    ("PartnerSecurity.Read.All", uuid!("21ffa320-2e7f-47d3-a466-7ff04d2dd68d")),
    ("Policy.Read.All", uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68")),
    ("Policy.Read.AuthenticationMethod", uuid!("8e3bc81b-d2f3-4b7b-838c-32c88218d2f0")),
    ("ReportSettings.Read.All", uuid!("ee353f83-55ef-4b78-82da-555bfa2b4b95")),
    ("Reports.Read.All", uuid!("230c1aed-a721-4c5d-9cb4-a90514e508ef")),
    ("RoleEligibilitySchedule.Read.Directory", uuid!("ff278e11-4a33-4d0c-83d2-d01dc58929a5")),
    ("RoleManagement.Read.Directory", uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c")),
    ("Synchronization.Read.All", uuid!("5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce")),
    ("User.Read.All", uuid!("df021288-bdef-4463-88db-98f22de89214")),
    ("User.ReadBasic.All", uuid!("97235f07-e226-4f63-ace3-39588e11d3a1")),
    ("UserAuthenticationMethod.Read.All", uuid!("38d9df27-64da-44fd-b7c5-a6fbac20248f")),
];

fn app_role_id(value: &str) -> Uuid {
    let known = APP_ROLES.iter().find(|(name, _)| *name == value).map(|(_, id)| *id);
    known.unwrap_or_else(|| made_up(value))
}

/// A stable id for something that has none.
pub(crate) fn made_up(text: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(text)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The service principal that the path names, by app id or object id.
fn find<'a>(call: &Call<'a>) -> Result<(&'a AppRegistration, &'a ServicePrincipal), GraphError> {
    let key = call.part(0);
    let id = Uuid::try_parse(key).map_err(|_| GraphError::no_such_resource(key))?;
    let apps = std::iter::once(&call.world.app).chain(&call.world.other_apps);
    let mut found = apps.filter_map(|app| {
        let principal = call.tenant.principal_of(app.client_id, call.world.app.client_id)?;
        (app.client_id == id || principal.object_id == id).then_some((app, principal))
    });
    found.next().ok_or_else(|| GraphError::no_such_resource(key))
}

/// Graph's own service principal, which every tenant has.
fn graph_principal(call: &Call<'_>) -> Uuid {
    Uuid::from_u128(GRAPH_APP.as_u128() ^ call.tenant.id.as_u128())
}

/// `GET /servicePrincipals(appId='{id}')` and `GET /servicePrincipals/{id}`
pub(crate) fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "format"])?;
    let key = Uuid::try_parse(call.part(0)).ok();
    let row = if key == Some(GRAPH_APP) || key == Some(graph_principal(call)) {
        let roles = APP_ROLES.iter().map(|(value, id)| {
            json!({
                "id": id, "value": value, "displayName": value, "description": value, "isEnabled": true,
                "allowedMemberTypes": ["Application"]
            })
        });
        json!({
            "id": graph_principal(call), "appId": GRAPH_APP, "displayName": "Microsoft Graph", "accountEnabled": true,
            "servicePrincipalType": "Application", "appRoles": roles.collect::<Vec<_>>()
        })
    } else {
        let (app, principal) = find(call)?;
        json!({
            "id": principal.object_id, "appId": app.client_id, "displayName": app.display_name,
            "accountEnabled": principal.enabled, "servicePrincipalType": "Application", "appRoles": [],
            "appOwnerOrganizationId": call.world.partner
        })
    };
    Answer::object(call, "servicePrincipals/$entity", &selected(call, row, "microsoft.graph.servicePrincipal")?)
}

/// `GET /servicePrincipals`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "format"])?;
    let apps = std::iter::once(&call.world.app).chain(&call.world.other_apps);
    let ours = apps.filter_map(|app| {
        let principal = call.tenant.principal_of(app.client_id, call.world.app.client_id)?;
        Some(json!({
            "id": principal.object_id, "appId": app.client_id, "displayName": app.display_name,
            "accountEnabled": principal.enabled, "servicePrincipalType": "Application", "appRoles": [],
            "applicationTemplateId": null, "appOwnerOrganizationId": call.world.partner, "homepage": null
        }))
    });
    let graph = json!({
        "id": graph_principal(call), "appId": GRAPH_APP, "displayName": "Microsoft Graph", "accountEnabled": true,
        "servicePrincipalType": "Application", "appRoles": [], "applicationTemplateId": null,
        "appOwnerOrganizationId": null, "homepage": null
    });
    let rows = std::iter::once(graph).chain(ours).chain(synchronization::principals(call));
    let rows = rows.map(|row| selected(call, row, "microsoft.graph.servicePrincipal"));
    page::values(call, "servicePrincipals", &rows.collect::<Result<Vec<_>, _>>()?)
}

/// `GET /servicePrincipals(appId='{id}')/appRoleAssignments`
pub(crate) fn app_role_assignments(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (app, principal) = find(call)?;
    let rows = principal.roles.iter().map(|role| {
        json!({
            "id": made_up(&format!("{}{role}", principal.object_id)), "appRoleId": app_role_id(role),
            "createdDateTime": Instant(call.tenant.directory.created_at), "deletedDateTime": null,
            "principalDisplayName": app.display_name, "principalId": principal.object_id,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": if role.starts_with("Exchange.") { "Office 365 Exchange Online" } else { "Microsoft Graph" },
            "resourceId": if role.starts_with("Exchange.") { made_up("Exchange") } else { graph_principal(call) }
        })
    });
    let context = format!("servicePrincipals('{}')/appRoleAssignments", principal.object_id);
    Answer::rows(call, &context, rows)
}

/// `GET /servicePrincipals(appId='{id}')/oauth2PermissionGrants` and `GET /oauth2PermissionGrants?$filter=clientId eq '…'`
pub(crate) fn permission_grants(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["filter", "select", "top", "format"])?;
    let principals: Vec<&ServicePrincipal> = if call.part(0).is_empty() {
        call.tenant.service_principal.iter().chain(call.tenant.other_service_principals.values()).collect()
    } else {
        vec![find(call)?.1]
    };
    let filter = call.query.get("filter").map(super::filter::Filter::parse).transpose()?;
    let rows: Vec<Value> = principals
        .into_iter()
        .filter(|principal| !principal.scopes.is_empty())
        .map(|principal| {
            let scope = principal.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            json!({
                "id": made_up(&format!("{}grant", principal.object_id)).simple().to_string(),
                "clientId": principal.object_id, "consentType": "AllPrincipals", "principalId": null,
                "resourceId": graph_principal(call), "scope": scope
            })
        })
        .filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(&|name| row[name].clone())))
        .collect();
    Answer::rows(call, "oauth2PermissionGrants", rows)
}

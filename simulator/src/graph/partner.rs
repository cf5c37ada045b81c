//! What the partner's own tenant answers about its clients: GDAP, contracts, and who a tenant is.

use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Answer, Call};
use super::entity::Instant;
use super::error::GraphError;
use super::organization::selected;
use super::page;
use crate::world::{Gdap, Tenant};

/// The clients with a relationship, in the order of their generation.
fn clients<'a>(call: &Call<'a>) -> Vec<(&'a Tenant, &'a Gdap)> {
    if call.tenant.id != call.world.partner {
        return Vec::new();
    }
    call.world.tenants_in_order().into_iter().filter_map(|tenant| Some((tenant, tenant.gdap.as_ref()?))).collect()
}

/// `GET /tenantRelationships/delegatedAdminRelationships`
pub(crate) fn relationships(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "filter", "count", "skiptoken", "format"])?;
    let rows = clients(call).into_iter().map(|(tenant, gdap)| relationship(call, tenant, gdap));
    let rows: Vec<Value> = match call.query.get("filter") {
        None => rows.collect(),
        Some(text) => {
            let filter = super::filter::Filter::parse(text)?;
            rows.filter(|row| filter.matches(&|name| row[name].clone())).collect()
        }
    };
    let rows = rows.into_iter().map(|row| selected(call, row, "microsoft.graph.delegatedAdminRelationship"));
    page::values(call, "tenantRelationships/delegatedAdminRelationships", &rows.collect::<Result<Vec<_>, _>>()?)
}

fn relationship(call: &Call<'_>, tenant: &Tenant, gdap: &Gdap) -> Value {
    let status = if gdap.status == "active" && gdap.ends_at <= call.now { "expired" } else { gdap.status.as_str() };
    json!({
        "id": gdap.relationship_id, "displayName": format!("Larkspur-{}", tenant.default_domain), "status": status,
        "duration": format!("P{}D", (gdap.ends_at - gdap.created_at).num_days()),
        "autoExtendDuration": if gdap.auto_extends { "P180D" } else { "PT0S" },
        "createdDateTime": Instant(gdap.created_at), "activatedDateTime": Instant(gdap.created_at),
        "lastModifiedDateTime": Instant(gdap.created_at), "endDateTime": Instant(gdap.ends_at),
        "customer": {"tenantId": tenant.id, "displayName": tenant.display_name},
        "accessDetails": roles(gdap)
    })
}

fn roles(gdap: &Gdap) -> Value {
    let roles = gdap.role_definition_ids.iter().map(|id| json!({"roleDefinitionId": id}));
    json!({"unifiedRoles": roles.collect::<Vec<_>>()})
}

/// `GET /tenantRelationships/delegatedAdminRelationships/{id}/accessAssignments`
pub(crate) fn access_assignments(call: &Call<'_>) -> Result<Answer, GraphError> {
    let id = call.part(0);
    let found = clients(call).into_iter().find(|(_, gdap)| gdap.relationship_id == id);
    let (_, gdap) = found.ok_or_else(|| GraphError::no_such_resource(id))?;
    let agents = call.tenant.directory.groups.iter().find(|group| group.display_name == "AdminAgents");
    let row = json!({
        "id": call.tenant.id, "status": if gdap.is_active(call.now) { "active" } else { "deleted" },
        "createdDateTime": Instant(gdap.created_at), "lastModifiedDateTime": Instant(gdap.created_at),
        "accessContainer": {
            "accessContainerId": agents.map(|group| group.id), "accessContainerType": "securityGroup"
        },
        "accessDetails": roles(gdap)
    });
    let context = format!("tenantRelationships/delegatedAdminRelationships('{id}')/accessAssignments");
    Answer::rows(call, &context, [row])
}

/// `GET /tenantRelationships/delegatedAdminCustomers`
pub(crate) fn customers(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["top", "count", "skiptoken", "format"])?;
    let rows = clients(call)
        .into_iter()
        .map(|(tenant, _)| json!({"id": tenant.id, "tenantId": tenant.id, "displayName": tenant.display_name}));
    page::values(call, "tenantRelationships/delegatedAdminCustomers", &rows.collect::<Vec<_>>())
}

/// `GET /contracts`: the reseller relationships; here, all clients but those that are reached through GDAP alone.
pub(crate) fn contracts(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["top", "count", "skiptoken", "format"])?;
    let is_partner = call.tenant.id == call.world.partner;
    let all = call.world.tenants_in_order();
    let clients = all
        .into_iter()
        .filter(|tenant| is_partner && tenant.id != call.world.partner && tenant.kind != crate::world::Kind::GdapOnly);
    let rows = clients.map(|tenant| {
        json!({
            "id": Uuid::from_u128(tenant.id.as_u128() ^ call.world.partner.as_u128()), "customerId": tenant.id,
            "contractType": "ResellerPartner", "defaultDomainName": tenant.default_domain,
            "displayName": tenant.display_name, "deletedDateTime": null
        })
    });
    page::values(call, "contracts", &rows.collect::<Vec<_>>())
}

/// `GET /tenantRelationships/findTenantInformationByTenantId(tenantId='…')` and `…ByDomainName(domainName='…')`
pub(crate) fn find_tenant(call: &Call<'_>) -> Result<Answer, GraphError> {
    let key = call.part(0);
    let tenant = call.world.find_tenant(key).ok_or_else(|| {
        let message = format!("Unable to find the tenant '{key}'.");
        GraphError::new(axum::http::StatusCode::NOT_FOUND, "Directory_ObjectNotFound", message)
    })?;
    let information = json!({
        "tenantId": tenant.id, "displayName": tenant.display_name, "defaultDomainName": tenant.default_domain,
        "federationBrandName": null
    });
    Answer::object(call, "microsoft.graph.tenantInformation", &information)
}

/// `GET /beta/security/partner/securityScore`: Microsoft's score of the partner's own tenant.
pub(crate) fn security_score(call: &Call<'_>) -> Result<Answer, GraphError> {
    if call.tenant.id != call.world.partner {
        return Err(GraphError::denied());
    }
    let registered = call.tenant.directory.users().filter(|user| user.is_mfa_registered()).count();
    let share = registered * 100 / call.tenant.directory.user_count().max(1);
    let score = json!({
        "id": call.tenant.id, "currentScore": share, "maxScore": 100,
        "lastRefreshDateTime": Instant(call.now), "updatedDateTime": Instant(call.now)
    });
    Answer::object(call, "microsoft.graph.partner.security.partnerSecurityScore", &score)
}

/// `GET /beta/security/partner/securityScore/customerInsights`: Microsoft's own verdict on the clients.
pub(crate) fn customer_insights(call: &Call<'_>) -> Result<Answer, GraphError> {
    if call.tenant.id != call.world.partner {
        return Err(GraphError::denied());
    }
    let named = |is_on: bool| if is_on { "enabled" } else { "disabled" };
    let clients = call.world.tenants_in_order().into_iter().filter(|tenant| tenant.id != call.world.partner);
    let rows = clients.map(|tenant| {
        let directory = &tenant.directory;
        let (mut admins, mut others) = (0, 0);
        for user in directory.users().filter(|user| user.is_mfa_registered()) {
            let is_admin = directory.role_assignments.iter().any(|assignment| assignment.principal_id == user.id);
            *(if is_admin { &mut admins } else { &mut others }) += 1;
        }
        let requires_mfa = |policy: &Value| {
            let controls = policy["grantControls"]["builtInControls"].as_array();
            policy["state"] == "enabled" && controls.is_some_and(|list| list.iter().any(|control| control == "mfa"))
        };
        let per_user = directory.users().any(|user| user.per_user_mfa != crate::world::methods::PerUserMfa::Disabled);
        json!({
            "tenantId": tenant.id,
            "mfa": {
                "compliantAdminsCount": admins, "compliantNonAdminsCount": others,
                "totalUsersCount": directory.user_count(),
                "securityDefaultsStatus": named(directory.security_defaults),
                "mfaConditionalAccessPolicyStatus": named(directory.policies.iter().any(requires_mfa)),
                "legacyPerUserMfaStatus": named(per_user)
            }
        })
    });
    Answer::rows(call, "security/partner/securityScore/customerInsights", rows)
}

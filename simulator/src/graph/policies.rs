//! Policies: Conditional Access, security defaults, named locations, strengths and methods.

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::entity::Instant;
use super::error::GraphError;
use super::organization::selected;
use super::page;
use crate::world::policies;

/// `GET /identity/conditionalAccess/policies`: empty without Entra P1, not refused.
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    let rows = if call.tenant.directory.has_p1() { call.tenant.directory.policies.as_slice() } else { &[] };
    rows_of(call, "identity/conditionalAccess/policies", rows, "microsoft.graph.conditionalAccessPolicy")
}

/// `GET /identity/conditionalAccess/policies/{id}`
pub(crate) fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    let id = call.part(0);
    let found = call.tenant.directory.policies.iter().find(|policy| policy["id"] == id);
    let policy = found.filter(|_| call.tenant.directory.has_p1()).ok_or_else(|| GraphError::no_such_resource(id))?;
    Answer::object(call, "identity/conditionalAccess/policies/$entity", policy)
}

/// `GET /identity/conditionalAccess/namedLocations`
pub(crate) fn named_locations(call: &Call<'_>) -> Result<Answer, GraphError> {
    let rows = &call.tenant.directory.named_locations;
    rows_of(call, "identity/conditionalAccess/namedLocations", rows, "microsoft.graph.namedLocation")
}

/// `GET /policies/authenticationStrengthPolicies`
pub(crate) fn strengths(call: &Call<'_>) -> Result<Answer, GraphError> {
    let mut rows = policies::built_in_strengths().to_vec();
    rows.extend(call.tenant.directory.strengths.iter().cloned());
    rows_of(call, "policies/authenticationStrengthPolicies", &rows, "microsoft.graph.authenticationStrengthPolicy")
}

fn rows_of(call: &Call<'_>, context: &str, rows: &[Value], kind: &str) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "count", "skiptoken", "format"])?;
    if call.query.get("select").is_none() {
        return page::values(call, context, rows);
    }
    let rows = rows.iter().map(|row| selected(call, row.clone(), kind)).collect::<Result<Vec<_>, _>>()?;
    page::values(call, context, &rows)
}

/// `GET /policies/identitySecurityDefaultsEnforcementPolicy`
pub(crate) fn security_defaults(call: &Call<'_>) -> Result<Answer, GraphError> {
    let policy = json!({
        "id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        "isEnabled": call.tenant.directory.security_defaults, "deletedDateTime": null
    });
    Answer::object(call, "policies/identitySecurityDefaultsEnforcementPolicy/$entity", &policy)
}

/// `GET /policies/authenticationMethodsPolicy`
pub(crate) fn methods(call: &Call<'_>) -> Result<Answer, GraphError> {
    let everybody = json!([{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}]);
    let usual = [
        ("fido2", "Fido2", "enabled"),
        ("microsoftAuthenticator", "MicrosoftAuthenticator", "enabled"),
        ("sms", "Sms", "enabled"),
        ("temporaryAccessPass", "TemporaryAccessPass", "disabled"),
        ("softwareOath", "SoftwareOath", "enabled"),
        ("voice", "Voice", "disabled"),
        ("email", "Email", "enabled"),
        ("x509Certificate", "X509Certificate", "disabled"),
        ("qrCodePin", "QRCodePin", "disabled"),
    ];
    let mut configurations: Vec<Value> = usual
        .into_iter()
        .map(|(kind, id, state)| {
            json!({
                "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration"),
                "id": id, "state": state, "excludeTargets": [], "includeTargets": everybody
            })
        })
        .collect();
    configurations.extend(call.tenant.directory.external_methods.iter().cloned());
    let policy = json!({
        "id": "authenticationMethodsPolicy", "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed.",
        "policyVersion": "1.5", "policyMigrationState": "migrationComplete",
        "lastModifiedDateTime": Instant(call.tenant.directory.created_at), "reconfirmationInDays": null,
        "registrationEnforcement": {
            "authenticationMethodsRegistrationCampaign": {
                "state": "default", "snoozeDurationInDays": 1,
                "excludeTargets": [],
                "includeTargets": [{
                    "id": "all_users", "targetType": "group", "targetedAuthenticationMethod": "microsoftAuthenticator"
                }]
            }
        },
        "authenticationMethodConfigurations": configurations
    });
    Answer::object(call, "policies/authenticationMethodsPolicy/$entity", &policy)
}

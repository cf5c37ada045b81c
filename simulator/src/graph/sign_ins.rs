//! `/auditLogs/signIns`: newest first. v1.0 tells interactive sign-ins; beta tells the other kinds when asked.

use chrono::TimeDelta;
use serde::ser::SerializeMap;
use serde_json::json;
use uuid::Uuid;

use super::call::{Answer, Call, Version};
use super::entity::{self, Entity, Instant, Property, always};
use super::error::GraphError;
use super::filter::Filter;
use super::page::{self, Allowed, Collection};
use crate::world::Tenant;
use crate::world::directory::user::User;
use crate::world::sign_ins::{ClientApp, SignIn};

struct SignInRow<'a> {
    entry: &'a SignIn,
    user: Option<&'a User>,
    tenant: &'a Tenant,
}

/// How long Microsoft keeps sign-ins with Entra P1.
const RETENTION: TimeDelta = TimeDelta::days(30);

/// Properties that v1.0 has, before those of beta.
const V1_PROPERTIES: usize = 25;

impl Entity for SignInRow<'_> {
    const TYPE: &'static str = "microsoft.graph.signIn";
    const PROPERTIES: &'static [Property] = &[
        always("id"),
        always("createdDateTime"),
        always("userDisplayName"),
        always("userPrincipalName"),
        always("userId"),
        always("appId"),
        always("appDisplayName"),
        always("ipAddress"),
        always("clientAppUsed"),
        always("correlationId"),
        always("conditionalAccessStatus"),
        always("isInteractive"),
        always("riskDetail"),
        always("riskLevelAggregated"),
        always("riskLevelDuringSignIn"),
        always("riskState"),
        always("riskEventTypes"),
        always("riskEventTypes_v2"),
        always("resourceDisplayName"),
        always("resourceId"),
        always("userAgent"),
        always("status"),
        always("deviceDetail"),
        always("location"),
        always("appliedConditionalAccessPolicies"),
        always("authenticationProtocol"),
        always("authenticationRequirement"),
        always("signInEventTypes"),
        always("crossTenantAccessType"),
        always("authenticationDetails"),
    ];

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        let SignInRow { entry, user, tenant } = self;
        let hidden = if tenant.directory.has_p2() { "none" } else { "hidden" };
        match name {
            "id" => map.serialize_entry(name, &entry.id),
            "createdDateTime" => map.serialize_entry(name, &Instant(entry.at)),
            "userDisplayName" => map.serialize_entry(name, &user.map(|user| &user.display_name)),
            "userPrincipalName" => map.serialize_entry(name, &user.map(|user| user.user_principal_name.to_lowercase())),
            "userId" => map.serialize_entry(name, &entry.user),
            "appId" => map.serialize_entry(name, &entry.app.id),
            "appDisplayName" => map.serialize_entry(name, entry.app.name),
            "ipAddress" => {
                let [a, b, c, d] = entry.ip;
                map.serialize_entry(name, &format_args!("{a}.{b}.{c}.{d}"))
            }
            "clientAppUsed" => map.serialize_entry(name, entry.client.name()),
            "correlationId" => map.serialize_entry(name, &Uuid::from_u128(!entry.id.as_u128())),
            "conditionalAccessStatus" => map.serialize_entry(name, entry.conditional_access),
            "isInteractive" => map.serialize_entry(name, &entry.is_interactive),
            "riskDetail" | "riskLevelAggregated" | "riskLevelDuringSignIn" => map.serialize_entry(name, hidden),
            "riskState" => map.serialize_entry(name, "none"),
            "riskEventTypes" | "riskEventTypes_v2" | "authenticationDetails" => {
                map.serialize_entry::<_, [&str; 0]>(name, &[])
            }
            "resourceDisplayName" => map.serialize_entry(name, entry.app.name),
            "resourceId" => map.serialize_entry(name, &entry.app.id),
            "userAgent" => map.serialize_entry(name, &user_agent(entry)),
            "status" => map.serialize_entry(name, &status(entry.error_code)),
            "deviceDetail" => map.serialize_entry(
                name,
                &json!({
                    "deviceId": "", "displayName": null, "operatingSystem": entry.device.operating_system,
                    "browser": entry.device.browser, "isCompliant": entry.device.is_compliant,
                    "isManaged": entry.device.is_compliant, "trustType": entry.device.trust_type
                }),
            ),
            "location" => map.serialize_entry(
                name,
                &json!({
                    "city": entry.city.name, "state": entry.city.state, "countryOrRegion": entry.city.country,
                    "geoCoordinates": {
                        "altitude": null, "latitude": entry.city.latitude, "longitude": entry.city.longitude
                    }
                }),
            ),
            "appliedConditionalAccessPolicies" => map.serialize_entry(name, &applied_policies(entry, tenant)),
            "authenticationProtocol" => {
                let by_password = entry.client.is_legacy() || entry.client == ClientApp::PasswordGrant;
                map.serialize_entry(name, if by_password { "ropc" } else { "none" })
            }
            "authenticationRequirement" => map.serialize_entry(
                name,
                if entry.multi_factor { "multiFactorAuthentication" } else { "singleFactorAuthentication" },
            ),
            "signInEventTypes" => map
                .serialize_entry(name, &[if entry.is_interactive { "interactiveUser" } else { "nonInteractiveUser" }]),
            "crossTenantAccessType" => map.serialize_entry(name, "none"),
            _ => map.serialize_entry(name, &()),
        }
    }
}

fn user_agent(entry: &SignIn) -> Option<&'static str> {
    (!entry.device.browser.is_empty()).then_some("Mozilla/5.0 (compatible)")
}

fn status(error_code: u32) -> serde_json::Value {
    let reason = match error_code {
        0 => "Other.",
        50_126 => "Error validating credentials due to invalid username or password.",
        53_003 => {
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        }
        530_035 => "Access has been blocked by security defaults.",
        _ => "Sign-in failed.",
    };
    json!({"errorCode": error_code, "failureReason": reason, "additionalDetails": null})
}

/// The enabled and report-only policies, with what they did to this sign-in.
fn applied_policies(entry: &SignIn, tenant: &Tenant) -> Vec<serde_json::Value> {
    let policies = tenant.directory.policies.iter().filter(|policy| policy["state"] != "disabled");
    policies
        .map(|policy| {
            let is_report_only = policy["state"] != "enabled";
            let result = match (entry.conditional_access, is_report_only) {
                (_, true) => "reportOnlyNotApplied",
                ("success", _) => "success",
                ("failure", _) => "failure",
                _ => "notApplied",
            };
            json!({
                "id": policy["id"], "displayName": policy["displayName"], "result": result,
                "enforcedGrantControls": [], "enforcedSessionControls": []
            })
        })
        .collect()
}

const FILTERS: &[(&str, Allowed)] = &[
    ("id", Allowed::Eq),
    ("appDisplayName", Allowed::Any),
    ("appId", Allowed::Eq),
    ("clientAppUsed", Allowed::Eq),
    ("conditionalAccessStatus", Allowed::Eq),
    ("correlationId", Allowed::Eq),
    ("createdDateTime", Allowed::Any),
    ("ipAddress", Allowed::Any),
    ("signInEventTypes", Allowed::Any),
    ("status", Allowed::Any),
    ("userDisplayName", Allowed::Any),
    ("userId", Allowed::Eq),
    ("userPrincipalName", Allowed::Any),
    ("authenticationProtocol", Allowed::Eq),
];

/// `GET /auditLogs/signIns`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["filter", "top", "skiptoken", "orderby", "select", "count", "format"])?;
    if !call.tenant.directory.has_p1() {
        return Err(GraphError::not_premium());
    }
    match call.query.get("orderby") {
        None | Some("createdDateTime desc") => {}
        Some(other) => return Err(GraphError::unsupported_query(format!("Sorting by '{other}' is not supported."))),
    }
    let known = if call.version == Version::Beta { SignInRow::PROPERTIES.len() } else { V1_PROPERTIES };
    let mut properties = entity::select::<SignInRow<'_>>(&call.query.names("select"))?;
    let is_known = |name: &str| SignInRow::PROPERTIES[..known].iter().any(|property| property.name == name);
    if call.query.get("select").is_some()
        && let Some(unknown) = properties.iter().find(|name| !is_known(name))
    {
        return Err(GraphError::unknown_property(unknown, SignInRow::TYPE));
    }
    properties.retain(|name| is_known(name));
    if !call.has_any(&["Policy.Read.All", "Policy.Read.ConditionalAccess"]) {
        properties.retain(|name| *name != "appliedConditionalAccessPolicies");
    }
    // The log as it is now: later entries do not shift the pages of this query.
    let (directory, every_kind) = (&call.tenant.directory, asks_for_kinds(call)?);
    let log = &directory.sign_ins;
    let ends = call.query.get("skiptoken").map_or(Ok(log.len()), page::length)?;
    let at = |position: usize| {
        let entry = log.get(ends.checked_sub(position + 1)?)?;
        let is_kept = call.now - entry.at <= RETENTION && entry.at <= call.now;
        let is_told = is_kept && (every_kind || entry.is_interactive);
        is_told.then(|| SignInRow { entry, user: directory.user(entry.user), tenant: call.tenant })
    };
    page::list(
        call,
        &Collection {
            context: "auditLogs/signIns",
            len: ends,
            at: &at,
            default_page: 1000,
            max_page: 1000,
            filters: FILTERS,
            order_by: &["createdDateTime"],
            is_directory: false,
            properties,
        },
    )
}

/// Whether the filter chooses kinds of sign-ins itself, which beta alone understands.
fn asks_for_kinds(call: &Call<'_>) -> Result<bool, GraphError> {
    let Some(filter) = call.query.get("filter").map(Filter::parse).transpose()? else { return Ok(false) };
    let mut asks = false;
    filter.leaves(&mut |name, _| asks |= name == "signInEventTypes");
    if asks && call.version == Version::V1 {
        return Err(GraphError::bad_request(
            "Invalid filter clause: Could not find a property named 'signInEventTypes' on type 'microsoft.graph.signIn'.",
        ));
    }
    Ok(asks)
}

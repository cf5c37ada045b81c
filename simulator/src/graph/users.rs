//! `/users`: the list, one user, and what can be selected of them.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::json;
use uuid::Uuid;

use super::call::{Answer, Call, Version};
use super::entity::{self, Entity, Instant, Property, always, instant, never, on_select};
use super::error::GraphError;
use super::page::{self, Allowed, Collection};
use crate::world::Tenant;
use crate::world::directory::PerUserMfaSelect;
use crate::world::directory::user::{ProvisioningError, ServiceError, User};
use crate::world::licences::Product;

pub(crate) const AUDIT_LOG: &[&str] = &["AuditLog.Read.All"];

/// A user as a row of their tenant.
pub(crate) struct UserRow<'a> {
    pub user: &'a User,
    pub tenant: &'a Tenant,
}

impl Entity for UserRow<'_> {
    const TYPE: &'static str = "microsoft.graph.user";
    const PROPERTIES: &'static [Property] = &[
        always("id"),
        always("businessPhones"),
        always("displayName"),
        always("givenName"),
        always("jobTitle"),
        always("mail"),
        always("mobilePhone"),
        always("officeLocation"),
        always("preferredLanguage"),
        always("surname"),
        always("userPrincipalName"),
        on_select("accountEnabled"),
        on_select("assignedLicenses"),
        on_select("assignedPlans"),
        on_select("companyName"),
        on_select("createdDateTime"),
        on_select("creationType"),
        on_select("deletedDateTime"),
        on_select("department"),
        on_select("externalUserState"),
        on_select("externalUserStateChangeDateTime"),
        on_select("identities"),
        on_select("isResourceAccount"),
        on_select("lastPasswordChangeDateTime"),
        on_select("licenseAssignmentStates"),
        on_select("mailNickname"),
        on_select("onPremisesDistinguishedName"),
        on_select("onPremisesDomainName"),
        on_select("onPremisesImmutableId"),
        on_select("onPremisesLastSyncDateTime"),
        on_select("onPremisesProvisioningErrors"),
        on_select("onPremisesSamAccountName"),
        on_select("onPremisesSyncEnabled"),
        on_select("onPremisesUserPrincipalName"),
        on_select("passwordPolicies"),
        on_select("perUserMfaState"),
        on_select("proxyAddresses"),
        on_select("securityIdentifier"),
        on_select("serviceProvisioningErrors"),
        on_select("showInAddressList"),
        on_select("signInActivity"),
        on_select("signInSessionsValidFromDateTime"),
        on_select("usageLocation"),
        on_select("userType"),
        never("aboutMe"),
        never("birthday"),
        never("hireDate"),
        never("interests"),
        never("mailboxSettings"),
        never("mySite"),
        never("pastProjects"),
        never("preferredName"),
        never("responsibilities"),
        never("schools"),
        never("skills"),
    ];

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        let UserRow { user, tenant } = self;
        let synced = user.on_premises.as_deref();
        let is_cloud_state_hidden = tenant.directory.per_user_mfa_select == PerUserMfaSelect::Absent;
        match name {
            "id" => map.serialize_entry(name, &user.id),
            "displayName" => map.serialize_entry(name, &user.display_name),
            "userPrincipalName" => map.serialize_entry(name, &user.user_principal_name),
            "mail" => map.serialize_entry(name, &user.mail),
            "accountEnabled" => map.serialize_entry(name, &user.account_enabled),
            "userType" => map.serialize_entry(name, if user.is_guest() { "Guest" } else { "Member" }),
            "createdDateTime" => map.serialize_entry(name, &Instant(user.created_at)),
            "creationType" => map.serialize_entry(name, &user.is_guest().then_some("Invitation")),
            "externalUserState" => map.serialize_entry(
                name,
                &user.invitation.as_ref().map(|i| if i.accepted { "Accepted" } else { "PendingAcceptance" }),
            ),
            "externalUserStateChangeDateTime" => {
                map.serialize_entry(name, &instant(user.invitation.as_ref().map(|i| i.changed_at)))
            }
            "usageLocation" => map.serialize_entry(name, user.usage_location),
            "department" => map.serialize_entry(name, &user.department),
            "jobTitle" => map.serialize_entry(name, &user.job_title),
            "isResourceAccount" => map.serialize_entry(name, &user.is_resource_account.then_some(true)),
            "assignedLicenses" => map.serialize_entry(name, &Licences(&user.licences)),
            "licenseAssignmentStates" => map.serialize_entry(name, &LicenceStates(user)),
            "assignedPlans" => map.serialize_entry(name, &Plans(user)),
            "lastPasswordChangeDateTime" | "signInSessionsValidFromDateTime" => {
                map.serialize_entry(name, &Instant(user.last_password_change))
            }
            "passwordPolicies" => {
                map.serialize_entry(name, &user.password_never_expires.then_some("DisablePasswordExpiration"))
            }
            "mailNickname" => map.serialize_entry(name, nickname(user)),
            "proxyAddresses" => map.serialize_entry(name, &ProxyAddresses(self)),
            "identities" => map.serialize_entry(
                name,
                &[json!({
                    "signInType": if user.is_guest() { "federated" } else { "userPrincipalName" },
                    "issuer": if user.is_guest() { "ExternalAzureAD" } else { tenant.initial_domain.as_str() },
                    "issuerAssignedId": (!user.is_guest()).then_some(&user.user_principal_name)
                })],
            ),
            "onPremisesSyncEnabled" => map.serialize_entry(name, &synced.map(|_| true)),
            "onPremisesLastSyncDateTime" => map.serialize_entry(name, &instant(synced.map(|s| s.last_sync))),
            "onPremisesSamAccountName" => map.serialize_entry(name, &synced.map(|s| &s.sam_account_name)),
            "onPremisesDomainName" => map.serialize_entry(name, &synced.map(|s| &s.domain_name)),
            "onPremisesUserPrincipalName" => map.serialize_entry(name, &synced.map(|_| &user.user_principal_name)),
            "onPremisesImmutableId" => map.serialize_entry(name, &synced.map(|_| immutable_id(user.id))),
            "onPremisesDistinguishedName" => map.serialize_entry(
                name,
                &synced.map(|s| format!("CN={},OU=Staff,DC={}", user.display_name, s.domain_name.replace('.', ",DC="))),
            ),
            "onPremisesProvisioningErrors" => {
                let errors = synced.map(|synced| synced.provisioning_errors.as_slice()).unwrap_or_default();
                map.serialize_entry(name, &ProvisioningErrors(errors))
            }
            "serviceProvisioningErrors" => map.serialize_entry(name, &ServiceErrors(&user.service_errors)),
            "signInActivity" => match sign_in_activity(user) {
                Some(activity) => map.serialize_entry(name, &activity),
                None => Ok(()),
            },
            "perUserMfaState" if is_cloud_state_hidden => Ok(()),
            "perUserMfaState" => map.serialize_entry(name, &user.per_user_mfa),
            "deletedDateTime" => map.serialize_entry(name, &instant(user.removal.as_ref().map(|r| r.at))),
            "showInAddressList" => map.serialize_entry(name, &user.mail.as_ref().map(|_| !user.is_guest())),
            "businessPhones" => map.serialize_entry::<_, [&str; 0]>(name, &[]),
            _ => map.serialize_entry(name, &()),
        }
    }
}

/// The properties that `/users` may be filtered by.
const FILTERS: &[(&str, Allowed)] = &[
    ("id", Allowed::Any),
    ("accountEnabled", Allowed::Any),
    ("assignedLicenses", Allowed::Any),
    ("createdDateTime", Allowed::Any),
    ("department", Allowed::Any),
    ("displayName", Allowed::Any),
    ("externalUserState", Allowed::Any),
    ("jobTitle", Allowed::Any),
    ("mail", Allowed::Any),
    ("onPremisesProvisioningErrors", Allowed::Any),
    ("onPremisesSyncEnabled", Allowed::Any),
    ("serviceProvisioningErrors", Allowed::Any),
    ("signInActivity", Allowed::Any),
    ("usageLocation", Allowed::Any),
    ("userPrincipalName", Allowed::Any),
    ("userType", Allowed::Any),
];

/// `GET /users`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "filter", "orderby", "count", "skiptoken", "format"])?;
    let names = call.query.names("select");
    let properties = select(call, &names)?;
    let uses_activity = asks_for_activity(call.query);
    if uses_activity {
        check_activity(call)?;
        let filter = call.query.get("filter").unwrap_or_default();
        if filter.contains("signInActivity") && (filter.contains(" and ") || filter.contains(" or ")) {
            let message = "The signInActivity property cannot be combined with other filters.";
            return Err(GraphError::unsupported_query(message));
        }
    }
    let filters_services = call.query.get("filter").is_some_and(|filter| filter.contains("serviceProvisioningErrors"));
    if filters_services && call.tenant.directory.refuses_service_filter {
        let message = "Unsupported or invalid query filter clause specified for property 'serviceProvisioningErrors'.";
        return Err(GraphError::unsupported_query(message));
    }
    let users = call.tenant.directory.all_users();
    let at = |position: usize| {
        let user = users.get(position).filter(|user| user.removal.is_none())?;
        Some(UserRow { user, tenant: call.tenant })
    };
    let context = if names.is_empty() { "users".into() } else { format!("users({})", properties.join(",")) };
    page::list(
        call,
        &Collection {
            context: &context,
            len: users.len(),
            at: &at,
            default_page: 100,
            max_page: if uses_activity { 500 } else { 999 },
            filters: FILTERS,
            order_by: &["displayName", "userPrincipalName", "createdDateTime"],
            is_directory: true,
            properties,
        },
    )
}

/// `GET /users/$count`
pub(crate) fn count(call: &Call<'_>) -> Result<Answer, GraphError> {
    if !call.query.eventual {
        return Err(GraphError::bad_request("$count is not currently supported without ConsistencyLevel: eventual."));
    }
    Answer::json(&call.tenant.directory.user_count())
}

/// `GET /users/{id}`
pub(crate) fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "format"])?;
    let key = call.part(0);
    let user = call.tenant.directory.find_user(key).ok_or_else(|| GraphError::no_such_resource(key))?;
    let names = call.query.names("select");
    let properties = select(call, &names)?;
    if asks_for_activity(call.query) {
        check_activity(call)?;
        if Uuid::try_parse(key).is_err() {
            return Err(GraphError::bad_request("signInActivity of a single user needs the user's object id."));
        }
    }
    let row = UserRow { user, tenant: call.tenant };
    Answer::object(call, "users/$entity", &entity::Selected { row: &row, properties: &properties })
}

/// `GET /directory/deletedItems/microsoft.graph.user`
pub(crate) fn deleted(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "count", "format"])?;
    let properties = select(call, &call.query.names("select"))?;
    let users = call.tenant.directory.all_users();
    let at = |position: usize| {
        let user = users.get(position)?;
        let is_restorable = user.removal.as_ref().is_some_and(|removal| !removal.permanently);
        is_restorable.then_some(UserRow { user, tenant: call.tenant })
    };
    page::list(
        call,
        &Collection {
            context: "directoryObjects",
            len: users.len(),
            at: &at,
            default_page: 100,
            max_page: 999,
            filters: &[],
            order_by: &[],
            is_directory: true,
            properties,
        },
    )
}

/// Whether a query selects or filters sign-in activity, which costs more and needs more.
pub(crate) fn asks_for_activity(query: &super::query::Query) -> bool {
    query.names("select").iter().any(|name| name.eq_ignore_ascii_case("signInActivity"))
        || query.get("filter").is_some_and(|filter| filter.contains("signInActivity"))
}

fn check_activity(call: &Call<'_>) -> Result<(), GraphError> {
    if !call.has_any(AUDIT_LOG) {
        return Err(GraphError::denied());
    }
    if call.tenant.directory.has_p1() { Ok(()) } else { Err(GraphError::not_premium()) }
}

/// The selected properties, as far as this tenant and version know them.
pub(crate) fn select(call: &Call<'_>, names: &[&str]) -> Result<Vec<&'static str>, GraphError> {
    let asks_for_mfa = names.iter().any(|name| name.eq_ignore_ascii_case("perUserMfaState"));
    if asks_for_mfa {
        let is_refused = call.tenant.directory.per_user_mfa_select == PerUserMfaSelect::Refused;
        if is_refused && call.version == Version::V1 {
            return Err(GraphError::unknown_property("perUserMfaState", UserRow::TYPE));
        }
        if !call.has_any(&["Policy.Read.All"]) {
            return Err(GraphError::denied());
        }
    }
    entity::select::<UserRow<'_>>(names)
}

fn nickname(user: &User) -> &str {
    user.user_principal_name.split('@').next().unwrap_or_default()
}

/// Base64 of the on-premises GUID, made up from the object's own.
fn immutable_id(id: Uuid) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(id.into_bytes().map(|byte| !byte))
}

fn sign_in_activity(user: &User) -> Option<serde_json::Value> {
    let activity = &user.activity;
    activity.last_sign_in.or(activity.last_non_interactive)?;
    let request = |at: Option<chrono::DateTime<chrono::Utc>>, n: u128| {
        at.map(|at| Uuid::from_u128(user.id.as_u128() ^ (at.timestamp() as u128) ^ (n << 64)))
    };
    Some(json!({
        "lastSignInDateTime": instant(activity.last_sign_in),
        "lastSignInRequestId": request(activity.last_sign_in, 1),
        "lastNonInteractiveSignInDateTime": instant(activity.last_non_interactive),
        "lastNonInteractiveSignInRequestId": request(activity.last_non_interactive, 2),
        "lastSuccessfulSignInDateTime": instant(activity.last_successful),
        "lastSuccessfulSignInRequestId": request(activity.last_successful, 3)
    }))
}

struct Licences<'a>(&'a [&'static Product]);

impl Serialize for Licences<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Licence {
            disabled_plans: [Uuid; 0],
            sku_id: Uuid,
        }
        serializer.collect_seq(self.0.iter().map(|product| Licence { disabled_plans: [], sku_id: product.sku_id }))
    }
}

struct LicenceStates<'a>(&'a User);

impl Serialize for LicenceStates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.licences.iter().map(|product| {
            json!({
                "skuId": product.sku_id, "assignedByGroup": null, "disabledPlans": [], "state": "Active", "error": "None",
                "lastUpdatedDateTime": Instant(self.0.created_at)
            })
        }))
    }
}

struct Plans<'a>(&'a User);

impl Serialize for Plans<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plans = self.0.licences.iter().flat_map(|product| product.plans);
        serializer.collect_seq(plans.map(|plan| {
            json!({
                "assignedDateTime": Instant(self.0.created_at), "capabilityStatus": "Enabled", "service": plan.name,
                "servicePlanId": plan.id
            })
        }))
    }
}

struct ProxyAddresses<'a, 'b>(&'a UserRow<'b>);

impl Serialize for ProxyAddresses<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let UserRow { user, tenant } = self.0;
        let mut addresses = serializer.serialize_seq(None)?;
        if let (Some(mail), false) = (&user.mail, user.is_guest()) {
            addresses.serialize_element(&format_args!("SMTP:{mail}"))?;
            addresses.serialize_element(&format_args!("smtp:{}@{}", nickname(user), tenant.initial_domain))?;
        }
        addresses.end()
    }
}

pub(crate) struct ProvisioningErrors<'a>(pub &'a [ProvisioningError]);

impl Serialize for ProvisioningErrors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|error| {
            json!({
                "category": "PropertyConflict", "occurredDateTime": Instant(error.occurred_at),
                "propertyCausingError": error.property, "value": error.value
            })
        }))
    }
}

pub(crate) struct ServiceErrors<'a>(pub &'a [ServiceError]);

impl Serialize for ServiceErrors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|error| {
            json!({
                "@odata.type": "#microsoft.graph.serviceProvisioningXmlError",
                "createdDateTime": Instant(error.created_at), "isResolved": error.is_resolved,
                "serviceInstance": error.service_instance,
                "errorDetail": error.detail
            })
        }))
    }
}

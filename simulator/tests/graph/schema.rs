//! Every property name that Graph emits is one of Microsoft's schema, where that is at hand beside the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::TimeDelta;
use serde_json::Value;
use simulator::world::Kind;

use crate::reader::Reader;
use crate::subscriptions::{Listener, wanted};

/// Properties that Microsoft answers although the v1.0 schema lacks them: undocumented, or of beta.
const NOT_IN_V1: &[(&str, &str)] = &[
    ("user", "perUserMfaState"),
    ("signIn", "authenticationProtocol"),
    ("signIn", "authenticationRequirement"),
    ("signIn", "signInEventTypes"),
    ("signIn", "crossTenantAccessType"),
    ("signIn", "authenticationDetails"),
    ("organization", "onPremisesLastPasswordSyncDateTime"),
    ("organization", "directorySizeQuota"),
];

/// Types with their base type and properties with the names of their types.
struct Schema {
    types: BTreeMap<String, Type>,
    enums: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Default)]
struct Type {
    base: Option<String>,
    properties: BTreeMap<String, String>,
}

impl Schema {
    /// Reads the parts of CSDL that matter, line by line: the file has one element a line.
    fn read() -> Option<Schema> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = "shared/reference/graph-schema/graph-v1.0.csdl";
        let text =
            ["../..", "../../.."].iter().find_map(|up| std::fs::read_to_string(here.join(up).join(file)).ok())?;
        let (mut types, mut enums) = (BTreeMap::<String, Type>::new(), BTreeMap::<String, BTreeSet<String>>::new());
        let (mut current, mut of_enum) = (String::new(), false);
        for line in text.lines().map(str::trim) {
            let name = || attribute(line, "Name").unwrap_or_default();
            if line.starts_with("<Schema ") && attribute(line, "Namespace").is_some_and(|n| n != "microsoft.graph") {
                break;
            } else if line.starts_with("<EntityType ") || line.starts_with("<ComplexType ") {
                (current, of_enum) = (name(), false);
                types.entry(current.clone()).or_default().base = attribute(line, "BaseType").map(|base| plain(&base));
            } else if line.starts_with("<EnumType ") {
                (current, of_enum) = (name(), true);
            } else if line.starts_with("<Member ") && of_enum {
                enums.entry(current.clone()).or_default().insert(name());
            } else if line.starts_with("<Property ") || line.starts_with("<NavigationProperty ") {
                let kind = plain(&attribute(line, "Type").unwrap_or_default());
                types.entry(current.clone()).or_default().properties.insert(name(), kind);
            }
        }
        Some(Schema { types, enums })
    }

    fn property(&self, kind: &str, name: &str) -> Option<&str> {
        let found = self.types.get(kind)?;
        match found.properties.get(name) {
            Some(kind) => Some(kind),
            None => self.property(found.base.as_deref()?, name),
        }
    }

    /// Adds a sentence for every name and every value of an enumeration that is not in the schema.
    fn check(&self, kind: &str, value: &Value, wrong: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.check(kind, item, wrong)),
            Value::Object(map) => {
                let kind = map.get("@odata.type").and_then(Value::as_str).map_or_else(|| kind.to_owned(), plain);
                for (name, value) in map.iter().filter(|(name, _)| !name.contains('@')) {
                    match self.property(&kind, name) {
                        Some(inner) => self.check(inner, value, wrong),
                        None if NOT_IN_V1.contains(&(kind.as_str(), name.as_str())) => {}
                        None => {
                            wrong.insert(format!("{kind} has no {name}"));
                        }
                    }
                }
            }
            Value::String(text) => {
                if let Some(members) = self.enums.get(kind)
                    && !text.split(',').all(|part| members.contains(part))
                {
                    wrong.insert(format!("{kind} has no value {text}"));
                }
            }
            _ => {}
        }
    }
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let start = line.find(&format!(" {name}=\""))? + name.len() + 3;
    line[start..].split('"').next().map(String::from)
}

/// The name of a type without namespace and `Collection(…)`.
fn plain(kind: &str) -> String {
    let kind = kind.trim_start_matches('#').trim_start_matches("Collection(").trim_end_matches(')');
    kind.rsplit('.').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn properties_and_enumerations_are_microsofts() {
    let Some(schema) = Schema::read() else {
        println!("skipped: Microsoft's schema is not beside the repository (../shared/reference/graph-schema)");
        return;
    };
    assert!(
        schema.types.len() > 500 && schema.property("user", "displayName").is_some(),
        "the schema was not understood"
    );
    for (kind, name) in NOT_IN_V1 {
        assert!(schema.property(kind, name).is_none(), "{kind}.{name} is in the schema after all");
    }
    let reader = Reader::new().await;
    let complete = reader.tenant(Kind::CaComplete).await;
    reader
        .change(|world| {
            let principal = world.tenants.get_mut(&complete).unwrap().service_principal.as_mut().unwrap();
            principal.roles.insert("Directory.Read.All".into());
        })
        .await;
    let mut wrong = BTreeSet::new();
    let app = reader.simulator.announcement().client_id;
    let everything = "id,accountEnabled,assignedLicenses,assignedPlans,companyName,createdDateTime,creationType,deletedDateTime,\
                      department,displayName,externalUserState,externalUserStateChangeDateTime,givenName,identities,\
                      isResourceAccount,jobTitle,lastPasswordChangeDateTime,licenseAssignmentStates,mail,mailNickname,\
                      onPremisesDistinguishedName,onPremisesDomainName,onPremisesImmutableId,onPremisesLastSyncDateTime,\
                      onPremisesProvisioningErrors,onPremisesSamAccountName,onPremisesSyncEnabled,\
                      onPremisesUserPrincipalName,passwordPolicies,perUserMfaState,proxyAddresses,serviceProvisioningErrors,\
                      showInAddressList,signInActivity,signInSessionsValidFromDateTime,usageLocation,userType";
    let users = format!("/v1.0/users?$select={everything}");
    let principal = format!("/v1.0/servicePrincipals(appId='{app}')");
    let app_roles = format!("{principal}/appRoleAssignments");
    let grants = format!("{principal}/oauth2PermissionGrants");
    let with_principals = "/v1.0/roleManagement/directory/roleAssignments?$expand=principal";
    let pages = [
        (Kind::SyncObjectErrors, users.as_str(), "user"),
        (Kind::GuestsPending, "/v1.0/users", "user"),
        (Kind::SyncHealthy, "/v1.0/organization", "organization"),
        (Kind::SyncHealthy, "/beta/organization", "organization"),
        (Kind::CaComplete, "/v1.0/subscribedSkus", "subscribedSku"),
        (Kind::Federated, "/v1.0/domains", "domain"),
        (Kind::CaExcludedGroup, "/v1.0/groups", "group"),
        (Kind::CaComplete, "/v1.0/auditLogs/signIns", "signIn"),
        (Kind::CaComplete, "/beta/auditLogs/signIns", "signIn"),
        (Kind::CaComplete, "/v1.0/reports/authenticationMethods/userRegistrationDetails", "userRegistrationDetails"),
        (Kind::CaComplete, "/v1.0/identity/conditionalAccess/policies", "conditionalAccessPolicy"),
        (Kind::CaTrustedLocation, "/v1.0/identity/conditionalAccess/policies", "conditionalAccessPolicy"),
        (Kind::CaTrustedLocation, "/v1.0/identity/conditionalAccess/namedLocations", "namedLocation"),
        (Kind::CaComplete, "/v1.0/policies/authenticationStrengthPolicies", "authenticationStrengthPolicy"),
        (Kind::BreakGlass, "/v1.0/policies/authenticationMethodsPolicy", "authenticationMethodsPolicy"),
        (
            Kind::CaComplete,
            "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy",
            "identitySecurityDefaultsEnforcementPolicy",
        ),
        (Kind::CaComplete, "/v1.0/roleManagement/directory/roleDefinitions", "unifiedRoleDefinition"),
        (Kind::CaComplete, with_principals, "unifiedRoleAssignment"),
        (
            Kind::CaComplete,
            "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances",
            "unifiedRoleEligibilityScheduleInstance",
        ),
        (
            Kind::CaComplete,
            "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
            "unifiedRoleAssignmentScheduleInstance",
        ),
        (Kind::CaComplete, "/v1.0/directoryRoles", "directoryRole"),
        (Kind::CaComplete, "/v1.0/admin/reportSettings", "adminReportSettings"),
        (Kind::CaComplete, &principal, "servicePrincipal"),
        (Kind::SyncHealthy, "/v1.0/servicePrincipals", "servicePrincipal"),
        (Kind::SyncObjectErrors, "/v1.0/contacts", "orgContact"),
        (Kind::CaComplete, &app_roles, "appRoleAssignment"),
        (Kind::CaComplete, &grants, "oAuth2PermissionGrant"),
        (Kind::CaComplete, "/v1.0/subscriptions", "subscription"),
        (Kind::Partner, "/v1.0/tenantRelationships/delegatedAdminRelationships", "delegatedAdminRelationship"),
        (Kind::Partner, "/v1.0/tenantRelationships/delegatedAdminCustomers", "delegatedAdminCustomer"),
    ];
    let listener = Listener::willing().await;
    let subscription = wanted(&listener.url, reader.simulator.clock().now() + TimeDelta::days(1));
    let token = reader.token(complete).await;
    assert_eq!(reader.post(&token, "/v1.0/subscriptions", &subscription).await.status, 201);
    for (kind, path, of) in pages {
        let answer = reader.get_at(kind, path).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        let rows = answer.body.get("value").unwrap_or(&answer.body);
        assert!(!rows.as_array().is_some_and(Vec::is_empty), "{path} is empty");
        schema.check(of, rows, &mut wrong);
    }
    let users = reader.get_at(Kind::CaComplete, "/v1.0/users?$select=id").await;
    for user in users.rows() {
        let path = format!("/v1.0/users/{}/authentication/methods", user["id"].as_str().unwrap());
        let methods = reader.get_at(Kind::CaComplete, &path).await;
        schema.check("authenticationMethod", &methods.body["value"], &mut wrong);
    }
    for kind in [Kind::SyncHealthy, Kind::SyncObjectErrors, Kind::SyncDead, Kind::SyncLate] {
        let principals = reader.get_at(kind, "/v1.0/servicePrincipals").await;
        let principal = principals.rows().iter().find(|row| row["homepage"].is_string()).unwrap();
        let path = format!("/v1.0/servicePrincipals/{}/synchronization/jobs", principal["id"].as_str().unwrap());
        let jobs = reader.get_at(kind, &path).await;
        assert_eq!(jobs.rows().len(), 2, "{}", jobs.text);
        schema.check("synchronizationJob", &jobs.body["value"], &mut wrong);
    }
    let domain = reader.look(|world| world.tenants_of(Kind::Federated).next().unwrap().default_domain.clone()).await;
    let federation = reader.get_at(Kind::Federated, &format!("/v1.0/domains/{domain}/federationConfiguration")).await;
    schema.check("internalDomainFederation", &federation.body["value"], &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

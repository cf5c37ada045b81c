//! Every path that Graph answers: its handler, the permissions it takes, who may read it, what it costs.

use uuid::Uuid;

use super::call::{Answer, Call, Version};
use super::error::GraphError;
use super::throttle::Class;
use super::{
    devices, groups, organization, partner, policies, principals, registration, roles, sign_ins, synchronization,
    usage, users, users_delta,
};
use crate::world::roles::{GLOBAL_READER, REPORTS_READER, SECURITY_ADMINISTRATOR, SECURITY_READER};

/// One path.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Below the version; `{}` stands for a variable part.
    pub path: &'static str,
    pub beta_only: bool,
    /// Any of these application permissions; empty: not for application tokens.
    pub application: &'static [&'static str],
    /// Any of these delegated permissions.
    pub delegated: &'static [&'static str],
    /// The Entra roles that a person needs besides; empty: every member of the tenant.
    pub readers: &'static [Uuid],
    pub class: Class,
    /// In resource units, before the query's modifiers.
    pub units: u32,
    pub handler: fn(&Call<'_>) -> Result<Answer, GraphError>,
}

/// Directory data that every member may read.
const fn open(
    path: &'static str,
    permissions: &'static [&'static str],
    units: u32,
    handler: fn(&Call<'_>) -> Result<Answer, GraphError>,
) -> Endpoint {
    Endpoint {
        path,
        beta_only: false,
        application: permissions,
        delegated: permissions,
        readers: &[],
        class: Class::Directory,
        units,
        handler,
    }
}

/// Data for people with certain roles.
const fn guarded(
    path: &'static str,
    permissions: &'static [&'static str],
    readers: &'static [Uuid],
    class: Class,
    handler: fn(&Call<'_>) -> Result<Answer, GraphError>,
) -> Endpoint {
    Endpoint { readers, class, ..open(path, permissions, 1, handler) }
}

const fn beta(endpoint: Endpoint) -> Endpoint {
    Endpoint { beta_only: true, ..endpoint }
}

const SECURITY: &[Uuid] = &[SECURITY_READER, SECURITY_ADMINISTRATOR, GLOBAL_READER];
const LOGS: &[Uuid] = &[REPORTS_READER, SECURITY_READER, SECURITY_ADMINISTRATOR, GLOBAL_READER];
const READERS: &[Uuid] = &[GLOBAL_READER];

const USERS: &[&str] = &["User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All"];
const DELTA: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const ORGANIZATION: &[&str] = &["Organization.Read.All", "Directory.Read.All"];
const LICENCES: &[&str] = &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"];
const DOMAINS: &[&str] = &["Domain.Read.All", "Directory.Read.All"];
const FEDERATION: &[&str] = &["Domain-InternalFederation.Read.All", "Domain-InternalFederation.ReadWrite.All"];
const DEVICES: &[&str] = &["Device.Read.All", "Directory.Read.All"];
const GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
const POLICIES: &[&str] = &["Policy.Read.All"];
const METHOD_POLICIES: &[&str] = &["Policy.Read.AuthenticationMethod", "Policy.Read.All"];
const ROLES: &[&str] = &["RoleManagement.Read.Directory", "Directory.Read.All"];
const ELIGIBLE: &[&str] = &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"];
const ACTIVE: &[&str] = &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"];
const AUDIT: &[&str] = users::AUDIT_LOG;
const METHODS: &[&str] = &["UserAuthenticationMethod.Read.All"];
const REPORTS: &[&str] = &["Reports.Read.All"];
const REPORT_SETTINGS: &[&str] = &["ReportSettings.Read.All"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All"];
const CONTACTS: &[&str] = &["OrgContact.Read.All", "Directory.Read.All"];
const JOBS: &[&str] = &["Synchronization.Read.All"];
const GRANTS: &[&str] = &["Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All"];
const GDAP: &[&str] = &["DelegatedAdminRelationship.Read.All"];
const CONTRACTS: &[&str] = &["Directory.Read.All"];
const FIND_TENANT: &[&str] = &["CrossTenantInformation.ReadBasic.All"];
const PARTNER: &[&str] = &["PartnerSecurity.Read.All"];
const SYNC: &[&str] = &["OnPremDirectorySynchronization.Read.All"];

static ENDPOINTS: &[Endpoint] = &[
    open("/users", USERS, 2, users::list),
    open("/users/$count", USERS, 1, users::count),
    open("/users/delta", DELTA, 1, users_delta::list),
    open("/users/delta()", DELTA, 1, users_delta::list),
    open("/users/{}", USERS, 1, users::get),
    open("/directory/deletedItems/microsoft.graph.user", DELTA, 1, users::deleted),
    guarded("/users/{}/authentication/methods", METHODS, READERS, Class::Reports, registration::methods),
    beta(guarded(
        "/users/{}/authentication/requirements",
        POLICIES,
        SECURITY,
        Class::Reports,
        registration::requirements,
    )),
    guarded("/reports/authenticationMethods/userRegistrationDetails", AUDIT, LOGS, Class::Reports, registration::list),
    guarded("/auditLogs/signIns", AUDIT, LOGS, Class::Reports, sign_ins::list),
    open("/organization", ORGANIZATION, 1, organization::list),
    open("/devices", DEVICES, 1, devices::list),
    open("/subscribedSkus", LICENCES, 3, organization::subscriptions),
    open("/domains", DOMAINS, 1, organization::domains),
    guarded("/domains/{}/federationConfiguration", FEDERATION, SECURITY, Class::Directory, organization::federation),
    Endpoint {
        application: &[],
        ..guarded(
            "/directory/onPremisesSynchronization",
            SYNC,
            READERS,
            Class::Directory,
            organization::synchronization,
        )
    },
    guarded("/identity/conditionalAccess/policies", POLICIES, SECURITY, Class::ConditionalAccess, policies::list),
    guarded("/identity/conditionalAccess/policies/{}", POLICIES, SECURITY, Class::ConditionalAccess, policies::get),
    guarded(
        "/identity/conditionalAccess/namedLocations",
        POLICIES,
        SECURITY,
        Class::ConditionalAccess,
        policies::named_locations,
    ),
    guarded(
        "/policies/identitySecurityDefaultsEnforcementPolicy",
        POLICIES,
        SECURITY,
        Class::Directory,
        policies::security_defaults,
    ),
    guarded(
        "/policies/authenticationStrengthPolicies",
        METHOD_POLICIES,
        SECURITY,
        Class::Directory,
        policies::strengths,
    ),
    guarded("/policies/authenticationMethodsPolicy", METHOD_POLICIES, SECURITY, Class::Directory, policies::methods),
    open("/roleManagement/directory/roleDefinitions", ROLES, 1, roles::definitions),
    open("/roleManagement/directory/roleAssignments", ROLES, 1, roles::assignments),
    open("/directoryRoles", ROLES, 1, roles::activated),
    guarded(
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        ELIGIBLE,
        SECURITY,
        Class::Directory,
        roles::eligibilities,
    ),
    guarded(
        "/roleManagement/directory/roleAssignmentScheduleInstances",
        ACTIVE,
        SECURITY,
        Class::Directory,
        roles::active,
    ),
    open("/groups", GROUPS, 1, groups::list),
    open("/groups/{}", GROUPS, 1, groups::get),
    open("/groups/{}/members", GROUPS, 3, groups::members),
    open("/groups/{}/transitiveMembers", GROUPS, 5, groups::transitive_members),
    guarded("/reports/getEmailAppUsageUserDetail(period='{}')", REPORTS, LOGS, Class::UsageReports, usage::email_apps),
    guarded("/admin/reportSettings", REPORT_SETTINGS, LOGS, Class::Other, usage::settings),
    open("/contacts", CONTACTS, 1, organization::contacts),
    open("/servicePrincipals", APPLICATIONS, 1, principals::list),
    open("/servicePrincipals/{}/synchronization/jobs", JOBS, 1, synchronization::jobs),
    open("/servicePrincipals(appId='{}')", APPLICATIONS, 1, principals::get),
    open("/servicePrincipals(appId='{}')/appRoleAssignments", APPLICATIONS, 2, principals::app_role_assignments),
    open("/servicePrincipals(appId='{}')/oauth2PermissionGrants", GRANTS, 2, principals::permission_grants),
    open("/servicePrincipals/{}", APPLICATIONS, 1, principals::get),
    open("/servicePrincipals/{}/appRoleAssignments", APPLICATIONS, 2, principals::app_role_assignments),
    open("/servicePrincipals/{}/oauth2PermissionGrants", GRANTS, 2, principals::permission_grants),
    open("/oauth2PermissionGrants", GRANTS, 2, principals::permission_grants),
    guarded("/tenantRelationships/delegatedAdminRelationships", GDAP, READERS, Class::Other, partner::relationships),
    guarded(
        "/tenantRelationships/delegatedAdminRelationships/{}/accessAssignments",
        GDAP,
        READERS,
        Class::Other,
        partner::access_assignments,
    ),
    guarded("/tenantRelationships/delegatedAdminCustomers", GDAP, READERS, Class::Other, partner::customers),
    open("/contracts", CONTRACTS, 3, partner::contracts),
    open("/tenantRelationships/findTenantInformationByTenantId(tenantId='{}')", FIND_TENANT, 1, partner::find_tenant),
    open(
        "/tenantRelationships/findTenantInformationByDomainName(domainName='{}')",
        FIND_TENANT,
        1,
        partner::find_tenant,
    ),
    beta(guarded("/security/partner/securityScore", PARTNER, READERS, Class::Other, partner::security_score)),
    beta(guarded(
        "/security/partner/securityScore/customerInsights",
        PARTNER,
        READERS,
        Class::Other,
        partner::customer_insights,
    )),
];

/// The endpoint of a path below the version, with the path's variable parts.
pub(crate) fn find(version: Version, path: &str) -> Option<(&'static Endpoint, Vec<String>)> {
    let found = ENDPOINTS.iter().filter(|endpoint| version == Version::Beta || !endpoint.beta_only);
    let mut found = found.filter_map(|endpoint| Some((endpoint, parts(endpoint.path, path)?)));
    found.next()
}

/// The variable parts of `path`, if it fits the pattern. Letters match without regard to case, as Graph's do.
fn parts(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    let mut parts = Vec::new();
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return Some(parts),
            (Some(pattern), Some(segment)) => match pattern.split_once("{}") {
                None if pattern.eq_ignore_ascii_case(segment) => {}
                None => return None,
                Some((before, after)) => {
                    let start = segment.get(..before.len()).filter(|start| start.eq_ignore_ascii_case(before))?;
                    let rest = segment[start.len()..].strip_suffix(after)?;
                    parts.push(Some(rest).filter(|rest| !rest.is_empty())?.to_owned());
                }
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_endpoint_and_parts() {
        let path = |path| find(Version::V1, path).map(|(endpoint, parts)| (endpoint.path, parts));
        assert_eq!(path("/users"), Some(("/users", vec![])));
        assert_eq!(path("/users/delta"), Some(("/users/delta", vec![])));
        assert_eq!(path("/users/abc"), Some(("/users/{}", vec!["abc".into()])));
        assert_eq!(
            path("/servicePrincipals(appId='x')/appRoleAssignments"),
            Some(("/servicePrincipals(appId='{}')/appRoleAssignments", vec!["x".into()]))
        );
        assert_eq!(
            path("/reports/getEmailAppUsageUserDetail(period='D7')").map(|found| found.1),
            Some(vec!["D7".into()])
        );
        assert_eq!(path("/users/a/b"), None);
        assert_eq!(path("/users/a/authentication/requirements"), None);
        assert!(find(Version::Beta, "/users/a/authentication/requirements").is_some());
    }

    /// Paths that Microsoft's map leaves out.
    const NOT_IN_MAP: &[&str] = &["/users/$count", "/users/delta()", "/directory/deletedItems/microsoft.graph.user"];

    #[test]
    fn permissions_are_those_of_microsofts_map() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = "shared/reference/graph-schema/permissions.json";
        let found = ["../..", "../../.."].iter().find_map(|up| std::fs::read(here.join(up).join(file)).ok());
        let Some(bytes) = found else {
            println!("skipped: Microsoft's permission map is not beside the repository (../{file})");
            return;
        };
        let map: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let granted = |permission: &str, scheme: &str, path: &str| {
            map["permissions"][permission]["pathSets"].as_array().is_some_and(|sets| {
                sets.iter().any(|set| {
                    let has = |list: &str, name: &str| {
                        set[list].as_array().is_some_and(|all| all.iter().any(|one| one == name))
                    };
                    let paths = set["paths"].as_object();
                    has("schemeKeys", scheme)
                        && has("methods", "GET")
                        && paths.is_some_and(|paths| paths.keys().any(|known| known.eq_ignore_ascii_case(path)))
                })
            })
        };
        for endpoint in ENDPOINTS.iter().filter(|endpoint| !NOT_IN_MAP.contains(&endpoint.path)) {
            // `users/{id}`, `servicePrincipals/{id}` or a function with `={value}`, whichever the map has.
            let spellings = [
                endpoint.path.replace("{}", "{id}"),
                endpoint.path.replace("'{}'", "{value}"),
                endpoint.path.replace("(appId='{}')", "(appid={value})"),
                endpoint.path.replace("(appId='{}')", "/{id}"),
                endpoint.path.split('(').next().unwrap_or_default().to_owned(),
            ];
            for (scheme, permissions) in [("Application", endpoint.application), ("DelegatedWork", endpoint.delegated)]
            {
                for permission in permissions {
                    let is_known = spellings.iter().any(|path| granted(permission, scheme, path));
                    assert!(is_known, "{permission} ({scheme}) does not open {}", endpoint.path);
                }
            }
        }
    }
}

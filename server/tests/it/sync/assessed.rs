//! The same rules over the same tenant by two roads: synced over Graph into the store, and exported from Graph into files that
//! `tenantry assess` reads. Both must say the same of everybody.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::assess::{Report, read_folder};

use super::*;

const USERS: &str = "users?$top=999&$select=id,displayName,userPrincipalName,accountEnabled,userType,externalUserState,\
                     createdDateTime,assignedLicenses,onPremisesSyncEnabled,passwordPolicies";
const COLLECTIONS: [(&str, &str); 12] = [
    ("organization", "organization"),
    ("subscribedSkus", "subscribedSkus"),
    ("users", USERS),
    ("userRegistrationDetails", "reports/authenticationMethods/userRegistrationDetails"),
    ("conditionalAccessPolicies", "identity/conditionalAccess/policies"),
    ("namedLocations", "identity/conditionalAccess/namedLocations"),
    ("authenticationStrengthPolicies", "policies/authenticationStrengthPolicies"),
    ("roleDefinitions", "roleManagement/directory/roleDefinitions"),
    ("roleAssignments", "roleManagement/directory/roleAssignments"),
    ("roleEligibilityScheduleInstances", "roleManagement/directory/roleEligibilityScheduleInstances"),
    ("domains", "domains"),
    ("perUserMfaStates", "users?$top=999&$select=id,perUserMfaState"),
];
const SINGLETONS: [(&str, &str); 2] = [
    ("authenticationMethodsPolicy", "policies/authenticationMethodsPolicy"),
    ("identitySecurityDefaultsEnforcementPolicy", "policies/identitySecurityDefaultsEnforcementPolicy"),
];

/// A folder of what Graph answers, as an administrator would save it.
struct Exported<'h> {
    house: &'h House,
    token: String,
    folder: PathBuf,
}

impl Exported<'_> {
    async fn get(&self, url: &str) -> Option<Value> {
        let answer = self.house.graph.http().get(url).bearer_auth(&self.token).send().await.unwrap();
        if answer.status().is_success() { Some(answer.json().await.unwrap()) } else { None }
    }

    /// Every page of a collection; `None`: refused, as for want of a licence.
    async fn rows(&self, path: &str) -> Option<Vec<Value>> {
        let mut url = format!("{}v1.0/{path}", Url::parse(&self.house.simulator.announcement().graph_url).unwrap());
        let mut rows = Vec::new();
        loop {
            let mut page = self.get(&url).await?;
            rows.append(page["value"].as_array_mut().unwrap());
            match page["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return Some(rows),
            }
        }
    }

    fn write(&self, name: &str, value: &Value) {
        let path = self.folder.join(format!("{name}.json"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    }

    async fn fetch(&self) {
        let mut named = BTreeSet::new();
        for (name, path) in COLLECTIONS {
            let Some(mut rows) = self.rows(path).await else { continue };
            if name == "perUserMfaStates" {
                self.states_one_by_one(&mut rows).await;
            }
            if name == "conditionalAccessPolicies" {
                for line in ["includeGroups", "excludeGroups"] {
                    let ids = rows.iter().filter_map(|policy| policy["conditions"]["users"][line].as_array()).flatten();
                    named.extend(ids.filter_map(Value::as_str).map(str::to_owned));
                }
            }
            if name == "domains" {
                self.federations(&rows).await;
            }
            self.write(name, &json!({ "value": rows }));
        }
        for (name, path) in SINGLETONS {
            let url = format!("{}v1.0/{path}", Url::parse(&self.house.simulator.announcement().graph_url).unwrap());
            if let Some(object) = self.get(&url).await {
                self.write(name, &object);
            }
        }
        self.groups(named).await;
    }

    /// Some tenants do not answer the property of a list.
    async fn states_one_by_one(&self, rows: &mut [Value]) {
        let graph = Url::parse(&self.house.simulator.announcement().graph_url).unwrap();
        for row in rows.iter_mut().filter(|row| row["perUserMfaState"].is_null()) {
            let url = format!("{graph}beta/users/{}/authentication/requirements", row["id"].as_str().unwrap());
            row["perUserMfaState"] = self.get(&url).await.unwrap()["perUserMfaState"].take();
        }
    }

    async fn federations(&self, domains: &[Value]) {
        let mut all = Vec::new();
        for domain in domains.iter().filter(|domain| domain["authenticationType"] == "Federated") {
            let id = domain["id"].as_str().unwrap();
            for mut row in self.rows(&format!("domains/{id}/federationConfiguration")).await.unwrap_or_default() {
                row["domain"] = json!(id);
                all.push(row);
            }
        }
        self.write("federationConfigurations", &json!(all));
    }

    /// The groups that policies name, with their direct members, and the groups within them.
    async fn groups(&self, named: BTreeSet<String>) {
        let all = self.rows("groups?$select=id,displayName").await.unwrap();
        self.write("groups", &json!({ "value": all }));
        let mut waiting: Vec<String> = named.into_iter().collect();
        // Groups can hold roles, too.
        waiting.extend(all.iter().filter_map(|group| group["id"].as_str().map(str::to_owned)));
        let mut done = BTreeSet::new();
        while let Some(group) = waiting.pop() {
            if !done.insert(group.clone()) {
                continue;
            }
            let Some(members) = self.rows(&format!("groups/{group}/members")).await else { continue };
            let groups = members.iter().filter(|member| member["@odata.type"] == "#microsoft.graph.group");
            waiting.extend(groups.filter_map(|group| group["id"].as_str().map(str::to_owned)));
            self.write(&format!("groupMembers/{group}"), &json!({ "value": members }));
        }
    }
}

async fn assessed(house: &House, tenant: TenantId, folder: &Path) -> HashMap<String, Verdict> {
    let token = house.tokens.get(tenant, Resource::Graph).await.unwrap().secret.expose_secret().to_owned();
    let exported = Exported { house, token, folder: folder.to_owned() };
    exported.fetch().await;
    let report = Report::new(&read_folder(folder).unwrap());
    report.users.into_iter().map(|user| (user.user_principal_name, user.verdict)).collect()
}

#[rstest]
#[case::complete(Kind::CaComplete)]
#[case::excluded_group(Kind::CaExcludedGroup)]
#[case::compliant_device(Kind::CaCompliantDevice)]
#[case::trusted_location(Kind::CaTrustedLocation)]
#[case::excluded_app(Kind::CaAppExcluded)]
#[case::report_only(Kind::CaReportOnly)]
#[case::security_defaults(Kind::SecurityDefaults)]
#[case::per_user_mfa(Kind::PerUserMfa)]
#[case::federated(Kind::Federated)]
#[case::break_glass(Kind::BreakGlass)]
#[case::no_licence(Kind::NoP1)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_judged_as_the_synced_tenant_is(#[case] kind: Kind) {
    let house = House::open().await;
    let tenant = house.connect_kind(kind).await;
    house.drain().await;
    let synced = house.verdicts(tenant).await;
    let folder = std::env::temp_dir().join(format!("tenantry-exported-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    let assessed = assessed(&house, tenant, &folder).await;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(synced.len() > 5, "{synced:?}");
    let differ: Vec<_> = synced.iter().filter(|(name, verdict)| assessed.get(*name) != Some(*verdict)).collect();
    if !differ.is_empty() {
        use app::backend::Tenants as _;
        let users = house.facts(tenant).await.users;
        let one = users.iter().find(|user| differ.iter().any(|(name, _)| **name == user.user_principal_name)).unwrap();
        let told = house.services().get_user(&super::technician(), tenant, one.id).await.unwrap();
        let assessed: Vec<_> = differ.iter().map(|(name, _)| assessed.get(*name)).collect();
        let unfinished = house.unfinished(tenant).await;
        panic!("synced: {differ:?}; assessed: {assessed:?}; of one: {:?}; datasets: {unfinished:?}", told.judgement);
    }
    assert_eq!(synced.len(), assessed.len());
}

//! `tenantry assess`, as a person or a script runs it: the real program over folders of exported JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

const ADA: &str = "11111111-0000-4000-8000-000000000001";
const BOB: &str = "11111111-0000-4000-8000-000000000002";
const STAFF: &str = "22222222-0000-4000-8000-000000000001";
const NESTED: &str = "22222222-0000-4000-8000-000000000002";

/// A folder of files, gone at the end.
struct Export(PathBuf);

impl Export {
    fn empty() -> Self {
        let folder = std::env::temp_dir().join(format!("tenantry-assess-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// Two people, everything known, nothing enforced; the second has registered nothing.
    fn bare() -> Self {
        let export = Self::empty();
        export
            .json("organization", json!({"value": [{"id": "33333333-0000-4000-8000-000000000001", "displayName": "Contoso",
                "verifiedDomains": [{"name": "contoso.example", "isDefault": true}]}]}))
            .json("users", json!({"value": [person(ADA, "ada"), person(BOB, "bob")]}))
            .json("userRegistrationDetails", json!([
                {"id": ADA, "isMfaRegistered": true, "isMfaCapable": true, "methodsRegistered": ["fido2SecurityKey"]},
                {"id": BOB, "isMfaRegistered": false, "isMfaCapable": false, "methodsRegistered": []}]))
            .json("conditionalAccessPolicies", json!({"value": []}))
            .json("namedLocations", json!([]))
            .json("authenticationStrengthPolicies", json!([]))
            .json("identitySecurityDefaultsEnforcementPolicy", json!({"isEnabled": false}))
            .json("roleAssignments", json!([]))
            .json("groups", json!([{"id": STAFF, "displayName": "Staff"}, {"id": NESTED, "displayName": "Night shift"}]))
            .json("domains", json!([{"id": "contoso.example", "authenticationType": "Managed", "isDefault": true, "isVerified": true}]))
            .json("perUserMfaStates", json!([{"id": ADA, "perUserMfaState": "disabled"}, {"id": BOB, "perUserMfaState": "disabled"}]));
        export
    }

    fn json(&self, dataset: &str, value: Value) -> &Self {
        self.file(&format!("{dataset}.json"), value.to_string().as_bytes())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> &Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn without(&self, dataset: &str) -> &Self {
        fs::remove_file(self.0.join(format!("{dataset}.json"))).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        assess(&self.0, arguments)
    }

    fn report(&self) -> Value {
        let output = self.run(&["--format", "json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn verdicts(&self) -> [String; 2] {
        let report = self.report();
        [ADA, BOB].map(|id| user(&report, id)["verdict"].as_str().unwrap().to_owned())
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        let _best_effort = fs::remove_dir_all(&self.0);
    }
}

fn assess(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantry")).arg("assess").arg(folder).args(arguments).output().unwrap()
}

fn person(id: &str, name: &str) -> Value {
    json!({"id": id, "userPrincipalName": format!("{name}@contoso.example"), "displayName": name, "accountEnabled": true,
        "userType": "Member", "accountEnabled@odata.type": "#Boolean", "somethingNew": {"x": 1}})
}

fn user<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["users"].as_array().unwrap().iter().find(|user| user["id"] == id).unwrap()
}

fn policy(name: &str, users: Value, control: &str) -> Value {
    json!({"id": format!("id of {name}"), "displayName": name, "state": "enabled", "state@odata.type": "#String",
        "conditions": {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": users},
        "grantControls": {"operator": "OR", "builtInControls": [control]}})
}

fn everybody() -> Value {
    json!({"includeUsers": ["All"]})
}

#[test]
fn what_nothing_protects_is_said_with_its_reason() {
    let report = Export::bare().report();
    assert_eq!(report["tenant"]["displayName"], "Contoso");
    assert_eq!(
        report["totals"],
        json!({"users": 2, "unprotected": 2, "partial": 0, "protected": 0, "enrolment_open": 0,
        "cannot_sign_in": 0, "unknown": 0})
    );
    let ada = user(&report, ADA);
    assert_eq!((ada["verdict"].as_str(), ada["phishingResistant"].as_bool()), (Some("unprotected"), Some(true)));
    assert_eq!(ada["holes"][0]["summary"], "Any app from any client");
    assert!(ada["reasons"][0]["text"].as_str().unwrap().starts_with("Nothing asks this account for a second factor"));
    assert_eq!(ada["reasons"][0]["source"], "security_defaults");
}

#[test]
fn one_policy_for_all_protects_who_is_registered() {
    let export = Export::bare();
    export.json("conditionalAccessPolicies", json!({"value": [policy("MFA", everybody(), "mfa")]}));
    assert_eq!(export.verdicts(), ["protected", "enrolment_open"]);
    let report = export.report();
    let told = &report["policies"][0];
    assert_eq!((told["displayName"].as_str(), told["state"].as_str()), (Some("MFA"), Some("enabled")));
    assert_eq!((told["effect"].as_str(), told["covers"].as_u64()), (Some("Demands MFA for all apps."), Some(2)));
    assert_eq!(told["uncertain"], json!([]));
}

#[test]
fn a_hole_is_told_in_graphs_words() {
    let export = Export::bare();
    let mut modern = policy("MFA", everybody(), "mfa");
    modern["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
    export.json("conditionalAccessPolicies", json!([modern]));
    let report = export.report();
    let ada = user(&report, ADA);
    assert_eq!(ada["verdict"], "partial");
    assert_eq!(
        ada["holes"],
        json!([{"apps": [], "clientAppTypes": ["exchangeActiveSync", "other"], "platforms": [], "locations": [],
        "summary": "Exchange ActiveSync and other legacy clients, any app"}])
    );
}

#[test]
fn groups_are_followed_to_their_end() {
    let export = Export::bare();
    export
        .json("conditionalAccessPolicies", json!([policy("Staff", json!({"includeGroups": [STAFF]}), "mfa")]))
        .json(
            &format!("groupMembers/{STAFF}"),
            json!({"value": [{"@odata.type": "#microsoft.graph.group", "id": NESTED}]}),
        )
        // A circle does no harm.
        .json(&format!("groupMembers/{NESTED}"), json!([{"id": ADA}, {"id": STAFF}]));
    assert_eq!(export.verdicts(), ["protected", "unprotected"]);
    let policies = &export.report()["policies"];
    assert_eq!((policies[0]["names"].as_str(), policies[0]["covers"].as_u64()), (Some("Group “Staff”"), Some(1)));
}

#[test]
fn a_group_that_leads_nowhere_proves_nothing() {
    let export = Export::bare();
    let users = json!({"includeUsers": ["All"], "excludeGroups": [STAFF]});
    export
        .json("conditionalAccessPolicies", json!([policy("MFA", users, "mfa")]))
        .json(&format!("groupMembers/{STAFF}"), json!([{"@odata.type": "#microsoft.graph.group", "id": NESTED}]));
    assert_eq!(export.verdicts(), ["unknown", "unknown"]);
    let missing = export.report()["missing"].to_string();
    assert!(missing.contains(NESTED), "{missing}");
}

#[test]
fn an_exclusion_is_told_with_whom_it_leaves_out() {
    let export = Export::bare();
    let users = json!({"includeUsers": ["All"], "excludeGroups": [STAFF]});
    export
        .json("conditionalAccessPolicies", json!([policy("MFA", users, "mfa")]))
        .json(&format!("groupMembers/{STAFF}"), json!([{"id": BOB}]));
    assert_eq!(export.verdicts(), ["protected", "unprotected"]);
    let left_out = &export.report()["policies"][0]["leavesOut"];
    assert_eq!(left_out, &json!([{"through": "Group “Staff”", "users": [BOB]}]));
}

#[test]
fn policies_may_be_one_a_file_and_a_broken_one_counts_for_nothing() {
    let export = Export::bare();
    export.without("conditionalAccessPolicies");
    let bytes: Vec<u8> = format!("\u{FEFF}{}", policy("Ada", json!({"includeUsers": [ADA]}), "mfa"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    export.file("conditionalAccessPolicies/CA001 Ada.json", &bytes);
    assert_eq!(export.verdicts(), ["protected", "unprotected"]);
    export.file("conditionalAccessPolicies/CA002.json", b"{\n  \"id\": \"x\",\n  \"state\" \"enabled\"\n}");
    assert_eq!(export.verdicts(), ["protected", "unknown"]);
    let missing = export.report()["missing"].to_string();
    assert!(missing.contains("CA002.json, line 3, column 11"), "{missing}");
}

#[test]
fn a_broken_file_is_named_and_the_rest_is_assessed() {
    let export = Export::bare();
    export
        .json("conditionalAccessPolicies", json!([policy("MFA", everybody(), "mfa")]))
        .file("userRegistrationDetails.json", b"{\"value\": [\n  {\"id\": 7}\n]}");
    let report = export.report();
    let ada = user(&report, ADA);
    assert_eq!((ada["verdict"].as_str(), ada["registration"].as_str()), (Some("protected"), Some("unknown")));
    let missing = report["missing"].to_string();
    assert!(missing.contains("userRegistrationDetails.json, line 2, column 10"), "{missing}");
}

#[test]
fn without_the_registration_report_enforcement_is_all_that_is_said() {
    let export = Export::bare();
    export
        .json("conditionalAccessPolicies", json!([policy("MFA", everybody(), "mfa")]))
        .without("userRegistrationDetails");
    let report = export.report();
    let bob = user(&report, BOB);
    assert_eq!((bob["verdict"].as_str(), bob["registration"].as_str()), (Some("protected"), Some("unknown")));
}

#[test]
fn without_policies_and_security_defaults_nothing_is_known() {
    let export = Export::bare();
    export.without("conditionalAccessPolicies").without("identitySecurityDefaultsEnforcementPolicy");
    assert_eq!(export.verdicts(), ["unknown", "unknown"]);
    let report = export.report();
    assert_eq!(user(&report, ADA)["unknownCause"], "not_yet_read");
    let missing: Vec<_> =
        report["missing"].as_array().unwrap().iter().map(|row| row["dataset"].as_str().unwrap()).collect();
    assert!(missing.contains(&"conditionalAccessPolicies"), "{missing:?}");
}

#[test]
fn a_page_of_more_is_not_taken_for_the_whole() {
    let export = Export::bare();
    let users = json!({"includeUsers": ["All"], "excludeGroups": [STAFF]});
    export.json("conditionalAccessPolicies", json!([policy("MFA", users, "mfa")])).json(
        &format!("groupMembers/{STAFF}"),
        json!({"value": [{"id": BOB}], "@odata.nextLink": "https://graph.example/next"}),
    );
    assert_eq!(export.verdicts(), ["unknown", "unknown"]);
}

#[test]
fn roles_count_through_groups_and_without_expanded_principals() {
    const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
    let export = Export::bare();
    export
        .json(
            "conditionalAccessPolicies",
            json!([policy("Admins", json!({"includeRoles": [GLOBAL_ADMINISTRATOR]}), "mfa")]),
        )
        .json(
            "roleAssignments",
            json!([{"principalId": STAFF, "roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": "/"}]),
        )
        .json(&format!("groupMembers/{STAFF}"), json!([{"id": ADA}]));
    assert_eq!(export.verdicts(), ["protected", "unprotected"]);
}

#[test]
fn a_federated_domain_is_told_by_its_configuration() {
    let export = Export::bare();
    export
        .json("conditionalAccessPolicies", json!([policy("MFA", everybody(), "mfa")]))
        .json("domains", json!([{"id": "contoso.example", "authenticationType": "Federated"}]))
        .json(
            "federationConfigurations",
            json!([{"issuerUri": "http://idp.example", "federatedIdpMfaBehavior": "enforceMfaByFederatedIdp"}]),
        );
    let report = export.report();
    let bob = user(&report, BOB);
    assert_eq!((bob["verdict"].as_str(), bob["registration"].as_str()), (Some("protected"), Some("external")));
}

#[rstest]
#[case::unprotected(&["--fail-on", "unprotected"], 1)]
#[case::one_of_several(&["--fail-on", "partial,unprotected"], 1)]
#[case::not_there(&["--fail-on", "partial"], 0)]
#[case::not_asked(&[], 0)]
#[case::no_verdict(&["--fail-on", "green"], 2)]
#[case::nobody(&["--user", "eve@contoso.example"], 2)]
fn the_exit_status_is_for_scripts(#[case] arguments: &[&str], #[case] expected: i32) {
    assert_eq!(Export::bare().run(arguments).status.code(), Some(expected));
}

#[test]
fn what_cannot_be_used_ends_with_two_and_says_why() {
    let said = |output: Output| (output.status.code(), String::from_utf8(output.stderr).unwrap());
    let (code, why) = said(assess(Path::new("/nowhere/at all"), &[]));
    assert_eq!((code, why.contains("is not a folder")), (Some(2), true), "{why}");
    let (code, why) = said(Export::empty().run(&[]));
    assert_eq!((code, why.contains("holds none of the files")), (Some(2), true), "{why}");
}

#[test]
fn people_read_a_table_and_one_account_at_length() {
    let export = Export::bare();
    export
        .json("conditionalAccessPolicies", json!([policy("MFA\u{1b}[2J", everybody(), "mfa")]))
        .without("perUserMfaStates");
    let table = String::from_utf8(export.run(&[]).stdout).unwrap();
    insta::assert_snapshot!(table);
    let explained = String::from_utf8(export.run(&["--user", "BOB@contoso.example"]).stdout).unwrap();
    insta::assert_snapshot!(explained);
}

#[test]
fn legacy_clients_are_listed_from_sign_ins_or_else_from_the_usage_report() {
    let told = |export: &Export| -> Vec<String> {
        let rows = export.report()["legacyClients"].as_array().unwrap().clone();
        rows.iter().map(|row| format!("{} {}", row["userPrincipalName"].as_str().unwrap(), row["protocol"])).collect()
    };
    let export = Export::bare();
    assert!(export.report()["legacyClients"].is_null(), "nothing was looked at, and nothing is not none");
    let usage = "\u{FEFF}Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,\
                 Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For Mobile,Other For Mobile,Outlook For Web,\
                 POP3 App,IMAP4 App,SMTP App,Report Period\n\
                 2026-11-20,bob@contoso.example,Bob,False,,2026-11-19,0,0,0,0,0,0,3,0,0,30\n";
    export.file("emailAppUsageUserDetail.csv", usage.as_bytes());
    assert_eq!(told(&export), ["bob@contoso.example \"POP\""]);
    export.json(
        "signIns",
        json!([{"id": "s1", "createdDateTime": "2026-11-20T08:00:00Z", "userId": ADA, "userPrincipalName": "ada@contoso.example",
            "clientAppUsed": "Authenticated SMTP", "ipAddress": "198.51.100.7", "status": {"errorCode": 0}}]),
    );
    assert_eq!(told(&export), ["ada@contoso.example \"SMTP AUTH\""]);
}

#[test]
fn a_change_is_tried_without_changing_what_is() {
    let export = Export::bare();
    let tried = |changes: &[&str]| -> Value {
        let arguments: Vec<&str> =
            changes.iter().flat_map(|change| ["--try", change]).chain(["--format", "json"]).collect();
        let output = export.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let report = tried(&["add:mfa_for_all"]);
    assert_eq!((&report["totals"]["unprotected"], &report["tried"]["totals"]["protected"]), (&json!(2), &json!(1)));
    assert_eq!(report["tried"]["moved"].as_array().unwrap().len(), 2);
    assert!(report["tried"]["stopped"].to_string().contains("Nothing is registered"), "{report}");
    assert_eq!(tried(&["defaults:on"])["tried"]["moved"].as_array().unwrap().len(), 2);
    let table = String::from_utf8(export.run(&["--try", "add:mfa_for_all"]).stdout).unwrap();
    assert!(table.contains("2 accounts would change their verdict, 1 would be stopped."), "{table}");
    assert_eq!(export.run(&["--try", "sideways:x"]).status.code(), Some(2));
}

/// Policies of real life, kept outside the repository.
#[test]
fn every_policy_of_the_corpus_is_read_and_described() {
    let corpus =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/conditional-access-filipin/PolicySets");
    let Ok(sets) = fs::read_dir(&corpus) else {
        eprintln!("skipped: there is no corpus at {}", corpus.display());
        return;
    };
    let mut described = 0;
    for set in sets {
        let export = Export::bare();
        export.without("conditionalAccessPolicies");
        let mut files = 0;
        for file in fs::read_dir(set.unwrap().path()).unwrap().map(|file| file.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            if !name.ends_with(".json") {
                continue;
            }
            export.file(&format!("conditionalAccessPolicies/{name}"), &fs::read(&file).unwrap());
            files += 1;
        }
        if files == 0 {
            continue;
        }
        let report = export.report();
        let missing = report["missing"].to_string();
        assert!(!missing.contains("conditionalAccessPolicies"), "{missing}");
        let policies = report["policies"].as_array().unwrap();
        assert_eq!(policies.len(), files);
        for policy in policies {
            let effect = policy["effect"].as_str().unwrap();
            assert!(effect.len() > 20 && effect.ends_with('.'), "{policy}");
            described += 1;
        }
    }
    assert!(described > 100, "{described}");
}

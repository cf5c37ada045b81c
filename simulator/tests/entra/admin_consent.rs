//! Admin consent in both forms.

use std::collections::HashMap;

use reqwest::Response;
use simulator::world::Kind;
use uuid::Uuid;

use crate::guest::{CALLBACK, GRAPH, Guest, key, landing};

struct Form {
    path: &'static str,
    /// The query parameters that this form has and the other has not.
    own: &'static [(&'static str, &'static str)],
    /// What the addresses of its posts end in.
    marker: &'static str,
}

const FORMS: [Form; 2] = [
    Form { path: "/v2.0/adminconsent", own: &[("scope", GRAPH)], marker: "" },
    Form { path: "/adminconsent", own: &[], marker: "?older=true" },
];

fn query(guest: &Guest, more: &[(&str, &str)]) -> String {
    let id = guest.simulator.announcement().client_id.to_string();
    let mut fields = vec![("client_id", id.as_str()), ("redirect_uri", CALLBACK), ("state", "the state")];
    fields.extend(more);
    serde_urlencoded::to_string(fields).unwrap()
}

async fn step(guest: &Guest, realm: &str, step: &str, request: &str, person: &str, decision: &str) -> Response {
    let form = [("request", request), ("person", person), ("decision", decision)];
    guest.post(&format!("/{realm}/adminconsent/{step}"), &form).await
}

async fn administrator(guest: &Guest, tenant: Uuid) -> String {
    let people = &guest.simulator.announcement().people;
    key(people.iter().find(|person| person.tenant_id == tenant && person.demo_role == "client_admin").unwrap())
}

#[tokio::test]
async fn acceptance_grants_everything_that_the_registration_lists() {
    for Form { path, own, marker } in FORMS {
        let guest = Guest::new().await;
        let tenant = guest.client_of(Kind::ConsentWithdrawn).await;
        let realm = tenant.to_string();
        let request = query(&guest, own);
        let person = administrator(&guest, tenant).await;
        assert_eq!(guest.app_token(tenant).await.code(), 7_000_229);

        let page =
            guest.http.get(guest.url(&format!("/{realm}{path}?{request}"))).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&person));
        let page = step(&guest, &realm, &format!("login{marker}"), &request, &person, "").await.text().await.unwrap();
        assert!(
            page.contains("User.Read.All") && page.contains(">Accept</button>") && page.contains(">Cancel</button>")
        );
        let landed = landing(&step(&guest, &realm, &format!("decision{marker}"), &request, &person, "accept").await);
        let mut expected = HashMap::from([("admin_consent", "True"), ("tenant", &realm), ("state", "the state")]);
        expected.extend(own.iter().copied());
        assert_eq!(landed, expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());

        let answer = guest.app_token(tenant).await;
        let verified = guest.simulator.tokens().verify(answer.access_token()).unwrap();
        let required = guest.simulator.world().read().await.app.required_roles.clone();
        assert_eq!(verified.roles, required);
    }
}

#[tokio::test]
async fn refusal_changes_nothing() {
    let guest = Guest::new().await;
    let tenant = guest.client_of(Kind::ConsentWithdrawn).await;
    let realm = tenant.to_string();
    let person = administrator(&guest, tenant).await;

    let request = query(&guest, &[("scope", GRAPH)]);
    let landed = landing(&step(&guest, &realm, "decision", &request, &person, "cancel").await);
    assert_eq!((landed["admin_consent"].as_str(), landed["error"].as_str()), ("True", "consent_required"));
    assert!(landed["error_description"].starts_with("AADSTS65004"));

    let request = query(&guest, &[]);
    let landed = landing(&step(&guest, &realm, "decision?older=true", &request, &person, "cancel").await);
    assert_eq!(landed["error"], "permission_denied");
    assert_eq!(landed["error_description"], "The admin canceled the request");
    assert!(!landed.contains_key("tenant"));
    assert_eq!(guest.app_token(tenant).await.code(), 7_000_229);
}

#[tokio::test]
async fn only_an_administrator_can_accept() {
    let guest = Guest::new().await;
    let viewer = guest.person("viewer");
    let realm = viewer.tenant_id.to_string();
    guest.change(|world| world.tenants.get_mut(&viewer.tenant_id).unwrap().service_principal = None).await;
    let request = query(&guest, &[("scope", GRAPH)]);
    let page = step(&guest, &realm, "login", &request, &key(&viewer), "").await.text().await.unwrap();
    assert!(page.contains("Need admin approval") && !page.contains(">Accept</button>"));
    let landed = landing(&step(&guest, &realm, "decision", &request, &key(&viewer), "accept").await);
    assert!(landed["error_description"].starts_with("AADSTS90094"));
    assert_eq!(guest.app_token(viewer.tenant_id).await.code(), 7_000_229);
}

#[tokio::test]
async fn a_request_without_scope_client_or_address_shows_a_page() {
    let guest = Guest::new().await;
    let show = async |path: &str, query: String| {
        let response = guest.http.get(guest.url(&format!("{path}?{query}"))).send().await.unwrap();
        assert_eq!(response.status(), 400);
        response.text().await.unwrap()
    };
    assert!(show("/organizations/v2.0/adminconsent", query(&guest, &[])).await.contains("AADSTS900144"));
    let named = query(&guest, &[("scope", GRAPH)]);
    assert!(show("/common/v2.0/adminconsent", named.clone()).await.contains("AADSTS50059"));
    assert!(show("/nowhere.example/v2.0/adminconsent", named).await.contains("AADSTS90002"));
    let foreign = "client_id=x&redirect_uri=http://127.0.0.1:9/callback".to_owned();
    assert!(show("/organizations/adminconsent", foreign).await.contains("AADSTS700016"));
}

//! A technician who comes through GDAP: what they may read, and how it ends.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use simulator::world::Kind;
use simulator::{Options, Simulator};
use uuid::Uuid;

use crate::guest::{GRAPH, Guest};
use crate::reader::{Answer, Reader, answer};

/// One simulator, seen from the sign-in page and from Graph.
struct Technician {
    guest: Guest,
    refresh_token: String,
}

impl Technician {
    async fn new() -> Technician {
        let guest = Guest::with(Options { users_per_tenant: 20, ..Options::default() }).await;
        let refresh_token = guest.refresh_token(&guest.person("technician")).await;
        Technician { guest, refresh_token }
    }

    fn simulator(&self) -> &Simulator {
        &self.guest.simulator
    }

    async fn token(&self, tenant: Uuid, scope: &str) -> String {
        let form = [("grant_type", "refresh_token"), ("refresh_token", &self.refresh_token), ("scope", scope)];
        self.guest.token(&tenant.to_string(), &form).await.access_token().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        let url = format!("{}{path}", self.simulator().announcement().graph_url);
        answer(self.guest.http.get(url).bearer_auth(token)).await
    }

    /// A consented client with a relationship.
    async fn client(&self) -> Uuid {
        let world = self.simulator().world().read().await;
        let has_both =
            |kind| world.tenants_of(kind).find(|tenant| tenant.gdap.is_some() && tenant.service_principal.is_some());
        has_both(Kind::GdapEnding).unwrap().id
    }
}

#[tokio::test]
async fn a_technician_reads_what_the_roles_allow_until_the_relationship_ends() {
    let technician = Technician::new().await;
    let client = technician.client().await;
    let token = technician.token(client, GRAPH).await;
    for path in [
        "/v1.0/users?$top=1",
        "/v1.0/identity/conditionalAccess/policies",
        "/v1.0/auditLogs/signIns?$top=1",
        "/v1.0/directory/onPremisesSynchronization",
    ] {
        let read = technician.get(&token, path).await;
        assert_eq!(read.status, StatusCode::OK, "{path}: {}", read.text);
    }
    let roles = |ids: Vec<Uuid>| {
        technician.guest.change(move |world| {
            world.tenants.get_mut(&client).unwrap().gdap.as_mut().unwrap().role_definition_ids = ids;
        })
    };
    roles(vec![simulator::world::roles::HELPDESK_ADMINISTRATOR]).await;
    let denied = technician.get(&token, "/v1.0/identity/conditionalAccess/policies").await;
    assert_eq!((denied.status, denied.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"));
    assert_eq!(technician.get(&token, "/v1.0/users?$top=1").await.status, StatusCode::OK);

    let now = technician.simulator().clock().now();
    technician
        .guest
        .change(|world| {
            world.tenants.get_mut(&client).unwrap().gdap.as_mut().unwrap().ends_at = now - TimeDelta::minutes(1);
        })
        .await;
    assert_eq!(technician.get(&token, "/v1.0/users?$top=1").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_member_without_a_role_reads_the_directory_and_no_logs() {
    let guest = Guest::with(Options { users_per_tenant: 20, ..Options::default() }).await;
    let person = guest.person("account_manager");
    let refresh_token = guest.refresh_token(&person).await;
    let technician = Technician { guest, refresh_token };
    let token = technician.token(person.tenant_id, GRAPH).await;
    assert_eq!(technician.get(&token, "/v1.0/users?$top=1").await.status, StatusCode::OK);
    let denied = technician.get(&token, "/v1.0/auditLogs/signIns").await;
    assert_eq!((denied.status, denied.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"));
}

#[tokio::test]
async fn a_technician_consents_for_a_client_through_partner_center() {
    let technician = Technician::new().await;
    let client = technician.guest.client_of(Kind::GdapOnly).await;
    let partner = technician.guest.partner();
    let token = technician.token(partner, "https://api.partnercenter.microsoft.com/.default").await;
    let app = technician.simulator().announcement().client_id;
    let url = format!("{}/v1/customers/{client}/applicationconsents", technician.simulator().announcement().graph_url);
    let consent = json!({
        "applicationId": app, "displayName": "Tenantry",
        "applicationGrants": [{
            "enterpriseApplicationId": "00000003-0000-0000-c000-000000000000",
            "scope": "User.Read.All, Organization.Read.All"
        }]
    });
    let post = |body: Value| answer(technician.guest.http.post(&url).bearer_auth(&token).json(&body));
    assert_eq!(post(json!({"applicationId": Uuid::nil()})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(post(consent.clone()).await.status, StatusCode::CREATED);
    assert_eq!(post(consent).await.status, StatusCode::CONFLICT);

    let at_client = technician.token(client, GRAPH).await;
    assert_eq!(technician.get(&at_client, "/v1.0/users?$top=1").await.status, StatusCode::OK);
    let beyond = technician.get(&at_client, "/v1.0/domains").await;
    assert_eq!(beyond.status, StatusCode::FORBIDDEN);

    let delete = technician.guest.http.delete(format!("{url}/{app}")).bearer_auth(&token);
    assert_eq!(answer(delete).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_app_cannot_consent_for_a_client() {
    let reader = Reader::new().await;
    let token = reader.token(reader.partner()).await;
    let client = reader.tenant(Kind::GdapOnly).await;
    let refused = reader.post(&token, &format!("/v1/customers/{client}/applicationconsents"), &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

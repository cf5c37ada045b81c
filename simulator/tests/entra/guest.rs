//! What the tests do with a simulator: ask it, sign in at it, read its answers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use simulator::announcement::AnnouncedPerson;
use simulator::world::{Kind, World};
use simulator::{Options, Simulator};
use url::Url;
use uuid::Uuid;

pub const GRAPH: &str = "https://graph.microsoft.com/.default";
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// A small simulator and a client that follows no redirects.
pub struct Guest {
    pub simulator: Simulator,
    pub http: Client,
}

impl Guest {
    pub async fn new() -> Self {
        Self::with(Options { users_per_tenant: 6, ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        let simulator = Simulator::start(options).await.unwrap();
        Self { http: http(None), simulator }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.announcement().login_url)
    }

    pub fn partner(&self) -> Uuid {
        self.simulator.announcement().partner_tenant_id
    }

    /// The first client of a kind.
    pub async fn client_of(&self, kind: Kind) -> Uuid {
        let world = self.simulator.world().read().await;
        world.tenants_of(kind).next().unwrap().id
    }

    pub async fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut *self.simulator.world().write().await)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.simulator.clock().now()
    }

    /// The first person of a demo role.
    pub fn person(&self, demo_role: &str) -> AnnouncedPerson {
        let people = &self.simulator.announcement().people;
        people.iter().find(|person| person.demo_role == demo_role).unwrap().clone()
    }

    /// The partner's person who has no MFA.
    pub fn person_without_mfa(&self) -> AnnouncedPerson {
        let people = &self.simulator.announcement().people;
        people.iter().find(|person| !person.mfa && person.tenant_id == self.partner()).unwrap().clone()
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Response {
        let url = Url::parse_with_params(&self.url(path), query).unwrap();
        self.http.get(url).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.http.post(self.url(path)).form(form).send().await.unwrap()
    }

    /// Asks the token endpoint with the product's secret.
    pub async fn token(&self, tenant: &str, form: &[(&str, &str)]) -> Answer {
        let announcement = self.simulator.announcement();
        let id = announcement.client_id.to_string();
        let mut fields = vec![("client_id", id.as_str()), ("client_secret", announcement.client_secret.as_str())];
        fields.extend(form);
        self.token_as(tenant, &fields).await
    }

    /// Asks the token endpoint with nothing but these fields.
    pub async fn token_as(&self, tenant: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.post(&format!("/{tenant}/oauth2/v2.0/token"), form).await).await
    }

    pub async fn app_token(&self, tenant: Uuid) -> Answer {
        self.token(&tenant.to_string(), &[("grant_type", "client_credentials"), ("scope", GRAPH)]).await
    }

    pub async fn refresh(&self, tenant: Uuid, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", GRAPH)];
        self.token(&tenant.to_string(), &form).await
    }

    /// An authorize request's query, with changes.
    pub fn query(&self, changes: &[(&str, &str)]) -> String {
        let mut fields = HashMap::from([
            ("client_id", self.simulator.announcement().client_id.to_string()),
            ("response_type", "code".to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("scope", "openid profile offline_access User.Read".to_owned()),
            ("state", "the state".to_owned()),
            ("nonce", "the nonce".to_owned()),
        ]);
        fields.extend(changes.iter().map(|(name, value)| (*name, String::from(*value))));
        fields.retain(|_, value| !value.is_empty());
        serde_urlencoded::to_string(fields).unwrap()
    }

    /// `GET …/authorize`
    pub async fn authorize(&self, realm: &str, changes: &[(&str, &str)]) -> Response {
        let url = format!("{}?{}", self.url(&format!("/{realm}/oauth2/v2.0/authorize")), self.query(changes));
        self.http.get(url).send().await.unwrap()
    }

    /// Picks a person on the sign-in page.
    pub async fn pick(&self, realm: &str, person: &AnnouncedPerson, changes: &[(&str, &str)]) -> Response {
        let request = self.query(changes);
        self.post(&format!("/{realm}/login"), &[("request", &request), ("person", &key(person))]).await
    }

    /// Signs in and returns the code.
    pub async fn code(&self, realm: &str, person: &AnnouncedPerson, changes: &[(&str, &str)]) -> String {
        landing(&self.pick(realm, person, changes).await)["code"].clone()
    }

    pub async fn redeem(&self, realm: &str, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
        form.extend(more);
        self.token(realm, &form).await
    }

    /// Signs a person in and returns their refresh token.
    pub async fn refresh_token(&self, person: &AnnouncedPerson) -> String {
        let realm = person.tenant_id.to_string();
        let code = self.code(&realm, person, &[]).await;
        let answer = self.redeem(&realm, &code, &[]).await;
        answer.body["refresh_token"].as_str().unwrap().to_owned()
    }
}

/// A client with an authority to trust, which follows no redirects.
pub fn http(authority: Option<&[u8]>) -> Client {
    // Fails when another test of this process was first, which is just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(Policy::none());
    match authority {
        None => builder.build().unwrap(),
        Some(pem) => builder.tls_certs_only([reqwest::Certificate::from_pem(pem).unwrap()]).build().unwrap(),
    }
}

/// What the forms of the sign-in page carry for a person.
pub fn key(person: &AnnouncedPerson) -> String {
    format!("{}:{}", person.tenant_id, person.object_id)
}

/// The query parameters of the address that a response redirects to.
pub fn landing(response: &Response) -> HashMap<String, String> {
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// A token endpoint's answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    async fn of(response: Response) -> Self {
        Self { status: response.status(), body: response.json().await.unwrap() }
    }

    /// The AADSTS code of a refusal, 0 for success.
    pub fn code(&self) -> u64 {
        self.body["error_codes"][0].as_u64().unwrap_or_default()
    }

    pub fn access_token(&self) -> &str {
        self.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", self.body))
    }
}

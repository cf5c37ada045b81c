//! A client of one tenant of a simulator.

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use simulator::world::{Kind, World};
use simulator::{Options, Simulator};
use uuid::Uuid;

/// A simulator, and the ways to ask its Graph.
pub struct Reader {
    pub simulator: Simulator,
    pub http: Client,
}

/// What Graph answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Null if it is no JSON.
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn rows(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap_or_else(|| panic!("no rows: {}", self.text))
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Reader {
    pub async fn new() -> Reader {
        Reader::with(Options { users_per_tenant: 30, ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Reader {
        // Fails when another test of this process was first, which is just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Reader { simulator: Simulator::start(options).await.unwrap(), http }
    }

    pub async fn tenant(&self, kind: Kind) -> Uuid {
        self.simulator.world().read().await.tenants_of(kind).next().unwrap().id
    }

    pub fn partner(&self) -> Uuid {
        self.simulator.announcement().partner_tenant_id
    }

    pub async fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut *self.simulator.world().write().await)
    }

    pub async fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&*self.simulator.world().read().await)
    }

    /// An app-only token of the product at a tenant.
    pub async fn token(&self, tenant: Uuid) -> String {
        let announcement = self.simulator.announcement();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &announcement.client_id.to_string()),
            ("client_secret", &announcement.client_secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!("{}/{tenant}/oauth2/v2.0/token", announcement.login_url);
        let body: Value = self.http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.into()
        } else {
            format!("{}{path}", self.simulator.announcement().graph_url)
        }
    }

    /// Asks with a token and headers of one's own. `path` may be a whole address.
    pub async fn ask(&self, token: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.get(self.url(path)).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request).await
    }

    /// Asks as the app at a tenant.
    pub async fn get(&self, tenant: Uuid, path: &str) -> Answer {
        self.ask(&self.token(tenant).await, path, &[]).await
    }

    /// Asks at the first tenant of a kind.
    pub async fn get_at(&self, kind: Kind, path: &str) -> Answer {
        self.get(self.tenant(kind).await, path).await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        answer(self.http.post(self.url(path)).bearer_auth(token).json(body)).await
    }

    /// All rows of all pages, and the number of pages.
    pub async fn all(&self, token: &str, path: &str) -> (Vec<Value>, usize) {
        let (mut rows, mut pages) = (Vec::new(), 0);
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.ask(token, &path, &[]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            rows.extend(page.rows().iter().cloned());
            pages += 1;
            next = page.body["@odata.nextLink"].as_str().map(String::from);
        }
        (rows, pages)
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    // Not `text()`, which takes a byte order mark away.
    let text = String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

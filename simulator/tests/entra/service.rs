//! The simulator as a whole: HTTPS, announcement, canaries, counters, stop.

use std::path::PathBuf;

use simulator::{Options, Side, Simulator};

use crate::guest::{GRAPH, Guest, http};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("simulator-test-{name}-{}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[tokio::test]
async fn https_is_trusted_by_who_trusts_the_authority_and_by_nobody_else() {
    let folder = Folder::new("tls");
    let options = Options { tls_dir: Some(folder.0.clone()), users_per_tenant: 6, ..Options::default() };
    let guest = Guest::with(options).await;
    let announcement = guest.simulator.announcement();
    assert!(announcement.login_url.starts_with("https://127.0.0.1:") && announcement.graph_url.starts_with("https://"));
    let authority = std::fs::read(announcement.ca_path.as_ref().unwrap()).unwrap();
    let url = guest.url("/organizations/v2.0/.well-known/openid-configuration");
    assert_eq!(http(Some(&authority)).get(&url).send().await.unwrap().status(), 200);
    let by_name = url.replace("127.0.0.1", "localhost");
    assert_eq!(http(Some(&authority)).get(by_name).send().await.unwrap().status(), 200);
    assert!(http(None).get(&url).send().await.is_err());
}

#[tokio::test]
async fn every_secret_that_was_given_out_is_a_known_canary() {
    let guest = Guest::new().await;
    let person = guest.person("admin");
    let realm = person.tenant_id.to_string();
    let code = guest.code(&realm, &person, &[]).await;
    let signed_in = guest.redeem(&realm, &code, &[]).await;
    let app = guest.app_token(guest.partner()).await;
    let canaries = guest.simulator.canaries().await;
    let mut given = vec![guest.simulator.announcement().client_secret.as_str(), &code, app.access_token()];
    given.extend(["access_token", "refresh_token", "id_token"].map(|name| signed_in.body[name].as_str().unwrap()));
    for secret in given {
        assert!(canaries.iter().any(|canary| canary == secret), "{secret} is not remembered");
        assert!(secret.contains(simulator::tokens::CANARY) || secret.contains(simulator::tokens::JWT_CANARY));
    }
}

#[tokio::test]
async fn requests_are_counted_by_tenant() {
    let guest = Guest::new().await;
    let (partner, other) = (guest.partner(), guest.simulator.announcement().tenants[1].id);
    for tenant in [partner, partner, other] {
        guest.token(&tenant.to_string(), &[("grant_type", "client_credentials"), ("scope", GRAPH)]).await;
    }
    let requests = guest.simulator.requests();
    assert_eq!(requests.count(Side::Login, Some(partner), ""), 2);
    assert_eq!(requests.count(Side::Login, None, ""), 3);
    requests.clear();
    assert_eq!(requests.count(Side::Login, None, ""), 0);
}

#[tokio::test]
async fn a_stopped_simulator_frees_its_port_and_its_files() {
    let simulator = Simulator::start(Options { users_per_tenant: 6, ..Options::default() }).await.unwrap();
    let announcement = simulator.announcement().clone();
    assert!(announcement.private_key_path.exists());
    simulator.stop().await;
    assert!(http(None).get(&announcement.login_url).send().await.is_err());
    assert!(!announcement.private_key_path.exists());
}

#[tokio::test]
async fn a_taken_port_is_a_clear_error() {
    let first = Simulator::start(Options { users_per_tenant: 6, ..Options::default() }).await.unwrap();
    let address = first.announcement().login_url.trim_start_matches("http://").parse().unwrap();
    let error = Simulator::start(Options { login_addr: address, ..Options::default() }).await.unwrap_err();
    assert_eq!(error.to_string(), format!("nothing can listen on {address}"));
}

#[test]
fn the_same_seed_announces_the_same_world() {
    let announce = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let simulator =
                Simulator::start(Options { tenants: 30, users_per_tenant: 6, ..Options::default() }).await.unwrap();
            let announcement = simulator.announcement().clone();
            (
                announcement.client_secret,
                announcement.tenants.len(),
                announcement.people.iter().map(|person| person.object_id).collect::<Vec<_>>(),
            )
        })
    };
    let first = announce();
    assert_eq!(first.1, 31);
    assert_eq!(first, announce());
}

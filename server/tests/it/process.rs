//! The program itself, as a process: it starts, is killed in the middle of its work and loses nothing, ends when it is told
//! to, and lets no secret out.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use rstest::rstest;
use serde::de::DeserializeOwned;
use server::demo::visitor::{Page, Visitor};
use server::demo::{key, person};
use server::services::connections::PARTNER_START;
use simulator::announcement::Announcement;

use simulator::world::Kind;
use simulator::{Fault, FaultKind, Side, Simulator};
use uuid::Uuid;

use crate::database::Kind::{Postgres, Sqlite};
use crate::database::{Kind as Database, TestDatabase};
use crate::world::World;

/// A dead process counts as alive until its hold on a tenant (45 s) and its heartbeat (20 s) are over.
const UNTIL_TAKEN_OVER: Duration = Duration::from_secs(180);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

struct Process {
    child: Child,
    base: String,
    settings: Vec<String>,
    folder: PathBuf,
    client: Client,
}

impl Process {
    /// `more` are settings besides those of every process; with `[tls]` among them it speaks HTTPS.
    async fn start(announcement: &Announcement, folder: &Path, client: &Client, more: &[String]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let scheme = if more.iter().any(|setting| setting.starts_with("tls.")) { "https" } else { "http" };
        let base = format!("{scheme}://127.0.0.1:{port}");
        let mut settings = server::demo::settings(announcement).unwrap();
        settings.extend([
            format!("public_url={base}"),
            format!("listen=127.0.0.1:{port}"),
            format!("data_dir={}", folder.display()),
            String::from("log.format=json"),
            String::from("log.filter=debug,server=trace"),
        ]);
        settings.extend_from_slice(more);
        let child = run(&settings, folder);
        let process = Self { child, base, settings, folder: folder.to_owned(), client: client.clone() };
        process.until_ready().await;
        process
    }

    /// The same again, after it died.
    async fn start_again(&mut self) {
        self.child = run(&self.settings, &self.folder);
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        let ready = async {
            let address = format!("{}/readyz", self.base);
            while !self.client.get(&address).send().await.is_ok_and(|answer| answer.status() == 200) {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ready).await.expect("the server does not get ready");
    }

    /// SIGKILL: no chance to tidy up.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id();
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
    }
}

fn run(settings: &[String], folder: &Path) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_tenantry"))
        .arg("serve")
        .args(settings.iter().flat_map(|setting| ["--set", setting]))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// A person at a browser, and everything that they were shown.
struct Person<'a> {
    browser: Visitor,
    base: &'a str,
    seen: String,
}

impl Person<'_> {
    fn look(&mut self, page: Page) -> Page {
        self.seen.push_str(&format!("{} {:?}\n{}\n", page.url, page.headers, page.body));
        page
    }

    async fn open(&mut self, path: &str) -> Page {
        let page = self.browser.get(&format!("{}{path}", self.base)).await.unwrap();
        self.look(page)
    }

    /// Submits a form of a page; answers what the server function does.
    async fn submit<T: DeserializeOwned>(&mut self, function: &str, fields: &[(&str, &str)]) -> T {
        let form: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let page = self.browser.call(&format!("{}/api/{function}", self.base), &form).await.unwrap();
        let page = self.look(page);
        serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{function}: {error}: {:.300}", page.body))
    }
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_nothing_and_no_secret_leaves_it(#[values(Sqlite, Postgres)] database: Database) {
    let Some(database) = TestDatabase::empty(database).await else { return };
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let options = simulator::Options { tenants: 4, users_per_tenant: 8, freeze: true, ..simulator::Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let announcement = simulator.announcement();
    let folder = std::env::temp_dir().join(format!("tenantry-process-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let in_database = format!("database.url={}", database.url);
    let told = String::from("notifications.enabled=true");
    let mut process = Process::start(announcement, &folder, &client, &[in_database, told]).await;

    // Through the front door: sign in, connect a client, let its administrator consent.
    let base = process.base.clone();
    let mut admin = Person { browser: Visitor::new(client.clone()), base: &base, seen: String::new() };
    let signed_in = admin.browser.sign_in(&base, &key(person(announcement, "admin").unwrap())).await.unwrap();
    admin.look(signed_in);
    admin.browser.get(&format!("{base}{PARTNER_START}")).await.unwrap();
    let partner = admin.browser.choose(&key(person(announcement, "admin").unwrap())).await.unwrap();
    assert_eq!(admin.look(partner).url.path(), "/settings/connections");
    let tenant = {
        let world = simulator.world().read().await;
        world.tenants_of(Kind::SecurityDefaults).next().unwrap().id
    };
    let users = "/v1.0/users/delta";
    // Its users hang, so that the server dies while it reads them.
    simulator.faults().inject(Fault {
        tenant: Some(tenant),
        path_prefix: users.to_owned(),
        kind: FaultKind::Slow(Duration::from_secs(600)),
        times: None,
    });
    let request: serde_json::Value = admin.submit("create_connection", &[("tenant", &tenant.to_string())]).await;
    let mut their_admin = Person { browser: Visitor::new(client), base: &base, seen: String::new() };
    let consent = their_admin.browser.get(request["consent_url"].as_str().unwrap()).await.unwrap();
    their_admin.look(consent);
    let people = &announcement.people;
    let who = people.iter().find(|one| one.tenant_id == tenant && one.demo_role == "client_admin").unwrap();
    let connected = their_admin.browser.choose(&key(who)).await.unwrap();
    assert!(their_admin.look(connected).status.is_success());
    let reading = async {
        while simulator.requests().count(Side::Graph, Some(tenant), users) == 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("the users are not read");
    process.kill();

    simulator.faults().clear();
    process.start_again().await;
    let csv = format!("/tenants/{tenant}/users.csv");
    let expected = {
        let world = simulator.world().read().await;
        world.tenants[&tenant].directory.user_count()
    };
    let read_again = async {
        // One line of names above them.
        while admin.open(&csv).await.body.lines().count() != expected + 1 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(UNTIL_TAKEN_OVER, read_again).await.expect("what was cut off is not read again");

    for path in ["/", "/settings/connections", "/settings/keys", "/settings/audit", "/settings/operators", "/nonsense"]
    {
        admin.open(path).await;
    }
    for path in ["", "/users", "/mfa", "/legacy", "/sync"] {
        admin.open(&format!("/tenants/{tenant}{path}")).await;
    }
    for path in ["/connect/consent?state=x", "/connect/partner/callback?code=x&state=y", "/sign-in/callback?code=x"] {
        admin.open(path).await;
    }
    let _row: serde_json::Value = admin.submit("check_connection", &[("tenant", &tenant.to_string())]).await;
    assert_eq!(process.terminate().code(), Some(0), "it ends well when it is told to");

    let mut searched = files_of(&folder);
    let dump = database.dump().await;
    assert!(dump.len() > 10_000, "there is something to search");
    searched.push((String::from("the database"), dump));
    searched.push((String::from("what the administrator was shown"), admin.seen.into_bytes()));
    searched.push((String::from("what the client's administrator was shown"), their_admin.seen.into_bytes()));
    let canaries = simulator.canaries().await;
    assert!(canaries.len() > 4, "{}", canaries.len());
    for (place, text) in &searched {
        for canary in canaries.iter().map(String::as_str).chain(["CANARYtnt", "eyJjYW5hcnkiOiJDQU5BUll0bnQi"]) {
            let found = text.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "a secret of Microsoft's stands in {place}");
        }
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "every line is JSON");
    assert!(log.lines().any(|line| line.contains("\"request\"") && line.contains("\"id\"")), "requests have an id");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_the_session_cookie_bears_the_host_prefix() {
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let options = simulator::Options { tenants: 2, users_per_tenant: 4, freeze: true, ..simulator::Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let folder = std::env::temp_dir().join(format!("tenantry-tls-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec![String::from("127.0.0.1")];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
    let (certificate_path, key_path) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate_path, &certificate).unwrap();
    std::fs::write(&key_path, key.serialize_pem()).unwrap();
    let root = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
    let client = Client::builder().redirect(Policy::none()).add_root_certificate(root).build().unwrap();
    let tls = [
        format!("tls.certificate_path={}", certificate_path.display()),
        format!("tls.private_key_path={}", key_path.display()),
    ];
    let mut process = Process::start(simulator.announcement(), &folder, &client, &tls).await;

    let mut browser = Visitor::new(client);
    let admin = person(simulator.announcement(), "admin").unwrap();
    let page = browser.sign_in(&process.base, &self::key(admin)).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.headers.contains_key("strict-transport-security"), "{:?}", page.headers);
    assert!(browser.cookie(&process.base, "__Host-tenantry-session").is_some());
    assert!(browser.cookie(&process.base, "tenantry-session").is_none());
    assert_eq!(process.terminate().code(), Some(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a command said on both channels, and its exit code.
fn tenantry(folder: &Path, arguments: &[&str], settings: &[String]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenantry"))
        .args(arguments)
        .args(settings.iter().flat_map(|setting| ["--set", setting]))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_say_what_is_wrong_and_what_to_do() {
    let options = simulator::Options { tenants: 2, users_per_tenant: 4, freeze: true, ..simulator::Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let folder = std::env::temp_dir().join(format!("tenantry-commands-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut settings = server::demo::settings(simulator.announcement()).unwrap();
    settings.push(format!("data_dir={}", folder.display()));

    for command in ["demo", "serve", "worker", "migrate", "doctor", "simulator", "keys", "config"] {
        let (text, code) = tenantry(&folder, &[command, "--help"], &[]);
        assert_eq!(code, Some(0), "{command}: {text}");
        assert!(text.contains("Usage: tenantry") && text.len() > 300, "{command}: {text}");
    }
    let (text, code) = tenantry(&folder, &["serve", "--set", "listen=everywhere"], &settings);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("listen: ") && text.contains("for example: listen = \"0.0.0.0:8080\""), "{text}");

    let (text, code) = tenantry(&folder, &["migrate"], &settings);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = tenantry(&folder, &["keys", "rotate"], &settings);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = tenantry(&folder, &["doctor"], &settings);
    assert_eq!(code, Some(0), "{text}");
    for found in ["ok    database", "ok    key ring", "ok    sign-in service", "ok    token", "ok    Graph"] {
        assert!(text.contains(found), "{found}: {text}");
    }
    assert!(text.contains("ok    notifications: switched off"), "{text}");
    assert!(!text.contains(&simulator.announcement().client_secret));
    let world = World::start_with(&[("notifications.enabled", "true")]).await;
    let graph_url = simulator.announcement().graph_url.clone();
    for (address, expected) in [
        (world.base.as_str(), "warn  notifications: http://127.0.0.1"),
        ("http://127.0.0.1:1", "does not answer from here"),
        (graph_url.as_str(), "WRONG notifications"),
    ] {
        let mut told = settings.clone();
        told.extend([String::from("notifications.enabled=true"), format!("notifications.address={address}")]);
        let (text, code) = tenantry(&folder, &["doctor"], &told);
        assert_eq!(code, Some(i32::from(expected.starts_with("WRONG"))), "{text}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert_eq!(text.contains("answers as it should"), address == world.base, "{text}");
    }
    world.stop().await;

    let (another, _) = tenantry(&folder, &["keys", "generate"], &[]);
    std::fs::write(folder.join("keys"), another).unwrap();
    let mut broken = settings.clone();
    broken.push(String::from("microsoft.client_secret=not-the-secret"));
    let (text, code) = tenantry(&folder, &["doctor"], &broken);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("WRONG key ring") && text.contains("WRONG token") && text.contains("AADSTS7000215"),
        "{text}"
    );
    assert!(!text.contains("not-the-secret"), "{text}");
    std::fs::remove_dir_all(&folder).unwrap();
}

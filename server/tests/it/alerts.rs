//! Alerts, from what is stored to a webhook and a mail server that the test runs: once, by cause, signed, tried again.

use std::sync::{Arc, Mutex};

use app::backend::Alerts as _;
use app::error::Error;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{TimeDelta, Timelike};
use domain::alert::{NewChannel, Rule};
use domain::facts::directory::DirectorySync;
use domain::operator::{Reach, Role};
use domain::sync_health::Scales;
use domain::verdict::Verdict;
use rstest::rstest;
use secrecy::SecretString;
use server::alerts::{Alerts, Mail};
use server::audit::Audit;
use server::clock::Clock;
use server::graph::Surroundings;
use server::random::Random;
use server::services::alerts::AlertService;
use server::services::secrets::{KeyRingSource, Secrets};
use server::store::{Facts, Judged, TenantStore};
use server::timer::SkippingTimer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::database::{Kind, TestDatabase};
use crate::store::world::{all_judged, caller, done_at, id, judged, now, tenant, tenant_id, user, write_users};

type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Somebody who gets webhooks; `status` is what it answers.
struct Receiver {
    url: String,
    heard: Heard,
    status: Arc<Mutex<StatusCode>>,
}

impl Receiver {
    async fn start() -> Self {
        let (heard, status) = (Heard::default(), Arc::new(Mutex::new(StatusCode::OK)));
        let take =
            async |State((heard, status)): State<(Heard, Arc<Mutex<StatusCode>>)>, headers: HeaderMap, body: String| {
                heard.lock().unwrap().push((headers, body));
                *status.lock().unwrap()
            };
        let app = Router::new().route("/hook", post(take)).with_state((heard.clone(), status.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, heard, status }
    }

    fn heard(&self) -> Vec<(HeaderMap, serde_json::Value)> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|(headers, body)| (headers.clone(), serde_json::from_str(body).unwrap())).collect()
    }
}

/// A mail server that takes everything.
async fn mail_server() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(String::new()));
    let mails = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mails = mails.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 test\r\n").await.unwrap();
                let mut in_letter = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    mails.lock().unwrap().push_str(&format!("{line}\n"));
                    let answer: &[u8] = match (in_letter, line.as_str()) {
                        (true, ".") => {
                            in_letter = false;
                            b"250 taken\r\n"
                        }
                        (true, _) => continue,
                        (false, "DATA") => {
                            in_letter = true;
                            b"354 go on\r\n"
                        }
                        (false, "QUIT") => b"221 bye\r\n",
                        (false, _) => b"250 ok\r\n",
                    };
                    write.write_all(answer).await.unwrap();
                }
            });
        }
    });
    (url, heard)
}

struct Desk {
    clock: Clock,
    service: AlertService,
    first: TenantStore,
    second: TenantStore,
    _folder: tempdir::Folder,
}

mod tempdir {
    /// Removed with the test.
    pub struct Folder(pub std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }
}

impl Desk {
    async fn open(database: &TestDatabase, mail: Option<Mail>) -> Self {
        // A second test finds it installed already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::default();
        clock.advance(now() - clock.now());
        let random = Random::from_system();
        let folder = std::env::temp_dir().join(format!("tenantry-alerts-{}", random.uuid()));
        std::fs::create_dir(&folder).unwrap();
        let surroundings =
            Surroundings { clock: clock.clone(), timer: Arc::new(SkippingTimer::default()), random: random.clone() };
        let source = KeyRingSource::File(folder.join("keys"));
        let secrets = Secrets::open(database.store.clone(), &source, &surroundings).await.unwrap();
        let keeper = Alerts {
            store: database.store.clone(),
            secrets,
            clock: clock.clone(),
            scales: Scales::default(),
            random,
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            mail,
            public_url: String::from("https://pane.example"),
        };
        let audit = Audit::new(database.store.clone(), clock.clone());
        let (first, second) = (tenant(database, 1, "Fabrikam").await, tenant(database, 2, "Woodgrove").await);
        Self { clock, service: AlertService { keeper, audit }, first, second, _folder: tempdir::Folder(folder) }
    }

    async fn look(&self) {
        self.service.keeper.keep_up_once().await.unwrap();
    }

    /// Both clients' directory sync ran last so many hours ago.
    async fn sync_ran(&self, hours: i64) {
        for tenant in [&self.first, &self.second] {
            let at = self.clock.now();
            let sync = DirectorySync {
                enabled: Some(true),
                last_sync_at: Some(at - TimeDelta::hours(hours)),
                last_password_sync_at: None,
                password_switch: None,
            };
            tenant.write_facts(Facts::DirectorySync(sync), done_at(at)).await.unwrap();
        }
    }

    async fn add(&self, target: &str, change: impl FnOnce(&mut NewChannel)) {
        let kind = if target.contains('@') { "email" } else { "webhook" };
        let mut new = NewChannel {
            name: format!("To {kind}"),
            kind: kind.into(),
            target: target.into(),
            ..NewChannel::default()
        };
        change(&mut new);
        self.service.save_channel(&caller(Role::Admin, Reach::All), new).await.unwrap();
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn one_cause_is_one_message_told_once_until_it_comes_again(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let desk = Desk::open(&database, None).await;
    let receiver = Receiver::start().await;
    desk.add(&receiver.url, |_| {}).await;
    desk.sync_ran(30).await;
    for _ in 0..3 {
        desk.look().await;
        desk.clock.advance(TimeDelta::minutes(1));
    }
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1, "two clients, one cause, told once: {heard:?}");
    let body = &heard[0].1;
    assert_eq!(body["cause"], "Directory sync has stalled.");
    let clients: Vec<_> =
        body["alerts"].as_array().unwrap().iter().map(|alert| alert["client"].as_str().unwrap()).collect();
    assert_eq!(clients, ["Fabrikam", "Woodgrove"]);
    let url = body["alerts"][0]["url"].as_str().unwrap();
    assert_eq!(url, format!("https://pane.example/tenants/{}/sync", tenant_id(1)));

    desk.sync_ran(0).await;
    desk.look().await;
    let view = desk.service.get(&caller(Role::Technician, Reach::All)).await.unwrap();
    assert_eq!((view.lasting.len(), view.lately.len()), (0, 2));
    assert!(view.channels.is_none(), "channels are for administrators");
    desk.clock.advance(TimeDelta::hours(40));
    desk.look().await;
    assert_eq!(receiver.heard().len(), 2, "it has come again");
}

#[tokio::test]
async fn two_processes_tell_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(database) = TestDatabase::open(kind).await else { continue };
        let desk = Desk::open(&database, None).await;
        let receiver = Receiver::start().await;
        desk.add(&receiver.url, |_| {}).await;
        desk.sync_ran(30).await;
        let looks = (0..6).map(|_| desk.service.keeper.keep_up_once());
        futures::future::join_all(looks).await.into_iter().for_each(|look| look.unwrap());
        assert_eq!(receiver.heard().len(), 1);
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_is_not_taken_is_tried_again_later_with_the_same_id(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let desk = Desk::open(&database, None).await;
    let receiver = Receiver::start().await;
    *receiver.status.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
    desk.add(&receiver.url, |_| {}).await;
    let admin = caller(Role::Admin, Reach::All);
    desk.service.set_signing_secret(&admin, "0123456789abcdef".into()).await.unwrap();
    desk.sync_ran(30).await;
    desk.look().await;
    desk.look().await;
    assert_eq!(receiver.heard().len(), 1, "not at once");
    let view = desk.service.get(&admin).await.unwrap();
    let channel = &view.channels.unwrap()[0];
    assert_eq!(channel.last_error.as_deref(), Some("It answered with status 500."));
    *receiver.status.lock().unwrap() = StatusCode::NO_CONTENT;
    desk.clock.advance(TimeDelta::minutes(2));
    desk.look().await;
    desk.clock.advance(TimeDelta::hours(1));
    desk.look().await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].1["id"], heard[1].1["id"], "who gets it twice can tell");
    let signature = heard[1].0["tenantry-signature"].to_str().unwrap();
    assert!(signature.starts_with("t=") && signature.contains(",v1=") && !signature.contains("0123456789abcdef"));
    assert_eq!(desk.service.get(&admin).await.unwrap().channels.unwrap()[0].last_error, None);
}

#[tokio::test]
async fn a_channel_hears_what_it_asked_for_when_it_wants_to() {
    let Some(database) = TestDatabase::open(Kind::Sqlite).await else { return };
    let desk = Desk::open(&database, None).await;
    let (narrow, quiet) = (Receiver::start().await, Receiver::start().await);
    desk.add(&narrow.url, |new| {
        new.tenants = vec![tenant_id(2).to_string()];
        new.rules = vec![Rule::SyncLate.name().to_owned()];
    })
    .await;
    let hour = now().hour();
    let (from, until) = (hour.to_string(), ((hour + 1) % 24).to_string());
    desk.add(&quiet.url, |new| (new.quiet_from, new.quiet_until) = (from, until)).await;
    desk.sync_ran(30).await;
    desk.look().await;
    assert_eq!(narrow.heard()[0].1["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(quiet.heard().len(), 0);
    desk.clock.advance(TimeDelta::hours(1));
    desk.look().await;
    assert_eq!(quiet.heard().len(), 1, "it was kept for later");
}

#[tokio::test]
async fn what_is_put_off_waits_and_only_for_whom_it_concerns() {
    let Some(database) = TestDatabase::open(Kind::Sqlite).await else { return };
    let desk = Desk::open(&database, None).await;
    desk.sync_ran(30).await;
    desk.look().await;
    let technician = caller(Role::Technician, Reach::All);
    let view = desk.service.get(&technician).await.unwrap();
    let alert = view.lasting[0].id;
    let manager = caller(Role::AccountManager, Reach::Only([tenant_id(1)].into()));
    assert_eq!(desk.service.snooze(&manager, alert, 24).await, Err(Error::Forbidden));
    assert_eq!(desk.service.get(&manager).await.unwrap().lasting.len(), 1, "the own clients alone");
    assert_eq!(desk.service.snooze(&technician, 999, 24).await, Err(Error::NotFound));
    assert!(matches!(desk.service.snooze(&technician, alert, 9_999).await, Err(Error::Invalid { .. })));
    desk.service.snooze(&technician, alert, 24).await.unwrap();
    let view = desk.service.get(&technician).await.unwrap();
    assert!(view.lasting.iter().all(|row| row.snoozed_until.is_some()), "the cause is put off, not one client");
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    assert_eq!(desk.service.get(&viewer).await, Err(Error::Forbidden));
    let refused = desk.service.save_channel(&technician, NewChannel::default()).await;
    assert_eq!(refused, Err(Error::Forbidden));
    let short = desk.service.set_signing_secret(&caller(Role::Admin, Reach::All), "short".into()).await;
    assert!(matches!(short, Err(Error::Invalid { field, .. }) if field == "secret"));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_administrator_who_loses_protection_is_told_by_mail_and_a_user_is_not(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let (url, mails) = mail_server().await;
    let mail = Mail::new(&SecretString::from(url), "Tenantry <alerts@pane.example>").unwrap();
    let desk = Desk::open(&database, Some(mail)).await;
    desk.add("oncall@example.com", |_| {}).await;
    write_users(&desk.first, vec![user(1, "Priya Raman"), user(2, "Li Na")]).await;
    let say = async |verdict, hours| {
        let rows = vec![judged(id(1), verdict, true, &[]), judged(id(2), verdict, false, &[])];
        let at = now() + TimeDelta::hours(hours);
        desk.first.write_judged(Judged { at, ..all_judged(rows) }).await.unwrap();
    };
    say(Verdict::Protected, -2).await;
    desk.look().await;
    assert_eq!(mails.lock().unwrap().as_str(), "");
    say(Verdict::Unprotected, -1).await;
    desk.look().await;
    desk.look().await;
    let mails = mails.lock().unwrap().clone();
    assert_eq!(mails.matches("Subject: An administrator lost protection (Fabrikam)").count(), 1, "{mails}");
    assert!(mails.contains("Priya Raman is unprotected now") && !mails.contains("Li Na"), "{mails}");
    assert!(mails.contains("To: oncall@example.com"), "{mails}");
}

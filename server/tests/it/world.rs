//! The world that a test lives in: the simulator, the real server on a free port, a database of its own, and clocks that the
//! test moves.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use domain::ids::{OperatorId, TenantId};
use domain::operator::{Operator, Reach, Role};
use metrics_exporter_prometheus::PrometheusBuilder;
use server::clock::Clock;
use server::config::{self, Flags};
use server::demo::visitor::{Page, Visitor};
use server::demo::{key, person};
use server::graph::Surroundings;
use server::random::Random;
use server::serve::Running;
use server::state::AppState;
use server::store::operators::{Appointment, Change};
use server::timer::SkippingTimer;
use simulator::Simulator;
use simulator::announcement::AnnouncedPerson;

pub struct World {
    pub simulator: Simulator,
    pub running: Running,
    pub base: String,
    clock: Clock,
    random: Random,
    folder: PathBuf,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// `settings` are keys of the configuration with their values.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_of(4, settings).await
    }

    pub async fn start_of(tenants: usize, settings: &[(&str, &str)]) -> Self {
        let options = simulator::Options { tenants, users_per_tenant: 8, ..simulator::Options::default() };
        let simulator = Simulator::start(options).await.unwrap();
        let announcement = simulator.announcement();
        let random = Random::from_system();
        let folder = std::env::temp_dir().join(format!("tenantry-it-{}", random.uuid()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut set = server::demo::settings(announcement).unwrap();
        set.extend([
            format!("public_url={base}"),
            format!("data_dir={}", folder.display()),
            String::from("jobs.in_serve=false"),
        ]);
        set.extend(settings.iter().map(|(key, value)| format!("{key}={value}")));
        let config = config::load(&Flags { set, ..Flags::default() }).unwrap();
        let clock = Clock::default();
        let surroundings =
            Surroundings { clock: clock.clone(), timer: Arc::new(SkippingTimer::default()), random: random.clone() };
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let state = AppState::build(&config, surroundings, metrics).await.unwrap();
        let running = Running::start(&config, state, listener).await.unwrap();
        Self { simulator, running, base, clock, random, folder }
    }

    pub fn state(&self) -> &AppState {
        &self.running.state
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Time passes, for the server and for Microsoft.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.simulator.clock().advance(by);
    }

    pub fn person(&self, role: &str) -> &AnnouncedPerson {
        person(self.simulator.announcement(), role).unwrap()
    }

    pub fn browser(&self) -> Visitor {
        Visitor::new(self.state().graph.http().clone())
    }

    /// Appoints an announced person, as an administrator would.
    pub async fn appoint(&self, person: &AnnouncedPerson, role: Role, reach: Reach) -> OperatorId {
        let appointment = Appointment {
            operator: Operator {
                id: OperatorId(self.random.uuid()),
                home_tenant: TenantId(person.tenant_id),
                display_name: person.display_name.clone(),
                user_principal_name: person.user_principal_name.clone(),
                role,
                reach,
            },
            object_id: person.object_id,
            last_sign_in_at: None,
        };
        let change = self.state().store.operators().create(&appointment, self.clock.now()).await.unwrap();
        assert_eq!(change, Change::Done);
        appointment.operator.id
    }

    /// A browser that went through the sign-in pages as this person, and the page where it ended.
    pub async fn sign_in(&self, person: &AnnouncedPerson) -> (Visitor, Page) {
        let mut browser = self.browser();
        let page = browser.sign_in(&self.base, &key(person)).await.unwrap();
        (browser, page)
    }

    /// Whether the browser's session is taken.
    pub async fn is_signed_in(&self, browser: &mut Visitor) -> bool {
        let page = browser.get_once(&self.url("/")).await.unwrap();
        // A viewer is sent to the own tenant from here.
        !page.headers.get("location").is_some_and(|to| to.as_bytes().starts_with(b"/sign-in"))
    }

    pub fn session(&self, browser: &Visitor) -> Option<String> {
        browser.cookie(&self.base, "tenantry-session").map(str::to_owned)
    }

    pub async fn stop(self) {
        self.running.stop().await.unwrap();
        self.simulator.stop().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

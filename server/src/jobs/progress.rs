//! What happens in the background, as it happens: to every listener of this process, and through PostgreSQL's NOTIFY to those
//! of the others. Nobody who listens late is told what was; pages read the store for that.

use domain::dataset::{Dataset, Outcome};
use domain::ids::TenantId;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "tenantry_progress";
/// Events that a slow listener may be behind before it misses some.
const BACKLOG: usize = 1024;

/// One thing that happened in a tenant. The shape of the page's events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub tenant: TenantId,
    pub state: State,
    /// Set for what concerns one dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<Dataset>,
    /// How the dataset ended; absent when it was put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Queued,
    Started,
    DatasetStarted,
    DatasetFinished,
    /// Verdicts were computed anew: what the lists show may have changed.
    Judged,
    Finished,
}

impl Event {
    pub fn queued(tenant: TenantId) -> Self {
        Self::of(tenant, State::Queued)
    }

    pub fn of(tenant: TenantId, state: State) -> Self {
        Self { tenant, state, dataset: None, outcome: None }
    }

    pub fn dataset_started(tenant: TenantId, dataset: Dataset) -> Self {
        Self { dataset: Some(dataset), ..Self::of(tenant, State::DatasetStarted) }
    }

    /// It comes again later: as if it had not been started.
    pub fn dataset_put_off(tenant: TenantId, dataset: Dataset) -> Self {
        Self { dataset: Some(dataset), ..Self::of(tenant, State::DatasetFinished) }
    }

    pub fn dataset_finished(tenant: TenantId, dataset: Dataset, outcome: Outcome) -> Self {
        Self { dataset: Some(dataset), outcome: Some(outcome), ..Self::of(tenant, State::DatasetFinished) }
    }
}

/// Where events are sent and heard; clones share it.
#[derive(Clone, Debug)]
pub struct Progress {
    heard: broadcast::Sender<Event>,
    /// With PostgreSQL: the way out to all processes, this one included.
    shared: Option<mpsc::UnboundedSender<Event>>,
}

impl Progress {
    /// With PostgreSQL starts two tasks, which end with `stop`.
    pub fn connect(db: &DatabaseConnection, stop: CancellationToken) -> Self {
        let (heard, _) = broadcast::channel(BACKLOG);
        if db.get_database_backend() != DbBackend::Postgres {
            return Self { heard, shared: None };
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(stop.clone().run_until_cancelled_owned(tell(db.clone(), receiver)));
        tokio::spawn(stop.run_until_cancelled_owned(hear(db.clone(), heard.clone())));
        Self { heard, shared: Some(sender) }
    }

    /// For tests and tools that nobody listens to from outside.
    pub fn local() -> Self {
        Self { heard: broadcast::channel(BACKLOG).0, shared: None }
    }

    pub fn send(&self, event: Event) {
        let unsent = match &self.shared {
            Some(shared) => shared.send(event).err().map(|error| error.0),
            None => Some(event),
        };
        if let Some(event) = unsent {
            // An error only says that nobody listens.
            let _heard_by = self.heard.send(event);
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.heard.subscribe()
    }
}

async fn tell(db: DatabaseConnection, mut events: mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = events.recv().await {
        let Ok(text) = serde_json::to_string(&event) else { continue };
        let notify = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_notify($1, $2)",
            [CHANNEL.into(), text.into()],
        );
        if let Err(error) = db.execute_raw(notify).await {
            tracing::warn!(%error, "progress was not told to the other processes");
        }
    }
}

async fn hear(db: DatabaseConnection, heard: broadcast::Sender<Event>) {
    loop {
        if let Err(error) = listen(&db, &heard).await {
            tracing::warn!(%error, "the database's notifications broke off; listening again");
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn listen(db: &DatabaseConnection, heard: &broadcast::Sender<Event>) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect_with(db.get_postgres_connection_pool()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notification = listener.recv().await?;
        match serde_json::from_str(notification.payload()) {
            Ok(event) => {
                let _heard_by = heard.send(event);
            }
            Err(error) => tracing::warn!(%error, "a notification could not be read"),
        }
    }
}

//! What happens in the background, as it happens: to every listener of this process, and through PostgreSQL's NOTIFY to those
//! of the others. Nobody who listens late is told what was; pages read the store for that.

use domain::progress::SyncEvent;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "tenantry_progress";
/// Events that a slow listener may be behind before it misses some.
const BACKLOG: usize = 1024;

/// Where events are sent and heard; clones share it.
#[derive(Clone, Debug)]
pub struct Progress {
    heard: broadcast::Sender<SyncEvent>,
    /// With PostgreSQL: the way out to all processes, this one included.
    shared: Option<mpsc::UnboundedSender<SyncEvent>>,
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

    pub fn send(&self, event: SyncEvent) {
        let unsent = match &self.shared {
            Some(shared) => shared.send(event).err().map(|error| error.0),
            None => Some(event),
        };
        if let Some(event) = unsent {
            // An error only says that nobody listens.
            let _heard_by = self.heard.send(event);
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.heard.subscribe()
    }
}

async fn tell(db: DatabaseConnection, mut events: mpsc::UnboundedReceiver<SyncEvent>) {
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

async fn hear(db: DatabaseConnection, heard: broadcast::Sender<SyncEvent>) {
    loop {
        if let Err(error) = listen(&db, &heard).await {
            tracing::warn!(%error, "the database's notifications broke off; listening again");
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn listen(db: &DatabaseConnection, heard: &broadcast::Sender<SyncEvent>) -> Result<(), sea_orm::sqlx::Error> {
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

//! The apalis queue. A tenant is in it at most once: its id is the job's idempotency key, and jobs that are done are swept
//! before the next one is pushed.

use apalis::prelude::{TaskBuilder, TaskSink};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use domain::ids::TenantId;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use serde::{Deserialize, Serialize};

/// The name that jobs bear in the database.
const NAME: &str = "sync-tenant";
/// Somebody waits for it.
const URGENT: usize = 10;
/// A job never fails by itself; a worker that died with it counts as an attempt.
const MOST_ATTEMPTS: usize = 1000;
/// Workers that were not seen for so long are forgotten.
const FORGET_WORKERS_AFTER_SECONDS: u32 = 86_400;

/// The only job there is: it takes the tenant alone, and finds out itself what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncTenant {
    pub tenant: TenantId,
}

#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("the job queue's tables cannot be brought up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("a job cannot be queued")]
    Push(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the job queue cannot be read")]
    Database(#[from] DbErr),
}

#[derive(Clone, Debug)]
pub struct Queue {
    db: DatabaseConnection,
}

impl Queue {
    /// Uses the store's own pool, and brings apalis's tables up to date.
    pub async fn connect(db: &DatabaseConnection) -> Result<Self, QueueError> {
        // Not apalis's own `setup`: on SQLite it would switch durable writes off for the whole database.
        let migrated = match db.get_database_backend() {
            DbBackend::Postgres => PostgresStorage::migrations().run(db.get_postgres_connection_pool()).await,
            _ => SqliteStorage::migrations().run(db.get_sqlite_connection_pool()).await,
        };
        migrated.map_err(|error| QueueError::Migrate(error.into()))?;
        Ok(Self { db: db.clone() })
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    pub(super) fn sqlite(&self, batch: usize) -> SqliteStorage<SyncTenant> {
        let config = apalis_sqlite::Config::default()
            .queue(NAME)
            .batch_size(batch)
            .heartbeat_interval(super::worker::HEARTBEAT)
            .missed_heartbeats(super::worker::MISSED_HEARTBEATS);
        SqliteStorage::new(self.db.get_sqlite_connection_pool()).with_config(config)
    }

    pub(super) fn postgres(&self, batch: usize) -> PostgresStorage<SyncTenant> {
        let config = apalis_postgres::Config::default()
            .queue(NAME)
            .batch_size(batch)
            .heartbeat_interval(super::worker::HEARTBEAT)
            .missed_heartbeats(super::worker::MISSED_HEARTBEATS);
        PostgresStorage::new(self.db.get_postgres_connection_pool()).with_config(config)
    }

    /// Queues the tenant unless it is queued or running already; an urgent wish moves a waiting one to the front.
    pub async fn push(&self, tenant: TenantId, urgent: bool) -> Result<(), QueueError> {
        self.sweep_tenant(tenant).await?;
        let priority = if urgent { URGENT } else { 0 };
        let task = TaskBuilder::new(SyncTenant { tenant })
            .idempotency_key(tenant.to_string())
            .priority(priority)
            .max_attempts(MOST_ATTEMPTS)
            .build();
        if self.is_postgres() {
            // apalis-postgres reports a job that is there already as a broken unique index.
            let pushed = self.postgres(1).push_task(task).await;
            if let Err(error) = pushed
                && !self.is_queued(tenant).await?
            {
                return Err(QueueError::Push(error.into()));
            }
        } else {
            self.sqlite(1).push_task(task).await.map_err(|error| QueueError::Push(error.into()))?;
        }
        if urgent {
            let sql = format!(
                "UPDATE {} SET priority = $1 WHERE job_type = $2 AND idempotency_key = $3 AND status = 'Pending'",
                self.table()
            );
            let priority = i32::try_from(URGENT).unwrap_or(i32::MAX);
            self.execute(&sql, [priority.into(), NAME.into(), tenant.to_string().into()]).await?;
        }
        Ok(())
    }

    /// Jobs that wait or run.
    pub async fn waiting(&self) -> Result<u64, QueueError> {
        let sql = format!(
            "SELECT count(*) AS jobs FROM {} WHERE job_type = $1 AND status IN ('Pending', 'Queued', 'Running')",
            self.table()
        );
        let row = self.db.query_one_raw(self.statement(&sql, [NAME.into()])).await?;
        let jobs: i64 = row.map(|row| row.try_get("", "jobs")).transpose()?.unwrap_or_default();
        Ok(u64::try_from(jobs).unwrap_or_default())
    }

    /// Forgets jobs that are over, and workers that are long gone.
    pub async fn sweep(&self) -> Result<(), QueueError> {
        let sql =
            format!("DELETE FROM {} WHERE job_type = $1 AND status IN ('Done', 'Killed', 'Failed')", self.table());
        self.execute(&sql, [NAME.into()]).await?;
        let (workers, unseen) = if self.is_postgres() {
            ("apalis.workers", format!("last_seen < now() - interval '{FORGET_WORKERS_AFTER_SECONDS} seconds'"))
        } else {
            ("Workers", format!("last_seen < strftime('%s', 'now') - {FORGET_WORKERS_AFTER_SECONDS}"))
        };
        let sql = format!(
            "DELETE FROM {workers} WHERE worker_type = $1 AND {unseen} \
             AND id NOT IN (SELECT lock_by FROM {} WHERE lock_by IS NOT NULL)",
            self.table()
        );
        self.execute(&sql, [NAME.into()]).await
    }

    /// Frees what the worker took and did not acknowledge: apalis drops a fetch that is under way when it stops.
    pub(super) async fn hand_back(&self, worker: &str) -> Result<(), QueueError> {
        let sql = format!(
            "UPDATE {} SET status = 'Pending', lock_by = NULL, lock_at = NULL \
             WHERE job_type = $1 AND lock_by = $2 AND status IN ('Queued', 'Running')",
            self.table()
        );
        self.execute(&sql, [NAME.into(), worker.into()]).await
    }

    async fn sweep_tenant(&self, tenant: TenantId) -> Result<(), QueueError> {
        let sql = format!(
            "DELETE FROM {} WHERE job_type = $1 AND idempotency_key = $2 AND status IN ('Done', 'Killed', 'Failed')",
            self.table()
        );
        self.execute(&sql, [NAME.into(), tenant.to_string().into()]).await
    }

    async fn is_queued(&self, tenant: TenantId) -> Result<bool, QueueError> {
        let sql = format!("SELECT 1 AS one FROM {} WHERE job_type = $1 AND idempotency_key = $2", self.table());
        let row = self.db.query_one_raw(self.statement(&sql, [NAME.into(), tenant.to_string().into()])).await?;
        Ok(row.is_some())
    }

    fn table(&self) -> &'static str {
        if self.is_postgres() { "apalis.jobs" } else { "Jobs" }
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }

    async fn execute(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Result<(), QueueError> {
        self.db.execute_raw(self.statement(sql, values)).await?;
        Ok(())
    }
}

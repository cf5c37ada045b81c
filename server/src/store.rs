//! Facts, verdicts and everything else that is kept, in SQLite or PostgreSQL. Tenant data goes in and out through a `Scope`
//! alone; what goes in and out are domain types, entities stay inside. Knows neither Graph nor the vault.

use std::sync::Arc;
use std::time::Duration;

use migrations::Migrator;
use sea_orm::sqlx::{self, PgConnection, Row};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub mod alerts;
pub mod audit;
pub(crate) mod blocker_list;
pub mod blocker_work;
mod bulk;
pub(crate) mod column;
pub mod connections;
pub mod consents;
mod dataset;
pub(crate) mod entity;
pub(crate) mod evidence;
mod facts;
pub(crate) mod fleet;
pub(crate) mod health;
mod hits;
mod load;
pub mod marks;
pub mod operators;
pub(crate) mod pages;
#[cfg(test)]
mod plans;
mod processes;
pub(crate) mod reviews;
mod row;
pub mod scope;
mod search;
pub mod secrets;
mod seen;
pub mod sessions;
mod standing;
pub mod subscriptions;
pub mod sync_states;
mod tenant;
mod user_counts;
mod user_list;
mod users;
mod verdicts;
pub(crate) mod what_if;

pub use blocker_list::BlockerQuery;
pub(crate) use dataset::reading;
pub use dataset::{Done, NotDone};
pub use facts::{Facts, LegacyWindow};
pub use fleet::FleetQuery;
pub use load::JudgeFacts;
pub use scope::Scope;
pub use tenant::{TenantName, TenantStore};
pub use user_list::UserQuery;
pub use users::UsersChange;
pub use verdicts::{Judged, JudgedUser};

/// Where the data is.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite:path?mode=rwc` or `postgres://…`; may bear a password.
    pub url: SecretString,
    pub max_connections: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database cannot be reached")]
    Connect(#[source] DbErr),
    #[error("the database's tables cannot be brought up to date")]
    Migrate(#[source] DbErr),
    #[error("the database refused")]
    Database(#[from] DbErr),
    #[error("another run has taken the tenant over")]
    HoldLost,
    /// What is kept is not what this version writes.
    #[error("the database holds {what} that cannot be read")]
    Unreadable { what: String },
}

impl StoreError {
    /// The database runs, and refuses a value as such (SQLSTATE class 22): trying again would not help.
    pub fn is_about_values(&self) -> bool {
        let Self::Database(DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
            self
        else {
            return false;
        };
        let code = error.as_database_error().and_then(sea_orm::sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code.starts_with("22"))
    }
}

/// One database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    db: DatabaseConnection,
    /// SQLite has one writer: writers queue here, in order, instead of polling the file's lock.
    writer: Option<Arc<Mutex<()>>>,
}

impl Store {
    pub async fn connect(settings: &StoreSettings) -> Result<Self, StoreError> {
        let url = settings.url.expose_secret();
        let mut options = ConnectOptions::new(url);
        options.max_connections(settings.max_connections.max(2)).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("temp_store", "MEMORY")
                .pragma("cache_size", "-16384")
                .busy_timeout(Duration::from_secs(30))
        });
        // Our test of an idle connection in place of sqlx's own, at the same cost.
        options.map_sqlx_postgres_pool_opts(|pool| {
            pool.test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(is_outside_transactions(connection)))
        });
        let db = Database::connect(options).await.map_err(StoreError::Connect)?;
        let writer = (db.get_database_backend() == DbBackend::Sqlite).then(Arc::default);
        Ok(Self { db, writer })
    }

    /// Brings the tables up to date; does nothing when they are. Several processes may ask at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        /// Any number, as long as nobody else locks it.
        const LOCK: i64 = 0x7465_6e61_6e74_7279;
        let migrate = async {
            let tx = self.db.begin_with_options(writing()).await?;
            if tx.get_database_backend() == DbBackend::Postgres {
                tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
            }
            Migrator::up(&tx, None).await?;
            tx.commit().await
        };
        let _writer = self.queue().await;
        migrate.await.map_err(StoreError::Migrate)
    }

    /// Whether the tables are up to date.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(Migrator::get_pending_migrations_read_only(&self.db).await.map_err(StoreError::Migrate)?.is_empty())
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await.map_err(StoreError::Connect)
    }

    /// For what belongs to no tenant (operators, sessions, audit log), and for the job queue, which shares the pool. Tenant
    /// tables show no row through it on PostgreSQL.
    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// One snapshot of the tenants in scope, until it is dropped.
    pub(crate) async fn read(&self, scope: &Scope) -> Result<Transaction, StoreError> {
        let options = match self.db.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
            _ => TransactionOptions::default(),
        };
        let tx = self.db.begin_with_options(options).await?;
        Transaction { tx, _writer: None }.within(scope).await
    }

    /// Changes to the tenants in scope: all at `commit`, none without. Begin no second one while holding it.
    pub(crate) async fn write(&self, scope: &Scope) -> Result<Transaction, StoreError> {
        let writer = self.queue().await;
        let tx = self.db.begin_with_options(writing()).await?;
        Transaction { tx, _writer: writer }.within(scope).await
    }

    async fn queue(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        }
    }
}

/// Whether a pooled connection may be used; one that may not is closed. A future that is dropped while sqlx (0.9.0) awaits the
/// answer to `BEGIN` leaves the connection in a transaction that nobody commits, and the next user's writes with it.
async fn is_outside_transactions(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // A transaction's time stands still: it is this statement's own when there was none.
    let row = sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(connection).await?;
    row.try_get(0)
}

/// A transaction that writes from its start: one that began as a reader cannot become a writer in SQLite when another has
/// written meanwhile.
fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// A transaction bound to a scope. Dropped without `commit`, it changes nothing.
#[derive(Debug)]
pub(crate) struct Transaction {
    tx: DatabaseTransaction,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl Transaction {
    async fn within(self, scope: &Scope) -> Result<Self, StoreError> {
        if self.tx.get_database_backend() == DbBackend::Postgres {
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT set_config('tenantry.tenants', $1, true)",
                [scope.setting().into()],
            );
            self.tx.execute_raw(statement).await?;
        }
        Ok(self)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}

impl std::ops::Deref for Transaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

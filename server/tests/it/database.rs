//! An empty database of each kind, private to one test.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use secrecy::SecretString;
use server::store::{Store, StoreSettings};
use uuid::Uuid;

use crate::postgres::Cluster;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database that is gone at the end of the test.
pub struct TestDatabase {
    pub store: Store,
    pub url: String,
    folder: Option<PathBuf>,
}

impl TestDatabase {
    /// `None`, said aloud: this machine has no PostgreSQL, and whoever runs the tests knows (`TENANTRY_WITHOUT_POSTGRES`).
    pub async fn open(kind: Kind) -> Option<Self> {
        let database = Self::empty(kind).await?;
        database.store.migrate().await.expect("migrations run");
        Some(database)
    }

    /// Without tables.
    pub async fn empty(kind: Kind) -> Option<Self> {
        let name = format!("t{}", Uuid::new_v4().simple());
        let (url, folder) = match kind {
            Kind::Sqlite => {
                let folder = std::env::temp_dir().join(&name);
                std::fs::create_dir(&folder).expect("a folder");
                (format!("sqlite:{}?mode=rwc", folder.join("store.db").display()), Some(folder))
            }
            Kind::Postgres => {
                let cluster = match Cluster::get() {
                    Ok(cluster) => cluster,
                    Err(missing) if std::env::var_os("TENANTRY_WITHOUT_POSTGRES").is_some() => {
                        eprintln!("skipped: {missing}");
                        return None;
                    }
                    Err(missing) => panic!("{missing} (TENANTRY_WITHOUT_POSTGRES=1 skips these tests)"),
                };
                let admin = Database::connect(cluster.superuser_url("postgres")).await.expect("the cluster answers");
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name} OWNER tenantry"))
                    .await
                    .expect("a database is made");
                (cluster.url(&name), None)
            }
        };
        let settings = StoreSettings { url: SecretString::from(url.clone()), max_connections: 4 };
        let store = Store::connect(&settings).await.expect("the store connects");
        Some(Self { store, url, folder })
    }

    /// Past the store, as the application's role.
    pub async fn raw(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.expect("the database answers")
    }

    /// Runs SQL as whoever may see every tenant.
    pub async fn run(&self, sql: &str) {
        let raw = self.raw().await;
        let tx = raw.begin().await.expect("a transaction");
        if self.folder.is_none() {
            tx.execute_unprepared("SELECT set_config('tenantry.tenants', '*', true)").await.expect("a scope");
        }
        tx.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        tx.commit().await.expect("a commit");
    }

    /// Everything that is in it, to be searched.
    pub async fn dump(&self) -> Vec<u8> {
        if let Some(folder) = &self.folder {
            let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
            return files.flat_map(|path| std::fs::read(path).expect("a file")).collect();
        }
        let name = self.url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("a name");
        let url = Cluster::get().expect("the cluster runs").superuser_url(name);
        let raw = Database::connect(url).await.expect("the database answers");
        let tx = raw.begin().await.expect("a transaction");
        // Bytes that are text are shown as text.
        tx.execute_unprepared("SET LOCAL bytea_output = 'escape'").await.expect("a setting");
        let text = async |sql: &str| {
            let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect(sql).expect(sql);
            row.try_get::<Option<String>>("", "text").expect(sql).unwrap_or_default()
        };
        let tables = text(
            "SELECT string_agg(format('%I.%I', schemaname, tablename), ' ') AS text FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
        );
        let mut dump = String::new();
        for table in tables.await.split(' ') {
            dump += &text(&format!("SELECT string_agg(t::text, chr(10)) AS text FROM {table} t")).await;
        }
        dump.into_bytes()
    }

    /// A uuid as the database writes it in SQL.
    pub fn uuid(&self, id: Uuid) -> String {
        if self.folder.is_some() { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

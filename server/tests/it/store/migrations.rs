//! Migrations, forward, on an empty and on a filled database.

use migrations::Migrator;
use rstest::rstest;
use sea_orm_migration::MigratorTrait;
use server::store::Scope;

use super::world::{list_tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn migrations_run_on_an_empty_database_and_once_only(#[case] kind: Kind) {
    let Some(database) = TestDatabase::empty(kind).await else { return };
    assert!(!database.store.is_migrated().await.unwrap());
    database.store.migrate().await.unwrap();
    assert!(database.store.is_migrated().await.unwrap());
    database.store.migrate().await.unwrap();
    assert!(database.store.list_tenants(&Scope::of_system()).await.unwrap().is_empty());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn several_processes_may_migrate_at_once(#[case] kind: Kind) {
    let Some(database) = TestDatabase::empty(kind).await else { return };
    let (one, other) = tokio::join!(database.store.migrate(), database.store.migrate());
    one.unwrap();
    other.unwrap();
    assert!(database.store.is_migrated().await.unwrap());
}

/// Tenants that were listed at any step are there after the last, and facts can be kept for them.
#[rstest]
#[tokio::test]
async fn migrations_keep_what_a_filled_database_holds(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[values(2, 3, 4, 5, 6, 8, 10, 12)] step: u32,
) {
    let Some(database) = TestDatabase::empty(kind).await else { return };
    Migrator::up(&database.raw().await, Some(step)).await.unwrap();
    let tenant = list_tenant(&database, 1, "Fabrikam").await;
    database.store.migrate().await.unwrap();
    assert!(database.store.is_migrated().await.unwrap());
    let tenants = database.store.list_tenants(&Scope::of_system()).await.unwrap();
    assert_eq!(tenants.iter().map(|tenant| tenant.name.as_str()).collect::<Vec<_>>(), ["Fabrikam"]);
    assert_eq!(tenant, tenant_id(1));
    let tenant = database.store.tenant(&Scope::of_system(), tenant).await.unwrap().unwrap();
    write_users(&tenant, vec![user(1, "Li Na")]).await;
    assert_eq!(tenant.load_facts().await.unwrap().users.len(), 1);
}

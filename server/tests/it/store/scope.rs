//! What a scope does not reach is not found, and PostgreSQL holds even when a query forgets to ask.

use domain::ids::TenantId;
use domain::operator::{Reach, Role};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use server::store::{Facts, Scope};

use super::world::{caller, done, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn another_tenant_is_not_found(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let ours = tenant(&database, 1, "Fabrikam").await;
    let theirs = tenant(&database, 2, "Woodgrove").await;
    write_users(&ours, vec![user(1, "Priya Raman")]).await;
    write_users(&theirs, vec![user(2, "Priya Raman")]).await;
    let scope = Scope::of(&caller(Role::AccountManager, Reach::Only([tenant_id(1)].into())));
    assert!(database.store.tenant(&scope, tenant_id(1)).await.unwrap().is_some());
    assert!(database.store.tenant(&scope, tenant_id(2)).await.unwrap().is_none());
    let names: Vec<_> = database.store.list_tenants(&scope).await.unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Fabrikam"]);
    let hits = database.store.search(&scope, "priya", 12).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.tenant_id).collect::<Vec<_>>(), [tenant_id(1)]);
    let nobody = Scope::of(&caller(Role::Technician, Reach::Only([].into())));
    assert!(database.store.list_tenants(&nobody).await.unwrap().is_empty());
    assert!(database.store.search(&nobody, "priya", 12).await.unwrap().is_empty());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn deleting_a_tenant_takes_its_rows_along_and_nobody_elses(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let ours = tenant(&database, 1, "Fabrikam").await;
    let theirs = tenant(&database, 2, "Woodgrove").await;
    write_users(&ours, vec![user(1, "Li Na")]).await;
    write_users(&theirs, vec![user(2, "Li Na")]).await;
    let uuid = database.uuid(tenant_id(1).0);
    database.run(&format!("DELETE FROM tenants WHERE id = {uuid}")).await;
    let hits = database.store.search(&Scope::of_system(), "li na", 12).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.tenant_id).collect::<Vec<_>>(), [tenant_id(2)]);
}

/// How many users a transaction sees that names `tenants`, in a query that forgets every condition.
async fn users_seen(raw: &DatabaseConnection, tenants: Option<&str>) -> i64 {
    let tx = raw.begin().await.unwrap();
    if let Some(tenants) = tenants {
        let sql = "SELECT set_config('tenantry.tenants', $1, true)";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [tenants.into()])).await.unwrap();
    }
    let count = Statement::from_string(tx.get_database_backend(), "SELECT count(*) FROM users");
    tx.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn postgresql_hides_other_tenants_from_a_query_that_forgets_the_scope() {
    let Some(database) = TestDatabase::open(Kind::Postgres).await else { return };
    let (ours, theirs) = (tenant(&database, 1, "Fabrikam").await, tenant(&database, 2, "Woodgrove").await);
    write_users(&ours, vec![user(1, "Li Na"), user(2, "Tomás Ferreira")]).await;
    write_users(&theirs, vec![user(3, "Anika Osei")]).await;
    let raw = database.raw().await;
    let only = |id: TenantId| id.to_string();
    assert_eq!(users_seen(&raw, None).await, 0);
    assert_eq!(users_seen(&raw, Some("")).await, 0);
    assert_eq!(users_seen(&raw, Some(&only(tenant_id(1)))).await, 2);
    assert_eq!(users_seen(&raw, Some(&only(tenant_id(2)))).await, 1);
    assert_eq!(users_seen(&raw, Some(&format!("{},{}", tenant_id(1), tenant_id(2)))).await, 3);
    assert_eq!(users_seen(&raw, Some("*")).await, 3);
    // What was named ends with its transaction.
    assert_eq!(users_seen(&raw, None).await, 0);
}

#[tokio::test]
async fn postgresql_refuses_rows_for_a_tenant_out_of_scope() {
    let Some(database) = TestDatabase::open(Kind::Postgres).await else { return };
    tenant(&database, 1, "Fabrikam").await;
    tenant(&database, 2, "Woodgrove").await;
    let raw = database.raw().await;
    let tx = raw.begin().await.unwrap();
    tx.execute_unprepared(&format!("SELECT set_config('tenantry.tenants', '{}', true)", tenant_id(1))).await.unwrap();
    let sql = format!("INSERT INTO standings (tenant_id) VALUES ('{}')", tenant_id(2));
    let refused = tx.execute_unprepared(&sql).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
}

/// Every table that has a tenant is behind the wall: a table that is added without it fails here.
#[tokio::test]
async fn every_tenant_table_has_row_level_security() {
    let Some(database) = TestDatabase::open(Kind::Postgres).await else { return };
    // They say who may see which tenants, or tell of them after they are gone.
    let open = ["audit_log", "operator_tenants", "partner_connections"];
    let sql = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
               WHERE c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT a.attisdropped \
               AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1";
    let raw = database.raw().await;
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
    let bare: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(bare, open);
}

/// A job's scope is its tenant alone, whatever it writes.
#[tokio::test]
async fn a_job_cannot_write_into_another_tenant() {
    let Some(database) = TestDatabase::open(Kind::Sqlite).await else { return };
    tenant(&database, 1, "Fabrikam").await;
    tenant(&database, 2, "Woodgrove").await;
    let job = Scope::of_tenant_job(tenant_id(1));
    assert!(database.store.tenant(&job, tenant_id(2)).await.unwrap().is_none());
    let ours = database.store.tenant(&job, tenant_id(1)).await.unwrap().unwrap();
    ours.write_facts(Facts::SecurityDefaults(true), done()).await.unwrap();
}

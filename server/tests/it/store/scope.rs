//! What a scope does not reach is not found, and PostgreSQL holds even when a query forgets to ask.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TenantId;
use domain::operator::{Reach, Role};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use server::store::{Facts, Scope};
use uuid::Uuid;

use super::world::{caller, done, now, tenant, tenant_id, user, write_users};
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

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn who_is_looked_at_comes_first_and_a_new_tenant_stands_in_line(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let at = |minutes: i64| now() + TimeDelta::minutes(minutes);
    let first_of_january: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let store = &database.store;
    for (number, name) in [(1, "Old"), (2, "Watched"), (3, "New")] {
        tenant(&database, number, name).await;
        // All were connected on the first of January.
        let hold = store.hold_tenant(tenant_id(number), Uuid::nil(), at(0), at(1)).await.unwrap().unwrap();
        if number < 3 {
            store
                .release_tenant(
                    tenant_id(number),
                    &hold,
                    Some(first_of_january - TimeDelta::minutes(100 - number as i64)),
                    false,
                )
                .await
                .unwrap();
        } else {
            store.release_tenant(tenant_id(number), &hold, None, false).await.unwrap();
        }
    }
    let order = async |now| {
        let due = store.due_tenants(now).await.unwrap();
        due.into_iter().map(|due| (due.tenant, due.is_watched)).collect::<Vec<_>>()
    };
    let unseen: Vec<_> = [1, 2, 3].map(|number| (tenant_id(number), false)).to_vec();
    assert_eq!(order(at(5)).await, unseen, "a new one does not push the others back");
    store.note_look(tenant_id(2), at(5)).await.unwrap();
    assert_eq!(order(at(6)).await.first(), Some(&(tenant_id(2), true)));
    store.request_refresh(tenant_id(3), at(6)).await.unwrap();
    assert_eq!(order(at(6)).await.first(), Some(&(tenant_id(3), false)), "somebody waits for it");
    assert_eq!(order(at(60)).await[1..], unseen[..2], "nobody looks any more");
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn processes_are_counted_while_they_say_that_they_are_there(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let (store, patience) = (&database.store, TimeDelta::seconds(60));
    let at = |seconds: i64| now() + TimeDelta::seconds(seconds);
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_eq!(store.beat(one, at(0), patience).await.unwrap(), 1);
    assert_eq!(store.beat(other, at(1), patience).await.unwrap(), 2);
    assert_eq!(store.beat(one, at(15), patience).await.unwrap(), 2, "once, however often it says so");
    store.leave(other).await.unwrap();
    assert_eq!(store.beat(one, at(30), patience).await.unwrap(), 1);
    store.beat(other, at(31), patience).await.unwrap();
    assert_eq!(store.beat(one, at(120), patience).await.unwrap(), 1, "the other was silent for too long");
}

//! How SQLite answers the queries behind the screens: by an index, without sorting or reading whole tables.

use chrono::DateTime;
use domain::fleet::FleetSort;
use domain::ids::TenantId;
use domain::list::Direction;
use domain::user::{UserFilter, UserSort};
use domain::verdict::Verdict;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbBackend, QuerySelect, QueryTrait, Statement};
use secrecy::SecretString;

use super::fleet::{FleetQuery, paged};
use super::user_counts::grouped;
use super::user_list::{matching, ordered};
use super::{Scope, Store, StoreSettings};

/// The plan of a statement on empty tables, one step a line.
#[expect(clippy::unwrap_used, reason = "a test fails where it stands")]
async fn plan(statement: Statement) -> String {
    let file = std::env::temp_dir().join(format!("tenantry-plan-{}.db", Uuid::new_v4()));
    let url = SecretString::from(format!("sqlite:{}?mode=rwc", file.display()));
    let store = Store::connect(&StoreSettings { url, max_connections: 2 }).await.unwrap();
    store.migrate().await.unwrap();
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql), ..statement };
    let steps = store.db().query_all_raw(explain).await.unwrap();
    std::fs::remove_file(file).unwrap();
    steps.iter().map(|step| step.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("\n")
}

const TENANT: TenantId = TenantId(Uuid::nil());

#[tokio::test]
async fn the_usual_orders_of_users_read_one_page_of_an_index() {
    for (sort, direction, index) in [
        (UserSort::Worst, Direction::Ascending, "users_by_severity"),
        (UserSort::Name, Direction::Ascending, "users_by_name"),
        (UserSort::Name, Direction::Descending, "users_by_name"),
    ] {
        let page = ordered(matching(TENANT, "", None), sort, direction).limit(50).offset(100);
        let plan = plan(page.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{sort:?}: {plan}");
    }
}

#[tokio::test]
async fn chips_are_counted_in_an_index_alone() {
    let plan = plan(grouped(TENANT, "", None).build(DbBackend::Sqlite)).await;
    assert!(plan.contains("COVERING INDEX users_by_counts") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn filters_stay_within_the_tenant() {
    let filter = Some(UserFilter::Verdict(Verdict::Unprotected));
    let page = ordered(matching(TENANT, "li", filter), UserSort::LastSignIn, Direction::Descending).limit(50);
    let plan = plan(page.build(DbBackend::Sqlite)).await;
    assert!(plan.contains("tenant_id=?") && !plan.contains("SCAN"), "{plan}");
}

#[tokio::test]
async fn the_fleet_reads_tenants_and_looks_their_counts_up() {
    let query = FleetQuery {
        text: "",
        filter: None,
        sort: FleetSort::Worst,
        direction: Direction::Ascending,
        page: 1,
        page_size: Some(50),
        late_until: DateTime::UNIX_EPOCH,
        now: DateTime::UNIX_EPOCH,
    };
    let plan = plan(DbBackend::Sqlite.build(&paged(&Scope::of_system(), &query))).await;
    assert!(plan.contains("SEARCH standings") && plan.contains("SEARCH connections"), "{plan}");
    assert!(!plan.contains("users"), "{plan}");
}

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;
use server::graph::delta::Step;
use server::graph::{Query, TenantGraph};
use simulator::world::Kind;
use simulator::{FaultKind, Side};

use crate::office::Office;

#[derive(Debug, Deserialize)]
struct User {
    id: String,
}

async fn read_delta(graph: &TenantGraph, link: Option<String>) -> (usize, usize, bool, bool, Option<String>) {
    let query = Query::v1("users/delta").select(&["id", "displayName", "accountEnabled"]);
    let mut delta = graph.delta::<User>(query, link);
    let (mut changed, mut removed, mut restarted) = (0, 0, false);
    while let Some(step) = delta.next().await.unwrap() {
        match step {
            Step::Page { changed: rows, removed: gone } => {
                changed += rows.len();
                removed += gone.len();
            }
            Step::Restarted => (changed, removed, restarted) = (0, 0, true),
        }
    }
    (changed, removed, restarted, delta.is_full(), delta.link().map(str::to_owned))
}

#[tokio::test]
async fn delta_gives_everything_then_nothing_and_starts_again_when_it_is_forgotten() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let graph = office.graph_of(tenant);
    let (all, _, _, full, link) = read_delta(&graph, None).await;
    assert!(all > 20 && full && link.is_some());
    let (changed, removed, restarted, full, link) = read_delta(&graph, link).await;
    assert_eq!((changed, removed, restarted, full), (0, 0, false, false));

    office.advance(TimeDelta::days(8));
    let (again, _, restarted, full, link) = read_delta(&graph, link).await;
    assert!(restarted && full && link.is_some());
    assert_eq!(again, all);
}

#[tokio::test]
async fn a_batch_answers_in_order_and_asks_again_only_for_what_was_throttled() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let graph = office.graph_of(tenant);
    let users: Vec<User> = graph.pages(Query::v1("users").select(&["id"])).collect().await.unwrap();
    let users: Vec<&User> = users.iter().cycle().take(45).collect();
    let mut queries: Vec<Query> =
        users.iter().map(|user| Query::v1(format!("users/{}", user.id)).select(&["id"])).collect();
    queries.insert(3, Query::v1("users/00000000-0000-0000-0000-00000000dead").select(&["id"]));
    office.simulator.requests().clear();
    let answers = graph.batch::<User>(&queries).await.unwrap();
    assert_eq!(answers.len(), queries.len());
    assert!(answers[3].as_ref().is_err_and(server::graph::GraphError::is_not_found), "{:?}", answers[3]);
    let found: Vec<&str> = answers.iter().flatten().map(|user| user.id.as_str()).collect();
    let expected: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(found, expected);
    let batches = office.simulator.requests().count(Side::Graph, Some(tenant.0), "/v1.0/$batch");
    assert_eq!(batches, 3, "46 items in batches of 20");
}

#[tokio::test]
async fn an_advanced_query_counts_on_its_first_page_and_keeps_its_header_on_the_others() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::CaComplete).await;
    let query = Query::v1("users").select(&["id"]).filter("userType ne 'Guest'").top(10).eventual();
    let mut pages = office.graph_of(tenant).pages::<User>(query);
    let first = pages.next().await.unwrap().unwrap();
    let total = first.count.expect("a count");
    let mut rows = first.rows.len();
    while let Some(page) = pages.next().await.unwrap() {
        assert_eq!(page.count, None);
        rows += page.rows.len();
    }
    assert_eq!(u64::try_from(rows).unwrap(), total);
}

#[tokio::test]
async fn a_usage_report_comes_as_text_by_way_of_its_redirect() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::PopClients).await;
    let query = Query::v1("reports/getEmailAppUsageUserDetail(period='D30')");
    let csv = String::from_utf8(office.graph_of(tenant).report_csv(&query).await.unwrap()).unwrap();
    assert!(csv.starts_with("Report Refresh Date"), "{}", &csv[..80.min(csv.len())]);
    office.fault(tenant, "/v1.0/reports", FaultKind::ServiceUnavailable { retry_after_seconds: None }, Some(1));
    assert!(office.graph_of(tenant).report_csv(&query).await.is_ok());
}

#[tokio::test]
async fn refusals_are_told_apart_by_status_and_code() {
    let office = Office::open().await;
    let unlicensed = office.connect(Kind::NoP1).await;
    let graph = office.graph_of(unlicensed);
    let sign_ins = graph.pages::<Value>(Query::v1("auditLogs/signIns").top(1)).collect().await.unwrap_err();
    assert_eq!(sign_ins.outcome(), domain::dataset::Outcome::NotLicensed, "{sign_ins}");
    let unknown = graph.get_one::<Value>(&Query::v1("users").select(&["noSuchProperty"])).await.unwrap_err();
    assert_eq!(unknown.status(), Some(400), "{unknown}");
    assert!(unknown.request_id().is_some());
    office
        .change(|world| {
            let tenant = world.tenants.get_mut(&unlicensed.0).unwrap();
            tenant.service_principal.as_mut().unwrap().roles.remove("Policy.Read.All");
        })
        .await;
    office.advance(TimeDelta::hours(2));
    let policies = Query::v1("identity/conditionalAccess/policies");
    let denied = graph.pages::<Value>(policies).collect().await.unwrap_err();
    assert_eq!(denied.outcome(), domain::dataset::Outcome::NotPermitted, "{denied}");
}

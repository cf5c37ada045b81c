//! What pages say in each state.

use axum::http::StatusCode;
use domain::operator::Role;

use super::outline::outline;
use super::{client, get, user};

async fn said(path: &str) -> String {
    let (_, html) = get(Role::Admin, path).await;
    outline(&html)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fleet_tells_totals_and_one_row_a_client() {
    insta::assert_snapshot!(said("/").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_without_clients_says_how_to_begin() {
    insta::assert_snapshot!(said("/?q=empty").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_matches_nothing_offers_the_way_back() {
    insta::assert_snapshot!(said("/?q=nobody-is-called-this").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_everything_in_sight() {
    insta::assert_snapshot!(said(&client(2, "")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_withdrew_its_consent_keeps_what_was_read_before() {
    insta::assert_snapshot!(said(&client(3, "")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_entra_p1_says_what_that_hides() {
    insta::assert_snapshot!(said(&client(8, "")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spotless_client() {
    insta::assert_snapshot!(said(&client(11, "")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_was_never_read() {
    insta::assert_snapshot!(said(&client(14, "")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_users_list_with_chosen_columns_on_its_second_page() {
    insta::assert_snapshot!(said(&client(2, "/users?page=2&columns=address,methods")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mfa_list_filtered_to_the_unprotected() {
    insta::assert_snapshot!(said(&client(2, "/mfa?filter=unprotected")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_blockers_list() {
    insta::assert_snapshot!(said(&client(2, "/legacy")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_where_they_go() {
    let page = said("/alerts").await;
    assert!(!page.contains("secret-token"), "a webhook's address may bear a token");
    insta::assert_snapshot!(page);
    let (_, technicians) = get(Role::Technician, "/alerts").await;
    assert!(!technicians.contains("Where alerts go") && technicians.contains("Snooze"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_broken_by_cause() {
    insta::assert_snapshot!(said("/broken").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_blockers_of_all_clients() {
    insta::assert_snapshot!(said("/blockers").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocker_with_its_ways_out_and_work() {
    insta::assert_snapshot!(said(&client(2, "/blocker?protocol=smtp_auth&who=scan@fabrikam.example")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocker_that_is_none_is_not_found() {
    for path in ["/blocker", "/blocker?protocol=telnet&who=scan", "/blocker?protocol=imap&who=%F0%9F%92%A9'--"] {
        let (status, _) = get(Role::Admin, &client(2, path)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sync_page_with_a_permission_missing() {
    insta::assert_snapshot!(said(&client(5, "/sync")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_holes() {
    insta::assert_snapshot!(said(&user(3)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_whose_verdict_is_unknown() {
    insta::assert_snapshot!(said(&user(4)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_of_connections() {
    insta::assert_snapshot!(said("/settings/connections").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_of_operators() {
    insta::assert_snapshot!(said("/settings/operators").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys() {
    insta::assert_snapshot!(said("/settings/keys").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_quotes_its_id_and_has_the_right_status() {
    let (status, html) = get(Role::Admin, "/?q=fail").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    insta::assert_snapshot!(outline(&html));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_address_is_not_found() {
    let (status, html) = get(Role::Admin, "/nowhere").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    insta::assert_snapshot!(outline(&html));
}

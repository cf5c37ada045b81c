//! What each role sees, and what it does not. The pages only hide; the backend refuses.

use app::caller::SignedIn;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{Request, StatusCode};
use domain::operator::Role;

use super::{HOME, answer, client, fake, get, get_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_is_sent_to_the_own_client() {
    let response = answer(
        fake::signed_in(Role::Viewer, HOME),
        Request::get("/").header(ACCEPT, "text/html").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()[LOCATION], client(HOME, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_who_types_another_clients_address_finds_nothing() {
    let (status, html) = get(Role::Viewer, &client(1, "")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!html.contains("Northwind"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_sees_neither_refresh_nor_settings() {
    let (status, html) = get(Role::Viewer, &client(HOME, "")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!html.contains("/api/refresh_tenant"));
    assert!(!html.contains("href=\"/settings/connections"));
    assert!(!html.contains("href=\"/\">Fleet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_technician_sees_connections_and_manages_none() {
    let (status, html) = get(Role::Technician, "/settings/connections").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!html.contains("/api/create_connection"));
    let (status, _) = get(Role::Technician, "/settings/operators").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_manager_sees_the_clients_given() {
    let (status, html) = get(Role::AccountManager, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("Northwind") && !html.contains("Tailwind"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_signed_out_is_shown_the_way_in_and_nothing_else() {
    let (status, html) = get_as(SignedIn(None), &client(HOME, "?x=1")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(html.contains("You are signed out"));
    assert!(!html.contains("Fabrikam"));
    assert!(!html.contains("class=\"rail\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_is_none_is_not_found() {
    for path in ["/tenants/robert'); drop table tenants", "/tenants/1/users", "/tenants/x/users/y"] {
        let (status, _) = get(Role::Admin, &path.replace(' ', "%20")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_may_load_nothing_foreign() {
    let response = answer(fake::signed_in(Role::Admin, HOME), Request::get("/").body(Body::empty()).unwrap()).await;
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let html = String::from_utf8(to_bytes(response.into_body(), 4_000_000).await.unwrap().to_vec()).unwrap();
    assert!(!policy.contains("unsafe-inline"));
    for script in html.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        let nonce = super::outline::attribute(tag, "nonce").unwrap_or_default();
        assert!(!nonce.is_empty() && policy.contains(&nonce), "<script{tag}>");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chosen_theme_is_on_the_document_and_nonsense_is_not() {
    let page = |cookie: &'static str| async move {
        let request = Request::get("/").header(COOKIE, cookie).body(Body::empty()).unwrap();
        let response = answer(fake::signed_in(Role::Admin, HOME), request).await;
        String::from_utf8(to_bytes(response.into_body(), 4_000_000).await.unwrap().to_vec()).unwrap()
    };
    assert!(page("a=b; theme=dark").await.contains("data-theme=\"dark\""));
    assert!(!page("theme=\"><script>").await.contains("data-theme"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_typed_never_comes_back() {
    let form = format!("tenant={}&client_id=abc&client_secret=CANARY-7f3a&secret_ends_on=nonsense", fake::tenant_id(4));
    for accept in ["application/json", "text/html"] {
        let request = Request::post("/api/set_own_registration")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, accept)
            .body(Body::from(form.clone()))
            .unwrap();
        let response = answer(fake::signed_in(Role::Admin, HOME), request).await;
        let headers = format!("{:?}", response.headers());
        let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
        assert!(!headers.contains("CANARY") && !String::from_utf8_lossy(&body).contains("CANARY"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_may_end_on_another_thread_than_it_began() {
    // What is dropped on another thread than it was made on may panic; which thread ends a page is chance.
    for _ in 0..24 {
        let asked = tokio::spawn(get(Role::Admin, "/tenants/10000000-0000-4000-8000-000000000002/what-if"));
        assert_eq!(asked.await.unwrap().0, StatusCode::OK);
    }
}

//! Page tests without a browser: every page in every state, as the server writes it, over a backend of plain structs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod fake;
mod markup;
mod outline;
mod site;
mod states;
mod wire;

use std::time::Duration;

use app::caller::SignedIn;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use domain::operator::Role;
use tower::ServiceExt;

/// The client that a viewer of these tests belongs to.
const HOME: usize = 2;

/// A page that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

async fn answer(signed_in: SignedIn, request: Request<Body>) -> Response<Body> {
    let site = site::site(signed_in, fake::backend(), fake::now());
    let path = request.uri().clone();
    let answer = tokio::time::timeout(PATIENCE, site.oneshot(request)).await;
    answer.unwrap_or_else(|_elapsed| panic!("{path} was not answered")).unwrap()
}

/// The status and the whole document.
async fn get_as(signed_in: SignedIn, path: &str) -> (StatusCode, String) {
    let response = answer(signed_in, Request::get(path).body(Body::empty()).unwrap()).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), 4_000_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(role: Role, path: &str) -> (StatusCode, String) {
    get_as(fake::signed_in(role, HOME), path).await
}

fn client(index: usize, rest: &str) -> String {
    format!("/tenants/{}{rest}", fake::tenant_id(index))
}

fn user(index: usize) -> String {
    client(HOME, &format!("/users/{}", fake::user_id(index)))
}

/// Every page that an administrator can open, in the states that differ.
fn every_page() -> Vec<String> {
    let mut pages: Vec<String> = [
        "/",
        "/?filter=sync_late&sort=users&direction=descending",
        "/?q=nobody-is-called-this",
        "/?q=empty",
        "/readiness",
        "/blockers",
        "/broken",
        "/alerts",
        "/blockers?filter=smtp_auth&narrow=overdue&sort=due",
        "/blockers?q=nobody",
        "/search?q=toys",
        "/settings/connections",
        "/settings/operators",
        "/settings/audit",
        "/settings/keys",
        "/settings/sessions",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.push(format!("/settings/connections?tenant={}", fake::tenant_id(5)));
    for index in [2, 3, 4, 5, 8, 11, 14] {
        for rest in ["", "/users", "/mfa", "/legacy", "/sync", "/review", "/what-if"] {
            pages.push(client(index, rest));
        }
    }
    pages.push(client(2, "/users?page=2&columns=address,methods"));
    pages.push(client(2, "/users?filter=guests&q=nobody"));
    pages.push(client(2, "/blocker?protocol=smtp_auth&who=scan@fabrikam.example"));
    pages.push(client(2, "/blocker?protocol=pop&who=j.okafor@fabrikam.example"));
    pages.extend([0, 2, 3, 4, 5].map(user));
    pages
}

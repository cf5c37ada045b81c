//! Calls every endpoint as nobody and as an outsider. An endpoint that is missing from the list here fails the test.

use std::collections::BTreeSet;

use domain::operator::{Reach, Role};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN};
use server::demo::visitor::Visitor;

use crate::world::World;

/// A tenant and an id that nobody here has.
const ID: &str = "99998888-7777-6666-5555-444433332222";

/// What may be answered to somebody who is signed in and has nothing to do with the tenant, or not the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outsider {
    Forbidden,
    NotFound,
    /// It tells or changes nothing that is not one's own.
    Allowed,
}

/// What a server function takes.
enum Arguments {
    Json(&'static str),
    Form(&'static str),
}

use Arguments::{Form, Json};

const QUERY: &str = r#"{"query":{}}"#;
const TENANT: &str = r#"{"tenant":"99998888-7777-6666-5555-444433332222"}"#;
const TENANT_AND_QUERY: &str = r#"{"tenant":"99998888-7777-6666-5555-444433332222","query":{}}"#;
const TENANT_AND_USER: &str =
    r#"{"tenant":"99998888-7777-6666-5555-444433332222","user":"99998888-7777-6666-5555-444433332222"}"#;
const TENANT_FORM: &str = "tenant=99998888-7777-6666-5555-444433332222";
const TENANT_AND_USER_FORM: &str =
    "tenant=99998888-7777-6666-5555-444433332222&user=99998888-7777-6666-5555-444433332222";
const OPERATOR_FORM: &str = "operator=99998888-7777-6666-5555-444433332222";

/// Every server function, with arguments that are well formed, and what a viewer of another tenant gets.
const FUNCTIONS: &[(&str, Arguments, Outsider)] = &[
    ("check_connection", Form(TENANT_FORM), Outsider::Forbidden),
    ("create_connection", Form("tenant=fabrikam.example"), Outsider::Forbidden),
    ("create_delegated_connection", Form("relationship=x"), Outsider::Forbidden),
    ("delete_operator", Form(OPERATOR_FORM), Outsider::Forbidden),
    ("delete_tenant", Form("tenant=99998888-7777-6666-5555-444433332222&confirmation=x"), Outsider::Forbidden),
    ("disconnect_tenant", Form(TENANT_FORM), Outsider::Forbidden),
    (
        "delete_plan",
        Form("tenant=99998888-7777-6666-5555-444433332222&plan=99998888-7777-6666-5555-444433332222"),
        Outsider::Forbidden,
    ),
    ("delete_channel", Form("channel=99998888-7777-6666-5555-444433332222"), Outsider::Forbidden),
    ("get_alerts", Json("{}"), Outsider::Forbidden),
    (
        "get_blocker",
        Json(r#"{"tenant":"99998888-7777-6666-5555-444433332222","principal":"x","protocol":"imap"}"#),
        Outsider::NotFound,
    ),
    ("get_evidence", Json(TENANT), Outsider::NotFound),
    ("get_partner", Json("{}"), Outsider::Forbidden),
    ("get_plans", Json(TENANT), Outsider::NotFound),
    ("get_review", Json(TENANT), Outsider::NotFound),
    ("get_sync", Json(TENANT), Outsider::NotFound),
    ("get_tenant", Json(TENANT), Outsider::NotFound),
    ("get_user", Json(TENANT_AND_USER), Outsider::NotFound),
    ("keep_plan", Form("tenant=99998888-7777-6666-5555-444433332222&name=x"), Outsider::Forbidden),
    ("list_audit", Json(QUERY), Outsider::Forbidden),
    ("list_blockers", Json(TENANT_AND_QUERY), Outsider::NotFound),
    ("list_connections", Json("{}"), Outsider::Forbidden),
    ("list_fleet_blockers", Json(QUERY), Outsider::Forbidden),
    ("list_keys", Json("{}"), Outsider::Forbidden),
    ("list_mfa", Json(TENANT_AND_QUERY), Outsider::NotFound),
    ("list_operators", Json("{}"), Outsider::Forbidden),
    ("list_tenants", Json(QUERY), Outsider::Forbidden),
    ("list_troubles", Json("{}"), Outsider::Forbidden),
    ("list_users", Json(TENANT_AND_QUERY), Outsider::NotFound),
    ("mark_account", Form(TENANT_AND_USER_FORM), Outsider::Forbidden),
    ("mark_reviewed", Form(TENANT_FORM), Outsider::Forbidden),
    ("refresh_tenant", Form(TENANT_FORM), Outsider::Forbidden),
    ("remove_own_registration", Form(TENANT_FORM), Outsider::Forbidden),
    ("request_consent", Form(TENANT_FORM), Outsider::Forbidden),
    ("rotate_keys", Form(""), Outsider::Forbidden),
    (
        "save_operator",
        Form(
            "home_tenant=99998888-7777-6666-5555-444433332222&object_id=99998888-7777-6666-5555-444433332222&display_name=x&role=admin",
        ),
        Outsider::Forbidden,
    ),
    (
        "save_channel",
        Form("channel[name]=x&channel[kind]=webhook&channel[target]=https://x.example"),
        Outsider::Forbidden,
    ),
    // The search is for who reads tenants, and finds one's own alone.
    ("search", Json(r#"{"text":"a"}"#), Outsider::Allowed),
    ("set_blocker_work", Form("tenant=99998888-7777-6666-5555-444433332222&blocker=imap:x"), Outsider::Forbidden),
    (
        "set_own_registration",
        Form("tenant=99998888-7777-6666-5555-444433332222&client_id=x&client_secret=x"),
        Outsider::Forbidden,
    ),
    ("set_signing_secret", Form("secret=0123456789abcdef"), Outsider::Forbidden),
    ("set_theme", Form("theme=dark"), Outsider::Allowed),
    ("sign_out_everywhere", Form(OPERATOR_FORM), Outsider::Forbidden),
    ("snooze_alert", Form("alert=1&hours=24"), Outsider::Forbidden),
    ("unmark_account", Form(TENANT_AND_USER_FORM), Outsider::Forbidden),
];

/// Addresses outside the app that need a session.
const CLOSED: &[(&str, Outsider)] = &[
    ("/tenants.csv", Outsider::Forbidden),
    ("/tenants/99998888-7777-6666-5555-444433332222/users.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/mfa.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/legacy.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/sync.csv", Outsider::NotFound),
    ("/readiness.csv", Outsider::Forbidden),
    ("/blockers.csv", Outsider::Forbidden),
    ("/tenants/99998888-7777-6666-5555-444433332222/requirement.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/posture.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/changes.csv", Outsider::NotFound),
    ("/tenants/99998888-7777-6666-5555-444433332222/what-if.json", Outsider::NotFound),
    ("/events", Outsider::Forbidden),
    ("/tenants/99998888-7777-6666-5555-444433332222/events", Outsider::NotFound),
];

/// Addresses that Microsoft calls, without a session and without an origin, while notifications are switched on. They answer
/// anybody the same.
const TOLD: &[&str] = &["/microsoft/changes", "/microsoft/lifecycle"];

/// Server functions that answer anybody: they tell nothing.
const OPEN_FUNCTIONS: &[&str] = &["set_theme"];

#[tokio::test]
async fn every_server_function_is_in_the_list() {
    let listed: BTreeSet<String> = FUNCTIONS.iter().map(|(name, ..)| format!("/api/{name}")).collect();
    let existing: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(listed, existing);
}

#[tokio::test]
async fn nobody_gets_nothing_out_of_a_server_function() {
    let world = World::start().await;
    for (name, arguments, _) in FUNCTIONS.iter().filter(|(name, ..)| !OPEN_FUNCTIONS.contains(name)) {
        let (status, body) = call(&world, None, name, arguments).await;
        assert!(!status.is_success(), "{name}: {status} {body}");
        assert!(body.contains("SignedOut"), "{name}: {body}");
    }
    world.stop().await;
}

#[tokio::test]
async fn an_outsider_gets_nothing_out_of_a_server_function() {
    let world = World::start().await;
    let viewer = outsider(&world).await;
    for (name, arguments, expected) in FUNCTIONS {
        let (status, body) = call(&world, Some(&viewer), name, arguments).await;
        match expected {
            Outsider::Allowed => assert!(status.is_success(), "{name}: {status} {body}"),
            refused => {
                assert!(!status.is_success(), "{name}: {status} {body}");
                assert!(body.contains(&format!("{refused:?}")), "{name}: {body}");
            }
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_to_the_sign_in_from_every_page() {
    let world = World::start().await;
    for page in leptos_axum::generate_route_list(app::App) {
        let path = page.path().replace("{id}", ID).replace("{uid}", ID);
        let mut browser = world.browser();
        let answer = browser.get_once(&world.url(&path)).await.unwrap();
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.headers[LOCATION].to_str().unwrap().starts_with("/sign-in"), "{path}");
        assert!(answer.body.is_empty(), "{path}: {}", answer.body);
    }
    let mut browser = world.browser();
    let answer = browser.get_once(&world.url("/no/such/page")).await.unwrap();
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "who is nobody does not learn what exists");
    world.stop().await;
}

#[tokio::test]
async fn files_and_streams_are_closed_to_nobody_and_to_an_outsider() {
    let world = World::start().await;
    let viewer = outsider(&world).await;
    for (path, expected) in CLOSED {
        let answer = get(&world, None, path).await;
        assert_eq!(answer, StatusCode::UNAUTHORIZED, "{path} for nobody");
        let expected = match expected {
            Outsider::Forbidden => StatusCode::FORBIDDEN,
            Outsider::NotFound => StatusCode::NOT_FOUND,
            Outsider::Allowed => StatusCode::OK,
        };
        assert_eq!(get(&world, Some(&viewer), path).await, expected, "{path} for an outsider");
    }
    world.stop().await;
}

#[tokio::test]
async fn another_sites_page_can_call_no_server_function() {
    let world = World::start().await;
    let (admin, _) = world.sign_in(world.person("admin")).await;
    let session = world.session(&admin).unwrap();
    for (name, arguments, _) in FUNCTIONS {
        let (kind, body) = wire(arguments);
        let request = world.state().graph.http().post(world.url(&format!("/api/{name}")));
        let answer = request
            .header(COOKIE, format!("tenantry-session={session}"))
            .header(ORIGIN, "https://evil.example")
            .header(CONTENT_TYPE, kind)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
        assert!(answer.text().await.unwrap().contains("another site"), "{name}");
    }
    world.stop().await;
}

#[tokio::test]
async fn microsoft_needs_no_session_where_it_tells_of_changes_and_nowhere_else() {
    let world = World::start_with(&[("notifications.enabled", "true")]).await;
    let viewer = outsider(&world).await;
    let post = async |path: &str, session: Option<&String>| {
        let mut request = world.state().graph.http().post(world.url(path)).body(r#"{"value":[]}"#);
        if let Some(session) = session {
            request = request.header(COOKIE, format!("tenantry-session={session}"));
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for path in TOLD {
        for session in [None, Some(&viewer)] {
            assert_eq!(post(path, session).await, (StatusCode::ACCEPTED, String::new()), "{path}");
        }
        for other in [format!("{path}/x"), format!("{path}/../../api/rotate_keys"), format!("/x{path}")] {
            assert_eq!(post(&other, Some(&viewer)).await.0, StatusCode::FORBIDDEN, "{other}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_never_through_a_proxy() {
    let world = World::start().await;
    assert_eq!(get(&world, None, "/healthz").await, StatusCode::OK);
    assert_eq!(get(&world, None, "/readyz").await, StatusCode::OK);
    assert_eq!(get(&world, None, "/metrics").await, StatusCode::OK);
    let proxied = world.state().graph.http().get(world.url("/metrics")).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(proxied.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    world.stop().await;
}

/// A viewer of another tenant, signed in.
async fn outsider(world: &World) -> String {
    let viewer = world.person("viewer");
    world.appoint(viewer, Role::Viewer, Reach::All).await;
    let (browser, _): (Visitor, _) = world.sign_in(viewer).await;
    world.session(&browser).unwrap()
}

async fn call(world: &World, session: Option<&String>, name: &str, arguments: &Arguments) -> (StatusCode, String) {
    let (kind, body) = wire(arguments);
    let mut request = world
        .state()
        .graph
        .http()
        .post(world.url(&format!("/api/{name}")))
        .header(ORIGIN, &world.base)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, kind)
        .body(body);
    if let Some(session) = session {
        request = request.header(COOKIE, format!("tenantry-session={session}"));
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn get(world: &World, session: Option<&String>, path: &str) -> StatusCode {
    let mut request = world.state().graph.http().get(world.url(path));
    if let Some(session) = session {
        request = request.header(COOKIE, format!("tenantry-session={session}"));
    }
    request.send().await.unwrap().status()
}

fn wire(arguments: &Arguments) -> (&'static str, &'static str) {
    match arguments {
        Json(body) => ("application/json", body),
        Form(body) => ("application/x-www-form-urlencoded", body),
    }
}

//! Signing in and out, sessions, and what is refused on the way.

use chrono::TimeDelta;
use domain::operator::{Reach, Role};
use reqwest::StatusCode;
use server::demo::key;
use url::Url;

use crate::world::World;

#[tokio::test]
async fn the_first_administrator_signs_in_and_lands_where_they_wanted() {
    let world = World::start().await;
    let mut browser = world.browser();
    let sign_in_page = browser.get(&world.url("/settings/audit?q=sign")).await.unwrap();
    assert!(sign_in_page.url.as_str().starts_with(&world.simulator.announcement().login_url), "{}", sign_in_page.url);
    let page = browser.choose(&key(world.person("admin"))).await.unwrap();
    assert_eq!(page.url.as_str(), world.url("/settings/audit?q=sign"));
    assert!(world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn the_first_administrator_counts_only_while_there_is_none() {
    let nobody = "sign_in.first_administrator_object_id";
    let world = World::start_with(&[(nobody, ""), ("sign_in.first_administrator_app_role", "Admin")]).await;
    let (_, page) = world.sign_in(world.person("technician")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "without the app role");
    world.appoint(world.person("technician"), Role::Admin, Reach::All).await;
    let (_, page) = world.sign_in(world.person("admin")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "there is an administrator by now");
    world.stop().await;
}

#[tokio::test]
async fn the_first_administrator_may_be_named_by_an_app_role() {
    let nobody = "sign_in.first_administrator_object_id";
    let world = World::start_with(&[(nobody, ""), ("sign_in.first_administrator_app_role", "Admin")]).await;
    let (mut browser, page) = world.sign_in(world.person("admin")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn a_person_without_appointment_is_told_whom_to_ask_and_gets_no_session() {
    let world = World::start_with(&[("sign_in.contact", "Grace <it@msp.example>")]).await;
    let stranger = world.person("nobody");
    let (mut browser, page) = world.sign_in(stranger).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Grace &lt;it@msp.example&gt;"), "{}", page.body);
    assert!(page.body.contains(&stranger.object_id.to_string()));
    assert_eq!(world.session(&browser), None);
    assert!(!world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn every_role_signs_in() {
    let world = World::start().await;
    let roles = [("technician", Role::Technician), ("account_manager", Role::AccountManager), ("viewer", Role::Viewer)];
    for (name, role) in roles {
        let person = world.person(name);
        world.appoint(person, role, Reach::All).await;
        let (mut browser, page) = world.sign_in(person).await;
        assert!(page.url.as_str().starts_with(&world.base), "{name}: {}", page.url);
        assert!(world.is_signed_in(&mut browser).await, "{name}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_viewer_reaches_the_own_tenant_whatever_is_stored() {
    let world = World::start().await;
    let person = world.person("viewer");
    let id = world.appoint(person, Role::Viewer, Reach::All).await;
    let found = world.state().store.operators().get(id).await.unwrap().unwrap();
    assert_eq!(found.operator.reach, Reach::Only([found.operator.home_tenant].into()));
    world.stop().await;
}

#[tokio::test]
async fn a_new_sign_in_gets_a_new_session_and_ends_the_old_one() {
    let world = World::start().await;
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    let old = world.session(&browser).unwrap();
    browser.sign_in(&world.base, &key(world.person("admin"))).await.unwrap();
    assert_ne!(world.session(&browser).unwrap(), old);
    let mut thief = world.browser();
    thief.set_cookie(&world.base, "tenantry-session", &old);
    assert!(!world.is_signed_in(&mut thief).await);
    world.stop().await;
}

#[tokio::test]
async fn a_session_that_the_attacker_chose_is_not_taken_over_by_a_sign_in() {
    let world = World::start().await;
    let mut browser = world.browser();
    browser.set_cookie(&world.base, "tenantry-session", "chosen-by-the-attacker");
    browser.sign_in(&world.base, &key(world.person("admin"))).await.unwrap();
    assert_ne!(world.session(&browser).as_deref(), Some("chosen-by-the-attacker"));
    world.stop().await;
}

#[tokio::test]
async fn an_idle_session_ends() {
    let world = World::start_with(&[("sign_in.session_idle_minutes", "30")]).await;
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    world.advance(TimeDelta::minutes(29));
    assert!(world.is_signed_in(&mut browser).await);
    world.advance(TimeDelta::minutes(29));
    assert!(world.is_signed_in(&mut browser).await, "use keeps it alive");
    world.advance(TimeDelta::minutes(31));
    assert!(!world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn a_session_in_use_ends_all_the_same() {
    let world = World::start_with(&[("sign_in.session_absolute_hours", "2")]).await;
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    for _ in 0..3 {
        world.advance(TimeDelta::minutes(39));
        assert!(world.is_signed_in(&mut browser).await);
    }
    world.advance(TimeDelta::minutes(4));
    assert!(!world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_too() {
    let world = World::start().await;
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    let session = world.session(&browser).unwrap();
    let page = browser.post(&world.url("/sign-out"), &[]).await.unwrap();
    assert_eq!(page.url.path(), "/signed-out");
    assert_eq!(world.session(&browser), None);
    browser.set_cookie(&world.base, "tenantry-session", &session);
    assert!(!world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn a_withdrawn_appointment_ends_at_once() {
    let world = World::start().await;
    let id = world.appoint(world.person("technician"), Role::Technician, Reach::All).await;
    let (mut browser, _) = world.sign_in(world.person("technician")).await;
    assert!(world.is_signed_in(&mut browser).await);
    world.state().store.operators().delete(id).await.unwrap();
    assert!(!world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn another_site_cannot_sign_somebody_out() {
    let world = World::start().await;
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    let cookie = format!("tenantry-session={}", world.session(&browser).unwrap());
    let http = world.state().graph.http();
    for origin in ["https://evil.example", "null"] {
        let answer = http.post(world.url("/sign-out")).header("origin", origin).header("cookie", &cookie).send();
        assert_eq!(answer.await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    let answer = http.post(world.url("/sign-out")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "no origin at all");
    let answer = http.get(world.url("/sign-out")).header("cookie", &cookie).send().await.unwrap();
    assert!(!answer.status().is_success(), "GET changes nothing");
    assert!(world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn a_callback_that_this_browser_did_not_begin_is_refused() {
    let world = World::start().await;
    // The attacker signs in and stops before the last step; the victim is sent there.
    let mut attacker = world.browser();
    attacker.get(&world.url("/sign-in")).await.unwrap();
    let mut victim = world.browser();
    let page = victim.get(&world.url("/sign-in/callback?code=x&state=y")).await.unwrap();
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.session(&victim), None);
    let page = attacker.get(&world.url("/sign-in/callback?code=x&state=guessed")).await.unwrap();
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    world.stop().await;
}

#[tokio::test]
async fn nonsense_on_the_callback_is_answered_with_a_sentence() {
    let world = World::start().await;
    let long = format!("?state={}", "a".repeat(5000));
    let nonsense =
        ["", "?", "?code=", "?state=%FF%FE", "?code=a&code=b", "?error=x", "?error=%3Cscript%3E", &long, "?=&&&"];
    for query in nonsense {
        let mut browser = world.browser();
        let page = browser.get(&world.url(&format!("/sign-in/callback{query}"))).await.unwrap();
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains("This sign-in cannot be finished"), "{query}");
        assert!(!page.body.contains("<script"), "{query}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_refusal_by_microsoft_is_told_and_nobody_is_signed_in() {
    let world = World::start().await;
    let mut browser = world.browser();
    let begun = browser.get_once(&world.url("/sign-in")).await.unwrap();
    let state = query_of(begun.headers["location"].to_str().unwrap(), "state");
    let refused =
        format!("/sign-in/callback?error=access_denied&error_description=AADSTS65004%3A+declined&state={state}");
    let page = browser.get(&world.url(&refused)).await.unwrap();
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("AADSTS65004"), "{}", page.body);
    assert_eq!(world.session(&browser), None);
    world.stop().await;
}

#[tokio::test]
async fn a_code_that_answers_another_sign_in_is_refused() {
    let world = World::start().await;
    let mut browser = world.browser();
    let begun = browser.get_once(&world.url("/sign-in")).await.unwrap();
    let mut url = Url::parse(begun.headers["location"].to_str().unwrap()).unwrap();
    // Somebody on the way puts in a nonce of their own.
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| {
            (name.to_string(), if name == "nonce" { String::from("forged") } else { value.to_string() })
        })
        .collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    browser.get(url.as_str()).await.unwrap();
    let page = browser.choose(&key(world.person("admin"))).await.unwrap();
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("it answers another sign-in"), "{}", page.body);
    assert_eq!(world.session(&browser), None);
    world.stop().await;
}

#[tokio::test]
async fn an_attempt_that_took_too_long_is_refused() {
    let world = World::start().await;
    let mut browser = world.browser();
    browser.get(&world.url("/sign-in")).await.unwrap();
    world.advance(TimeDelta::minutes(31));
    // The browser would have dropped the cookie by now; one that kept it gains nothing.
    let page = browser.choose(&key(world.person("admin"))).await.unwrap();
    assert!(page.status.is_client_error(), "{}", page.status);
    assert_eq!(world.session(&browser), None);
    world.stop().await;
}

#[tokio::test]
async fn keys_that_microsoft_rotated_are_read_again() {
    let world = World::start().await;
    world.sign_in(world.person("admin")).await;
    world.simulator.tokens().rotate_keys().unwrap();
    world.advance(TimeDelta::minutes(2));
    let (mut browser, _) = world.sign_in(world.person("admin")).await;
    assert!(world.is_signed_in(&mut browser).await);
    world.stop().await;
}

#[tokio::test]
async fn a_sign_in_returns_to_no_other_site() {
    let world = World::start().await;
    for foreign in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"] {
        let mut browser = world.browser();
        browser.get(&world.url(&format!("/sign-in?return_to={foreign}"))).await.unwrap();
        let page = browser.choose(&key(world.person("admin"))).await.unwrap();
        assert_eq!(page.url.as_str(), world.url("/"), "{foreign}");
    }
    world.stop().await;
}

#[tokio::test]
async fn every_answer_bears_the_security_headers() {
    let world = World::start().await;
    for path in ["/sign-in/callback", "/signed-out", "/healthz", "/nowhere.css"] {
        let mut browser = world.browser();
        let page = browser.get_once(&world.url(path)).await.unwrap();
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(page.headers["referrer-policy"], "same-origin", "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(page.headers["x-request-id"].len(), 32, "{path}");
    }
    world.stop().await;
}

fn query_of(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(found, _)| found == name);
    found.map(|(_, value)| value.to_string()).unwrap()
}

use chrono::TimeDelta;
use domain::connection::ConnectionState;
use domain::ids::TenantId;
use futures::future::join_all;
use serde_json::Value;
use server::graph::{AccessTokens, GraphError, Query, Resource};
use simulator::world::Kind;
use simulator::{FaultKind, Side};

use crate::office::Office;

pub(super) const TOKEN: &str = "/oauth2/v2.0/token";

fn asked(office: &Office, tenant: TenantId) -> u64 {
    office.simulator.requests().count(Side::Login, Some(tenant.0), &format!("/{tenant}{TOKEN}"))
}

async fn read(office: &Office, tenant: TenantId) -> Result<Value, GraphError> {
    office.graph_of(tenant).get_one(&Query::v1("organization")).await
}

#[tokio::test]
async fn a_hundred_tasks_that_need_a_token_make_one_call() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    office.advance(TimeDelta::hours(2));
    office.simulator.requests().clear();
    let taken = join_all((0..100).map(|_| office.tokens.get(tenant, Resource::Graph))).await;
    assert!(taken.iter().all(Result::is_ok));
    assert_eq!(asked(&office, tenant), 1);
    office.advance(TimeDelta::minutes(30));
    office.tokens.get(tenant, Resource::Graph).await.unwrap();
    assert_eq!(asked(&office, tenant), 1, "still good");
    office.advance(TimeDelta::minutes(60));
    office.tokens.get(tenant, Resource::Graph).await.unwrap();
    assert_eq!(asked(&office, tenant), 2, "renewed before its end");
}

#[tokio::test]
async fn a_hundred_tasks_that_are_refused_make_one_call() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    office.advance(TimeDelta::hours(2));
    office.fault(tenant, TOKEN, FaultKind::Aadsts(7_000_222), None);
    office.simulator.requests().clear();
    let taken = join_all((0..100).map(|_| office.tokens.get(tenant, Resource::Graph))).await;
    assert!(taken.iter().all(|taken| taken.as_ref().is_err_and(|error| error.aadsts() == Some(7_000_222))));
    assert_eq!(asked(&office, tenant), 1);
}

#[tokio::test]
async fn refusals_that_last_break_the_connection_and_it_mends_by_itself() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    for code in [7_000_222, 53_003, 700_016, 50_057] {
        office.advance(TimeDelta::hours(2));
        let since = office.clock.now();
        office.fault(tenant, TOKEN, FaultKind::Aadsts(code), Some(1));
        let error = read(&office, tenant).await.unwrap_err();
        assert_eq!(error.aadsts(), Some(code), "{error}");
        let broken = office.stored(tenant).await;
        assert_eq!(broken.state, ConnectionState::Broken, "{code}");
        assert!(broken.since.unwrap() >= since - TimeDelta::seconds(1));
        let cause = broken.cause.unwrap();
        assert_eq!(cause.code, format!("AADSTS{code}"));
        assert!(!cause.meaning.is_empty() && !cause.next_step.is_empty());
        read(&office, tenant).await.unwrap();
        let mended = office.stored(tenant).await;
        assert_eq!((mended.state, mended.cause), (ConnectionState::Connected, None), "{code}");
    }
}

#[tokio::test]
async fn what_passes_by_itself_does_not_break_the_connection() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let passing = [
        FaultKind::Aadsts(90_033),
        FaultKind::TooManyRequests { retry_after_seconds: None },
        FaultKind::ServiceUnavailable { retry_after_seconds: None },
        FaultKind::HtmlErrorPage,
        FaultKind::Reset,
        FaultKind::TruncatedJson,
    ];
    for fault in passing {
        office.advance(TimeDelta::hours(2));
        office.fault(tenant, TOKEN, fault.clone(), None);
        assert!(read(&office, tenant).await.is_err(), "{fault:?}");
        assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected, "{fault:?}");
        office.simulator.faults().clear();
        office.fault(tenant, TOKEN, fault.clone(), Some(1));
        assert!(read(&office, tenant).await.is_ok(), "{fault:?}");
        office.simulator.faults().clear();
    }
}

#[tokio::test]
async fn a_withdrawn_consent_is_noticed_and_its_return_too() {
    let office = Office::open().await;
    let tenant = office.connect(Kind::SecurityDefaults).await;
    let principal = office.change(|world| world.tenants.get_mut(&tenant.0).unwrap().service_principal.take()).await;
    office.advance(TimeDelta::hours(2));
    assert!(read(&office, tenant).await.is_err());
    let broken = office.stored(tenant).await;
    assert_eq!((broken.state, broken.cause.unwrap().code.as_str()), (ConnectionState::Broken, "AADSTS7000229"));
    office.change(|world| world.tenants.get_mut(&tenant.0).unwrap().service_principal = principal).await;
    read(&office, tenant).await.unwrap();
    assert_eq!(office.stored(tenant).await.state, ConnectionState::Connected);
}

#[tokio::test]
async fn a_certificate_proves_the_app_even_when_the_clocks_differ() {
    use std::sync::Arc;

    use server::graph::credential::{AppCredential, Certificate, Proof};
    use server::graph::entra::Grant;

    let office = Office::open().await;
    let announcement = office.simulator.announcement();
    let read = |path: &std::path::Path| std::fs::read(path).unwrap();
    let certificate =
        Certificate::from_pem(&read(&announcement.certificate_path), &read(&announcement.private_key_path)).unwrap();
    assert!(certificate.ends_at().is_some_and(|end| end > office.clock.now()));
    let app = AppCredential {
        client_id: Arc::from(announcement.client_id.to_string()),
        proof: Proof::Certificate(Arc::new(certificate)),
        ends_at: None,
    };
    let tenant = office.client_of(Kind::SecurityDefaults).await;
    let entra = office.graph.entra();
    let take = || entra.take_tokens(tenant, &app, Grant::ClientCredentials, Resource::Graph, None);
    take().await.unwrap();
    office.clock.advance(TimeDelta::hours(5));
    take().await.unwrap();
    assert!(entra.skew() < TimeDelta::hours(-4), "{}", entra.skew());
    office.clock.advance(TimeDelta::hours(-10));
    take().await.unwrap();
}

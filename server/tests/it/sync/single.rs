//! One tenant at a time: faults, changes, licences.

use chrono::TimeDelta;
use domain::dataset::{Dataset, Outcome};
use domain::facts::registration::PerUserMfa;
use domain::ids::{TenantId, UserId};
use simulator::world::{Kind, methods};
use simulator::{FaultKind, Side};

use super::{House, technician};

pub(super) fn denied() -> FaultKind {
    FaultKind::Error {
        status: 403,
        code: String::from("Authorization_RequestDenied"),
        message: String::from("Insufficient privileges to complete the operation."),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_missing_permission_sinks_nothing_else() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaComplete).await;
    house.fault(tenant, "/v1.0/roleManagement", denied(), None);
    house.drain().await;
    let status = house.status(tenant, Dataset::RoleAssignments).await;
    assert_eq!(status.outcome, Some(Outcome::NotPermitted));
    let cause = status.cause.unwrap();
    assert!(cause.meaning.contains(Dataset::RoleAssignments.spec().permission), "{cause:?}");
    assert!(status.next_run_at > status.finished_at);
    for dataset in
        [Dataset::Users, Dataset::ConditionalAccessPolicies, Dataset::RegistrationDetails, Dataset::DirectorySync]
    {
        house.assert_done(tenant, dataset).await;
    }
    assert!(!house.verdicts(tenant).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_answer_fails_its_dataset_and_keeps_the_last_data() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    let before = house.facts(tenant).await;
    let read_at = house.status(tenant, Dataset::Users).await.read_at;
    let no_users = FaultKind::Error { status: 200, code: String::from("x"), message: String::from("x") };
    let broken = [
        FaultKind::TruncatedJson,
        FaultKind::HtmlErrorPage,
        FaultKind::WrongContentType,
        FaultKind::RepeatedPage,
        FaultKind::Reset,
        no_users,
    ];
    for kind in broken {
        house.simulator.faults().clear();
        house.fault(tenant, "/v1.0/users/delta", kind.clone(), None);
        house.refresh(tenant).await;
        let status = house.status(tenant, Dataset::Users).await;
        assert_eq!(status.outcome, Some(Outcome::Failed), "{kind:?}");
        assert_eq!(status.read_at, read_at, "{kind:?}");
        assert!(status.cause.is_some());
        house.assert_done(tenant, Dataset::SecurityDefaults).await;
        assert_eq!(house.facts(tenant).await.users.len(), before.users.len());
    }
    house.simulator.faults().clear();
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::Users).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_want_of_a_licence_is_compared_with_the_subscriptions() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaComplete).await;
    let no_licence = FaultKind::Error {
        status: 403,
        code: String::from("Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
        message: String::from("Neither tenant is B2C or tenant doesn't have premium license"),
    };
    let report = "/v1.0/reports/authenticationMethods";
    // Once is a whim: the second time it is answered.
    house.fault(tenant, report, no_licence.clone(), Some(1));
    house.drain().await;
    house.assert_done(tenant, Dataset::RegistrationDetails).await;
    // For good is a contradiction to what the tenant pays for, and not "no licence".
    house.fault(tenant, report, no_licence, None);
    house.refresh(tenant).await;
    let status = house.status(tenant, Dataset::RegistrationDetails).await;
    assert_eq!(status.outcome, Some(Outcome::Failed));
    assert!(status.cause.unwrap().meaning.contains("although it holds Entra ID P"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_without_the_licence_is_not_asked() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::NoP1).await;
    house.drain().await;
    assert_eq!(house.outcome(tenant, Dataset::RegistrationDetails).await, Some(Outcome::NotLicensed));
    let asked = |path| house.simulator.requests().count(Side::Graph, Some(tenant.0), path);
    assert_eq!(asked("/v1.0/reports/authenticationMethods"), 0);
    assert_eq!(asked("/v1.0/auditLogs"), 0);
    assert!(asked("/v1.0/reports/getEmailAppUsageUserDetail") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_come_by_delta_and_who_is_gone_is_gone() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    let (gone, renamed) = {
        let users = house.facts(tenant).await.users;
        (users[0].id, users[1].id)
    };
    let now = house.simulator.clock().now();
    house
        .change(tenant, |directory| {
            assert!(directory.delete_user(gone.0, now, false));
            assert!(directory.update_user(renamed.0, |user| user.display_name = String::from("Renamed Person")));
        })
        .await;
    house.simulator.requests().clear();
    house.refresh(tenant).await;
    let users = house.facts(tenant).await.users;
    assert!(users.iter().all(|user| user.id != gone));
    let renamed = users.iter().find(|user| user.id == renamed).unwrap();
    assert_eq!(renamed.display_name, "Renamed Person");
    assert!(!renamed.user_principal_name.is_empty());
    assert_eq!(house.simulator.requests().count(Side::Graph, Some(tenant.0), "/v1.0/users/delta"), 1);
    assert_eq!(house.verdicts(tenant).await.len(), users.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_delta_is_read_anew_and_vanished_users_go() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    let gone = house.facts(tenant).await.users[0].id;
    let now = house.simulator.clock().now();
    house.change(tenant, |directory| directory.delete_user(gone.0, now, true)).await;
    // Directory delta tokens live seven days.
    house.advance(TimeDelta::days(8));
    house.tokens.held.lock().await.clear();
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::Users).await;
    let expected = house.simulator.world().read().await.tenants[&tenant.0].directory.user_count();
    let users = house.facts(tenant).await.users;
    assert_eq!(users.len(), expected);
    assert!(users.iter().all(|user| user.id != gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn legacy_sign_ins_are_never_counted_twice() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SmtpPrinters).await;
    house.drain().await;
    house.assert_done(tenant, Dataset::LegacySignIns).await;
    let successes = |facts: &server::store::JudgeFacts| -> u64 {
        facts.legacy_sign_ins.value().unwrap().iter().map(|row| u64::from(row.successes)).sum()
    };
    let first = successes(&house.facts(tenant).await);
    assert!(first > 0);
    for _ in 0..3 {
        house.refresh(tenant).await;
        assert_eq!(successes(&house.facts(tenant).await), first);
    }
    let seen: std::collections::HashSet<UserId> =
        house.facts(tenant).await.legacy_sign_ins.value().unwrap().iter().map(|row| row.user_id).collect();
    assert!(!seen.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_gives_no_token_says_why_and_keeps_its_data() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::SecurityDefaults).await;
    house.drain().await;
    let users = house.facts(tenant).await.users.len();
    house.simulator.world().write().await.tenants.get_mut(&tenant.0).unwrap().service_principal = None;
    house.tokens.held.lock().await.clear();
    house.refresh(tenant).await;
    let status = house.status(tenant, Dataset::Users).await;
    assert_eq!(status.outcome, Some(Outcome::Failed));
    let cause = status.cause.unwrap();
    assert!(cause.code.starts_with("AADSTS"), "{cause:?}");
    assert_eq!(house.facts(tenant).await.users.len(), users);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn per_user_mfa_is_read_one_by_one_where_the_list_does_not_tell() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::PerUserMfa).await;
    let not_told = FaultKind::Error {
        status: 400,
        code: String::from("BadRequest"),
        message: String::from("Could not find a property named 'perUserMfaState'"),
    };
    // `users/delta` begins the same: it may fail here, and does not matter.
    house.drain().await;
    let all_at_once = house.facts(tenant).await.tenant.per_user_mfa;
    assert_eq!(all_at_once.value().unwrap().len(), house.facts(tenant).await.users.len());
    house.fault(tenant, "/v1.0/users", not_told, None);
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::PerUserMfa).await;
    assert_eq!(house.facts(tenant).await.tenant.per_user_mfa.value(), all_at_once.value());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_one_by_one_before_it_is_known_who_is_there() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::NoP1).await;
    house.fault(tenant, "/v1.0/users/delta", denied(), Some(1));
    house.drain().await;
    assert_eq!(house.outcome(tenant, Dataset::Users).await, Some(Outcome::NotPermitted));
    assert_eq!(house.outcome(tenant, Dataset::PerUserMfa).await, None, "put off: nothing was read, and nothing failed");
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::PerUserMfa).await;
    let facts = house.facts(tenant).await;
    assert!(facts.users.len() > 5);
    assert_eq!(facts.tenant.per_user_mfa.value().map(std::collections::HashMap::len), Some(facts.users.len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_before_microsoft_throttled_is_kept_and_the_next_run_goes_on() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::NoP1).await;
    house.drain().await;
    let mut users: Vec<UserId> = house.facts(tenant).await.users.iter().map(|user| user.id).collect();
    users.sort_unstable();
    let enforced = async || {
        let states = house.facts(tenant).await.tenant.per_user_mfa;
        let is_enforced = |user: &&UserId| states.value().unwrap().get(*user) == Some(&PerUserMfa::Enforced);
        users.iter().filter(is_enforced).copied().collect::<Vec<UserId>>()
    };
    assert_eq!(enforced().await, []);
    house
        .change(tenant, |directory| {
            for user in &users {
                assert!(directory.update_user(user.0, |user| user.per_user_mfa = methods::PerUserMfa::Enforced));
            }
        })
        .await;
    let throttled = FaultKind::TooManyRequests { retry_after_seconds: Some(0.01) };
    house.fault(tenant, &format!("/beta/users/{}/authentication/requirements", users[7]), throttled, None);
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::PerUserMfa).await;
    assert!(enforced().await.starts_with(&users[..7]));
    assert!(!enforced().await.contains(&users[7]));
    house.simulator.faults().clear();
    house.refresh(tenant).await;
    house.assert_done(tenant, Dataset::PerUserMfa).await;
    assert_eq!(enforced().await, users);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsofts_own_figures_stand_beside_ours() {
    let house = House::open().await;
    let partner = TenantId(house.simulator.announcement().partner_tenant_id);
    let client = house.connect_kind(Kind::CaExcludedGroup).await;
    house.connect(partner).await;
    house.drain().await;
    house.assert_done(partner, Dataset::PartnerScore).await;
    assert_eq!(house.outcome(client, Dataset::PartnerScore).await, None);
    let review = async |tenant| {
        let services = house.services();
        app::backend::Tenants::get_review(&services, &technician(), tenant).await.unwrap().readiness
    };
    let score = review(partner).await.microsoft.unwrap().score.unwrap();
    assert!(score.current <= score.most);
    let readiness = review(client).await;
    let insight = readiness.microsoft.unwrap().insight.unwrap();
    assert!(insight.conditional_access && insight.users > 0);
    let told = insight.beside(readiness.accounts.known().unwrap());
    assert!(told[0].contains(&format!("of {} accounts as compliant", insight.users)), "{told:?}");
    // A client that is listed later does not wait for the next reading of the timetable.
    let late = house.connect_kind(Kind::SecurityDefaults).await;
    house.advance(TimeDelta::seconds(1));
    house.drain().await;
    assert!(review(late).await.microsoft.is_some());
    assert!(house.facts(client).await.users.len() as u32 == insight.users);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ifs_are_judged_by_real_sign_ins() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaReportOnly).await;
    house.drain().await;
    let snapshot = house.services().snapshot(&technician(), tenant).await.unwrap();
    let sign_ins = snapshot.sign_ins.known().unwrap();
    assert!(sign_ins.log.cut_on.is_none());
    let known: std::collections::HashSet<_> = snapshot.users.iter().map(|user| user.id).collect();
    assert!(sign_ins.users.len() > 3 && sign_ins.users.iter().all(|user| known.contains(&user.user_id)));
    assert!(sign_ins.users.iter().flat_map(|user| &user.ways).all(|seen| seen.way.app_id.is_some()));
    let again = sign_ins.clone();
    house.refresh(tenant).await;
    let snapshot = house.services().snapshot(&technician(), tenant).await.unwrap();
    assert_eq!(snapshot.sign_ins.known().unwrap().users, again.users);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_of_verdicts_tells_every_reason_and_hole() {
    let house = House::open().await;
    let tenant = house.connect_kind(Kind::CaAppExcluded).await;
    house.drain().await;
    let query = domain::list::ListQuery { filter: String::from("partial"), ..Default::default() };
    let exported = house.services().export_verdicts(&technician(), tenant, &query).await.unwrap();
    assert!(!exported.is_empty());
    for (row, judgement) in exported {
        let judgement = judgement.unwrap();
        assert_eq!(judgement.verdict, row.verdict);
        assert!(!judgement.holes.is_empty() && judgement.because() == row.because, "{judgement:?}");
    }
}

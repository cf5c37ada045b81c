//! Verdicts: written with their changes, the day's posture and the tenant's counts.

use app::backend::Tenants as _;
use chrono::TimeDelta;
use domain::blocker::{BlockerRow, Evidence, Protocol};
use domain::dataset::Dataset;
use domain::facts::directory::{PrincipalKind, RoleAssignment, SignInActivity};
use domain::facts::policy::Policy;
use domain::known::{Known, UnknownCause};
use domain::list::ListQuery;
use domain::operator::{Reach, Role};
use domain::sync_health::Scales;
use domain::user::UserFinding;
use domain::verdict::{OpenAdmins, Posture, Verdict};
use rstest::rstest;
use server::audit::Audit;
use server::clock::Clock;
use server::random::Random;
use server::services::tenants::Tenants;
use server::store::{Facts, Judged};
use uuid::Uuid;

use super::world::{all_judged, caller, done, done_at, id, judged, now, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

pub fn service(database: &TestDatabase) -> Tenants {
    let clock = Clock::default();
    clock.advance(now() - clock.now());
    let refresh = |_| -> futures::future::BoxFuture<'static, _> { Box::pin(async { Ok(()) }) };
    Tenants {
        extras: domain::dataset::Extras::default(),
        store: database.store.clone(),
        audit: Audit::new(database.store.clone(), clock.clone()),
        clock,
        scales: Scales::default(),
        random: Random::from_system(),
        refresh: std::sync::Arc::new(refresh),
        looks: Default::default(),
    }
}

pub fn blocker(name: &str, protocol: Protocol, last_seen_days_ago: i64) -> BlockerRow {
    BlockerRow {
        principal: format!("{name}@client.example"),
        user_id: Some(id(1)),
        user_principal_name: format!("{name}@client.example"),
        display_name: Some(name.to_owned()),
        protocol,
        evidence: Evidence::SignIns,
        successes: 3,
        sprayed: 0,
        blocked: 0,
        first_seen_at: None,
        last_seen_at: Some(now() - TimeDelta::days(last_seen_days_ago)),
        addresses: vec![String::from("203.0.113.9")],
        places: Vec::new(),
        user_agents: Vec::new(),
        probably: None,
        work: None,
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_client_shows_what_was_judged(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    let service = service(&database);
    let caller = caller(Role::Technician, Reach::All);
    let before = service.get(&caller, tenant_id(1)).await.unwrap();
    assert_eq!(before.mfa.posture, Known::Unknown(UnknownCause::NotYetRead));
    assert_eq!(before.users.counts, Known::Unknown(UnknownCause::NotYetRead));
    let mut disabled = user(4, "Jürgen Weiß");
    disabled.account_enabled = false;
    write_users(&tenant, vec![user(1, "Priya Raman"), user(2, "Li Na"), user(3, "Anika Osei"), disabled]).await;
    let role = RoleAssignment {
        principal_id: id(1).0,
        principal_kind: PrincipalKind::User,
        role_template_id: Uuid::from_u128(9),
        role_name: String::from("Global Administrator"),
        directory_scope: String::from("/"),
        eligible: false,
    };
    tenant.write_facts(Facts::RoleAssignments(vec![role]), done()).await.unwrap();
    tenant.write_facts(Facts::Policies(Vec::<Policy>::new()), done_at(now() - TimeDelta::minutes(6))).await.unwrap();
    let verdicts = Judged {
        blockers: Known::Known(vec![blocker("scan", Protocol::SmtpAuth, 3), blocker("erp", Protocol::Imap, 1)]),
        ..all_judged(vec![
            judged(id(1), Verdict::Partial, true, &[]),
            judged(id(2), Verdict::Unprotected, false, &[UserFinding::PasswordNeverExpires]),
            judged(id(3), Verdict::Protected, false, &[]),
            judged(id(4), Verdict::CannotSignIn, false, &[UserFinding::BlockedStillLicensed]),
            // Gone meanwhile.
            judged(id(5), Verdict::Unprotected, true, &[]),
        ])
    };
    tenant.write_judged(verdicts).await.unwrap();
    let view = service.get(&caller, tenant_id(1)).await.unwrap();
    let posture = Posture { protected: 1, partial: 1, unprotected: 1, cannot_sign_in: 1, ..Posture::default() };
    assert_eq!(view.mfa.posture, Known::Known(posture));
    assert_eq!(view.mfa.admins_unprotected, Known::Known(OpenAdmins { unmarked: 1, marked: 0, unknown: 0 }));
    assert_eq!(view.mfa.trend, [2]);
    let names = |rows: &[domain::user::UserRow]| rows.iter().map(|row| row.display_name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&view.mfa.worst), ["Priya Raman", "Li Na"]);
    assert_eq!(view.mfa.worst[0].roles, ["Global Administrator"]);
    assert_eq!(view.mfa.worst[0].because, "Because it is Protected with holes.");
    assert_eq!(view.mfa.worst[0].since, Some(now()));
    assert_eq!(names(&view.users.look_at_first), ["Jürgen Weiß", "Li Na"]);
    let counts = view.users.counts.known().unwrap();
    assert_eq!((counts.accounts, counts.active, counts.idle, counts.disabled), (4, 3, None, 1));
    assert_eq!(view.legacy.count.known().map(|count| (count.blockers, count.smtp_auth)), Some((2, 1)));
    assert_eq!(view.legacy.worst[0].user_principal_name, "erp@client.example");
    assert_eq!(view.legacy.days_until_smtp_auth_ends, 39);
    assert_eq!(view.mfa.worst[0].last_sign_in_at, Known::Unknown(UnknownCause::NotYetRead));
    let mine = service.get_user(&caller, tenant_id(1), id(1)).await.unwrap();
    assert_eq!(mine.judgement.reasons[0].read_at, Some(now() - TimeDelta::minutes(6)));
    assert_eq!(mine.changes.len(), 1);
    assert_eq!((mine.changes[0].from, mine.changes[0].to), (None, Verdict::Partial));
    assert_eq!(service.get_user(&caller, tenant_id(1), id(5)).await, Err(app::error::Error::NotFound));
    let imap = ListQuery { filter: String::from("imap"), ..ListQuery::default() };
    let blockers = service.list_blockers(&caller, tenant_id(1), &imap).await.unwrap();
    assert_eq!(blockers.blockers.known().unwrap().total, 1);
    assert_eq!(
        blockers.chips.iter().map(|chip| (chip.name.as_str(), chip.count)).collect::<Vec<_>>(),
        [("smtp_auth", 1), ("imap", 1)]
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_change_of_verdict_is_noted_once_and_since_then(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na")]).await;
    let at = |hours| now() + TimeDelta::hours(hours);
    for (hours, verdict) in [(0, Verdict::Unprotected), (1, Verdict::Unprotected), (2, Verdict::Protected)] {
        let verdicts = all_judged(vec![judged(id(1), verdict, false, &[])]);
        tenant.write_judged(Judged { at: at(hours), ..verdicts }).await.unwrap();
    }
    let caller = caller(Role::Technician, Reach::All);
    let view = service(&database).get_user(&caller, tenant_id(1), id(1)).await.unwrap();
    assert_eq!(view.row.since, Some(at(2)));
    let changes: Vec<_> = view.changes.iter().map(|change| (change.at, change.from, change.to)).collect();
    assert_eq!(changes, [(at(2), Some(Verdict::Unprotected), Verdict::Protected), (at(0), None, Verdict::Unprotected)]);
    // Reading the users again does not undo what was judged.
    write_users(&tenant, vec![user(1, "Li Na Wang")]).await;
    let view = service(&database).get_user(&caller, tenant_id(1), id(1)).await.unwrap();
    assert_eq!((view.row.verdict, view.row.display_name.as_str()), (Verdict::Protected, "Li Na Wang"));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn who_was_not_judged_yet_is_unknown_and_says_so(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na")]).await;
    let activity = SignInActivity {
        user_id: id(1),
        last_sign_in_at: None,
        last_non_interactive_sign_in_at: None,
        last_successful_sign_in_at: Some(now()),
    };
    tenant.write_facts(Facts::SignInActivity(vec![activity]), done()).await.unwrap();
    let caller = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    let view = service(&database).get_user(&caller, tenant_id(1), id(1)).await.unwrap();
    assert_eq!(view.row.last_sign_in_at, Known::Known(Some(now())));
    assert_eq!(view.judgement.verdict, Verdict::Unknown);
    assert_eq!(view.judgement.unknown_cause, Some(UnknownCause::NotYetRead));
    assert_eq!(view.row.because, "This account has not been judged yet.");
    assert_eq!(view.row.since, None);
    assert!(view.changes.is_empty());
    let statuses = tenant.list_datasets().await.unwrap();
    assert_eq!(statuses.iter().filter(|status| status.read_at.is_some()).count(), 2);
    assert_eq!(statuses.len(), Dataset::ALL.len());
}

#[tokio::test]
async fn a_viewer_finds_no_other_tenant_and_cannot_refresh() {
    let Some(database) = TestDatabase::open(Kind::Sqlite).await else { return };
    tenant(&database, 1, "Fabrikam").await;
    tenant(&database, 2, "Woodgrove").await;
    let service = service(&database);
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    assert!(service.get(&viewer, tenant_id(1)).await.is_ok());
    assert_eq!(service.get(&viewer, tenant_id(2)).await, Err(app::error::Error::NotFound));
    assert_eq!(service.refresh(&viewer, tenant_id(1)).await, Err(app::error::Error::Forbidden));
    let technician = caller(Role::Technician, Reach::All);
    assert_eq!(service.refresh(&technician, tenant_id(2)).await, Ok(()));
    assert_eq!(service.refresh(&technician, tenant_id(3)).await, Err(app::error::Error::NotFound));
}

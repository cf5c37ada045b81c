//! Reviews and narrowed lists, on both databases.

use app::backend::Tenants as _;
use chrono::TimeDelta;
use domain::facts::directory::{PrincipalKind, RoleAssignment};
use domain::facts::registration::MethodStrength;
use domain::ids::OperatorId;
use domain::known::UnknownCause;
use domain::list::ListQuery;
use domain::operator::{Reach, Role};
use domain::readiness::WayState;
use domain::user::{MethodsKind, UserNarrowing};
use domain::verdict::{Enrolment, Verdict};
use rstest::rstest;
use server::store::operators::Appointment;
use server::store::{Facts, Judged};
use uuid::Uuid;

use super::verdicts::service;
use super::world::{all_judged, caller, done, id, judged, now, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

fn admin() -> app::backend::Caller {
    caller(Role::Admin, Reach::All)
}

/// Somebody whom the database knows too.
async fn manager(database: &TestDatabase) -> app::backend::Caller {
    let mut manager = caller(Role::AccountManager, Reach::All);
    manager.operator.id = OperatorId(Uuid::from_u128(2));
    let appointment =
        Appointment { operator: manager.operator.clone(), object_id: Uuid::from_u128(5), last_sign_in_at: None };
    database.store.operators().create(&appointment, now()).await.unwrap();
    manager
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_changed_since_the_last_review_is_listed(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let ours = tenant(&database, 1, "Fabrikam").await;
    let service = service(&database);
    let manager = manager(&database).await;
    write_users(&ours, vec![user(1, "Priya Raman"), user(2, "Li Na")]).await;
    let yesterday = now() - TimeDelta::days(1);
    let at = |at, users| Judged { at, ..all_judged(users) };
    let both = |verdict| vec![judged(id(1), verdict, true, &[]), judged(id(2), Verdict::Protected, false, &[])];
    ours.write_judged(at(yesterday - TimeDelta::days(1), both(Verdict::Protected))).await.unwrap();
    ours.write_judged(at(yesterday, both(Verdict::Unprotected))).await.unwrap();

    let review = service.get_review(&manager, tenant_id(1)).await.unwrap();
    let [change] = review.since.changes.as_slice() else { panic!("{:?}", review.since) };
    assert_eq!((change.display_name.as_deref(), change.is_admin), (Some("Priya Raman"), true));
    assert_eq!((change.change.from, change.change.to), (Some(Verdict::Protected), Verdict::Unprotected));
    assert_eq!((review.since.reviewed_at, review.since.changes_total, review.since.history.len()), (None, 1, 2));
    assert!(review.readiness.ways.iter().all(|way| way.state == WayState::Unknown), "nothing was read");

    service.mark_reviewed(&manager, tenant_id(1)).await.unwrap();
    service.mark_reviewed(&manager, tenant_id(1)).await.unwrap();
    let review = service.get_review(&manager, tenant_id(1)).await.unwrap();
    assert!(review.since.reviewed_at.is_some_and(|at| at >= now()));
    assert_eq!(review.since.changes_total, 0);
    // Another's review is another's.
    assert_eq!(service.get_review(&admin(), tenant_id(1)).await.unwrap().since.changes_total, 1);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_list_is_narrowed_by_role_methods_and_cause(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let ours = tenant(&database, 1, "Fabrikam").await;
    let service = service(&database);
    write_users(&ours, (1..=3).map(|number| user(number, &format!("User {number}"))).collect()).await;
    let role = Uuid::from_u128(62);
    let assignment = RoleAssignment {
        principal_id: id(2).0,
        principal_kind: PrincipalKind::User,
        role_template_id: role,
        role_name: "Global Administrator".to_owned(),
        directory_scope: "/".to_owned(),
        eligible: false,
    };
    ours.write_facts(Facts::RoleAssignments(vec![assignment]), done()).await.unwrap();
    let mut users: Vec<_> = (1..=3).map(|number| judged(id(number), Verdict::Protected, false, &[])).collect();
    users[0].judgement.enrolment = Enrolment::Registered;
    users[0].judgement.strongest = MethodStrength::Weak;
    users[1].judgement.enrolment = Enrolment::NotRegistered;
    users[2].judgement.verdict = Verdict::Unknown;
    users[2].judgement.unknown_cause = Some(UnknownCause::NotPermitted);
    users[2].judgement.enrolment = Enrolment::Unknown;
    ours.write_judged(all_judged(users)).await.unwrap();

    for (narrowing, expected) in [
        (UserNarrowing::Role(role), "User 2"),
        (UserNarrowing::Methods(MethodsKind::Weak), "User 1"),
        (UserNarrowing::Methods(MethodsKind::Nothing), "User 2"),
        (UserNarrowing::Cause(UnknownCause::NotPermitted), "User 3"),
    ] {
        let query = ListQuery { narrow: narrowing.name(), ..ListQuery::default() };
        let list = service.list_mfa(&admin(), tenant_id(1), &query).await.unwrap();
        let names: Vec<_> = list.users.rows.iter().map(|row| row.display_name.as_str()).collect();
        assert_eq!(names, [expected], "{narrowing:?}");
        assert_eq!(list.chips.iter().skip(1).map(|chip| chip.count).sum::<u64>(), 1, "chips count what they list");
        assert_eq!(list.roles, [(role, "Global Administrator".to_owned())]);
    }
}

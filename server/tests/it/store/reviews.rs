//! Reviews, narrowed lists and kept plans, on both databases.

use app::backend::Tenants as _;
use app::error::Error;
use chrono::TimeDelta;
use domain::facts::directory::{PrincipalKind, RoleAssignment};
use domain::facts::registration::MethodStrength;
use domain::ids::OperatorId;
use domain::known::UnknownCause;
use domain::list::ListQuery;
use domain::mark::NewMark;
use domain::operator::{Reach, Role};
use domain::readiness::WayState;
use domain::user::{MethodsKind, UserNarrowing};
use domain::verdict::{Enrolment, Verdict};
use domain::what_if::{Plan, Template};
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

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn plans_are_kept_under_a_name_and_within_the_tenant(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    for number in [1, 2] {
        tenant(&database, number, "Fabrikam").await;
    }
    let service = service(&database);
    let plan = Plan { templates: [Template::BlockLegacy].into(), ..Plan::default() };
    let technician = caller(Role::Technician, Reach::All);
    for (name, planned) in
        [(" ", plan.clone()), ("x\ny", plan.clone()), (&"x".repeat(81), plan.clone()), ("x", Plan::default())]
    {
        let refused = service.keep_plan(&technician, tenant_id(1), name, planned).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "name"), "{name:?}");
    }
    service.keep_plan(&technician, tenant_id(1), " January ", plan.clone()).await.unwrap();
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    let view = service.get_plans(&viewer, tenant_id(1)).await.unwrap();
    let [kept] = view.kept.as_slice() else { panic!("{:?}", view.kept) };
    assert_eq!(
        (kept.name.as_str(), kept.changes.as_slice(), kept.author.as_str()),
        ("January", plan.words().as_slice(), "Maria Ortiz")
    );
    assert_eq!(service.keep_plan(&viewer, tenant_id(1), "Mine", plan).await, Err(Error::Forbidden));
    assert_eq!(service.get_plans(&viewer, tenant_id(2)).await.unwrap_err(), Error::NotFound);
    assert!(service.get_plans(&technician, tenant_id(2)).await.unwrap().kept.is_empty());
    // Another tenant's plan is not found from here.
    assert_eq!(service.delete_plan(&technician, tenant_id(2), kept.id).await, Err(Error::NotFound));
    service.delete_plan(&technician, tenant_id(1), kept.id).await.unwrap();
    assert!(service.get_plans(&technician, tenant_id(1)).await.unwrap().kept.is_empty());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_marked_administrator_is_counted_apart_and_keeps_the_verdict(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let (tenant, _) = (tenant(&database, 1, "Fabrikam").await, tenant(&database, 2, "Woodgrove").await);
    write_users(&tenant, vec![user(1, "Ana"), user(2, "Zoe")]).await;
    tenant.write_facts(Facts::RoleAssignments(vec![]), done()).await.unwrap();
    let open = |number| judged(id(number), Verdict::Unprotected, true, &[]);
    tenant.write_judged(all_judged(vec![open(1), open(2)])).await.unwrap();
    let service = service(&database);
    let technician = caller(Role::Technician, Reach::All);
    let open_admins = async || {
        let view = service.get(&technician, tenant_id(1)).await.unwrap().mfa;
        (
            view.admins_unprotected.known().map(|open| (open.unmarked, open.marked)),
            view.marked,
            view.worst.len(),
            view.posture.known().unwrap().unprotected,
        )
    };
    assert_eq!(open_admins().await, (Some((2, 0)), 0, 2, 2));
    let until = (now() + TimeDelta::days(30)).date_naive().to_string();
    let typed = NewMark { kind: "break_glass", reason: "Sealed in the safe", ends_on: &until };
    for who in [caller(Role::AccountManager, Reach::All), caller(Role::Viewer, Reach::Only([tenant_id(1)].into()))] {
        let refused = service.mark_account(&who, tenant_id(1), id(1), typed.clone()).await;
        assert_eq!(refused, Err(Error::Forbidden));
    }
    let nonsense = NewMark { reason: "", ..typed.clone() };
    let refused = service.mark_account(&technician, tenant_id(1), id(1), nonsense).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "reason"));
    assert_eq!(service.mark_account(&technician, tenant_id(2), id(1), typed.clone()).await, Err(Error::NotFound));
    service.mark_account(&technician, tenant_id(1), id(1), typed).await.unwrap();
    assert_eq!(open_admins().await, (Some((1, 1)), 1, 1, 2));
    let view = service.get_user(&technician, tenant_id(1), id(1)).await.unwrap();
    assert_eq!((view.row.verdict, view.mark.unwrap().author.as_str()), (Verdict::Unprotected, "Maria Ortiz"));
    let entries = database.store.audit_log().list(&ListQuery::default()).await.unwrap();
    assert!(format!("{entries:?}").contains("Marked u1@client.example as break-glass account"), "{entries:?}");
    service.unmark_account(&technician, tenant_id(1), id(1)).await.unwrap();
    assert_eq!(open_admins().await, (Some((2, 0)), 0, 2, 2));
}

//! Work on blockers: who may say what, lists over one client and over all, and what opens again by itself.

use app::backend::{Fleet as _, Tenants as _};
use app::error::Error;
use chrono::TimeDelta;
use domain::blocker::{BlockerRow, NewWork, Protocol, Readiness, WorkState};
use domain::known::Known;
use domain::list::{Direction, ListQuery};
use domain::operator::{Reach, Role};
use domain::verdict::Verdict;
use rstest::rstest;
use server::services::fleet::Fleet;
use server::store::Judged;

use super::verdicts::{blocker, service};
use super::world::{all_judged, caller, id, judged, now, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

fn evidence(rows: Vec<BlockerRow>) -> Judged {
    Judged { blockers: Known::Known(rows), ..all_judged(vec![judged(id(1), Verdict::Unprotected, false, &[])]) }
}

/// Two clients: the first with a printer on SMTP AUTH and an app on IMAP, the second with a printer.
async fn two_clients(database: &TestDatabase) {
    for (number, name) in [(1, "Fabrikam"), (2, "Woodgrove")] {
        let tenant = tenant(database, number, name).await;
        write_users(&tenant, vec![user(1, "Li Na")]).await;
        let mut rows = vec![blocker("scan", Protocol::SmtpAuth, 3)];
        if number == 1 {
            rows.push(blocker("erp", Protocol::Imap, 1));
        }
        tenant.write_judged(evidence(rows)).await.unwrap();
    }
}

const SCAN: &str = "scan@client.example";

fn typed(state: &'static str) -> NewWork<'static> {
    NewWork { state, owner: "Maria Ortiz", due: "2026-12-01", notes: "Ask the vendor", accepted_until: "2027-01-31" }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn work_is_said_by_who_may_and_found_by_state_owner_and_due(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    two_clients(&database).await;
    let service = service(&database);
    let technician = caller(Role::Technician, Reach::All);
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(1)].into()));
    let say =
        async |who, tenant, principal, work| service.set_work(who, tenant, principal, Protocol::SmtpAuth, work).await;
    assert_eq!(say(&viewer, tenant_id(1), SCAN, typed("done")).await, Err(Error::Forbidden));
    let manager = caller(Role::AccountManager, Reach::Only([tenant_id(1)].into()));
    assert_eq!(say(&manager, tenant_id(2), SCAN, typed("done")).await, Err(Error::NotFound));
    assert_eq!(say(&technician, tenant_id(1), "nobody", typed("done")).await, Err(Error::NotFound));
    let nonsense = say(&technician, tenant_id(1), SCAN, typed("sideways")).await;
    assert!(matches!(nonsense, Err(Error::Invalid { field, .. }) if field == "state"));
    say(&technician, tenant_id(1), SCAN, typed("waiting_for_client")).await.unwrap();

    let seen = service.get_blocker(&technician, tenant_id(1), SCAN, Protocol::SmtpAuth).await.unwrap();
    let work = seen.row.work.clone().unwrap();
    assert_eq!((work.state, work.notes.as_str()), (WorkState::WaitingForClient, "Ask the vendor"));
    assert!(!seen.ways_out.is_empty());
    let eyes = service.get_blocker(&viewer, tenant_id(1), SCAN, Protocol::SmtpAuth).await.unwrap();
    let told = eyes.row.work.unwrap();
    assert_eq!((told.state, told.notes.as_str()), (WorkState::WaitingForClient, ""), "notes are for who works on it");
    let missing = service.get_blocker(&viewer, tenant_id(2), SCAN, Protocol::SmtpAuth).await;
    assert_eq!(missing, Err(Error::NotFound));
    assert_eq!(service.get_blocker(&technician, tenant_id(1), SCAN, Protocol::Pop).await, Err(Error::NotFound));

    let fleet = Fleet { store: database.store.clone(), clock: service.clock.clone(), scales: service.scales };
    let list = async |who, query: ListQuery| fleet.list_blockers(who, &query).await;
    let all = list(&technician, ListQuery::default()).await.unwrap();
    assert_eq!((all.blockers.total, all.tenants, all.smtp_auth, all.smtp_auth_tenants), (3, 2, 2, 2));
    assert_eq!(all.owners, ["Maria Ortiz"]);
    let chips: Vec<_> = all.chips.iter().map(|chip| (chip.name.as_str(), chip.count)).collect();
    assert_eq!(chips, [("smtp_auth", 2), ("imap", 1)]);
    assert_eq!(list(&viewer, ListQuery::default()).await, Err(Error::Forbidden));
    let mine = list(&manager, ListQuery::default()).await.unwrap();
    assert_eq!((mine.blockers.total, mine.smtp_auth), (2, 1), "an account manager counts the own clients");
    for (words, expected) in [
        ("unfinished", 3),
        ("waiting_for_client", 1),
        ("open", 2),
        ("owner:Maria Ortiz", 1),
        ("nobody", 2),
        ("overdue", 0),
        ("sideways", 3),
        ("owner:x'; DROP TABLE blockers; --", 0),
    ] {
        let query = ListQuery { narrow: words.to_owned(), ..ListQuery::default() };
        assert_eq!(list(&technician, query).await.unwrap().blockers.total, expected, "{words}");
    }
    for (text, expected) in [("wood", 1), ("scan", 2), ("fabrikam erp", 1), ("100%", 0)] {
        let query = ListQuery { q: text.to_owned(), ..ListQuery::default() };
        assert_eq!(list(&technician, query).await.unwrap().blockers.total, expected, "{text}");
    }
    for sort in ["name", "client", "protocol", "successes", "last_seen", "state", "owner", "due", "", "x'; --"] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let query = ListQuery { sort: sort.to_owned(), direction, ..ListQuery::default() };
            let rows = list(&technician, query).await.unwrap().blockers.rows;
            assert_eq!(rows.len(), 3, "{sort}");
            if matches!(sort, "due") {
                assert!(rows[0].row.work.is_some(), "who has no due day is last, whatever the direction");
            }
        }
    }
    // Within one client, a text finds accounts and not the client's name.
    let query = ListQuery { q: "fabrikam".to_owned(), ..ListQuery::default() };
    let own = service.list_blockers(&technician, tenant_id(1), &query).await.unwrap();
    assert_eq!(own.blockers.known().unwrap().total, 0);
    assert_eq!((own.ready.answer, own.glance.rows.len()), (Readiness::NotReady, 2));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_is_done_opens_again_when_it_is_seen_and_the_audit_log_says_so(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    two_clients(&database).await;
    let service = service(&database);
    let technician = caller(Role::Technician, Reach::All);
    service.set_work(&technician, tenant_id(1), SCAN, Protocol::SmtpAuth, typed("done")).await.unwrap();
    let scope = server::store::Scope::of_tenant_job(tenant_id(1));
    let tenant = database.store.tenant(&scope, tenant_id(1)).await.unwrap().unwrap();
    let look = async || {
        let view = service.get_blocker(&technician, tenant_id(1), SCAN, Protocol::SmtpAuth).await.unwrap();
        let work = view.row.work.unwrap();
        (work.state, work.reopened.is_some(), work.owner)
    };
    let owner = || "Maria Ortiz".to_owned();
    // The evidence of before proves nothing.
    let later = |hours| now() + TimeDelta::hours(hours);
    tenant
        .write_judged(Judged { at: later(1), ..evidence(vec![blocker("scan", Protocol::SmtpAuth, 3)]) })
        .await
        .unwrap();
    assert_eq!(look().await, (WorkState::Done, false, owner()));
    // The evidence is gone, and the work is not.
    tenant.write_judged(Judged { at: later(2), ..evidence(Vec::new()) }).await.unwrap();
    let gone = service.get_blocker(&technician, tenant_id(1), SCAN, Protocol::SmtpAuth).await;
    assert_eq!(gone, Err(Error::NotFound));
    // It is seen again: at -1 days, which is tomorrow.
    for hours in [30, 31] {
        let seen = evidence(vec![blocker("scan", Protocol::SmtpAuth, -1)]);
        tenant.write_judged(Judged { at: later(hours), ..seen }).await.unwrap();
    }
    assert_eq!(look().await, (WorkState::Open, true, owner()));
    let entries = database.store.audit_log().list(&ListQuery::default()).await.unwrap();
    let reopened: Vec<_> = entries.rows.iter().filter(|entry| entry.action == "blocker.reopen").collect();
    assert_eq!(reopened.len(), 1, "once, not at every look");
    assert!(reopened[0].detail.starts_with("Opened scan@client.example on SMTP AUTH again:"), "{reopened:?}");
    assert_eq!((reopened[0].operator.as_ref(), reopened[0].tenant_name.as_deref()), (None, Some("Fabrikam")));
    let said = entries.rows.iter().find(|entry| entry.action == "blocker.work").unwrap();
    assert_eq!(said.detail, "Said of scan@client.example on SMTP AUTH: done, owner Maria Ortiz, due 2026-12-01");
}

//! The fleet: worst first as the rules rank, chips that count what they list, totals over all in reach.

use std::collections::BTreeSet;

use app::backend::Fleet as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::blocker::{BlockerRow, Evidence, Protocol};
use domain::facts::directory::{DirectorySync, SubscribedSku};
use domain::fleet::{FleetFilter, TenantRow};
use domain::ids::TenantId;
use domain::known::{Known, UnknownCause};
use domain::licence::ENTRA_P1_PLAN;
use domain::list::{Direction, ListQuery};
use domain::operator::{Reach, Role};
use domain::sync_health::{Scale, Scales};
use domain::verdict::{Posture, Verdict};
use rstest::rstest;
use server::clock::Clock;
use server::services::fleet::Fleet;
use server::store::{Facts, Judged};
use uuid::Uuid;

use super::world::{all_judged, caller, done, id, judged, now, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

/// A tenant in few words: verdicts as (administrator, verdict), blockers, hours since the last sync, broken.
struct Sketch {
    name: &'static str,
    verdicts: &'static [(bool, Verdict)],
    smtp: usize,
    sync_hours: Option<i64>,
    is_broken: bool,
    has_p1: bool,
}

const FLEET: [Sketch; 8] = [
    Sketch {
        name: "All fine",
        verdicts: &[(true, Verdict::Protected)],
        smtp: 0,
        sync_hours: Some(0),
        is_broken: false,
        has_p1: true,
    },
    Sketch {
        name: "Broken link",
        verdicts: &[(false, Verdict::Protected)],
        smtp: 0,
        sync_hours: None,
        is_broken: true,
        has_p1: true,
    },
    Sketch {
        name: "Late sync",
        verdicts: &[(false, Verdict::Protected)],
        smtp: 0,
        sync_hours: Some(30),
        is_broken: false,
        has_p1: true,
    },
    Sketch {
        name: "Open admin",
        verdicts: &[(true, Verdict::Unprotected)],
        smtp: 0,
        sync_hours: None,
        is_broken: false,
        has_p1: true,
    },
    Sketch {
        name: "Printers 100%_",
        verdicts: &[(false, Verdict::Protected)],
        smtp: 3,
        sync_hours: None,
        is_broken: false,
        has_p1: false,
    },
    Sketch {
        name: "Two admins",
        verdicts: &[(true, Verdict::Partial), (true, Verdict::EnrolmentOpen)],
        smtp: 1,
        sync_hours: None,
        is_broken: true,
        has_p1: true,
    },
    Sketch {
        name: "Unknown",
        verdicts: &[(false, Verdict::Unknown)],
        smtp: 0,
        sync_hours: None,
        is_broken: false,
        has_p1: false,
    },
    Sketch {
        name: "Unprotected",
        verdicts: &[(false, Verdict::Unprotected), (false, Verdict::Unprotected)],
        smtp: 0,
        sync_hours: None,
        is_broken: false,
        has_p1: false,
    },
];

fn printer(number: usize, at: DateTime<Utc>) -> BlockerRow {
    BlockerRow {
        principal: format!("printer{number}@client.example"),
        user_id: None,
        user_principal_name: format!("printer{number}@client.example"),
        display_name: None,
        protocol: Protocol::SmtpAuth,
        evidence: Evidence::UsageReport,
        successes: 1,
        sprayed: 0,
        blocked: 0,
        first_seen_at: None,
        last_seen_at: Some(at),
        addresses: Vec::new(),
        places: Vec::new(),
        user_agents: Vec::new(),
        probably: None,
        work: None,
    }
}

/// The fleet of the sketches, and one tenant more of which nothing was ever read.
async fn fleet(database: &TestDatabase) -> Fleet {
    for (number, sketch) in FLEET.iter().enumerate() {
        let number = number as u128 + 1;
        let tenant = tenant(database, number, sketch.name).await;
        let users = (0..sketch.verdicts.len() as u128).map(|user_number| user(user_number + 1, "Somebody"));
        write_users(&tenant, users.collect()).await;
        tenant.write_facts(Facts::RoleAssignments(Vec::new()), done()).await.unwrap();
        let sync = DirectorySync {
            enabled: sketch.sync_hours.map(|_| true),
            last_sync_at: sketch.sync_hours.map(|hours| now() - TimeDelta::hours(hours)),
            last_password_sync_at: None,
            password_switch: None,
        };
        tenant.write_facts(Facts::DirectorySync(sync), done()).await.unwrap();
        let sku = SubscribedSku {
            sku_id: Uuid::nil(),
            part_number: String::from("SPB"),
            capability_status: String::from("Enabled"),
            consumed_units: 1,
            enabled_units: 1,
            service_plans: if sketch.has_p1 { vec![ENTRA_P1_PLAN] } else { Vec::new() },
        };
        tenant.write_facts(Facts::SubscribedSkus(vec![sku]), done()).await.unwrap();
        let users =
            sketch.verdicts.iter().zip(1..).map(|((admin, verdict), user)| judged(id(user), *verdict, *admin, &[]));
        let blockers = Known::Known((0..sketch.smtp).map(|number| printer(number, now())).collect());
        tenant.write_judged(Judged { blockers, ..all_judged(users.collect()) }).await.unwrap();
        if sketch.is_broken {
            let uuid = database.uuid(tenant_id(number).0);
            database.run(&format!("UPDATE connections SET state = 'broken' WHERE tenant_id = {uuid}")).await;
        }
    }
    tenant(database, 90, "Never read").await;
    let clock = Clock::default();
    clock.advance(now() - clock.now());
    Fleet { store: database.store.clone(), clock, scales: Scales::default() }
}

fn names(rows: &[TenantRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn the_worst_tenants_come_first_as_the_rules_rank_them(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let fleet = fleet(&database).await;
    let technician = caller(Role::Technician, Reach::All);
    let page = fleet.list(&technician, &ListQuery::default()).await.unwrap();
    assert_eq!(
        names(&page.tenants.rows),
        [
            "Two admins",
            "Open admin",
            "Broken link",
            "Unprotected",
            "Printers 100%_",
            "Late sync",
            "Never read",
            "Unknown",
            "All fine"
        ]
    );
    let mut ranked = page.tenants.rows.clone();
    ranked
        .sort_by(|a, b| b.urgency().cmp(&a.urgency()).then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase())));
    // "Unknown" has one account that is not known; both rank alike, and go by name.
    assert_eq!(names(&ranked), names(&page.tenants.rows));
    let never_read = page.tenants.rows.iter().find(|row| row.name == "Never read").unwrap();
    assert_eq!(never_read.users, Known::Unknown(UnknownCause::NotYetRead));
    assert_eq!(never_read.posture, Known::Unknown(UnknownCause::NotYetRead));
    assert_eq!(never_read.blockers, Known::Unknown(UnknownCause::NotYetRead));
    let totals = page.totals;
    assert_eq!((totals.tenants, totals.users, totals.admins_unprotected.all()), (9, 10, 3));
    assert_eq!((totals.blockers, totals.smtp_auth, totals.connections_broken, totals.tenants_unknown), (4, 4, 2, 1));
    assert_eq!((totals.posture.protected, totals.posture.unprotected, totals.posture.unknown), (4, 3, 1));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_chip_counts_what_it_lists(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let fleet = fleet(&database).await;
    let technician = caller(Role::Technician, Reach::All);
    for q in ["", "admin", "e"] {
        let all = fleet.list(&technician, &ListQuery { q: String::from(q), ..ListQuery::default() }).await.unwrap();
        assert_eq!(
            all.chips.iter().map(|chip| chip.name.as_str()).collect::<Vec<_>>(),
            FleetFilter::ALL.map(FleetFilter::name)
        );
        for chip in all.chips {
            let query = ListQuery { q: String::from(q), filter: chip.name.clone(), ..ListQuery::default() };
            let listed = fleet.list(&technician, &query).await.unwrap();
            assert_eq!(
                (listed.tenants.total, listed.tenants.rows.len() as u64),
                (chip.count, chip.count),
                "{}",
                chip.name
            );
        }
    }
    let filtered = |filter: FleetFilter| ListQuery { filter: filter.name().to_owned(), ..ListQuery::default() };
    let list = async |filter| {
        let found = fleet.list(&technician, &filtered(filter)).await.unwrap().tenants.rows;
        found.iter().map(|row| row.name.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(list(FleetFilter::SyncLate).await, ["Late sync"].map(String::from).into());
    assert_eq!(list(FleetFilter::SmtpAuth).await, ["Printers 100%_", "Two admins"].map(String::from).into());
    assert_eq!(list(FleetFilter::ConnectionBroken).await, ["Broken link", "Two admins"].map(String::from).into());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_is_late_is_what_the_deployment_calls_late(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let usual = fleet(&database).await;
    let caller = caller(Role::Technician, Reach::All);
    let query = ListQuery { filter: FleetFilter::SyncLate.name().to_owned(), ..ListQuery::default() };
    // "Late sync" ran 30 hours ago.
    for (hours, late) in [(30, 1), (31, 0)] {
        let scales = Scales { directory: Scale::of_hours(hours, 40, 50), ..Scales::default() };
        let fleet = Fleet { scales, ..usual.clone() };
        let page = fleet.list(&caller, &query).await.unwrap();
        assert_eq!(page.tenants.rows.len(), late, "{hours}");
        let chip = page.chips.iter().find(|chip| chip.name == query.filter).unwrap();
        assert_eq!(chip.count, late as u64, "{hours}");
        let all = fleet.export(&caller, &ListQuery::default()).await.unwrap();
        let states = all.iter().filter_map(|row| row.directory_sync.known());
        assert_eq!(states.filter(|state| state.is_late()).count(), late, "{hours}");
        let told = fleet.list_troubles(&caller).await.unwrap().groups;
        assert_eq!(told.iter().filter(|group| group.code == "directory_sync_late").count(), late, "{hours}");
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn columns_sort_both_ways_and_the_unknown_stay_last(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let fleet = fleet(&database).await;
    let technician = caller(Role::Technician, Reach::All);
    for sort in ["users", "mfa", "admins", "all_admins", "blockers", "age", "name"] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let query = ListQuery { sort: String::from(sort), direction, ..ListQuery::default() };
            let rows = fleet.list(&technician, &query).await.unwrap().tenants.rows;
            let figures: Vec<Option<i64>> = rows
                .iter()
                .map(|row| match sort {
                    "users" => row.users.known().map(|users| i64::from(*users)),
                    "mfa" => row.posture.known().and_then(Posture::protected_per_mille).map(i64::from),
                    "admins" => row.admins_unprotected.known().map(|admins| i64::from(admins.unmarked)),
                    "all_admins" => row.admins_unprotected.known().map(|admins| i64::from(admins.all())),
                    "blockers" => row.blockers.known().map(|count| i64::from(count.blockers)),
                    "age" => row.read_at.map(|at| (now() - at).num_seconds()),
                    _ => Some(0),
                })
                .collect();
            let known: Vec<i64> = figures.iter().copied().flatten().collect();
            assert!(figures[known.len()..].iter().all(Option::is_none), "{sort}: {figures:?}");
            let mut sorted = known.clone();
            sorted.sort_unstable();
            if direction == Direction::Descending {
                sorted.reverse();
            }
            assert_eq!(known, sorted, "{sort} {direction:?}");
        }
    }
    let by_name = ListQuery { sort: String::from("name"), direction: Direction::Descending, ..ListQuery::default() };
    let rows = fleet.list(&technician, &by_name).await.unwrap().tenants.rows;
    assert_eq!(names(&rows)[..2], ["Unprotected", "Unknown"]);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn an_account_manager_sees_and_counts_their_tenants_alone(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let fleet = fleet(&database).await;
    let reach: BTreeSet<TenantId> = [tenant_id(4), tenant_id(8)].into();
    let manager = caller(Role::AccountManager, Reach::Only(reach));
    let page = fleet.list(&manager, &ListQuery::default()).await.unwrap();
    assert_eq!(names(&page.tenants.rows), ["Open admin", "Unprotected"]);
    assert_eq!((page.totals.tenants, page.totals.users, page.tenants.total), (2, 3, 2));
    assert_eq!(names(&fleet.export(&manager, &ListQuery::default()).await.unwrap()), ["Open admin", "Unprotected"]);
    let viewer = caller(Role::Viewer, Reach::Only([tenant_id(4)].into()));
    assert_eq!(fleet.list(&viewer, &ListQuery::default()).await, Err(app::error::Error::Forbidden));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn search_text_means_itself(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let fleet = fleet(&database).await;
    let technician = caller(Role::Technician, Reach::All);
    let labels = async |text: &str| {
        let hits = fleet.search(&technician, text).await.unwrap();
        hits.into_iter().map(|hit| hit.label).collect::<Vec<_>>()
    };
    assert_eq!(labels("100%_").await, ["Printers 100%_"]);
    assert_eq!(labels("%").await, ["Printers 100%_"]);
    assert_eq!(labels("_").await, ["Printers 100%_"]);
    assert_eq!(labels("'; DROP TABLE users; --").await, Vec::<String>::new());
    assert_eq!(labels("  ").await, Vec::<String>::new());
    assert_eq!(labels("ADMIN two").await, ["Two admins"]);
    assert_eq!(labels("somebody").await.len(), 10);
    assert_eq!(labels("u1@client").await.len(), 8);
}

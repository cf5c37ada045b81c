//! Facts: written with their run or not at all, read back as they were, and untouched when nothing changed.

use chrono::{DateTime, TimeDelta};
use domain::blocker::Protocol;
use domain::cause::{Actor, Cause};
use domain::dataset::{Dataset, Outcome};
use domain::facts::directory::{DirectorySync, PolicyGroup, PrincipalKind, RoleAssignment, SignInActivity, UserPatch};
use domain::facts::policy::{Conditions, NamedLocation, Policy, PolicyState};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::facts::sign_in::{
    DaysSeen, LegacySignIns, MailAppUsage, ModernClient, SeenSignIns, SeenWay, SignInLog, SignInWay,
};
use domain::known::{Known, UnknownCause};
use domain::mfa::facts::Fact;
use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use server::store::{Done, Facts, LegacyWindow, NotDone, UsersChange};
use uuid::Uuid;

use super::world::{done, done_at, id, now, tenant, user, write_users};
use crate::database::{Kind, TestDatabase};

fn registration(number: u128) -> Registration {
    Registration {
        user_id: id(number),
        is_admin: false,
        is_mfa_registered: true,
        is_mfa_capable: true,
        is_passwordless_capable: false,
        methods: vec![String::from("microsoftAuthenticatorPush"), String::from("fido2")],
        updated_at: Some(now() - TimeDelta::nanoseconds(123_456_700)),
    }
}

fn policy(name: &str) -> Policy {
    Policy {
        id: name.to_lowercase(),
        display_name: name.to_owned(),
        state: PolicyState::Enabled,
        conditions: Conditions { include_users: vec![String::from("All")], ..Conditions::default() },
        grant: None,
        has_session_controls: true,
        modified_at: Some(now()),
        not_understood: vec![String::from("conditions.agentIdRiskLevels")],
    }
}

fn legacy(number: u128, days_ago: i64, successes: u32) -> LegacySignIns {
    let at = now() - TimeDelta::days(days_ago);
    LegacySignIns {
        user_id: id(number),
        user_principal_name: format!("u{number}@client.example"),
        protocol: Protocol::SmtpAuth,
        client_app: String::from("Authenticated SMTP"),
        app_name: String::from("Exchange"),
        ip_address: String::from("203.0.113.9"),
        user_agent: None,
        country: Some(String::from("PT")),
        city: None,
        day: at.date_naive(),
        successes,
        sprayed: 2,
        blocked: 1,
        other_failures: 0,
        failures: std::collections::BTreeMap::new(),
        first_at: at,
        last_at: at,
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn facts_are_read_back_as_they_were_written(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    assert_eq!(tenant.load_facts().await.unwrap().tenant.security_defaults, Fact::Unknown(UnknownCause::NotYetRead));
    let group = PolicyGroup { id: Uuid::from_u128(5), display_name: None, members: vec![id(1), id(2)] };
    let role = |eligible| RoleAssignment {
        principal_id: id(1).0,
        principal_kind: PrincipalKind::User,
        role_template_id: Uuid::from_u128(9),
        role_name: String::from("Global Administrator"),
        directory_scope: String::from("/"),
        eligible,
    };
    let place = NamedLocation {
        id: Uuid::from_u128(3),
        display_name: String::from("Büro"),
        is_trusted: true,
        ranges: vec![String::from("203.0.113.0/24")],
        countries: Vec::new(),
    };
    let activity = SignInActivity {
        user_id: id(1),
        last_sign_in_at: Some(now()),
        last_non_interactive_sign_in_at: None,
        last_successful_sign_in_at: Some(now() - TimeDelta::days(1)),
    };
    let usage = MailAppUsage {
        user_principal_name: String::from("u1@client.example"),
        concealed: false,
        last_activity: Some(now().date_naive()),
        pop3: 1,
        imap4: 0,
        smtp: 12,
        refreshed: None,
        period_days: 30,
    };
    for facts in [
        Facts::Users(UsersChange::Full(vec![user(1, "Li Na"), user(2, "佐藤 建設")])),
        Facts::SecurityDefaults(true),
        Facts::Policies(vec![policy("Block legacy"), policy("All users MFA")]),
        Facts::NamedLocations(vec![place.clone()]),
        Facts::Registrations(vec![registration(1)]),
        Facts::PerUserMfa(vec![(id(1), PerUserMfa::Enforced)]),
        Facts::RoleAssignments(vec![role(false)]),
        Facts::EligibleRoles(vec![role(true)]),
        Facts::PolicyGroups(vec![group.clone()]),
        Facts::SignInActivity(vec![activity.clone()]),
        Facts::LegacySignIns {
            window: LegacyWindow::Days((now() - TimeDelta::days(7)).date_naive()),
            rows: vec![legacy(1, 1, 4)],
            seen: vec![],
            whole: true,
            password_grants: true,
        },
        Facts::MailAppUsage(vec![usage.clone()]),
        Facts::DirectorySync(DirectorySync {
            enabled: Some(true),
            last_sync_at: Some(now()),
            last_password_sync_at: None,
            password_switch: None,
        }),
    ] {
        tenant.write_facts(facts, done()).await.unwrap();
    }
    let facts = tenant.load_facts().await.unwrap();
    let mut users = facts.users.clone();
    users.sort_by_key(|user| user.id);
    assert_eq!(users, [user(1, "Li Na"), user(2, "佐藤 建設")]);
    assert_eq!(facts.users_read, Ok(now()));
    assert_eq!(facts.tenant.security_defaults, Fact::known(true, now()));
    assert_eq!(facts.tenant.policies, Fact::known(vec![policy("All users MFA"), policy("Block legacy")], now()));
    assert_eq!(facts.tenant.named_locations, Fact::known(vec![place], now()));
    let kept = facts.tenant.registration.value().unwrap()[&id(1)].clone();
    // PostgreSQL keeps microseconds, and so does SQLite here, that a row does not differ from itself.
    assert_eq!(kept.updated_at, Some(now() - TimeDelta::microseconds(123_457)));
    assert_eq!(Registration { updated_at: None, ..kept }, Registration { updated_at: None, ..registration(1) });
    assert_eq!(facts.tenant.per_user_mfa.value().unwrap()[&id(1)], PerUserMfa::Enforced);
    assert_eq!(facts.tenant.roles, Fact::known(vec![role(false)], now()));
    assert_eq!(facts.tenant.eligible_roles, Fact::known(vec![role(true)], now()));
    assert_eq!(facts.tenant.groups, Fact::known(vec![group], now()));
    assert_eq!(facts.sign_in_activity.value().unwrap()[&id(1)], activity);
    assert_eq!(facts.legacy_sign_ins, Fact::known(vec![legacy(1, 1, 4)], now()));
    assert_eq!(facts.mail_app_usage, Fact::known(vec![usage], now()));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_vanished_at_the_source_is_gone(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei")]).await;
    tenant.write_facts(Facts::Registrations(vec![registration(1), registration(2)]), done()).await.unwrap();
    tenant.write_facts(Facts::Policies(vec![policy("One"), policy("Two")]), done()).await.unwrap();
    write_users(&tenant, vec![user(2, "Anika Osei-Mensah")]).await;
    assert_eq!(tenant.write_facts(Facts::Registrations(vec![registration(2)]), done()).await.unwrap(), 1);
    assert_eq!(tenant.write_facts(Facts::Policies(Vec::new()), done()).await.unwrap(), 0);
    let facts = tenant.load_facts().await.unwrap();
    assert_eq!(facts.users, [user(2, "Anika Osei-Mensah")]);
    assert_eq!(facts.tenant.registration.value().unwrap().keys().collect::<Vec<_>>(), [&id(2)]);
    assert_eq!(facts.tenant.policies, Fact::known(Vec::new(), now()));
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_delta_changes_what_it_tells_and_keeps_the_rest(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei"), user(3, "Jürgen Weiß")]).await;
    let patch = |number: u128| UserPatch {
        id: id(number),
        user_principal_name: None,
        display_name: None,
        account_enabled: None,
        kind: None,
        external_user_state: None,
        created_at: None,
        department: None,
        job_title: None,
        usage_location: None,
        licences: None,
        last_password_change_at: None,
        password_never_expires: None,
        on_premises_sync_enabled: None,
        on_premises_last_sync_at: None,
    };
    let changed = vec![
        UserPatch { account_enabled: Some(false), ..patch(1) },
        UserPatch { display_name: Some(String::from("Li Na Wang")), ..patch(1) },
        UserPatch { usage_location: Some(None), ..patch(2) },
        UserPatch { user_principal_name: Some(String::from("new@client.example")), ..patch(4) },
        // Nobody knows whom this is about.
        UserPatch { department: Some(Some(String::from("IT"))), ..patch(5) },
    ];
    let bookmark = Done { bookmark: Some(String::from("delta-2")), ..done() };
    let facts = Facts::Users(UsersChange::Delta { changed, removed: vec![id(3)] });
    assert_eq!(tenant.write_facts(facts, bookmark).await.unwrap(), 3);
    let mut users = tenant.load_facts().await.unwrap().users;
    users.sort_by_key(|user| user.id);
    assert_eq!((users[0].account_enabled, users[0].display_name.as_str()), (false, "Li Na Wang"));
    assert_eq!(users[0].licences, user(1, "").licences);
    assert_eq!((users[1].usage_location.clone(), users[1].display_name.as_str()), (None, "Anika Osei"));
    assert_eq!(users[2].user_principal_name, "new@client.example");
    assert_eq!(tenant.get_bookmark(Dataset::Users).await.unwrap().as_deref(), Some("delta-2"));
}

/// More rows than one statement takes.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn thousands_of_users_are_written_at_once(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Humongous").await;
    let users = |from| (from..4_000).map(|number| user(number, &format!("User {number}"))).collect();
    let repeated = [users(1), vec![user(1, "User 1")]].concat();
    assert_eq!(tenant.write_facts(Facts::Users(UsersChange::Full(repeated)), done()).await.unwrap(), 3_999);
    assert_eq!(tenant.write_facts(Facts::Users(UsersChange::Full(users(2_500))), done()).await.unwrap(), 1_500);
}

/// Users whose rows were written, as the database itself counts.
async fn count_writes(database: &TestDatabase) {
    database
        .run(
            "CREATE TABLE writes (id integer); \
             CREATE TRIGGER count_writes AFTER UPDATE ON users BEGIN INSERT INTO writes VALUES (1); END",
        )
        .await;
}

#[tokio::test]
async fn rows_that_say_the_same_are_not_written_again() {
    let Some(database) = TestDatabase::open(Kind::Sqlite).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei")]).await;
    count_writes(&database).await;
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei-Mensah")]).await;
    let raw = database.raw().await;
    let count = Statement::from_string(raw.get_database_backend(), "SELECT count(*) FROM writes");
    let writes: i64 = raw.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(writes, 1);
}

/// PostgreSQL numbers each version of a row.
#[tokio::test]
async fn rows_that_say_the_same_keep_their_version() {
    let Some(database) = TestDatabase::open(Kind::Postgres).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    let versions = async || {
        let raw = database.raw().await;
        let sql = "SELECT xmin::text FROM (SELECT set_config('tenantry.tenants', '*', false)) s, \
                   LATERAL (SELECT xmin FROM users ORDER BY user_id) u";
        let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei")]).await;
    let before = versions().await;
    write_users(&tenant, vec![user(1, "Li Na"), user(2, "Anika Osei-Mensah")]).await;
    let after = versions().await;
    assert_eq!(before.len(), 2);
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_failed_run_keeps_the_last_good_data_with_its_age(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    tenant.write_facts(Facts::SecurityDefaults(true), done()).await.unwrap();
    let later = now() + TimeDelta::hours(1);
    tenant.start(Dataset::SecurityDefaults, later).await.unwrap();
    let running = tenant.list_datasets().await.unwrap();
    assert!(running.iter().any(|status| status.dataset == Dataset::SecurityDefaults && status.running));
    let cause = Cause {
        code: String::from("HTTP 503"),
        meaning: String::from("Microsoft is busy."),
        next_step: String::from("Nothing to do."),
        actor: Actor::Nobody,
        request_id: None,
    };
    let end = |outcome| NotDone {
        outcome,
        cause: Some(cause.clone()),
        finished_at: later,
        next_run_at: later + TimeDelta::minutes(5),
        calls: 1,
    };
    tenant.finish(Dataset::SecurityDefaults, end(Outcome::Failed)).await.unwrap();
    let statuses = tenant.list_datasets().await.unwrap();
    assert_eq!(statuses.iter().map(|status| status.dataset).collect::<Vec<_>>(), Dataset::ALL);
    let status = statuses.iter().find(|status| status.dataset == Dataset::SecurityDefaults).unwrap();
    assert_eq!((status.outcome, status.running), (Some(Outcome::Failed), false));
    assert_eq!((status.read_at, status.finished_at, status.rows), (Some(now()), Some(later), Some(1)));
    assert_eq!(status.cause.as_ref(), Some(&cause));
    assert_eq!(tenant.load_facts().await.unwrap().tenant.security_defaults, Fact::known(true, now()));
    // Without the licence nobody will ever refresh it: it counts for nothing.
    tenant.finish(Dataset::SecurityDefaults, end(Outcome::NotLicensed)).await.unwrap();
    let facts = tenant.load_facts().await.unwrap().tenant;
    assert_eq!(facts.security_defaults, Fact::Unknown(UnknownCause::NotLicensed));
    // What was never read is unknown for the cause of its last run.
    tenant.finish(Dataset::Domains, end(Outcome::NotPermitted)).await.unwrap();
    assert_eq!(tenant.load_facts().await.unwrap().tenant.domains, Fact::Unknown(UnknownCause::NotPermitted));
}

/// A name that a database refuses stands for any failure in the midst of a write.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_write_that_fails_changes_nothing(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    write_users(&tenant, vec![user(1, "Li Na")]).await;
    if kind == Kind::Sqlite {
        let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON users WHEN new.sort_name = 'poison' \
                       BEGIN SELECT RAISE(ABORT, 'refused'); END";
        database.run(trigger).await;
    } else {
        database.run("ALTER TABLE users ADD CHECK (sort_name <> 'poison')").await;
    }
    let users = (2..3_000).map(|number| user(number, "Fine")).chain([user(3_000, "Poison")]).collect();
    let later = done_at(now() + TimeDelta::hours(1));
    tenant.write_facts(Facts::Users(UsersChange::Full(users)), later).await.unwrap_err();
    let facts = tenant.load_facts().await.unwrap();
    assert_eq!((facts.users.len(), facts.users_read), (1, Ok(now())));
}

fn teams(address: &str, days_ago: &[i64]) -> SeenWay {
    let day = |days: i64| (now() - TimeDelta::days(days)).date_naive();
    let mut days = DaysSeen::on(day(days_ago[0]));
    days_ago.iter().for_each(|ago| days.add(day(*ago)));
    let way = SignInWay {
        app_id: None,
        app_name: "Microsoft Teams".into(),
        resource_id: None,
        client: ModernClient::Browser,
        platform: "windows".into(),
        country: Some("PT".into()),
        managed_device: false,
        ip_address: address.into(),
    };
    SeenWay { way, days }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn modern_sign_ins_add_up_and_none_counts_twice(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    let from = (now() - TimeDelta::days(30)).date_naive();
    let write = async |ways: Vec<SeenWay>, from, whole| {
        let seen = if ways.is_empty() { vec![] } else { vec![SeenSignIns { user_id: id(1), ways }] };
        tenant
            .write_facts(
                Facts::LegacySignIns {
                    window: LegacyWindow::Days(from),
                    rows: vec![],
                    seen,
                    whole,
                    password_grants: true,
                },
                done(),
            )
            .await
            .unwrap();
        let (_, sign_ins) = tenant.load_what_if(DateTime::UNIX_EPOCH).await.unwrap();
        let Known::Known(sign_ins) = sign_ins else { panic!("{sign_ins:?}") };
        let days = |user: &SeenSignIns| user.ways.iter().map(|seen| seen.days.count()).collect::<Vec<_>>();
        (sign_ins.users.iter().map(days).collect::<Vec<_>>().concat(), sign_ins.log)
    };
    assert!(matches!(tenant.load_what_if(DateTime::UNIX_EPOCH).await.unwrap().1, Known::Unknown(_)));
    let log = |cut_on| SignInLog { since: from, cut_on, password_grants: true };
    assert_eq!(write(vec![teams("203.0.113.9", &[2, 1])], from, true).await, (vec![2], log(None)));
    assert_eq!(
        write(vec![teams("203.0.113.9", &[1, 0])], done().read_at.date_naive(), true).await,
        (vec![3], log(None))
    );
    let cut = write(vec![teams("198.51.100.7", &[0])], done().read_at.date_naive(), false).await;
    assert_eq!((cut.0.len(), cut.1), (2, log(Some(done().read_at.date_naive()))));
    assert_eq!(write(vec![], done().read_at.date_naive(), true).await.0.len(), 2);
    assert_eq!(write(vec![teams("192.0.2.1", &[60])], from, true).await.0.len(), 2);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn legacy_sign_ins_replace_the_days_read_and_keep_earlier_ones(#[case] kind: Kind) {
    let Some(database) = TestDatabase::open(kind).await else { return };
    let tenant = tenant(&database, 1, "Fabrikam").await;
    let day = |days: i64| (now() - TimeDelta::days(days)).date_naive();
    let write = async |window, rows| {
        tenant
            .write_facts(
                Facts::LegacySignIns { window, rows, seen: vec![], whole: true, password_grants: true },
                done(),
            )
            .await
            .unwrap();
        let facts = tenant.load_facts().await.unwrap().legacy_sign_ins;
        let mut counts: Vec<_> = facts.value().unwrap().iter().map(|fact| (fact.day, fact.successes)).collect();
        counts.sort_unstable();
        counts
    };
    let all =
        write(LegacyWindow::Days(day(30)), vec![legacy(1, 20, 1), legacy(1, 2, 2), legacy(1, 0, 3), legacy(1, 100, 9)])
            .await;
    assert_eq!(all, [(day(20), 1), (day(2), 2), (day(0), 3)]);
    assert_eq!(write(LegacyWindow::Days(day(2)), vec![legacy(1, 0, 5)]).await, [(day(20), 1), (day(0), 5)]);
    // What is new is added, and the rest of its day stays.
    let another = LegacySignIns { ip_address: String::from("198.51.100.1"), ..legacy(1, 0, 7) };
    let added = write(LegacyWindow::Added(now() - TimeDelta::minutes(30)), vec![legacy(1, 0, 2), another]).await;
    assert_eq!(added, [(day(20), 1), (day(0), 7), (day(0), 7)]);
    let facts = tenant.load_facts().await.unwrap().legacy_sign_ins;
    let mut sprayed: Vec<_> = facts.value().unwrap().iter().map(|fact| fact.sprayed).collect();
    sprayed.sort_unstable();
    assert_eq!(sprayed, [2, 2, 4]);
    assert_eq!(write(LegacyWindow::Added(now()), vec![]).await, added);
}

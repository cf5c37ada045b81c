//! Filter, order and page in SQL answer what the same words mean on a list in memory.

use std::cmp::Ordering;

use app::backend::Tenants as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::facts::directory::{User, UserKind};
use domain::ids::UserId;
use domain::list::{Direction, ListQuery, PAGE_SIZE};
use domain::operator::{Reach, Role};
use domain::user::{UserFilter, UserFinding, UserSort};
use domain::verdict::Verdict;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use server::store::{Judged, JudgedUser};

use super::world::{all_judged, caller, id, judgement, now, tenant, tenant_id, user, write_users};
use crate::database::{Kind, TestDatabase};

#[derive(Clone, Debug)]
struct Account {
    user: User,
    verdict: Verdict,
    is_admin: bool,
    findings: Vec<UserFinding>,
    last_sign_in_at: Option<DateTime<Utc>>,
}

fn account() -> impl Strategy<Value = Account> {
    let name = prop_oneof![
        "[a-cA-C%_\\\\ ]{1,4}",
        Just(String::from("Jürgen Weiß")),
        Just(String::from("ÖZGE")),
        Just(String::from("佐藤")),
        Just(String::from("50% off_sale")),
    ];
    let findings = proptest::sample::subsequence(UserFinding::ALL.to_vec(), 0..=2);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let days = (proptest::option::of(0..5_i64), proptest::option::of(0..5_i64), 0..3_usize);
    (name, proptest::sample::select(Verdict::ALL.to_vec()), findings, flags, days).prop_map(
        |(name, verdict, findings, (enabled, guest, is_admin), (seen, created, licences))| {
            let days_ago = |days: i64| now() - TimeDelta::days(days);
            let mut user = user(0, &name);
            user.account_enabled = enabled;
            user.kind = if guest { UserKind::Guest } else { UserKind::Member };
            user.created_at = created.map(days_ago);
            user.licences.resize(licences, uuid::Uuid::nil());
            Account { user, verdict, is_admin, findings, last_sign_in_at: seen.map(days_ago) }
        },
    )
}

fn query() -> impl Strategy<Value = ListQuery> {
    let text = prop_oneof![
        3 => Just(String::new()),
        1 => "[a-c%_\\\\]{1,2}",
        1 => Just(String::from("ürg weiß")),
        1 => Just(String::from("özge")),
        1 => Just(String::from("0% f")),
        1 => Just(String::from("u1")),
    ];
    let filters: Vec<String> = UserFilter::OF_USERS
        .into_iter()
        .chain(UserFilter::OF_MFA)
        .map(|filter| filter.name().to_owned())
        .chain([String::new(), String::from("nonsense")])
        .collect();
    let sorts = ["", "name", "verdict", "last_sign_in", "since", "created", "licences", "x'; DROP TABLE users; --"];
    let directions = [Direction::Ascending, Direction::Descending];
    (
        text,
        proptest::sample::select(filters),
        proptest::sample::select(sorts.to_vec()),
        proptest::sample::select(directions.to_vec()),
        0..4_u32,
    )
        .prop_map(|(q, filter, sort, direction, page)| ListQuery {
            q,
            narrow: String::new(),
            filter,
            sort: sort.to_owned(),
            direction,
            page,
            columns: String::new(),
        })
}

/// Administrators who are not protected come first, then others who are not, the unknown, the rest.
fn severity(account: &Account) -> usize {
    let order = [
        (Verdict::Unprotected, Some(true)),
        (Verdict::EnrolmentOpen, Some(true)),
        (Verdict::Partial, Some(true)),
        (Verdict::Unprotected, Some(false)),
        (Verdict::EnrolmentOpen, Some(false)),
        (Verdict::Partial, Some(false)),
        (Verdict::Unknown, Some(true)),
        (Verdict::Unknown, Some(false)),
        (Verdict::Protected, None),
        (Verdict::CannotSignIn, None),
    ];
    let is = |(verdict, admin): &(Verdict, Option<bool>)| {
        *verdict == account.verdict && admin.is_none_or(|admin| admin == account.is_admin)
    };
    let place = order.iter().position(is).expect("every account has a place");
    // What is marked apart comes after everybody else who is not protected.
    if account.findings.contains(&UserFinding::Marked) { place.max(6) } else { place }
}

fn keep(account: &Account, query: &ListQuery) -> bool {
    let text = format!("{}\n{}", account.user.display_name, account.user.user_principal_name).to_lowercase();
    let found = query.q.to_lowercase().split_whitespace().all(|word| text.contains(word));
    found
        && match UserFilter::from_name(&query.filter) {
            None => true,
            Some(UserFilter::Administrators) => account.is_admin,
            Some(UserFilter::Guests) => account.user.kind == UserKind::Guest,
            Some(UserFilter::Disabled) => !account.user.account_enabled,
            Some(UserFilter::Finding(finding)) => account.findings.contains(&finding),
            Some(UserFilter::Verdict(verdict)) => account.verdict == verdict,
        }
}

/// What has no value comes last in both directions.
fn by_time(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>, direction: Direction) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => directed(a.cmp(&b), direction),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn directed(order: Ordering, direction: Direction) -> Ordering {
    if direction == Direction::Descending { order.reverse() } else { order }
}

fn compare(a: &Account, b: &Account, query: &ListQuery) -> Ordering {
    let direction = query.direction;
    let name = |account: &Account| (account.user.display_name.to_lowercase().into_bytes(), account.user.id);
    let first = match UserSort::from_name(&query.sort) {
        UserSort::Name => return directed(name(a).cmp(&name(b)), direction),
        UserSort::Worst => directed(severity(a).cmp(&severity(b)), direction),
        UserSort::Verdict => {
            let place = |account: &Account| Verdict::ALL.iter().position(|verdict| *verdict == account.verdict);
            directed(place(a).cmp(&place(b)), direction)
        }
        UserSort::Licences => directed(a.user.licences.len().cmp(&b.user.licences.len()), direction),
        UserSort::LastSignIn => by_time(a.last_sign_in_at, b.last_sign_in_at, direction),
        UserSort::Created => by_time(a.user.created_at, b.user.created_at, direction),
        // All were judged at the same time.
        UserSort::Since => Ordering::Equal,
    };
    first.then_with(|| name(a).cmp(&name(b)))
}

fn expected(accounts: &[Account], query: &ListQuery) -> Vec<UserId> {
    let mut kept: Vec<_> = accounts.iter().filter(|account| keep(account, query)).collect();
    kept.sort_by(|a, b| compare(a, b, query));
    kept.into_iter().map(|account| account.user.id).collect()
}

/// One database for all cases: each case writes its own users.
fn lists_match_a_naive_reading(kind: Kind) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(TestDatabase::open(kind)) else { return };
    let tenant = runtime.block_on(tenant(&database, 1, "Fabrikam"));
    let other = runtime.block_on(super::world::tenant(&database, 2, "Woodgrove"));
    runtime.block_on(write_users(&other, vec![user(900, "abc")]));
    let service = super::verdicts::service(&database);
    let caller = caller(Role::Technician, Reach::All);
    let strategy = (proptest::collection::vec(account(), 0..120), proptest::collection::vec(query(), 12));
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&strategy, |(mut accounts, queries)| {
        for (number, account) in accounts.iter_mut().enumerate() {
            account.user.id = id(number as u128 + 1);
            account.user.user_principal_name = format!("u{}@client.example", number + 1);
        }
        runtime.block_on(async {
            write_users(&tenant, accounts.iter().map(|account| account.user.clone()).collect()).await;
            let users = accounts.iter().map(|account| JudgedUser {
                id: account.user.id,
                judgement: judgement(account.verdict),
                is_admin: account.is_admin,
                findings: account.findings.clone(),
                last_sign_in_at: account.last_sign_in_at,
            });
            tenant.write_judged(Judged { ..all_judged(users.collect()) }).await.expect("verdicts are written");
            for query in &queries {
                let all = expected(&accounts, query);
                let skipped = (query.page_number() - 1) as usize * PAGE_SIZE as usize;
                let page: Vec<_> = all.iter().skip(skipped).take(PAGE_SIZE as usize).copied().collect();
                let list = service.list_users(&caller, tenant_id(1), query).await.expect("a list");
                let ids: Vec<_> = list.users.rows.iter().map(|row| row.id).collect();
                prop_assert_eq!(&ids, &page, "{:?}", query);
                prop_assert_eq!(list.users.total, all.len() as u64);
                let exported = service.export_users(&caller, tenant_id(1), query).await.expect("an export");
                prop_assert_eq!(exported.iter().map(|row| row.id).collect::<Vec<_>>(), all);
                for chip in &list.chips {
                    let clicked = ListQuery { filter: chip.name.clone(), page: 1, ..query.clone() };
                    prop_assert_eq!(chip.count, expected(&accounts, &clicked).len() as u64, "{}", chip.name);
                }
                for row in &list.users.rows {
                    let account = accounts.iter().find(|account| account.user.id == row.id).expect("ours");
                    prop_assert_eq!(row.verdict, account.verdict);
                    prop_assert_eq!(
                        &row.findings,
                        &UserFinding::ALL.into_iter().filter(|f| account.findings.contains(f)).collect::<Vec<_>>()
                    );
                }
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn lists_match_a_naive_reading_on_sqlite() {
    lists_match_a_naive_reading(Kind::Sqlite);
}

#[test]
fn lists_match_a_naive_reading_on_postgresql() {
    lists_match_a_naive_reading(Kind::Postgres);
}

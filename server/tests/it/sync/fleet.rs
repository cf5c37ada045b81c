//! The whole fleet: every kind of client is read as far as its licence and consent go, and judged as its kind implies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use domain::dataset::{Dataset, Licence, Outcome};
use domain::ids::TenantId;
use domain::verdict::Verdict;
use rstest::rstest;
use simulator::world::Kind;

use super::House;
use crate::database::Kind as Database;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_fleet_is_read_and_judged(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(house) = House::open_on(database).await else { return };
    house.connect_all().await;
    house.drain().await;
    // Last sign-ins have ten pages a minute for all tenants: who does not get a turn is put off, by minutes.
    for _ in 0..8 {
        house.advance(TimeDelta::minutes(25));
        house.drain().await;
    }
    let tenants: Vec<(TenantId, Kind, usize, bool)> = {
        let world = house.simulator.world().read().await;
        let all = world.tenants_in_order();
        all.iter()
            .map(|one| (TenantId(one.id), one.kind, one.directory.user_count(), one.service_principal.is_some()))
            .collect()
    };
    let granted: HashMap<TenantId, BTreeSet<String>> = {
        let world = house.simulator.world().read().await;
        let all = world
            .tenants
            .values()
            .filter_map(|one| Some((TenantId(one.id), one.service_principal.as_ref()?.roles.clone())));
        all.collect()
    };
    let mut wrong = Vec::new();
    for (tenant, kind, users, reachable) in tenants {
        for status in house.tenant(tenant).await.list_datasets().await.unwrap() {
            let granted = granted.get(&tenant).is_none_or(|roles| roles.contains(status.dataset.spec().permission));
            let expected = match expected(kind, status.dataset, reachable) {
                Some(Outcome::Done) if !granted => Some(Outcome::NotPermitted),
                expected => expected,
            };
            if status.outcome != expected || status.running {
                wrong.push(format!(
                    "{kind:?} {:?}: {:?}, not {expected:?}; {:?}",
                    status.dataset, status.outcome, status.cause
                ));
            }
        }
        if reachable {
            let verdicts = house.verdicts(tenant).await;
            if verdicts.len() != users {
                wrong.push(format!("{kind:?}: {} users, not {users}", verdicts.len()));
            }
            let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
            verdicts.into_values().for_each(|verdict| *counts.entry(verdict).or_default() += 1);
            if let Err(why) = plausible(kind, &counts) {
                wrong.push(format!("{kind:?}: {why}: {counts:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn expected(kind: Kind, dataset: Dataset, reachable: bool) -> Option<Outcome> {
    if dataset.is_the_partners() && kind != Kind::Partner {
        return None;
    }
    if !reachable {
        return Some(Outcome::Failed);
    }
    if (kind, dataset) == (Kind::OldPhones, Dataset::ExchangeSettings) {
        // Consented, and without a role.
        return Some(Outcome::NotPermitted);
    }
    // For people alone, and the fleet is read by the app.
    if dataset == Dataset::SyncSettings {
        return Some(Outcome::NotPermitted);
    }
    let licensed = match dataset.spec().licence {
        Licence::None => true,
        Licence::EntraP1 => kind.has_p1(),
        Licence::EntraP2 => kind.has_p2(),
    };
    Some(if licensed { Outcome::Done } else { Outcome::NotLicensed })
}

/// What the kind of client is there to show.
fn plausible(kind: Kind, counts: &BTreeMap<Verdict, usize>) -> Result<(), &'static str> {
    let count = |verdict| counts.get(&verdict).copied().unwrap_or_default();
    let able: usize =
        counts.iter().filter(|(verdict, _)| **verdict != Verdict::CannotSignIn).map(|(_, count)| count).sum();
    match kind {
        Kind::CaComplete if count(Verdict::Protected) * 10 < able * 8 => Err("most are protected"),
        Kind::CaComplete if count(Verdict::Unprotected) > 0 => Err("nobody is unprotected"),
        Kind::CaReportOnly if count(Verdict::Protected) > 0 => Err("report-only protects nobody"),
        Kind::NoP1 if count(Verdict::Protected) > 0 => Err("nothing protects anybody"),
        Kind::NoP1 if count(Verdict::Unprotected) == 0 => Err("some are unprotected"),
        Kind::CaExcludedGroup if count(Verdict::Unprotected) + count(Verdict::Partial) == 0 => {
            Err("the excluded are open")
        }
        _ => Ok(()),
    }
}

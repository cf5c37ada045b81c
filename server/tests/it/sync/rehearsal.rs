//! The forecast, held against what happens: the real planner, workers, budgets and database for some hours at sixty times
//! their pace, against a Microsoft that keeps sixty times its limits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::dataset::Dataset;
use domain::ids::TenantId;
use server::clock::Clock;
use server::jobs::WorkerSettings;
use server::sync::forecast::{Fleet, Forecast, forecast};
use server::timer::FastTimer;
use simulator::{Options, Side, Throttle};

use super::House;
use crate::database::Kind as Database;

const PACE: u32 = 60;
/// As many as two cores keep at that pace in a debug build, with room.
const TENANTS: usize = 24;
const USERS: u32 = 20;
/// Of the pretended time; the first quarter does not count, as in the forecast.
const HOURS: u32 = 2;

/// How old a dataset was, by sample and tenant.
type Ages = HashMap<Dataset, Vec<Duration>>;

async fn sample(house: &House, tenants: &[TenantId], ages: &mut Ages) {
    for tenant in tenants {
        let statuses = house.tenant(*tenant).await.list_datasets().await.unwrap();
        let now = house.clock.now();
        for status in statuses {
            if let Some(age) = status.read_at.and_then(|at| (now - at).to_std().ok()) {
                ages.entry(status.dataset).or_default().push(age);
            }
        }
    }
}

fn median(ages: &mut [Duration]) -> Duration {
    ages.sort_unstable();
    ages.get(ages.len() / 2).copied().unwrap_or_default()
}

fn told(forecast: &Forecast, dataset: Dataset) -> Duration {
    forecast.datasets.iter().find(|age| age.dataset == dataset).unwrap().median
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_what_was_forecast() {
    let options = Options {
        tenants: TENANTS,
        users_per_tenant: USERS as usize,
        throttle: Throttle::Scaled(PACE),
        ..Options::default()
    };
    let (clock, timer) = (Clock::running(PACE), Arc::new(FastTimer::new(PACE)));
    let house = House::open_with(Database::Sqlite, options, clock, timer, Some(1.0)).await.unwrap();
    // The forecast knows tenants that hold a licence and let everything be read.
    let tenants: Vec<TenantId> = {
        let world = house.simulator.world().read().await;
        let like_that = world
            .tenants_in_order()
            .into_iter()
            .filter(|tenant| tenant.kind.has_p1() && tenant.kind.is_consented() && tenant.id != world.partner);
        like_that.map(|tenant| TenantId(tenant.id)).collect()
    };
    for tenant in &tenants {
        house.connect(*tenant).await;
    }

    let workers = house.jobs.start(&WorkerSettings::default());
    let began = tokio::time::Instant::now();
    let takes = Duration::from_secs(u64::from(HOURS) * 3_600) / PACE;
    tokio::time::sleep_until(began + takes / 4).await;
    house.simulator.requests().clear();
    let mut ages = Ages::new();
    while began.elapsed() < takes {
        sample(&house, &tenants, &mut ages).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let calls = house.simulator.requests().count(Side::Graph, None, "/");
    let throttled = house.simulator.requests().throttled();
    workers.stop().await;

    let fleet = Fleet {
        tenants: u32::try_from(tenants.len()).unwrap(),
        users: USERS,
        sign_ins: 1,
        hours: HOURS,
        // What a call takes here, at that pace.
        latency: Duration::from_millis(10) * PACE,
        ..Fleet::default()
    };
    let forecast = forecast(&fleet);
    let mut wrong = Vec::new();
    for dataset in [Dataset::Users, Dataset::DirectorySync, Dataset::LegacySignIns, Dataset::RegistrationDetails] {
        let (said, happened) = (told(&forecast, dataset), median(ages.get_mut(&dataset).unwrap()));
        let off = happened.as_secs_f64() / said.as_secs_f64() - 1.0;
        println!("{:<20} forecast {:>5} s, happened {:>5} s", dataset.spec().label, said.as_secs(), happened.as_secs());
        if off.abs() > 0.2 {
            wrong.push(format!("{dataset:?}: {said:?} was forecast, {happened:?} happened"));
        }
    }
    println!("{:<20} forecast {:>5}  , happened {calls:>5}", "calls", forecast.calls);
    let off = calls as f64 / forecast.calls as f64 - 1.0;
    if off.abs() > 0.2 {
        wrong.push(format!("{} calls were forecast, {calls} were made", forecast.calls));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(throttled, 0, "no refusal was provoked");
}

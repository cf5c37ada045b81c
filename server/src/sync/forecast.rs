//! A model of the planner in virtual time: turns, lanes, cadences and budgets as they are, and Microsoft as a latency. It says
//! how old each dataset gets, what share of each budget is spent, and what holds the fleet up. Pure: the same fleet, the same
//! forecast. Left out: the two directory calls a day that a subscription to changes takes, and readings that it brings
//! forward.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use domain::dataset::{BudgetClass, Dataset, Extras};

use super::plan::{EVIDENCE_LANES, FIRST, VERDICT_LANES};
use crate::graph::limits::{Counts, Keeper, LIMITS, Limit, Pace, limits_of};

/// The fleet that is asked about.
#[derive(Clone, Debug)]
pub struct Fleet {
    pub tenants: u32,
    /// Of each tenant.
    pub users: u32,
    /// Of each user and day, with and without interaction.
    pub sign_ins: u32,
    pub processes: u32,
    /// Tenants synced at once by each process.
    pub concurrency: u32,
    /// One call, its answer and the storing of it.
    pub latency: Duration,
    /// Each tenant has an app registration of its own.
    pub own_registrations: bool,
    /// The share of Microsoft's limits that is spent.
    pub budget_scale: f64,
    /// How long to look, the first quarter not counted.
    pub hours: u32,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            tenants: 1_000,
            users: 200,
            sign_ins: 60,
            processes: 1,
            concurrency: 16,
            latency: Duration::from_millis(250),
            own_registrations: false,
            budget_scale: 1.0,
            hours: 24,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub datasets: Vec<DatasetAge>,
    pub budgets: Vec<BudgetUse>,
    /// Until every tenant had been read once.
    pub first_reading: Option<Duration>,
    /// The share of the time that the workers' places were taken.
    pub workers: f64,
    pub calls: u64,
    /// What is spent the most of: a budget's name, or the workers.
    pub held_up_by: &'static str,
}

/// How old what is on screen gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetAge {
    pub dataset: Dataset,
    pub median: Duration,
    pub worst: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetUse {
    pub name: &'static str,
    /// Of what Microsoft allows, for the busiest of those whom the limit is kept for; on the average.
    pub share: f64,
    /// How long calls waited for it, together.
    pub waited: Duration,
}

/// Milliseconds since the beginning.
type Time = u64;

/// The scheduler's beat.
const BEAT: Time = 5_000;
/// A turn ends between two datasets after this.
const SLICE: Time = 90_000;
const SAMPLE: Time = 60_000;
/// Groups that policies name, as many as tenants usually have.
const POLICY_GROUPS: u32 = 5;
/// Pages after which the log is asked for word by word, and the words.
const LOG_PAGES: u32 = 13;
const WORDS: u32 = 13;
const WHOLE_DAYS_EVERY: Time = 24 * 3_600_000;

const NAME_OF_WORKERS: &str = "workers";

struct Tenant {
    /// By the dataset's place in `Dataset::ALL`.
    due: Vec<Time>,
    read_at: Vec<Option<Time>>,
    whole_days_at: Option<Time>,
    /// In the queue, or having its turn.
    is_taken: bool,
    next: Time,
}

struct Turn {
    tenant: usize,
    phase: usize,
    lanes: u32,
    ends_at: Time,
    is_left_over: bool,
}

struct Lane {
    turn: usize,
    datasets: VecDeque<Dataset>,
    reading: Option<(Dataset, Time)>,
    calls: VecDeque<(BudgetClass, u32)>,
}

struct Bucket {
    pace: Pace,
    /// Theoretical arrival time of the next cell, in nanoseconds.
    arrival: u128,
    spent: u64,
}

struct World<'a> {
    fleet: &'a Fleet,
    tenants: Vec<Tenant>,
    turns: Vec<Turn>,
    lanes: Vec<Lane>,
    /// What happens when: a lane goes on.
    events: BinaryHeap<Reverse<(Time, u64, usize)>>,
    events_made: u64,
    waiting: VecDeque<usize>,
    free: u32,
    busy_since: Time,
    busy: u64,
    buckets: HashMap<(&'static str, u64), Bucket>,
    waited: HashMap<&'static str, u64>,
    calls: u64,
    counts_from: Time,
}

/// Runs the fleet through its hours.
pub fn forecast(fleet: &Fleet) -> Forecast {
    let end = Time::from(fleet.hours.max(1)) * 3_600_000;
    let counts_from = end / 4;
    let mut world = World::new(fleet, counts_from);
    let mut ages: Vec<Vec<Time>> = vec![Vec::new(); Dataset::ALL.len()];
    let (mut beat, mut sample, mut first_reading) = (0, counts_from, None);
    loop {
        let next = world.events.peek().map_or(Time::MAX, |Reverse((at, ..))| *at).min(beat).min(sample);
        if next > end {
            break;
        }
        if next == beat {
            world.look_for_due(beat);
            beat += BEAT;
        } else if next == sample {
            world.sample(sample, &mut ages);
            sample += SAMPLE;
        } else if let Some(Reverse((at, _, lane))) = world.events.pop() {
            world.go_on(lane, at);
            if first_reading.is_none() && world.all_are_read() {
                first_reading = Some(Duration::from_millis(at));
            }
        }
    }
    world.close(end, first_reading, ages)
}

impl<'a> World<'a> {
    fn new(fleet: &'a Fleet, counts_from: Time) -> Self {
        let tenant = || Tenant {
            due: vec![0; Dataset::ALL.len()],
            read_at: vec![None; Dataset::ALL.len()],
            whole_days_at: None,
            is_taken: false,
            next: 0,
        };
        Self {
            fleet,
            tenants: (0..fleet.tenants).map(|_| tenant()).collect(),
            turns: Vec::new(),
            lanes: Vec::new(),
            events: BinaryHeap::new(),
            events_made: 0,
            waiting: VecDeque::new(),
            free: fleet.processes.max(1) * fleet.concurrency.max(1),
            busy_since: 0,
            busy: 0,
            buckets: HashMap::new(),
            waited: HashMap::new(),
            calls: 0,
            counts_from,
        }
    }

    fn look_for_due(&mut self, now: Time) {
        let mut due: Vec<usize> = (0..self.tenants.len())
            .filter(|tenant| !self.tenants[*tenant].is_taken && self.tenants[*tenant].next <= now)
            .collect();
        due.sort_by_key(|tenant| self.tenants[*tenant].next);
        for tenant in due {
            self.tenants[tenant].is_taken = true;
            self.waiting.push_back(tenant);
        }
        self.give_turns(now);
    }

    fn give_turns(&mut self, now: Time) {
        while self.free > 0
            && let Some(tenant) = self.waiting.pop_front()
        {
            self.note_busy(now);
            self.free -= 1;
            self.turns.push(Turn { tenant, phase: 0, lanes: 0, ends_at: now + SLICE, is_left_over: false });
            self.enter_phase(self.turns.len() - 1, now);
        }
    }

    fn note_busy(&mut self, now: Time) {
        let places = self.fleet.processes.max(1) * self.fleet.concurrency.max(1);
        let since = self.busy_since.max(self.counts_from);
        self.busy += u64::from(places - self.free) * now.saturating_sub(since);
        self.busy_since = now;
    }

    /// Opens the lanes of the turn's phase, or of the first one after it in which something is due; ends the turn after the
    /// last.
    fn enter_phase(&mut self, turn: usize, now: Time) {
        let phases: [&[&[Dataset]]; 4] = [&[&FIRST], &VERDICT_LANES, &[&[Dataset::PolicyGroups]], &EVIDENCE_LANES];
        while let Some(lanes) = phases.get(self.turns[turn].phase) {
            let tenant = &self.tenants[self.turns[turn].tenant];
            let is_due =
                |dataset: &&Dataset| dataset.applies(false, Extras::default()) && tenant.due[place(**dataset)] <= now;
            let open: Vec<VecDeque<Dataset>> =
                lanes.iter().map(|lane| lane.iter().filter(is_due).copied().collect()).collect();
            let opened: Vec<usize> = open
                .into_iter()
                .filter(|datasets: &VecDeque<Dataset>| !datasets.is_empty())
                .map(|datasets| {
                    self.lanes.push(Lane { turn, datasets, reading: None, calls: VecDeque::new() });
                    self.lanes.len() - 1
                })
                .collect();
            if !opened.is_empty() {
                self.turns[turn].lanes = u32::try_from(opened.len()).unwrap_or(u32::MAX);
                opened.into_iter().for_each(|lane| self.go_on(lane, now));
                return;
            }
            self.turns[turn].phase += 1;
        }
        self.end_turn(turn, now);
    }

    /// The lane's last call was answered, or it begins.
    fn go_on(&mut self, lane: usize, now: Time) {
        let turn = self.lanes[lane].turn;
        let tenant = self.turns[turn].tenant;
        loop {
            if let Some((class, units)) = self.lanes[lane].calls.pop_front() {
                let at = self.spend(tenant, class, units, now) + millis(self.fleet.latency);
                self.events_made += 1;
                self.events.push(Reverse((at, self.events_made, lane)));
                return;
            }
            if let Some((dataset, started)) = self.lanes[lane].reading.take() {
                self.tenants[tenant].read_at[place(dataset)] = Some(started);
                self.tenants[tenant].due[place(dataset)] = now + millis_of(dataset);
            }
            if now >= self.turns[turn].ends_at && !self.lanes[lane].datasets.is_empty() {
                self.turns[turn].is_left_over = true;
                self.lanes[lane].datasets.clear();
            }
            let Some(dataset) = self.lanes[lane].datasets.pop_front() else { break };
            self.lanes[lane].reading = Some((dataset, now));
            self.lanes[lane].calls = self.calls_of(tenant, dataset, now);
        }
        self.turns[turn].lanes -= 1;
        if self.turns[turn].lanes == 0 {
            self.turns[turn].phase += 1;
            self.enter_phase(turn, now);
        }
    }

    fn end_turn(&mut self, turn: usize, now: Time) {
        let Turn { tenant, is_left_over, .. } = self.turns[turn];
        let theirs = |dataset: &Dataset| dataset.applies(false, Extras::default());
        let due = Dataset::ALL
            .iter()
            .filter(|dataset| theirs(dataset))
            .map(|dataset| self.tenants[tenant].due[place(*dataset)]);
        let next = if is_left_over { now } else { due.min().unwrap_or(now) };
        self.tenants[tenant].next = next;
        self.tenants[tenant].is_taken = false;
        self.note_busy(now);
        self.free += 1;
        if is_left_over {
            // Handed back: it is looked for at once.
            self.tenants[tenant].is_taken = true;
            self.waiting.push_back(tenant);
        }
        self.give_turns(now);
    }

    /// When the call may be made. Whoever asks first has the place.
    fn spend(&mut self, tenant: usize, class: BudgetClass, units: u32, now: Time) -> Time {
        self.calls += u64::from(now >= self.counts_from);
        let mut at = u128::from(now) * 1_000_000;
        for limit in limits_of(class) {
            let processes = if limit.keeper == Keeper::App { self.fleet.processes.max(1) } else { 1 };
            let key = match limit.keeper {
                // Each process has a share of its own; a tenant is with one at a time, wherever.
                Keeper::App if self.fleet.own_registrations => tenant as u64,
                Keeper::App => tenant as u64 % u64::from(processes),
                Keeper::AppAndTenant | Keeper::Tenant | Keeper::AppTenantAndReport => tenant as u64,
            };
            let scale = self.fleet.budget_scale / f64::from(processes);
            let Some(pace) = limit.pace(scale) else { continue };
            let bucket = self.buckets.entry((limit.name, key)).or_insert(Bucket { pace, arrival: 0, spent: 0 });
            let cells = match limit.counts {
                Counts::Calls => 1,
                Counts::Units => units.clamp(1, pace.burst),
            };
            let before = at;
            at = bucket.take(at, cells);
            if now >= self.counts_from {
                bucket.spent += u64::from(cells);
                *self.waited.entry(limit.name).or_default() +=
                    u64::try_from((at - before) / 1_000_000).unwrap_or(u64::MAX);
            }
        }
        Time::try_from(at.div_ceil(1_000_000)).unwrap_or(Time::MAX)
    }

    /// The calls of one run, with their resource units.
    fn calls_of(&mut self, tenant: usize, dataset: Dataset, now: Time) -> VecDeque<(BudgetClass, u32)> {
        let class = dataset.spec().budget;
        let pages = |rows: u32, page: u32| rows.div_ceil(page).max(1);
        let users = self.fleet.users;
        let (calls, units) = match dataset {
            Dataset::SubscribedSkus => (1, 2),
            Dataset::PolicyGroups => (POLICY_GROUPS, 4),
            Dataset::PerUserMfa => (pages(users, 999), 1),
            Dataset::RegistrationDetails => (pages(users, 1_000), 1),
            Dataset::SignInActivity => (pages(users, 500), 1),
            Dataset::ObjectErrors | Dataset::ServiceErrors => (2, 1),
            // The service principals, and the jobs of one configuration.
            Dataset::CloudSync => (2, 1),
            Dataset::LegacySignIns => (self.log_calls(tenant, now), 1),
            _ => (1, 1),
        };
        std::iter::repeat_n((class, units), calls as usize).collect()
    }

    /// Two logs: what is new since the last run, or whole days once a day; and one question for the password grant.
    fn log_calls(&mut self, tenant: usize, now: Time) -> u32 {
        let minutes = |minutes: u64| u32::try_from(minutes).unwrap_or(u32::MAX);
        let a_day = self.fleet.users.saturating_mul(self.fleet.sign_ins);
        let tenant = &mut self.tenants[tenant];
        let pages = |minutes: u32| (u64::from(a_day) * u64::from(minutes) / 1_440).div_ceil(2 * 1_000).max(1);
        let window = match (tenant.whole_days_at, tenant.read_at[place(Dataset::LegacySignIns)]) {
            (Some(whole), Some(read)) if now - whole < WHOLE_DAYS_EVERY => minutes((now - read) / 60_000 + 15),
            (Some(_), _) => 36 * 60,
            (None, _) => 30 * 1_440,
        };
        if window > 12 * 60 {
            tenant.whole_days_at = Some(now);
        }
        let of_a_log = match u32::try_from(pages(window)) {
            Ok(pages) if pages <= LOG_PAGES => pages,
            // The first page tells.
            _ => 1 + WORDS,
        };
        2 * of_a_log + 1
    }

    fn all_are_read(&self) -> bool {
        let users = place(Dataset::Users);
        self.tenants.iter().all(|tenant| tenant.read_at[users].is_some() && tenant.whole_days_at.is_some())
    }

    fn sample(&self, now: Time, ages: &mut [Vec<Time>]) {
        for tenant in &self.tenants {
            for (ages, read_at) in ages.iter_mut().zip(&tenant.read_at) {
                ages.extend(read_at.map(|at| now - at));
            }
        }
    }

    fn close(mut self, end: Time, first_reading: Option<Duration>, ages: Vec<Vec<Time>>) -> Forecast {
        self.note_busy(end);
        let counted = (end - self.counts_from) as f64;
        let places = f64::from(self.fleet.processes.max(1) * self.fleet.concurrency.max(1));
        let workers = self.busy as f64 / (counted * places);
        let budgets: Vec<BudgetUse> = LIMITS.iter().map(|limit| self.used(limit, counted)).collect();
        let busiest = budgets.iter().max_by(|a, b| a.share.total_cmp(&b.share));
        let held_up_by = match busiest {
            Some(budget) if budget.share > workers => budget.name,
            _ => NAME_OF_WORKERS,
        };
        let age = |(dataset, mut ages): (Dataset, Vec<Time>)| {
            ages.sort_unstable();
            let (median, worst) = (*ages.get(ages.len() / 2)?, *ages.last()?);
            Some(DatasetAge { dataset, median: Duration::from_millis(median), worst: Duration::from_millis(worst) })
        };
        Forecast {
            datasets: Dataset::ALL.into_iter().zip(ages).filter_map(age).collect(),
            held_up_by,
            budgets,
            first_reading,
            workers,
            calls: self.calls,
        }
    }

    fn used(&self, limit: &Limit, counted_ms: f64) -> BudgetUse {
        let shares =
            if limit.keeper == Keeper::App && !self.fleet.own_registrations { self.fleet.processes.max(1) } else { 1 };
        let allowed = f64::from(limit.amount) * counted_ms / (limit.window.as_millis() as f64) / f64::from(shares);
        let most =
            self.buckets.iter().filter(|((name, _), _)| *name == limit.name).map(|(_, bucket)| bucket.spent).max();
        BudgetUse {
            name: limit.name,
            share: most.unwrap_or(0) as f64 / allowed,
            waited: Duration::from_millis(self.waited.get(limit.name).copied().unwrap_or(0)),
        }
    }
}

impl Bucket {
    /// The generic cell rate algorithm, as the budgets keep it: when `cells` may be taken that are asked for at `at`.
    fn take(&mut self, at: u128, cells: u32) -> u128 {
        let (period, burst) = (self.pace.period.as_nanos(), u128::from(self.pace.burst));
        let tolerance = period * (burst - 1);
        let arrival = self.arrival.max(at) + period * u128::from(cells - 1);
        let allowed = arrival.saturating_sub(tolerance).max(at);
        self.arrival = arrival.max(allowed) + period;
        allowed
    }
}

fn place(dataset: Dataset) -> usize {
    Dataset::ALL.iter().position(|each| *each == dataset).unwrap_or_default()
}

fn millis(duration: Duration) -> Time {
    Time::try_from(duration.as_millis()).unwrap_or(Time::MAX)
}

fn millis_of(dataset: Dataset) -> Time {
    Time::try_from(dataset.spec().cadence.num_milliseconds()).unwrap_or(Time::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn median(forecast: &Forecast, dataset: Dataset) -> u64 {
        forecast.datasets.iter().find(|age| age.dataset == dataset).unwrap().median.as_secs().div_ceil(60)
    }

    #[test]
    fn a_thousand_tenants_on_one_app_stay_as_fresh_as_promised() {
        let found = forecast(&Fleet { hours: 6, ..Fleet::default() });
        assert!(median(&found, Dataset::Users) <= 5, "{found:#?}");
        assert!(median(&found, Dataset::LegacySignIns) <= 15, "{found:#?}");
        assert!(median(&found, Dataset::RegistrationDetails) <= 60, "{found:#?}");
        assert!(found.budgets.iter().all(|budget| budget.share < 1.0), "nothing is provoked: {found:#?}");
        assert!(found.first_reading.is_some());
    }

    #[test]
    fn a_fleet_that_is_too_large_for_its_workers_says_so() {
        let found = forecast(&Fleet { concurrency: 1, tenants: 400, hours: 2, ..Fleet::default() });
        assert_eq!(found.held_up_by, "workers");
        assert!(found.workers > 0.99, "{}", found.workers);
        assert!(median(&found, Dataset::Users) > 5, "{found:#?}");
    }

    #[test]
    fn a_registration_of_its_own_is_a_budget_of_its_own() {
        let fleet = Fleet { tenants: 100, users: 2_000, hours: 4, ..Fleet::default() };
        let share = |fleet: &Fleet| {
            forecast(fleet)
                .budgets
                .iter()
                .find(|budget| budget.name == "reports, app")
                .map(|budget| budget.share)
                .unwrap()
        };
        let (one, own) = (share(&fleet), share(&Fleet { own_registrations: true, ..fleet.clone() }));
        assert!(own * 20.0 < one, "{own} {one}");
    }

    #[test]
    fn processes_share_the_work_and_the_budgets() {
        let slow =
            Fleet { tenants: 300, concurrency: 2, latency: Duration::from_millis(600), hours: 3, ..Fleet::default() };
        let (one, three) = (forecast(&slow), forecast(&Fleet { processes: 3, ..slow.clone() }));
        assert!(median(&three, Dataset::Users) <= median(&one, Dataset::Users), "{one:#?} {three:#?}");
        assert!(three.budgets.iter().all(|budget| budget.share < 1.0));
    }

    #[tokio::test]
    async fn the_models_budgets_wait_as_the_real_ones_do() {
        use std::sync::Arc;

        use domain::ids::TenantId;
        use uuid::Uuid;

        use crate::graph::budget::{Budgets, Spending};
        use crate::timer::{SkippingTimer, Timer};

        for (class, tenants, calls) in [
            (BudgetClass::Reports, 1_u32, 40_u32),
            (BudgetClass::Reports, 40, 900),
            (BudgetClass::SignInActivity, 30, 60),
            (BudgetClass::ConditionalAccess, 3, 60),
            (BudgetClass::UsageReports, 1, 40),
            (BudgetClass::Directory, 2, 9_000),
        ] {
            let timer = SkippingTimer::default();
            let budgets = Budgets::new(Arc::new(timer.clone()), Some(1.0));
            let fleet = Fleet { tenants, ..Fleet::default() };
            let (mut world, mut at) = (World::new(&fleet, 0), 0);
            for call in 0..calls {
                let tenant = TenantId(Uuid::from_u128(u128::from(call % tenants)));
                budgets.take(Spending { app: "app", tenant, class, resource_units: 2, path: "users" }).await;
                at = world.spend((call % tenants) as usize, class, 2, at);
            }
            let (real, model) = (timer.elapsed().as_secs_f64(), Duration::from_millis(at).as_secs_f64());
            assert!((real - model).abs() <= 0.2 * real + 0.1, "{class:?}, {tenants}: {real} s, forecast {model} s");
        }
    }

    #[test]
    fn the_same_fleet_has_the_same_forecast() {
        let fleet = Fleet { tenants: 40, hours: 2, ..Fleet::default() };
        assert_eq!(forecast(&fleet), forecast(&fleet));
    }
}

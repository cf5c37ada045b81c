//! `tenantry plan`: how fresh a fleet can be kept within Microsoft's limits, before connecting it.

use std::fmt::Write;
use std::time::Duration;

use clap::Args;

use crate::sync::forecast::{Fleet, Forecast, forecast};

#[derive(Args)]
pub struct Options {
    /// Clients
    #[arg(long, default_value_t = 1_000)]
    tenants: u32,
    /// Users of each client
    #[arg(long, default_value_t = 200)]
    users: u32,
    /// Sign-ins of each user and day, with and without interaction
    #[arg(long, default_value_t = 60)]
    sign_ins: u32,
    /// Processes that share the work
    #[arg(long, default_value_t = 1)]
    processes: u32,
    /// Clients synced at once by each process: `jobs.concurrency`
    #[arg(long, default_value_t = 16)]
    concurrency: u32,
    /// One call with its answer and the storing of it, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 250)]
    latency: u64,
    /// Each client has an app registration of its own, and so its own budgets
    #[arg(long)]
    own_registrations: bool,
    /// How long to look, in hours; the first quarter does not count
    #[arg(long, default_value_t = 24)]
    hours: u32,
}

/// The forecast as a person reads it.
pub fn run(options: &Options) -> String {
    let fleet = Fleet {
        tenants: options.tenants,
        users: options.users,
        sign_ins: options.sign_ins,
        processes: options.processes,
        concurrency: options.concurrency,
        latency: Duration::from_millis(options.latency),
        own_registrations: options.own_registrations,
        hours: options.hours,
        ..Fleet::default()
    };
    told(&fleet, &forecast(&fleet))
}

fn told(fleet: &Fleet, forecast: &Forecast) -> String {
    let mut text = format!(
        "{} clients of {} users, {} at once, {} ms a call, {} hours\n\n",
        fleet.tenants,
        fleet.users,
        fleet.processes * fleet.concurrency,
        fleet.latency.as_millis(),
        fleet.hours
    );
    // Writing to a string does not fail.
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line(format!("{:<30}{:>10}{:>12}{:>12}", "Age of what is on screen", "every", "median", "worst"));
    for age in &forecast.datasets {
        let spec = age.dataset.spec();
        let every = Duration::from_secs(u64::try_from(spec.cadence.num_seconds()).unwrap_or_default());
        line(format!("{:<30}{:>10}{:>12}{:>12}", spec.label, span(every), span(age.median), span(age.worst)));
    }
    line(String::new());
    line(format!("{:<30}{:>10}{:>12}", "Budgets", "spent", "waited"));
    for budget in &forecast.budgets {
        line(format!("{:<30}{:>9.1}%{:>12}", budget.name, budget.share * 100.0, span(budget.waited)));
    }
    line(format!("{:<30}{:>9.1}%", "workers", forecast.workers * 100.0));
    line(String::new());
    let first = forecast
        .first_reading
        .map_or_else(|| "not within these hours".to_owned(), |time| format!("after {}", span(time)));
    line(format!("Every client is read once {first}. {} calls. Held up by: {}.", forecast.calls, forecast.held_up_by));
    text
}

fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{:.1} min", time.as_secs_f64() / 60.0),
        _ => format!("{:.1} h", time.as_secs_f64() / 3_600.0),
    }
}

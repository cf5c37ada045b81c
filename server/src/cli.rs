//! The command line. Every subcommand reads the configuration, says what it does, and ends with an exit code.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{ConfigError, DEFAULT_TOML, Flags};

mod assess;
mod demo;
mod doctor;
mod keys;
mod migrate;
mod plan;
mod serve;
mod worker;

/// One pane over every client's users, MFA, legacy sign-ins and sync health.
#[derive(Parser)]
#[command(name = "tenantry", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything out: a pretended Microsoft with clients and people, and this server against it
    ///
    /// Keeps its data in .tenantry/demo. Prints the address and who can sign in. Takes flags alone: a configuration file and
    /// the environment belong to a deployment, and are left alone.
    Demo(demo::Options),
    /// Run the web server, and background jobs beside it
    ///
    /// Brings the database up to date first. Stops on SIGTERM or Ctrl-C: running requests finish, jobs are handed back.
    Serve,
    /// Run background jobs without the web server
    ///
    /// For PostgreSQL, with jobs.in_serve off or on: any number of processes share the work.
    Worker,
    /// Bring the database up to date and end
    Migrate,
    /// Check a deployment and say what is wrong and what to do
    ///
    /// Looks at the configuration, the database, the key ring, the credential, and whether sign-in and Graph can be
    /// reached. Changes nothing. Ends with 1 when something has to be mended.
    Doctor,
    /// Make, list and rotate the keys of the vault
    #[command(subcommand)]
    Keys(keys::Action),
    /// Audit a tenant from exported Graph JSON, without connecting to it
    ///
    /// Reads what it finds in the folder and says what is missing: organization, subscribedSkus, users,
    /// userRegistrationDetails, conditionalAccessPolicies (or a folder of that name with one policy a file), namedLocations,
    /// authenticationStrengthPolicies, authenticationMethodsPolicy, identitySecurityDefaultsEnforcementPolicy, groups,
    /// groupMembers/{groupId}, roleDefinitions, roleAssignments, roleEligibilityScheduleInstances, domains,
    /// federationConfigurations, perUserMfaStates, signIns (.json each) and emailAppUsageUserDetail.csv. A file is a Graph
    /// collection, a bare array, or the one object. Needs no configuration. Ends with 0 whatever it finds, with 1 when
    /// --fail-on found its verdict, with 2 when the folder cannot be used.
    Assess(assess::Options),
    /// Forecast how fresh a fleet can be kept within Microsoft's limits
    ///
    /// Runs the planner against a clock of its own: how old each dataset gets at the median and at the worst, what share of
    /// each budget is spent, and what holds the fleet up. Needs no configuration and asks nobody.
    Plan(plan::Options),
    /// Run the pretended Microsoft that the demo and the tests use
    ///
    /// Prints one line of JSON: addresses, the app's credentials, the tenants, and who can sign in.
    Simulator(simulator::Options),
    /// Print every key of the configuration with its default
    Config,
}

/// Runs the command that this process was given.
pub fn run() -> ExitCode {
    let Cli { command, flags } = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the runtime does not start")),
    };
    let done = runtime.block_on(async {
        match command {
            Command::Assess(options) => return assess::run(&options),
            Command::Plan(options) => print!("{}", plan::run(&options)),
            Command::Demo(options) => demo::run(&flags, &options).await?,
            Command::Worker => worker::run(&flags).await?,
            Command::Serve => serve::run(&flags).await?,
            Command::Migrate => migrate::run(&flags).await?,
            Command::Doctor => doctor::run(&flags).await?,
            Command::Keys(action) => keys::run(&flags, action).await?,
            Command::Simulator(options) => simulator::run(options).await?,
            Command::Config => print!("{DEFAULT_TOML}"),
        }
        anyhow::Ok(ExitCode::SUCCESS)
    });
    match done {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

/// 2: the configuration is wrong. 1: anything else.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("tenantry: {error:#}");
    if error.downcast_ref::<ConfigError>().is_some() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

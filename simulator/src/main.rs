//! The simulator as a program of its own: `tenantry-simulator --help`.

use std::process::ExitCode;

use clap::Parser;
use simulator::Options;

/// A pretend Microsoft: Entra sign-in and Graph over a made-up world of tenants. Prints one line of JSON with its addresses and
/// credentials, then serves until it is interrupted.
#[derive(Parser)]
#[command(name = "tenantry-simulator", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    match simulator::run(Arguments::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source());
            let text: Vec<String> = causes.map(ToString::to_string).collect();
            eprintln!("{}", text.join(": "));
            ExitCode::FAILURE
        }
    }
}

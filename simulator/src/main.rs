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
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text.push_str(": ");
                text.push_str(&cause.to_string());
                source = cause.source();
            }
            tracing::error!("{text}");
            // Without RUST_LOG nothing is logged, and a start that failed must say why.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

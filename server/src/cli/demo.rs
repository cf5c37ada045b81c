//! `tenantry demo`: the simulator on loopback, the server against it, and a stage with people and clients.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use simulator::{Announcement, Simulator, Throttle};

use super::serve::{metrics, surroundings, wait_for_signal};
use crate::config::{self, Flags};
use crate::demo::mishaps::Mishaps;
use crate::serve::Running;
use crate::state::AppState;
use crate::{demo, log};

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many client tenants the pretended Microsoft has
    #[arg(long, default_value_t = 24)]
    tenants: usize,
    /// About how many users each of them has
    #[arg(long, value_name = "USERS", default_value_t = 60)]
    users_per_tenant: usize,
    /// Same seed, same world
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Where the pretended sign-in service listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4001")]
    login_addr: SocketAddr,
    /// Where the pretended Graph listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4002")]
    graph_addr: SocketAddr,
    /// A world that stands still
    #[arg(long)]
    freeze: bool,
    /// real, scaled:N (N times Microsoft's limits) or off
    #[arg(long, default_value = "real")]
    throttle: Throttle,
}

pub async fn run(flags: &Flags, options: &Options) -> anyhow::Result<()> {
    let simulator = Simulator::start(simulator::Options {
        login_addr: options.login_addr,
        graph_addr: options.graph_addr,
        tenants: options.tenants,
        users_per_tenant: options.users_per_tenant,
        seed: options.seed,
        throttle: options.throttle,
        freeze: options.freeze,
        ..simulator::Options::default()
    })
    .await
    .context("the pretended Microsoft does not start; is another demo running? Try --login-addr and --graph-addr")?;
    let announcement = simulator.announcement();
    let config = config::load_apart(&flags_for(flags, announcement)?)?;
    log::start(&config.log)?;
    let listener = TcpListener::bind(config.listen).with_context(|| {
        format!("nothing can listen on {}, maybe something does already; try --listen 127.0.0.1:8081", config.listen)
    })?;
    let state = AppState::build(&config, surroundings(), metrics()?).await?;
    let running = Running::start(&config, state, listener).await?;
    let mishaps = Mishaps::undo(&simulator, &running.state).await?;
    demo::prepare(&running.state, announcement, &mishaps.withdrawn).await?;
    mishaps.happen(&simulator, &running.state).await?;
    print_welcome(&config.origin(), announcement);
    wait_for_signal().await?;
    println!("Stopping.");
    running.stop().await?;
    simulator.stop().await;
    Ok(())
}

/// The demo's settings go in as flags do; what was typed comes after, and wins.
fn flags_for(typed: &Flags, announcement: &Announcement) -> anyhow::Result<Flags> {
    let mut set = demo::settings(announcement)?;
    set.push(format!("sign_in.contact={}", demo::person(announcement, "admin")?.user_principal_name));
    set.push(String::from("log.filter=warn"));
    set.extend(typed.set.iter().cloned());
    // Browsers come to where the server listens, unless told otherwise.
    let public_url = typed.public_url.clone().or_else(|| typed.listen.as_ref().map(|at| format!("http://{at}")));
    let data_dir = typed.data_dir.clone().or_else(|| Some(PathBuf::from(".tenantry/demo")));
    Ok(Flags { set, public_url, data_dir, ..typed.clone() })
}

fn print_welcome(address: &str, announcement: &Announcement) {
    println!("\nTenantry is at  {address}\n\nSign in as one of these; the sign-in page lists everybody:");
    let roles = [
        ("admin", "Administrator"),
        ("technician", "Technician"),
        ("account_manager", "Account manager"),
        ("viewer", "Client viewer"),
        ("nobody", "No appointment"),
    ];
    for (role, label) in roles {
        let people = announcement.people.iter().filter(|person| person.demo_role == role);
        for person in people.take(2) {
            println!("  {label:<16} {} ({})", person.display_name, person.user_principal_name);
        }
    }
    println!("\nClients fill as they are read. Stop with Ctrl-C; the next start takes seconds.");
}

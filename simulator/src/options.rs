//! What a simulator can be told at start, by code or on the command line.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// Settings of one simulator. On the command line `tenantry simulator …`; `Options::default()` suits tests (free ports, a world
/// that stands still, no throttling).
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Address of the sign-in service (port 0 takes a free one).
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4001")]
    pub login_addr: SocketAddr,
    /// Address of Graph (port 0 takes a free one).
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4002")]
    pub graph_addr: SocketAddr,
    /// How many client tenants the world has, the partner not counted.
    #[arg(long, default_value_t = 24)]
    pub tenants: usize,
    /// About how many users each tenant has.
    #[arg(long, value_name = "USERS", default_value_t = 60)]
    pub users_per_tenant: usize,
    /// Same seed, same world.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Speak HTTPS, with a certificate authority made in this folder.
    #[arg(long, value_name = "DIR")]
    pub tls_dir: Option<PathBuf>,
    /// Share of requests that fail at random, 0 to 1.
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    pub faults: f64,
    /// `real` for Microsoft's limits, `scaled:N` for N times those limits, `off` for none.
    #[arg(long, value_name = "real|scaled:N|off", default_value = "real")]
    pub throttle: Throttle,
    /// Keep the world still: nobody signs in, registers a method or syncs by themselves.
    #[arg(long)]
    pub freeze: bool,
}

impl Default for Options {
    fn default() -> Self {
        let free_port = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            login_addr: free_port,
            graph_addr: free_port,
            tenants: 24,
            users_per_tenant: 60,
            seed: 7,
            tls_dir: None,
            faults: 0.0,
            throttle: Throttle::Off,
            freeze: true,
        }
    }
}

/// How strictly Graph keeps Microsoft's published limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The published limits.
    Real,
    /// So many times the published limits.
    Scaled(u32),
    /// No limits.
    Off,
}

impl FromStr for Throttle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "real" => Ok(Self::Real),
            "off" => Ok(Self::Off),
            _ => match text.strip_prefix("scaled:").map(str::parse) {
                Some(Ok(times)) if times > 0 => Ok(Self::Scaled(times)),
                _ => Err(format!("`{text}` is not one of: real, off, scaled:N with N at least 1, such as scaled:20")),
            },
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err(format!("`{text}` is not a share between 0 and 1, such as 0.05")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttle_reads_its_three_forms_and_nothing_else() {
        assert_eq!("real".parse(), Ok(Throttle::Real));
        assert_eq!("scaled:20".parse(), Ok(Throttle::Scaled(20)));
        assert_eq!("off".parse(), Ok(Throttle::Off));
        for wrong in ["", "scaled", "scaled:0", "scaled:-1", "scaled:x", "Real"] {
            assert!(wrong.parse::<Throttle>().is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn rate_is_a_share() {
        assert_eq!(rate("0.25"), Ok(0.25));
        assert!(rate("1.5").is_err());
        assert!(rate("NaN").is_err());
    }
}

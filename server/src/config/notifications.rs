//! The address at which Microsoft tells of changes, checked: Microsoft comes from the internet, and over TLS alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use url::{Host, Url};

use super::load::is_loopback;
use super::{Config, Problem, text};

const KEY: &str = "notifications.address";
const EXAMPLE: &str = "address = \"https://tenantry.example.com\"";
/// Endings of names that no public name server knows.
const INNER_NAMES: [&str; 9] =
    ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain"];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    pub enabled: bool,
    #[serde(deserialize_with = "text::optional_text")]
    pub address: Option<String>,
}

impl Config {
    /// Where Microsoft reaches this server: scheme, host and port. `None`: it is not asked to tell anything.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn notifications_address(&self) -> Result<Option<String>, Problem> {
        if !self.notifications.enabled {
            return Ok(None);
        }
        let problem = |problem: &str| Problem::new(KEY, problem, EXAMPLE);
        let url = match &self.notifications.address {
            Some(address) => Url::parse(address).map_err(|error| problem(&format!("cannot be read: {error}")))?,
            None => self.public_url.clone(),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
            return Err(problem("must be a scheme and a host, without a path, a query or a name"));
        }
        // The pretended Microsoft is on this machine, and so are its subscribers.
        let is_pretended = is_loopback(&self.microsoft.graph_url) && is_loopback(&url);
        if !is_pretended && url.scheme() != "https" {
            return Err(problem("must begin with https://: Microsoft tells nothing over plain HTTP"));
        }
        if !is_pretended && !url.host().is_some_and(|host| is_public(&host)) {
            return Err(problem(
                "must be reachable from the internet; this looks like an address of one's own network",
            ));
        }
        Ok(Some(url.origin().ascii_serialization()))
    }
}

/// Looks as if the internet could reach it. A name may still lead nowhere.
fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let is_inner = |ending: &str| name == ending || name.ends_with(&format!(".{ending}"));
            name.contains('.') && !INNER_NAMES.into_iter().any(is_inner)
        }
        Host::Ipv4(address) => is_public_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public_address(IpAddr::V6(*address)),
    }
}

/// None of one machine's own, of a private network, of a carrier's, or of nobody.
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| is_public_v6(address), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_of_a_carrier = first == 100 && (64..128).contains(&second);
    !(first == 0
        || is_of_a_carrier
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    !(address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::{Flags, load_apart};
    use super::*;

    fn address(pairs: &[(&str, &str)]) -> Result<Option<String>, String> {
        let mut set: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        set.push(String::from("notifications.enabled=true"));
        let config = load_apart(&Flags { set, ..Flags::default() }).map_err(|error| {
            assert!(error.problems.iter().all(|problem| problem.key == KEY), "{error}");
            error.to_string()
        })?;
        Ok(config.notifications_address().unwrap())
    }

    #[test]
    fn nothing_is_asked_for_unless_it_is_switched_on() {
        let config = load_apart(&Flags::default()).unwrap();
        assert_eq!(config.notifications_address().unwrap(), None);
    }

    #[test]
    fn the_address_is_the_public_one_unless_it_has_its_own() {
        let public = ("public_url", "https://tenantry.example.com");
        assert_eq!(address(&[public]).unwrap().unwrap(), "https://tenantry.example.com");
        let own = ("notifications.address", "https://told.example.net:8443/");
        assert_eq!(address(&[public, own]).unwrap().unwrap(), "https://told.example.net:8443");
    }

    #[test]
    fn what_the_internet_cannot_reach_is_refused() {
        for refused in [
            "http://tenantry.example.com",
            "https://tenantry.example.com/told",
            "https://tenantry.example.com?x=y",
            "https://user@tenantry.example.com",
            "https://127.0.0.1",
            "https://10.1.2.3",
            "https://172.16.0.9",
            "https://192.168.1.10:8443",
            "https://169.254.1.1",
            "https://100.64.0.1",
            "https://0.0.0.0",
            "https://[::1]",
            "https://[fd00::1]",
            "https://[fe80::1]",
            "https://[::ffff:10.0.0.1]",
            "https://localhost",
            "https://tenantry",
            "https://tenantry.corp",
            "https://tenantry.msp.local",
            "https://tenantry.home.arpa.",
            "ftp://tenantry.example.com",
            "tenantry.example.com",
        ] {
            assert!(address(&[("notifications.address", refused)]).is_err(), "{refused}");
        }
        for taken in ["https://8.8.8.8", "https://[2001:4860:4860::8888]", "https://localhost.example.com"] {
            assert!(address(&[("notifications.address", taken)]).is_ok(), "{taken}");
        }
    }

    #[test]
    fn this_machine_is_told_by_the_pretended_microsoft_alone() {
        let here = ("notifications.address", "http://127.0.0.1:8080");
        assert!(address(&[here]).is_err());
        let pretended = ("microsoft.graph_url", "http://127.0.0.1:4002");
        assert_eq!(address(&[here, pretended]).unwrap().unwrap(), "http://127.0.0.1:8080");
        assert!(address(&[("notifications.address", "http://10.0.0.1"), pretended]).is_err());
    }
}

//! What the sign-in log tells: legacy protocols, counted per day, and the ways in which people sign in with modern clients. And
//! the mail-app usage report.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blocker::Protocol;
use crate::ids::UserId;

/// Legacy sign-ins of one user, protocol, app, address and day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacySignIns {
    pub user_id: UserId,
    pub user_principal_name: String,
    pub protocol: Protocol,
    /// Microsoft's `clientAppUsed`, as it came.
    pub client_app: String,
    pub app_name: String,
    pub ip_address: String,
    pub user_agent: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub day: NaiveDate,
    pub successes: u32,
    /// Failures on the password (50126, 50053, …): somebody guesses.
    pub sprayed: u32,
    /// Stopped by Conditional Access (53003) or security defaults (530035).
    pub blocked: u32,
    pub other_failures: u32,
    /// Of all that failed, how many by which code: the number after `AADSTS`.
    pub failures: BTreeMap<u32, u32>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// One row of `getEmailAppUsageUserDetail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAppUsage {
    /// A hash when the tenant conceals names.
    pub user_principal_name: String,
    pub concealed: bool,
    pub last_activity: Option<NaiveDate>,
    pub pop3: u32,
    pub imap4: u32,
    pub smtp: u32,
    /// The report's own date: it lags about two days.
    pub refreshed: Option<NaiveDate>,
    pub period_days: u16,
}

/// One way in which a user signs in: what policies can tell apart of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignInWay {
    pub app_id: Option<Uuid>,
    pub app_name: String,
    /// What was signed in to: what policies name by "apps".
    pub resource_id: Option<Uuid>,
    pub client: ModernClient,
    /// Graph's word for a platform; empty: none of them.
    pub platform: String,
    /// ISO 3166, two letters.
    pub country: Option<String>,
    /// The device is compliant with the tenant's rules, or joined to its directory.
    pub managed_device: bool,
    pub ip_address: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModernClient {
    Browser,
    MobileOrDesktop,
}

impl ModernClient {
    /// By Microsoft's `clientAppUsed`.
    pub fn of_client_app(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "browser" => Some(Self::Browser),
            "mobile apps and desktop clients" => Some(Self::MobileOrDesktop),
            _ => None,
        }
    }
}

impl SignInWay {
    /// "Microsoft Teams in a browser on Windows, from PT".
    pub fn words(&self) -> String {
        let app = if self.app_name.is_empty() { "An app without a name" } else { &self.app_name };
        let client = match self.client {
            ModernClient::Browser => "in a browser",
            ModernClient::MobileOrDesktop => "in an app",
        };
        let platform = match self.platform.as_str() {
            "windows" => " on Windows",
            "macOS" => " on macOS",
            "iOS" => " on iOS",
            "android" => " on Android",
            "linux" => " on Linux",
            "windowsPhone" => " on Windows Phone",
            _ => "",
        };
        let place = self.country.as_ref().map(|country| format!(", from {country}")).unwrap_or_default();
        format!("{app} {client}{platform}{place}")
    }
}

/// Graph's word for the platform that a sign-in's `operatingSystem` names ("Windows10", "Ios 26.1"); empty: none of them.
pub fn platform_word(operating_system: &str) -> &'static str {
    let told = operating_system.trim().to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| told.starts_with(word));
    if begins(&["windows phone", "windowsphone"]) {
        "windowsPhone"
    } else if begins(&["windows"]) {
        "windows"
    } else if begins(&["mac"]) {
        "macOS"
    } else if begins(&["ios", "ipados", "iphone", "ipad"]) {
        "iOS"
    } else if begins(&["android"]) {
        "android"
    } else if begins(&["linux", "ubuntu"]) {
        "linux"
    } else {
        ""
    }
}

/// Days on which something was seen: the last one and the 31 before it. Adding a day twice changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaysSeen {
    pub last: NaiveDate,
    /// Bit 0 is the last day, bit 1 the day before.
    bits: u32,
}

impl DaysSeen {
    pub fn on(day: NaiveDate) -> Self {
        Self { last: day, bits: 1 }
    }

    pub fn add(&mut self, day: NaiveDate) {
        let shift =
            |bits: u32, days: i64| u32::try_from(days).ok().and_then(|days| bits.checked_shl(days)).unwrap_or(0);
        let ahead = (day - self.last).num_days();
        if ahead > 0 {
            *self = Self { last: day, bits: shift(self.bits, ahead) | 1 };
        } else {
            self.bits |= shift(1, -ahead);
        }
    }

    pub fn merge(&mut self, other: Self) {
        other.iter().for_each(|day| self.add(day));
    }

    pub fn first(self) -> NaiveDate {
        self.iter().last().unwrap_or(self.last)
    }

    pub fn count(self) -> u32 {
        self.bits.count_ones()
    }

    fn iter(self) -> impl Iterator<Item = NaiveDate> {
        (0..32u64)
            .filter(move |bit| self.bits & (1 << bit) != 0)
            .filter_map(move |bit| self.last.checked_sub_days(chrono::Days::new(bit)))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenWay {
    pub way: SignInWay,
    pub days: DaysSeen,
}

/// Successful sign-ins of one user with modern clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSignIns {
    pub user_id: UserId,
    /// Latest first.
    pub ways: Vec<SeenWay>,
}

/// How far the log of sign-ins is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLog {
    /// The first day that was asked for.
    pub since: NaiveDate,
    /// The last day on which there was more than is read.
    pub cut_on: Option<NaiveDate>,
    /// Sign-ins by the password grant could be asked for.
    #[serde(default)]
    pub password_grants: bool,
}

/// Addresses that are kept of a way that differs in nothing else: an office and a home, not every street of a phone.
const ADDRESSES: usize = 3;

/// What was seen before and what is seen now, without what was last seen before `oldest`.
pub fn merge_ways(before: Vec<SeenWay>, now: Vec<SeenWay>, oldest: NaiveDate) -> Vec<SeenWay> {
    let mut merged: BTreeMap<SignInWay, DaysSeen> = BTreeMap::new();
    for SeenWay { way, days } in before.into_iter().chain(now) {
        merged.entry(way).and_modify(|seen| seen.merge(days)).or_insert(days);
    }
    let mut ways: Vec<SeenWay> =
        merged.into_iter().filter(|(_, days)| days.last >= oldest).map(|(way, days)| SeenWay { way, days }).collect();
    ways.sort_by_key(|seen| Reverse(seen.days.last));
    let mut addresses: BTreeMap<SignInWay, usize> = BTreeMap::new();
    ways.retain(|seen| {
        let count = addresses.entry(SignInWay { ip_address: String::new(), ..seen.way.clone() }).or_default();
        *count += 1;
        *count <= ADDRESSES
    });
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(739_000 + number).unwrap_or_default()
    }

    fn way(ip: &str) -> SignInWay {
        SignInWay {
            app_id: None,
            app_name: "Microsoft Teams".to_owned(),
            resource_id: None,
            client: ModernClient::Browser,
            platform: platform_word("Windows10").to_owned(),
            country: Some("PT".to_owned()),
            managed_device: false,
            ip_address: ip.to_owned(),
        }
    }

    fn seen(ip: &str, days: &[i32]) -> SeenWay {
        let mut seen = DaysSeen::on(day(days[0]));
        days.iter().for_each(|number| seen.add(day(*number)));
        SeenWay { way: way(ip), days: seen }
    }

    #[test]
    fn a_day_counts_once_in_whatever_order_days_come() {
        let mut days = DaysSeen::on(day(10));
        [10, 12, 9, 12, 10].into_iter().for_each(|number| days.add(day(number)));
        assert_eq!((days.last, days.count()), (day(12), 3));
        let mut again = DaysSeen::on(day(9));
        again.merge(days);
        assert_eq!(again, days);
    }

    #[test]
    fn days_of_long_ago_fall_out() {
        let mut days = DaysSeen::on(day(0));
        days.add(day(31));
        assert_eq!(days.count(), 2);
        days.add(day(32));
        assert_eq!((days.count(), days.last), (2, day(32)));
        days.add(day(500));
        assert_eq!(days.count(), 1);
        days.add(day(0));
        assert_eq!((days.count(), days.last), (1, day(500)));
    }

    #[test]
    fn what_is_read_twice_stays_as_it_is_and_the_old_goes() {
        let before = vec![seen("203.0.113.1", &[40]), seen("203.0.113.9", &[3])];
        let merged = merge_ways(before.clone(), vec![seen("203.0.113.1", &[40])], day(11));
        assert_eq!(merged, [seen("203.0.113.1", &[40])]);
        assert_eq!(merge_ways(merged.clone(), merged.clone(), day(11)), merged);
    }

    #[test]
    fn a_phone_that_wanders_keeps_its_last_addresses() {
        let wandering = (0..9).map(|number| seen(&format!("198.51.100.{number}"), &[number])).collect();
        let kept = merge_ways(Vec::new(), wandering, day(0));
        let addresses: Vec<_> = kept.iter().map(|seen| seen.way.ip_address.as_str()).collect();
        assert_eq!(addresses, ["198.51.100.8", "198.51.100.7", "198.51.100.6"]);
    }

    #[test]
    fn a_way_is_told_in_words() {
        assert_eq!(way("203.0.113.1").words(), "Microsoft Teams in a browser on Windows, from PT");
        let words =
            ["Windows10", "Windows Phone 8", "MacOs", "Ios 26.1", "Android", "Ubuntu", "Plan 9", ""].map(platform_word);
        assert_eq!(words, ["windows", "windowsPhone", "macOS", "iOS", "android", "linux", "", ""]);
    }
}

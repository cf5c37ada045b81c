//! `signIn`: what a legacy protocol leaves behind, counted per day; of modern clients the ways and the days alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use domain::blocker::Protocol;
use domain::facts::sign_in::{DaysSeen, LegacySignIns, ModernClient, SeenSignIns, SeenWay, SignInWay, platform_word};
use domain::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::filled;

/// The words of `clientAppUsed` that mean a legacy protocol, for one call a word.
pub const LEGACY_CLIENT_APPS: [&str; 13] = [
    "AutoDiscover",
    "Exchange ActiveSync",
    "Exchange Online PowerShell",
    "Exchange Web Services",
    "IMAP4",
    "MAPI Over HTTP",
    "Offline Address Book",
    "Outlook Anywhere (RPC over HTTP)",
    "Outlook Service",
    "POP3",
    "Reporting Web Services",
    "Authenticated SMTP",
    "Other clients",
];

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    id: Option<String>,
    created_date_time: DateTime<Utc>,
    user_id: Option<String>,
    user_principal_name: Option<String>,
    app_id: Option<String>,
    app_display_name: Option<String>,
    resource_id: Option<String>,
    client_app_used: Option<String>,
    /// Of beta alone.
    authentication_protocol: Option<String>,
    user_agent: Option<String>,
    ip_address: Option<String>,
    status: Option<Status>,
    location: Option<Location>,
    device_detail: Option<DeviceDetail>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    error_code: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    city: Option<String>,
    country_or_region: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceDetail {
    operating_system: Option<String>,
    is_compliant: Option<bool>,
    trust_type: Option<String>,
}

impl DeviceDetail {
    /// A device that the tenant manages: "Azure AD registered" is anybody's own.
    fn is_managed(&self) -> bool {
        let joined = self.trust_type.as_deref().is_some_and(|word| word.to_ascii_lowercase().contains("joined"));
        joined || self.is_compliant == Some(true)
    }
}

impl SignIn {
    pub fn made_at(&self) -> DateTime<Utc> {
        self.created_date_time
    }
}

/// How one sign-in ended, by its AADSTS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Success,
    Sprayed,
    Blocked,
    OtherFailure,
}

impl Ending {
    fn of(error_code: Option<i64>) -> Self {
        match error_code {
            Some(0) => Self::Success,
            // Wrong password, locked by guessing, no such user, password expired.
            Some(50126 | 50053 | 50034 | 50055 | 50056) => Self::Sprayed,
            // Conditional Access, security defaults, or an MFA that the client cannot do.
            Some(53000..=53003 | 530_032 | 530_035 | 50072 | 50074 | 50076 | 50079 | 50158) => Self::Blocked,
            _ => Self::OtherFailure,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// Nil for names that are nobody's: they are guesses, and are counted together.
    user_id: Uuid,
    client_app: String,
    app_name: String,
    ip_address: String,
    day: NaiveDate,
}

/// Addresses of failed sign-ins that are told apart for one user, app and day. Guesses come from thousands; beyond these they
/// are counted together, without an address. Successes always keep theirs.
const GUESSING_ADDRESSES: u32 = 20;

/// Counts sign-ins as pages arrive: what stays is a row for each client and day, and the id of each legacy sign-in until the end
/// of the run.
#[derive(Debug, Default)]
pub struct SignInCounts {
    counts: HashMap<Key, LegacySignIns>,
    /// Rows that began with a failure, by their key without its address.
    guessing: HashMap<Key, u32>,
    /// Legacy sign-ins that were counted, and when they were made: pages repeat and overlap.
    seen: HashMap<String, Option<DateTime<Utc>>>,
    /// Modern clients, by user.
    ways: BTreeMap<UserId, HashMap<SignInWay, DaysSeen>>,
}

impl SignInCounts {
    /// Counts none of these legacy sign-ins.
    pub fn without(counted: &BTreeSet<String>) -> Self {
        Self { seen: counted.iter().map(|id| (id.clone(), None)).collect(), ..Self::default() }
    }

    /// Legacy sign-ins since then, by id: those that were counted here, and those that it was told of.
    pub fn ids_since(&self, then: DateTime<Utc>) -> BTreeSet<String> {
        let since = |at: &Option<DateTime<Utc>>| at.is_some_and(|at| at >= then);
        self.seen.iter().filter(|(_, at)| since(at)).map(|(id, _)| id.clone()).collect()
    }

    pub fn add(&mut self, wire: SignIn) {
        let client_app = wire.client_app_used.as_deref().unwrap_or_default().trim().to_owned();
        let by_password = wire.authentication_protocol.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("ropc"));
        match Protocol::of_client_app(&client_app) {
            Some(protocol) => self.add_legacy(wire, client_app, protocol),
            None if by_password => self.add_legacy(wire, client_app, Protocol::PasswordGrant),
            None => self.add_modern(wire, &client_app),
        }
    }

    /// Successes alone: what does not get in today cannot be stopped tomorrow.
    fn add_modern(&mut self, wire: SignIn, client_app: &str) {
        let Some(client) = ModernClient::of_client_app(client_app) else { return };
        let is_success = Ending::of(wire.status.and_then(|status| status.error_code)) == Ending::Success;
        let Some(user) = wire.user_id.and_then(|id| id.parse().ok()).filter(|_| is_success) else { return };
        let id = |id: Option<String>| id.and_then(|id| id.parse().ok()).filter(|id: &Uuid| !id.is_nil());
        let system = wire.device_detail.as_ref().and_then(|device| device.operating_system.as_deref());
        let way = SignInWay {
            app_id: id(wire.app_id),
            app_name: wire.app_display_name.unwrap_or_default(),
            resource_id: id(wire.resource_id),
            client,
            platform: platform_word(system.unwrap_or_default()).to_owned(),
            country: filled(wire.location.and_then(|location| location.country_or_region)),
            managed_device: wire.device_detail.as_ref().is_some_and(DeviceDetail::is_managed),
            ip_address: wire.ip_address.unwrap_or_default(),
        };
        let day = wire.created_date_time.date_naive();
        let ways = self.ways.entry(UserId(user)).or_default();
        ways.entry(way).and_modify(|days| days.add(day)).or_insert(DaysSeen::on(day));
    }

    fn add_legacy(&mut self, wire: SignIn, client_app: String, protocol: Protocol) {
        let at = wire.created_date_time;
        if let Some(id) = wire.id {
            // One that it was told of shows its time here.
            if self.seen.insert(id, Some(at)).is_some() {
                return;
            }
        }
        let user_id = wire.user_id.and_then(|id| id.parse().ok()).unwrap_or_default();
        let user_principal_name = if user_id == Uuid::nil() { None } else { wire.user_principal_name };
        let code = wire.status.and_then(|status| status.error_code);
        let ending = Ending::of(code);
        let mut key = Key {
            user_id,
            client_app,
            app_name: wire.app_display_name.unwrap_or_default(),
            ip_address: wire.ip_address.unwrap_or_default(),
            day: at.date_naive(),
        };
        if ending != Ending::Success && !self.counts.contains_key(&key) {
            let others = self.guessing.entry(Key { ip_address: String::new(), ..key.clone() }).or_default();
            if *others < GUESSING_ADDRESSES {
                *others += 1;
            } else {
                key.ip_address.clear();
            }
        }
        let count = self.counts.entry(key).or_insert_with_key(|key| LegacySignIns {
            user_id: UserId(key.user_id),
            user_principal_name: user_principal_name.unwrap_or_default().to_lowercase(),
            protocol,
            client_app: key.client_app.clone(),
            app_name: key.app_name.clone(),
            ip_address: key.ip_address.clone(),
            user_agent: None,
            country: None,
            city: None,
            day: key.day,
            successes: 0,
            sprayed: 0,
            blocked: 0,
            other_failures: 0,
            failures: BTreeMap::new(),
            first_at: at,
            last_at: at,
        });
        if let Some(code) = code.and_then(|code| u32::try_from(code).ok()).filter(|code| *code != 0) {
            *count.failures.entry(code).or_default() += 1;
        }
        match ending {
            Ending::Success => count.successes += 1,
            Ending::Sprayed => count.sprayed += 1,
            Ending::Blocked => count.blocked += 1,
            Ending::OtherFailure => count.other_failures += 1,
        }
        count.first_at = count.first_at.min(at);
        let is_latest = at >= count.last_at;
        count.last_at = count.last_at.max(at);
        let (city, country) =
            wire.location.map_or((None, None), |location| (location.city, location.country_or_region));
        let told = [(&mut count.city, city), (&mut count.country, country), (&mut count.user_agent, wire.user_agent)];
        for (field, told) in told {
            if let Some(told) = filled(told)
                && (is_latest || field.is_none())
            {
                *field = Some(told);
            }
        }
    }

    /// Legacy clients in a stable order, so that unchanged days store as unchanged rows; and modern ones, by user.
    pub fn into_facts(self) -> (Vec<LegacySignIns>, Vec<SeenSignIns>) {
        let ways = |ways: HashMap<_, _>| ways.into_iter().map(|(way, days)| SeenWay { way, days }).collect();
        let seen =
            self.ways.into_iter().map(|(user_id, of_user)| SeenSignIns { user_id, ways: ways(of_user) }).collect();
        let mut facts: Vec<_> = self.counts.into_values().collect();
        facts.sort_by(|a, b| {
            let key = |fact: &LegacySignIns| (fact.day, fact.user_id, fact.last_at);
            key(a).cmp(&key(b)).then_with(|| {
                (&a.client_app, &a.app_name, &a.ip_address, &a.user_agent).cmp(&(
                    &b.client_app,
                    &b.app_name,
                    &b.ip_address,
                    &b.user_agent,
                ))
            })
        });
        (facts, seen)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn sign_in(id: &str, at: &str, client: &str, code: i64) -> SignIn {
        serde_json::from_value(serde_json::json!({
            "id": id, "createdDateTime": at, "userDisplayName": "Scanner", "userPrincipalName": "Scan@Norte.example",
            "userId": "5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11", "appDisplayName": "Office 365 Exchange Online", "ipAddress": "203.0.113.9",
            "clientAppUsed": client, "userAgent": "", "isInteractive": false, "status": {"errorCode": code, "failureReason": "Other."},
            "deviceDetail": {"deviceId": ""}, "location": {"city": "Porto", "countryOrRegion": "PT", "geoCoordinates": {"latitude": 41.1}},
            "appliedConditionalAccessPolicies": []
        }))
        .unwrap()
    }

    #[test]
    fn sign_ins_are_counted_by_day_and_ending_and_none_twice() {
        let mut counts = SignInCounts::default();
        for wire in [
            sign_in("a", "2026-11-18T04:02:11Z", "Authenticated SMTP", 0),
            sign_in("a", "2026-11-18T04:02:11Z", "Authenticated SMTP", 0),
            sign_in("b", "2026-11-18T05:02:11Z", "authenticated smtp", 50126),
            sign_in("c", "2026-11-18T06:02:11Z", "Authenticated SMTP", 53003),
            sign_in("d", "2026-11-18T07:02:11Z", "Authenticated SMTP", 500_011),
            sign_in("e", "2026-11-19T04:02:11Z", "Authenticated SMTP", 0),
            sign_in("f", "2026-11-18T04:02:11Z", "Browser", 0),
            sign_in("g", "2026-11-18T04:02:11Z", "Mobile Apps and Desktop clients", 0),
        ] {
            counts.add(wire);
        }
        let (facts, _) = counts.into_facts();
        let total = |pick: fn(&LegacySignIns) -> u32| facts.iter().map(pick).sum::<u32>();
        assert_eq!(total(|fact| fact.successes), 2);
        assert_eq!(
            (total(|fact| fact.sprayed), total(|fact| fact.blocked), total(|fact| fact.other_failures)),
            (1, 1, 1)
        );
        let failed: BTreeMap<u32, u32> = facts.iter().flat_map(|fact| fact.failures.clone()).collect();
        assert_eq!(failed, BTreeMap::from([(50126, 1), (53003, 1), (500_011, 1)]));
        assert!(facts.iter().all(|fact| fact.protocol == Protocol::SmtpAuth));
        assert_eq!(facts.last().unwrap().day.to_string(), "2026-11-19");
        assert_eq!((facts[0].city.as_deref(), facts[0].user_agent.as_deref()), (Some("Porto"), None));
    }

    /// Two hundred users on five protocols through thirty days, and passwords guessed from everywhere.
    #[test]
    fn a_million_sign_ins_are_few_rows_and_none_is_lost() {
        const PROTOCOLS: [&str; 5] = ["Authenticated SMTP", "IMAP4", "POP3", "Exchange ActiveSync", "Other clients"];
        let template = sign_in("", "2026-11-18T04:02:11Z", "IMAP4", 0);
        let begin = template.created_date_time;
        let [success, guessed] = [0, 50126].map(|code| sign_in("", "2026-11-18T04:02:11Z", "IMAP4", code).status);
        let mut counts = SignInCounts::default();
        for number in 0..1_000_000_u32 {
            let (user, is_guess) = (number % 200, number.is_multiple_of(10));
            counts.add(SignIn {
                id: Some(number.to_string()),
                created_date_time: begin + chrono::TimeDelta::days(i64::from(number / 33_334)),
                user_id: Some(Uuid::from_u128(u128::from(user) + 1).to_string()),
                client_app_used: Some(PROTOCOLS[(user % 5) as usize].to_owned()),
                ip_address: Some(if is_guess { number } else { user }.to_string()),
                status: if is_guess { guessed.clone() } else { success.clone() },
                ..template.clone()
            });
        }
        let (rows, _) = counts.into_facts();
        let total = |pick: fn(&LegacySignIns) -> u32| rows.iter().map(pick).sum::<u32>();
        assert_eq!((total(|row| row.successes), total(|row| row.sprayed)), (900_000, 100_000));
        assert!(rows.iter().all(|row| row.successes == 0 || !row.ip_address.is_empty()), "a success keeps its address");
        // A row a user and day, and twenty-one of guesses for the twenty users who are guessed at.
        assert_eq!(rows.len(), 180 * 30 + 20 * 30 * 21);
    }

    #[test]
    fn an_overlap_counts_once_and_its_ids_are_handed_on() {
        let mut first = SignInCounts::default();
        first.add(sign_in("a", "2026-11-18T04:02:11Z", "IMAP4", 0));
        first.add(sign_in("b", "2026-11-18T04:20:11Z", "IMAP4", 0));
        let since = "2026-11-18T04:15:00Z".parse().unwrap();
        let overlap = first.ids_since(since);
        assert_eq!(overlap, BTreeSet::from(["b".to_owned()]));
        let mut second = SignInCounts::without(&overlap);
        second.add(sign_in("b", "2026-11-18T04:20:11Z", "IMAP4", 0));
        second.add(sign_in("c", "2026-11-18T04:25:11Z", "IMAP4", 0));
        assert_eq!(second.ids_since(since), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
        let (facts, _) = second.into_facts();
        assert_eq!(facts.iter().map(|fact| fact.successes).sum::<u32>(), 1);
    }

    #[test]
    fn a_client_word_of_tomorrow_counts_as_legacy_and_no_status_as_failure() {
        let mut counts = SignInCounts::default();
        let mut wire = sign_in("a", "2026-11-18T04:02:11Z", "Telnet Mail", 0);
        wire.status = None;
        counts.add(wire);
        let (facts, _) = counts.into_facts();
        assert_eq!((facts[0].protocol, facts[0].successes, facts[0].other_failures), (Protocol::Other, 0, 1));
    }

    #[test]
    fn a_modern_client_that_hands_over_a_password_is_told_apart() {
        let mut counts = SignInCounts::default();
        for (id, client, protocol) in [
            ("a", "Mobile Apps and Desktop clients", "ropc"),
            ("b", "Authenticated SMTP", "ropc"),
            ("c", "Mobile Apps and Desktop clients", "none"),
        ] {
            let mut wire = sign_in(id, "2026-11-18T04:02:11Z", client, 0);
            wire.authentication_protocol = Some(protocol.into());
            counts.add(wire);
        }
        let (facts, seen) = counts.into_facts();
        let protocols: BTreeSet<_> = facts.iter().map(|fact| fact.protocol).collect();
        assert_eq!(protocols, BTreeSet::from([Protocol::SmtpAuth, Protocol::PasswordGrant]));
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn of_modern_clients_the_ways_and_days_of_successes_stay() {
        let mut counts = SignInCounts::default();
        let mut managed = sign_in("c", "2026-11-19T04:02:11Z", "Browser", 0);
        managed.device_detail = Some(DeviceDetail {
            operating_system: Some("Windows10".into()),
            is_compliant: None,
            trust_type: Some("Hybrid Azure AD joined".into()),
        });
        for wire in [
            sign_in("a", "2026-11-18T04:02:11Z", "Browser", 0),
            sign_in("a", "2026-11-18T04:02:11Z", "Browser", 0),
            sign_in("b", "2026-11-20T04:02:11Z", "browser", 0),
            sign_in("d", "2026-11-20T05:02:11Z", "Browser", 53003),
            managed,
        ] {
            counts.add(wire);
        }
        let (legacy, seen) = counts.into_facts();
        assert!(legacy.is_empty());
        let [user] = seen.as_slice() else { panic!("{seen:?}") };
        let mut told: Vec<_> = user
            .ways
            .iter()
            .map(|seen| {
                (seen.way.managed_device, seen.way.platform.as_str(), seen.days.count(), seen.days.last.to_string())
            })
            .collect();
        told.sort();
        assert_eq!(told, [(false, "", 2, "2026-11-20".to_owned()), (true, "windows", 1, "2026-11-19".to_owned())]);
    }

    #[test]
    fn every_legacy_word_reads_as_a_legacy_protocol() {
        for word in LEGACY_CLIENT_APPS {
            assert!(Protocol::of_client_app(word).is_some(), "{word}");
        }
    }
}

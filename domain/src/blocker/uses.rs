//! Legacy use told from sign-ins, or from the usage report where sign-ins cannot be read. A success is a blocker; sprayed
//! and blocked attempts are counted and are none.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveTime, Utc};

use super::{BlockerRow, Evidence, Protocol, guess::guess};
use crate::facts::directory::User;
use crate::facts::sign_in::{LegacySignIns, MailAppUsage};
use crate::fleet::BlockerCount;
use crate::ids::UserId;
use crate::known::{Known, UnknownCause};

/// As many addresses, places and user agents as a row shows.
const SHOWN: usize = 5;

/// What a tenant's facts say about legacy protocols.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyUse {
    /// Latest first.
    pub blockers: Vec<BlockerRow>,
    /// Guessed passwords, over all accounts.
    pub sprayed: u32,
    /// Sign-ins that policies or security defaults stopped.
    pub blocked: u32,
    pub from_usage_report_alone: bool,
}

impl LegacyUse {
    pub fn count(&self) -> BlockerCount {
        let smtp_auth = self.blockers.iter().filter(|row| row.protocol == Protocol::SmtpAuth).count();
        BlockerCount {
            blockers: u32::try_from(self.blockers.len()).unwrap_or(u32::MAX),
            smtp_auth: u32::try_from(smtp_auth).unwrap_or(u32::MAX),
            from_usage_report_alone: self.from_usage_report_alone,
        }
    }
}

/// Legacy use of a tenant: from sign-ins where they are known, else from the usage report. Unknown when neither is.
pub fn legacy_use(
    sign_ins: Known<&[LegacySignIns]>,
    usage: Known<&[MailAppUsage]>,
    users: &[User],
) -> Known<LegacyUse> {
    let mut found = match (sign_ins, usage) {
        (Known::Known(sign_ins), _) => from_sign_ins(sign_ins, users),
        (Known::Unknown(_), Known::Known(usage)) => from_usage(usage, users),
        // No licence for the one is normal: why the other is missing says more.
        (Known::Unknown(UnknownCause::NotLicensed), Known::Unknown(cause)) => return Known::Unknown(cause),
        (Known::Unknown(cause), Known::Unknown(_)) => return Known::Unknown(cause),
    };
    let key = |row: &BlockerRow| (std::cmp::Reverse(row.last_seen_at), row.protocol, row.user_principal_name.clone());
    found.blockers.sort_by_cached_key(key);
    Known::Known(found)
}

fn from_sign_ins(sign_ins: &[LegacySignIns], users: &[User]) -> LegacyUse {
    let by_id: HashMap<UserId, &User> = users.iter().map(|user| (user.id, user)).collect();
    let mut by_principal: BTreeMap<(UserId, Protocol), Vec<&LegacySignIns>> = BTreeMap::new();
    for row in sign_ins {
        by_principal.entry((row.user_id, row.protocol)).or_default().push(row);
    }
    let total = |count: fn(&LegacySignIns) -> u32| sign_ins.iter().map(count).fold(0, u32::saturating_add);
    LegacyUse {
        blockers: by_principal
            .into_iter()
            .filter(|(_, rows)| rows.iter().any(|row| row.successes > 0))
            .map(|((user_id, protocol), rows)| principal(by_id.get(&user_id).copied(), protocol, &rows))
            .collect(),
        sprayed: total(|row| row.sprayed),
        blocked: total(|row| row.blocked),
        from_usage_report_alone: false,
    }
}

fn principal(user: Option<&User>, protocol: Protocol, rows: &[&LegacySignIns]) -> BlockerRow {
    // Where guesses come from says nothing about the client that works.
    let succeeded: Vec<&LegacySignIns> = rows.iter().copied().filter(|row| row.successes > 0).collect();
    let total = |count: fn(&LegacySignIns) -> u32| rows.iter().map(|row| count(row)).fold(0, u32::saturating_add);
    let principal = rows.first().map(|row| row.user_id.to_string()).unwrap_or_default();
    let mut row = BlockerRow {
        principal,
        user_id: user.map(|user| user.id),
        user_principal_name: user.map_or_else(
            || rows.first().map(|row| row.user_principal_name.clone()).unwrap_or_default(),
            |user| user.user_principal_name.clone(),
        ),
        display_name: user.map(|user| user.display_name.clone()),
        protocol,
        evidence: Evidence::SignIns,
        successes: total(|row| row.successes),
        sprayed: total(|row| row.sprayed),
        blocked: total(|row| row.blocked),
        first_seen_at: succeeded.iter().map(|row| row.first_at).min(),
        last_seen_at: succeeded.iter().map(|row| row.last_at).max(),
        addresses: busiest(&succeeded, |row| Some(row.ip_address.clone())),
        places: busiest(&succeeded, place),
        user_agents: busiest(&succeeded, |row| row.user_agent.clone()),
        probably: None,
        work: None,
    };
    let apps = busiest(&succeeded, |row| Some(row.app_name.clone()));
    row.probably = guess(&row, &apps);
    row
}

fn place(row: &LegacySignIns) -> Option<String> {
    match (&row.city, &row.country) {
        (Some(city), Some(country)) => Some(format!("{city}, {country}")),
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}

/// Distinct words, those with the most successes first.
fn busiest(rows: &[&LegacySignIns], word: impl Fn(&LegacySignIns) -> Option<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows {
        if let Some(word) = word(row).filter(|word| !word.is_empty()) {
            let count = counts.entry(word).or_default();
            *count = count.saturating_add(row.successes);
        }
    }
    let mut words: Vec<(String, u32)> = counts.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.into_iter().take(SHOWN).map(|(word, _)| word).collect()
}

fn from_usage(usage: &[MailAppUsage], users: &[User]) -> LegacyUse {
    let by_name: HashMap<String, &User> =
        users.iter().map(|user| (user.user_principal_name.to_lowercase(), user)).collect();
    let uses = usage.iter().flat_map(|row| {
        [(Protocol::SmtpAuth, row.smtp), (Protocol::Imap, row.imap4), (Protocol::Pop, row.pop3)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(move |(protocol, _)| (row, protocol))
    });
    let blockers = uses
        .map(|(row, protocol)| {
            let user = if row.concealed { None } else { by_name.get(&row.user_principal_name.to_lowercase()) };
            let last_seen_at: Option<DateTime<Utc>> =
                row.last_activity.map(|day| day.and_time(NaiveTime::MIN).and_utc());
            let name = row.user_principal_name.to_lowercase();
            let mut blocker = BlockerRow {
                principal: user.map_or(name, |user| user.id.to_string()),
                user_id: user.map(|user| user.id),
                user_principal_name: row.user_principal_name.clone(),
                display_name: user.map(|user| user.display_name.clone()),
                protocol,
                evidence: Evidence::UsageReport,
                successes: 0,
                sprayed: 0,
                blocked: 0,
                first_seen_at: period_begins(row),
                last_seen_at,
                addresses: Vec::new(),
                places: Vec::new(),
                user_agents: Vec::new(),
                probably: None,
                work: None,
            };
            if !row.concealed {
                blocker.probably = guess(&blocker, &[]);
            }
            blocker
        })
        .collect();
    LegacyUse { blockers, sprayed: 0, blocked: 0, from_usage_report_alone: true }
}

/// The first moment that the report counts.
fn period_begins(row: &MailAppUsage) -> Option<DateTime<Utc>> {
    let first = row.refreshed?.checked_sub_days(Days::new(u64::from(row.period_days).saturating_sub(1)))?;
    Some(first.and_time(NaiveTime::MIN).and_utc())
}

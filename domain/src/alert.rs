//! Alerts: what has to be told to somebody who is not looking, once, and by cause.

use chrono::{DateTime, Timelike, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::bad_field::BadField;
use crate::blocker::Protocol;
use crate::ids::{TenantId, UserId};
use crate::trouble::{Area, Trouble};
use crate::verdict::Verdict;

/// Characters of a channel's name.
const NAME: usize = 80;
/// When a digest is sent, UTC.
const DIGEST_HOUR: u32 = 7;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    AdminLostProtection,
    NewBlocker,
    /// Seen again after it was said to be done, or accepted no longer.
    BlockerBack,
    SyncLate,
    ConnectionBroken,
    /// A credential, a relationship or a certificate ends soon or has ended.
    EndsSoon,
}

impl Rule {
    pub const ALL: [Self; 6] = [
        Self::AdminLostProtection,
        Self::NewBlocker,
        Self::BlockerBack,
        Self::SyncLate,
        Self::ConnectionBroken,
        Self::EndsSoon,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::AdminLostProtection => "admin_lost_protection",
            Self::NewBlocker => "new_blocker",
            Self::BlockerBack => "blocker_back",
            Self::SyncLate => "sync_late",
            Self::ConnectionBroken => "connection_broken",
            Self::EndsSoon => "ends_soon",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::AdminLostProtection => "An administrator lost protection",
            Self::NewBlocker => "A new legacy-auth blocker",
            Self::BlockerBack => "A blocker is back",
            Self::SyncLate => "Directory sync is late",
            Self::ConnectionBroken => "A connection broke",
            Self::EndsSoon => "Something ends soon",
        }
    }

    /// It lasts until it is mended; others happen once.
    pub fn lasts(self) -> bool {
        matches!(self, Self::SyncLate | Self::ConnectionBroken | Self::EndsSoon)
    }
}

/// Something to tell of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub rule: Rule,
    pub tenant: TenantId,
    /// Tells it from everything else for good: the same is told once.
    pub key: String,
    /// What it shares with others of one cause, in a sentence.
    pub cause: String,
    /// About this tenant alone; may be empty.
    pub detail: String,
    /// The page that explains it, as a path of this site.
    pub path: String,
}

/// What of a tenant's troubles is worth an alert.
pub fn of_troubles(tenant: TenantId, troubles: &[Trouble]) -> Vec<Found> {
    troubles.iter().filter_map(|trouble| of_trouble(tenant, trouble)).collect()
}

fn of_trouble(tenant: TenantId, trouble: &Trouble) -> Option<Found> {
    let code = trouble.cause.code.as_str();
    let (rule, page) = match trouble.area {
        // That a client has not consented yet is no news.
        Area::Connection if matches!(code, "consent_awaited" | "not_reached") => return None,
        _ if code.ends_with("_ends_soon") || code.ends_with("_ended") => (Rule::EndsSoon, "sync"),
        Area::Connection => (Rule::ConnectionBroken, "sync"),
        Area::DirectorySync if matches!(code, "object_errors" | "service_errors") => return None,
        Area::DirectorySync => (Rule::SyncLate, "sync"),
        // It is read again soon, and /broken tells of it.
        Area::Reading => return None,
    };
    Some(Found {
        rule,
        tenant,
        key: format!("{}:{tenant}:{code}:{}", rule.name(), trouble.what),
        cause: trouble.cause.meaning.clone(),
        detail: trouble.what.clone(),
        path: format!("/tenants/{tenant}/{page}"),
    })
}

/// An administrator's verdict fell. `change`: the number of the change.
pub fn of_lost_protection(
    tenant: TenantId,
    user: UserId,
    name: &str,
    change: i64,
    to: Verdict,
    because: &str,
) -> Found {
    Found {
        rule: Rule::AdminLostProtection,
        tenant,
        key: format!("{}:{tenant}:{change}", Rule::AdminLostProtection.name()),
        cause: "An administrator lost protection.".to_owned(),
        detail: format!("{name} is {} now: {because}", to.label().to_lowercase()),
        path: format!("/tenants/{tenant}/users/{user}"),
    }
}

/// `again`: why the work on it is open again, and when that was; `None`: it was never seen before.
pub fn of_blocker(
    tenant: TenantId,
    principal: &str,
    name: &str,
    protocol: Protocol,
    again: Option<(&str, DateTime<Utc>)>,
) -> Found {
    let rule = if again.is_some() { Rule::BlockerBack } else { Rule::NewBlocker };
    let mut key = format!("{}:{tenant}:{}:{principal}", rule.name(), protocol.name());
    if let Some((_, at)) = again {
        key.push_str(&format!(":{}", at.timestamp()));
    }
    let cause = match rule {
        Rule::BlockerBack => format!("{} is back where it was finished with.", protocol.label()),
        _ => format!("{} was seen for the first time.", protocol.label()),
    };
    Found {
        rule,
        tenant,
        key,
        cause,
        detail: again.map_or_else(|| name.to_owned(), |(because, _)| format!("{name}: {because}")),
        path: format!("/tenants/{tenant}/legacy"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Webhook,
    Email,
}

impl ChannelKind {
    pub const ALL: [Self; 2] = [Self::Webhook, Self::Email];

    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Webhook => "Webhook",
            Self::Email => "E-mail",
        }
    }
}

/// Where alerts go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: Uuid,
    pub name: String,
    pub kind: ChannelKind,
    /// An https address, or a mail address.
    pub target: String,
    /// Empty: all.
    pub rules: Vec<Rule>,
    /// Empty: all clients.
    pub tenants: Vec<TenantId>,
    /// From and until which hour (UTC) nothing is sent.
    pub quiet: Option<(u8, u8)>,
    /// Once a day, together.
    pub digest: bool,
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Why the last message was not taken; `None`: it was.
    pub last_error: Option<String>,
}

impl Channel {
    pub fn takes(&self, rule: Rule, tenant: TenantId) -> bool {
        (self.rules.is_empty() || self.rules.contains(&rule))
            && (self.tenants.is_empty() || self.tenants.contains(&tenant))
    }

    /// Messages may go out at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let hour = now.hour();
        let is_quiet = self.quiet.is_some_and(|(from, until)| {
            let (from, until) = (u32::from(from), u32::from(until));
            if from <= until { (from..until).contains(&hour) } else { hour >= from || hour < until }
        });
        let has_sent_today = self.last_sent_at.is_some_and(|at| at.date_naive() >= now.date_naive());
        let waits_for_digest = self.digest && (hour < DIGEST_HOUR || has_sent_today);
        !is_quiet && !waits_for_digest
    }
}

/// What a form says of a channel, as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewChannel {
    pub name: String,
    pub kind: String,
    pub target: String,
    pub rules: Vec<String>,
    pub tenants: Vec<String>,
    pub quiet_from: String,
    pub quiet_until: String,
    /// Present: yes.
    pub digest: String,
}

impl NewChannel {
    /// `may_send_mail`: this deployment can.
    pub fn check(&self, id: Uuid, may_send_mail: bool) -> Result<Channel, BadField> {
        let bad = |field, message| Err(BadField { field, message });
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return bad("name", "Give the channel a name of at most 80 characters.");
        }
        let Some(kind) = ChannelKind::ALL.into_iter().find(|kind| kind.name() == self.kind.trim()) else {
            return bad("kind", "Choose how alerts are sent.");
        };
        let target = self.target.trim();
        match kind {
            ChannelKind::Email if !may_send_mail => {
                return bad("kind", "This deployment sends no mail: set mail.smtp_url and mail.from first.");
            }
            ChannelKind::Email if !is_mail_address(target) => {
                return bad("target", "Type one mail address, for instance alerts@example.com.");
            }
            ChannelKind::Webhook if !is_web_address(target) => {
                return bad("target", "Type an address that begins with https://, without a name or password in it.");
            }
            ChannelKind::Email | ChannelKind::Webhook => {}
        }
        let mut rules = Vec::new();
        for word in &self.rules {
            match Rule::from_name(word) {
                Some(rule) => rules.push(rule),
                None => return bad("rules", "Choose among the rules."),
            }
        }
        let tenants: Result<Vec<TenantId>, _> = self.tenants.iter().map(|id| id.parse()).collect();
        let Ok(tenants) = tenants else { return bad("tenants", "Choose among the clients.") };
        let hour = |typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => typed.parse::<u8>().ok().filter(|hour| *hour < 24).map(Some).ok_or(()),
        };
        let quiet = match (hour(&self.quiet_from), hour(&self.quiet_until)) {
            (Ok(None), Ok(None)) => None,
            (Ok(Some(from)), Ok(Some(until))) if from != until => Some((from, until)),
            _ => return bad("quiet_from", "Type two different hours from 0 to 23, or leave both empty."),
        };
        Ok(Channel {
            id,
            name: name.to_owned(),
            kind,
            target: target.to_owned(),
            rules,
            tenants,
            quiet,
            digest: !self.digest.is_empty(),
            last_sent_at: None,
            last_error: None,
        })
    }
}

fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |text: &str| {
        !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
    };
    plain(local) && plain(domain) && domain.contains('.') && text.len() <= 254
}

/// Plain HTTP is for this machine alone.
fn is_web_address(text: &str) -> bool {
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control()) && text.len() <= 2_000;
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    let (authority, needs_loopback) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (host(rest), false),
        (_, Some(rest)) => (host(rest), true),
        _ => return false,
    };
    let is_loopback = authority.starts_with("127.0.0.1:") || authority.starts_with("localhost:");
    is_plain && !authority.is_empty() && !authority.contains('@') && (!needs_loopback || is_loopback)
}

/// An alert as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    pub id: i64,
    pub rule: Rule,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub cause: String,
    pub detail: String,
    pub path: String,
    pub happened_at: DateTime<Utc>,
    /// When it was over; of what happens once, when it happened.
    pub ended_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
}

/// `/alerts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsView {
    /// Those that last, the newest first.
    pub lasting: Vec<AlertRow>,
    /// Of the last seven days, the newest first.
    pub lately: Vec<AlertRow>,
    /// `None`: for administrators alone.
    pub channels: Option<Vec<Channel>>,
    /// Clients that a channel can be narrowed to.
    pub clients: Vec<(TenantId, String)>,
    pub may_send_mail: bool,
    /// A secret signs webhooks.
    pub is_signing: bool,
    pub now: DateTime<Utc>,
}

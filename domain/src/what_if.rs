//! What a change of policies would do, by the same rules: who changes verdict, and who would be stopped. Writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blocker::BlockerRow;
use crate::client::ClientHeader;
use crate::facts::directory::User;
use crate::facts::policy::{Conditions, Grant, GrantOperator, Policy, PolicyState};
use crate::facts::sign_in::{SeenSignIns, SeenWay, SignInLog};
use crate::ids::UserId;
use crate::known::Known;
use crate::mfa::{Evaluator, Fact, Meets, TenantFacts, Was, is_in_force};
use crate::user::VerdictChange;
use crate::verdict::{Enrolment, Posture, Verdict};

/// Everything of a tenant that a simulation takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub facts: TenantFacts,
    pub users: Vec<User>,
    pub users_read_at: Option<DateTime<Utc>>,
    /// Legacy clients that were seen: the sign-ins of the last 30 days.
    pub legacy: Known<Vec<BlockerRow>>,
    /// Sign-ins with modern clients, of the last 30 days.
    pub sign_ins: Known<RealSignIns>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealSignIns {
    pub users: Vec<SeenSignIns>,
    pub log: SignInLog,
}

/// Changes that are tried together. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Ids of policies to switch on; one that is report-only or off.
    pub on: BTreeSet<String>,
    pub off: BTreeSet<String>,
    /// `None`: as it is.
    pub security_defaults: Option<bool>,
    pub templates: BTreeSet<Template>,
    /// Accounts that a policy is to leave out.
    pub exclusions: BTreeSet<Exclusion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    MfaForAll,
    BlockLegacy,
}

impl Template {
    pub const ALL: [Self; 2] = [Self::MfaForAll, Self::BlockLegacy];

    /// The word in the URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::MfaForAll => "mfa_for_all",
            Self::BlockLegacy => "block_legacy",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::MfaForAll => "MFA for all users",
            Self::BlockLegacy => "Block legacy authentication",
        }
    }

    fn policy(self) -> Policy {
        let clients: &[&str] = match self {
            Self::MfaForAll => &["all"],
            Self::BlockLegacy => &["exchangeActiveSync", "other"],
        };
        let control = match self {
            Self::MfaForAll => "mfa",
            Self::BlockLegacy => "block",
        };
        Policy {
            id: self.name().to_owned(),
            display_name: self.label().to_owned(),
            state: PolicyState::Enabled,
            conditions: Conditions {
                client_app_types: clients.iter().map(|client| (*client).to_owned()).collect(),
                include_applications: vec!["All".to_owned()],
                include_users: vec!["All".to_owned()],
                ..Conditions::default()
            },
            grant: Some(Grant {
                operator: GrantOperator::Or,
                built_in_controls: vec![control.to_owned()],
                custom_authentication_factors: Vec::new(),
                terms_of_use: Vec::new(),
                authentication_strength: None,
            }),
            has_session_controls: false,
            modified_at: None,
            not_understood: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Exclusion {
    pub policy: String,
    /// A sign-in name, or an object id.
    pub user: String,
}

/// What the page of a tenant offers to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    pub header: ClientHeader,
    pub policies: Known<Vec<PolicyChoice>>,
    pub security_defaults: Known<bool>,
    /// Newest first.
    pub kept: Vec<KeptPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChoice {
    pub id: String,
    pub display_name: String,
    pub state: PolicyState,
    /// A whole sentence.
    pub effect: String,
}

/// A plan under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlan {
    pub id: Uuid,
    pub name: String,
    /// The plan's words: what pages handle plans by.
    pub changes: Vec<String>,
    pub author: String,
    pub kept_at: DateTime<Utc>,
}

/// What a plan would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub before: Posture,
    pub after: Posture,
    /// Accounts whose verdict changes, those who lose protection first.
    pub moved: Vec<Moved>,
    /// Accounts that would be stopped at something they do today.
    pub stopped: Vec<Stopped>,
    /// How many accounts these are.
    pub stopped_accounts: u32,
    /// Whole sentences: what the plan overlooks, and what is not known.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub user: UserId,
    pub display_name: String,
    pub user_principal_name: String,
    /// `at` is when the users were read.
    pub change: VerdictChange,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub user: UserId,
    pub display_name: String,
    /// A whole sentence: "SMTP AUTH stops: 214 sign-ins in 30 days, probably a multifunction printer."
    pub what: String,
}

impl Snapshot {
    /// By sign-in name or object id.
    fn find(&self, name: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.user_principal_name.eq_ignore_ascii_case(name) || user.id.to_string() == name)
    }
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// One word a change, as the URL carries them: `on:{policy}`, `off:{policy}`, `defaults:on`, `add:block_legacy`,
    /// `exclude:{sign-in name}:{policy}`.
    pub fn words(&self) -> Vec<String> {
        let on = self.on.iter().map(|policy| format!("on:{policy}"));
        let off = self.off.iter().map(|policy| format!("off:{policy}"));
        let defaults = self.security_defaults.map(|on| format!("defaults:{}", if on { "on" } else { "off" }));
        let add = self.templates.iter().map(|template| format!("add:{}", template.name()));
        let exclude =
            self.exclusions.iter().map(|exclusion| format!("exclude:{}:{}", exclusion.user, exclusion.policy));
        on.chain(off).chain(defaults).chain(add).chain(exclude).collect()
    }

    /// Words that are not known are left out.
    pub fn from_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut plan = Self::default();
        for (kind, what) in words.into_iter().filter_map(|word| word.trim().split_once(':')) {
            match kind {
                "on" => {
                    plan.on.insert(what.to_owned());
                }
                "off" => {
                    plan.off.insert(what.to_owned());
                }
                "defaults" if what == "on" || what == "off" => plan.security_defaults = Some(what == "on"),
                "add" => plan.templates.extend(Template::ALL.into_iter().find(|template| template.name() == what)),
                "exclude" => plan.exclusions.extend(what.split_once(':').and_then(|(user, policy)| {
                    let told = !user.trim().is_empty() && !policy.is_empty();
                    told.then(|| Exclusion { policy: policy.to_owned(), user: user.trim().to_lowercase() })
                })),
                _ => {}
            }
        }
        plan
    }

    /// The tenant as it would be.
    pub fn apply(&self, snapshot: &Snapshot) -> TenantFacts {
        let mut facts = snapshot.facts.clone();
        if let Some(enabled) = self.security_defaults {
            let read_at = facts.security_defaults.read_at().unwrap_or_default();
            facts.security_defaults = Fact::known(enabled, read_at);
        }
        if let Fact::Known { value, .. } = &mut facts.policies {
            for policy in value.iter_mut() {
                if self.on.contains(&policy.id) {
                    policy.state = PolicyState::Enabled;
                }
                if self.off.contains(&policy.id) {
                    policy.state = PolicyState::Disabled;
                }
                let left_out = self.exclusions.iter().filter(|exclusion| exclusion.policy == policy.id);
                let ids =
                    left_out.filter_map(|exclusion| snapshot.find(&exclusion.user)).map(|user| user.id.to_string());
                policy.conditions.exclude_users.extend(ids);
            }
            value.extend(self.templates.iter().map(|template| template.policy()));
        }
        facts
    }
}

/// Judges everybody as it is, and whom the plan touches as it would be.
pub fn simulate(snapshot: &Snapshot, plan: &Plan) -> Outcome {
    let planned = plan.apply(snapshot);
    let (now, then) =
        (Evaluator::new(&snapshot.facts, snapshot.users_read_at), Evaluator::new(&planned, snapshot.users_read_at));
    let users: HashMap<UserId, &User> = snapshot.users.iter().map(|user| (user.id, user)).collect();
    let (mut before, mut after) = (Posture::default(), Posture::default());
    let (mut moved, mut stopped) = (Vec::new(), Vec::new());
    let at = snapshot.users_read_at.unwrap_or_default();
    let judged_now = now.judge_all(&snapshot.users);
    let was: Was<'_> =
        judged_now.iter().filter_map(|(id, judgement)| Some((*id, (*users.get(id)?, Arc::clone(judgement))))).collect();
    let judged = judged_now.iter().zip(then.judge_again(&snapshot.users, &now, &was));
    for ((_, was), (id, is)) in judged {
        before.add(was.verdict);
        after.add(is.verdict);
        let Some(user) = users.get(&id) else { continue };
        let name = || name_of(user);
        if was.verdict != is.verdict {
            let because = is.because().to_owned();
            moved.push(Moved {
                user: id,
                display_name: name(),
                user_principal_name: user.user_principal_name.clone(),
                change: VerdictChange { at, from: Some(was.verdict), to: is.verdict, because },
            });
        }
        let mut stop = |what: &str| stopped.push(Stopped { user: id, display_name: name(), what: what.to_owned() });
        if is.verdict == Verdict::CannotSignIn && was.verdict != Verdict::CannotSignIn {
            stop("Every sign-in would be blocked.");
        } else if is.locked_out && !was.locked_out {
            stop("No registered method meets the strength that would be demanded.");
        } else if is.enrolment == Enrolment::NotRegistered && then.asks_for_mfa(user) && !now.asks_for_mfa(user) {
            stop("Nothing is registered: the next sign-in would ask to register a method first.");
        }
    }
    if let Known::Known(legacy) = &snapshot.legacy {
        stopped.extend(legacy.iter().filter_map(|row| stopped_client(row, &users, &now, &then)));
    }
    if let Known::Known(sign_ins) = &snapshot.sign_ins {
        stopped.extend(sign_ins.users.iter().flat_map(|seen| stopped_ways(seen, &users, &now, &then)));
    }
    moved.sort_by_key(|moved| (gain(&moved.change), moved.display_name.to_lowercase()));
    stopped.sort_by_cached_key(|stopped| stopped.display_name.to_lowercase());
    let accounts: BTreeSet<UserId> = stopped.iter().map(|stopped| stopped.user).collect();
    let stopped_accounts = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
    Outcome { before, after, moved, stopped, stopped_accounts, notes: notes(snapshot, plan, &planned) }
}

fn name_of(user: &User) -> String {
    if user.display_name.is_empty() { user.user_principal_name.clone() } else { user.display_name.clone() }
}

/// Who loses comes before who gains.
fn gain(change: &VerdictChange) -> i32 {
    let safety = |verdict: Verdict| match verdict {
        Verdict::Unprotected => 0,
        Verdict::EnrolmentOpen | Verdict::Partial | Verdict::Unknown => 1,
        Verdict::Protected | Verdict::CannotSignIn => 2,
    };
    safety(change.to) - change.from.map_or(0, safety)
}

/// A legacy client that gets in today and would not.
fn stopped_client(
    row: &BlockerRow,
    users: &HashMap<UserId, &User>,
    now: &Evaluator<'_>,
    then: &Evaluator<'_>,
) -> Option<Stopped> {
    let user = *users.get(&row.user_id?)?;
    let of_legacy_clients = row.protocol.is_of_legacy_clients();
    let stops = |evaluator: &Evaluator<'_>| match of_legacy_clients {
        true => evaluator.stops_legacy_client(user, row.protocol),
        // A modern client's way, which cannot do MFA.
        false => evaluator.asks_for_mfa(user),
    };
    let when = if of_legacy_clients { "" } else { " where MFA is demanded" };
    if row.successes == 0 || stops(now) || !stops(then) {
        return None;
    }
    let guess = row.probably.as_ref().map(|guess| format!(", probably: {}", guess.what)).unwrap_or_default();
    Some(Stopped {
        user: user.id,
        display_name: name_of(user),
        what: format!("{} would stop{when}: {} sign-ins were seen{guess}.", row.protocol.label(), row.successes),
    })
}

/// Modern sign-ins that get in today and would not, or perhaps not.
fn stopped_ways(
    seen: &SeenSignIns,
    users: &HashMap<UserId, &User>,
    now: &Evaluator<'_>,
    then: &Evaluator<'_>,
) -> Vec<Stopped> {
    let Some(user) = users.get(&seen.user_id) else { return Vec::new() };
    let ways = || seen.ways.iter().map(|seen| &seen.way);
    let mut worse: BTreeMap<Meets, Vec<&SeenWay>> = BTreeMap::new();
    for ((was, is), way) in now.meets(user, ways()).into_iter().zip(then.meets(user, ways())).zip(&seen.ways) {
        let is_told = matches!(is, Meets::Blocked | Meets::More | Meets::Uncertain);
        if is_told && is != was && (is > was || is == Meets::Uncertain) {
            worse.entry(is).or_default().push(way);
        }
    }
    worse
        .into_iter()
        .rev()
        .map(|(meets, ways)| Stopped { user: user.id, display_name: name_of(user), what: what_stops(meets, &ways) })
        .collect()
}

fn what_stops(meets: Meets, ways: &[&SeenWay]) -> String {
    let told: BTreeSet<String> = ways.iter().map(|seen| seen.way.words()).collect();
    let mut words: Vec<&str> = told.iter().take(3).map(String::as_str).collect();
    let more;
    if told.len() > 3 {
        more = format!("{} more", told.len() - 3);
        words.push(&more);
    }
    let last = ways.iter().map(|seen| seen.days.last).max().map(|day| day.format("%-d %b %Y").to_string());
    let days = ways.iter().map(|seen| seen.days.count()).max().unwrap_or_default();
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let seen = format!("seen on {days}, last on {}", last.unwrap_or_default());
    let would = match meets {
        Meets::Blocked => "would be blocked",
        Meets::More => "would need a device or an app that the tenant manages",
        Meets::SecondFactor | Meets::Password | Meets::Uncertain => {
            "may be stopped: a condition cannot be told from the log"
        }
    };
    format!("{} {would} ({seen}).", words.join("; "))
}

fn notes(snapshot: &Snapshot, plan: &Plan, planned: &TenantFacts) -> Vec<String> {
    let mut notes = Vec::new();
    let in_force = planned.policies.value().into_iter().flatten().filter(|policy| is_in_force(policy)).count();
    if planned.security_defaults.value() == Some(&true) && in_force > 0 {
        notes.push(
            "Microsoft does not let security defaults be on while Conditional Access policies are in force: one of the two \
             has to go."
                .to_owned(),
        );
    }
    if let Some(cause) = snapshot.facts.policies.cause()
        && !(plan.on.is_empty() && plan.off.is_empty() && plan.templates.is_empty() && plan.exclusions.is_empty())
    {
        notes.push(format!("The policies are not known ({}): changes to them are not counted.", cause.label()));
    }
    let strangers = plan.exclusions.iter().filter(|exclusion| snapshot.find(&exclusion.user).is_none());
    notes.extend(strangers.map(|exclusion| format!("No account is called {}: it is not left out.", exclusion.user)));
    if let Known::Unknown(cause) = &snapshot.legacy {
        notes.push(format!(
            "Legacy sign-ins are not known ({}): printers and old clients may be stopped unseen.",
            cause.label()
        ));
    }
    notes.push(match &snapshot.sign_ins {
        Known::Unknown(cause) => format!(
            "Sign-ins are not known ({}): who would be stopped is told by what is registered alone.",
            cause.label()
        ),
        Known::Known(RealSignIns { log, .. }) => {
            let since = format!("Judged by the sign-ins since {} at the earliest", log.since.format("%-d %b %Y"));
            match log.cut_on {
                None => format!("{since}; what nobody did in this time is not counted."),
                Some(day) => format!(
                    "{since}. There are more than are read: until {} only the latest of each day are counted.",
                    day.format("%-d %b %Y")
                ),
            }
        }
    });
    notes
}

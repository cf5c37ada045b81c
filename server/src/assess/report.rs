//! What an export means, in the shape that `--format json` prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::blocker::BlockerRow;
use domain::facts::policy::PolicyState;
use domain::ids::UserId;
use domain::known::Known;
use domain::mfa::{PolicyReading, judge_tenant, read_policies};
use domain::verdict::{Enrolment, Hole, Judgement, Posture, Reason, Source, Verdict};
use domain::what_if::{Plan, Snapshot, simulate};
use serde::Serialize;
use uuid::Uuid;

use super::folder::{Export, Missing};

/// The answer of an audit. Its JSON is an interface: names are added, never changed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub tenant: TenantReport,
    /// Worst first, then by name.
    pub users: Vec<UserReport>,
    pub policies: Vec<PolicyReport>,
    /// Accounts by verdict, and all of them.
    pub totals: BTreeMap<&'static str, u32>,
    /// `null` where no evidence could be read.
    pub legacy_clients: Option<Vec<LegacyReport>>,
    pub missing: Vec<MissingReport>,
    /// What the changes that were tried would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<TriedReport>,
}

/// An outcome of `domain::what_if`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedReport {
    pub changes: Vec<String>,
    pub totals: BTreeMap<&'static str, u32>,
    pub moved: Vec<MovedReport>,
    pub stopped: Vec<StoppedReport>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedReport {
    pub id: Uuid,
    pub user_principal_name: String,
    pub from: Option<Verdict>,
    pub to: Verdict,
    pub because: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedReport {
    pub id: Uuid,
    pub display_name: String,
    pub what: String,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantReport {
    pub id: Option<Uuid>,
    pub display_name: Option<String>,
    pub default_domain: Option<String>,
    pub entra_licence: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserReport {
    pub id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    pub verdict: Verdict,
    /// Set when the verdict is `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_cause: Option<domain::known::UnknownCause>,
    pub holes: Vec<HoleReport>,
    pub lesser_holes: Vec<HoleReport>,
    pub reasons: Vec<ReasonReport>,
    pub uncertain: Vec<String>,
    pub registration: Enrolment,
    pub phishing_resistant: bool,
    /// No registered method meets an authentication strength that is demanded.
    pub locked_out: bool,
}

/// Empty lists are "any".
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoleReport {
    pub apps: Vec<String>,
    pub client_app_types: Vec<String>,
    pub platforms: Vec<String>,
    pub locations: Vec<String>,
    pub summary: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonReport {
    pub source: Source,
    pub text: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    pub id: String,
    pub display_name: String,
    /// Graph's word; `unknown` for a newer one.
    pub state: &'static str,
    pub effect: String,
    /// Whom its lines name.
    pub names: String,
    /// Accounts.
    pub covers: u32,
    pub may_cover: u32,
    pub leaves_out: Vec<LeftOutReport>,
    pub uncertain: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutReport {
    pub through: String,
    pub users: Vec<Uuid>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegacyReport {
    pub user_principal_name: String,
    pub protocol: &'static str,
    pub successes: u32,
    pub last_seen: Option<chrono::DateTime<chrono::Utc>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct MissingReport {
    pub dataset: String,
    pub cause: String,
}

impl Report {
    pub fn new(export: &Export) -> Self {
        let judged = judge_tenant(&export.facts, &export.users, export.users_read_at);
        let mut posture = Posture::default();
        let mut users: Vec<UserReport> = Vec::with_capacity(judged.len());
        for (user, (_, judgement)) in export.users.iter().zip(judged) {
            posture.add(judgement.verdict);
            users.push(UserReport::new(user.id, &user.user_principal_name, &user.display_name, judgement));
        }
        let rank = |verdict: Verdict| Verdict::ALL.iter().position(|other| *other == verdict);
        users.sort_by_cached_key(|user| (rank(user.verdict), user.user_principal_name.to_lowercase()));
        let mut totals = counted(&posture);
        totals.insert("users", u32::try_from(users.len()).unwrap_or(u32::MAX));
        let organization = export.organization.as_ref();
        Self {
            tenant: TenantReport {
                id: organization.map(|organization| organization.id.0),
                display_name: organization.map(|organization| organization.display_name.clone()),
                default_domain: organization.map(|organization| organization.default_domain.clone()),
                entra_licence: export.licence.map(domain::licence::EntraLicence::label),
            },
            users,
            policies: read_policies(&export.facts, &export.users).into_iter().map(PolicyReport::from).collect(),
            totals,
            legacy_clients: match &export.legacy {
                Known::Known(legacy) => Some(legacy.blockers.iter().map(LegacyReport::from).collect()),
                Known::Unknown(_) => None,
            },
            missing: export.missing.iter().cloned().map(MissingReport::from).collect(),
            tried: None,
        }
    }

    /// Adds what a plan would do.
    pub fn try_plan(&mut self, export: &Export, plan: &Plan) {
        let snapshot = Snapshot {
            facts: export.facts.clone(),
            users: export.users.clone(),
            users_read_at: export.users_read_at,
            legacy: export.legacy.as_ref().map(|legacy| legacy.blockers.clone()),
            sign_ins: export.sign_ins.clone(),
        };
        let outcome = simulate(&snapshot, plan);
        let moved = outcome.moved.into_iter().map(|moved| MovedReport {
            id: moved.user.0,
            user_principal_name: moved.user_principal_name,
            from: moved.change.from,
            to: moved.change.to,
            because: moved.change.because,
        });
        let stopped = outcome.stopped.into_iter().map(|stopped| StoppedReport {
            id: stopped.user.0,
            display_name: stopped.display_name,
            what: stopped.what,
        });
        self.tried = Some(TriedReport {
            changes: plan.words(),
            totals: counted(&outcome.after),
            moved: moved.collect(),
            stopped: stopped.collect(),
            notes: outcome.notes,
        });
    }
}

/// Accounts by verdict.
fn counted(posture: &Posture) -> BTreeMap<&'static str, u32> {
    Verdict::ALL.iter().map(|verdict| (verdict.name(), posture.count(*verdict))).collect()
}

impl UserReport {
    fn new(id: UserId, user_principal_name: &str, display_name: &str, judgement: Arc<Judgement>) -> Self {
        let Judgement {
            verdict,
            unknown_cause,
            reasons,
            holes,
            lesser_holes,
            uncertain,
            enrolment,
            phishing_resistant,
            locked_out,
            strongest: _,
        } = Arc::unwrap_or_clone(judgement);
        Self {
            id: id.0,
            user_principal_name: user_principal_name.to_owned(),
            display_name: display_name.to_owned(),
            verdict,
            unknown_cause,
            holes: holes.into_iter().map(HoleReport::from).collect(),
            lesser_holes: lesser_holes.into_iter().map(HoleReport::from).collect(),
            reasons: reasons.into_iter().map(ReasonReport::from).collect(),
            uncertain,
            registration: enrolment,
            phishing_resistant,
            locked_out,
        }
    }
}

impl From<Hole> for HoleReport {
    fn from(hole: Hole) -> Self {
        let Hole { summary, apps, client_app_types, platforms, locations } = hole;
        Self { apps, client_app_types, platforms, locations, summary }
    }
}

impl From<Reason> for ReasonReport {
    fn from(reason: Reason) -> Self {
        Self { source: reason.source, text: reason.text.to_string() }
    }
}

impl From<PolicyReading> for PolicyReport {
    fn from(policy: PolicyReading) -> Self {
        let left_out = policy.leaves_out.into_iter().map(|left_out| LeftOutReport {
            through: left_out.through,
            users: left_out.accounts.into_iter().map(|id| id.0).collect(),
        });
        Self {
            leaves_out: left_out.collect(),
            id: policy.id,
            display_name: policy.display_name,
            state: match policy.state {
                PolicyState::Enabled => "enabled",
                PolicyState::Disabled => "disabled",
                PolicyState::ReportOnly => "enabledForReportingButNotEnforced",
                PolicyState::NotUnderstood => "unknown",
            },
            effect: policy.effect,
            names: policy.names,
            covers: policy.covers,
            may_cover: policy.may_cover,
            uncertain: policy.uncertain,
        }
    }
}

impl From<&BlockerRow> for LegacyReport {
    fn from(row: &BlockerRow) -> Self {
        Self {
            user_principal_name: row.user_principal_name.clone(),
            protocol: row.protocol.label(),
            successes: row.successes,
            last_seen: row.last_seen_at,
        }
    }
}

impl From<Missing> for MissingReport {
    fn from(missing: Missing) -> Self {
        Self { dataset: missing.dataset, cause: missing.cause }
    }
}

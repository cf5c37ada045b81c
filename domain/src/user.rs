//! One user as lists and the user page show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blocker::BlockerRow;
use crate::facts::directory::UserKind;
use crate::facts::registration::{MethodStrength, PerUserMfa, Registration};
use crate::ids::UserId;
use crate::known::{Known, UnknownCause};
use crate::mark::AccountMark;
use crate::verdict::{Enrolment, Judgement, Verdict};

/// What makes an account worth a look, apart from MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserFinding {
    /// Administrator without a sign-in for 90 days.
    IdleAdministrator,
    /// No sign-in for 90 days.
    Idle,
    /// Cannot sign in, still holds licences.
    BlockedStillLicensed,
    /// Guest who was invited and never accepted.
    GuestNeverAccepted,
    /// Password never expires and the account is licensed or holds a role.
    PasswordNeverExpires,
    /// Somebody marked the account as meant to be different.
    Marked,
}

impl UserFinding {
    pub const ALL: [Self; 6] = [
        Self::IdleAdministrator,
        Self::BlockedStillLicensed,
        Self::PasswordNeverExpires,
        Self::GuestNeverAccepted,
        Self::Idle,
        Self::Marked,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::IdleAdministrator => "Idle administrator",
            Self::Idle => "No sign-in for 90 days",
            Self::BlockedStillLicensed => "Blocked, still licensed",
            Self::GuestNeverAccepted => "Guest never accepted",
            Self::PasswordNeverExpires => "Password never expires",
            Self::Marked => "Marked apart",
        }
    }
}

impl UserFinding {
    /// The word in the URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdleAdministrator => "idle_administrator",
            Self::Idle => "idle",
            Self::BlockedStillLicensed => "blocked_still_licensed",
            Self::GuestNeverAccepted => "guest_never_accepted",
            Self::PasswordNeverExpires => "password_never_expires",
            Self::Marked => "marked",
        }
    }
}

/// Filter chips of the users list and of the MFA list, by the word in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserFilter {
    /// Holds an active directory role.
    Administrators,
    Guests,
    /// Accounts that are disabled.
    Disabled,
    Finding(UserFinding),
    Verdict(Verdict),
}

impl UserFilter {
    /// The chips of the users list, in order.
    pub const OF_USERS: [Self; 9] = [
        Self::Administrators,
        Self::Guests,
        Self::Disabled,
        Self::Finding(UserFinding::IdleAdministrator),
        Self::Finding(UserFinding::BlockedStillLicensed),
        Self::Finding(UserFinding::PasswordNeverExpires),
        Self::Finding(UserFinding::GuestNeverAccepted),
        Self::Finding(UserFinding::Idle),
        Self::Finding(UserFinding::Marked),
    ];
    /// The chips of the MFA list, in order.
    pub const OF_MFA: [Self; 8] = [
        Self::Administrators,
        Self::Verdict(Verdict::Unprotected),
        Self::Verdict(Verdict::EnrolmentOpen),
        Self::Verdict(Verdict::Partial),
        Self::Verdict(Verdict::Unknown),
        Self::Verdict(Verdict::Protected),
        Self::Verdict(Verdict::CannotSignIn),
        Self::Finding(UserFinding::Marked),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::Guests => "guests",
            Self::Disabled => "disabled",
            Self::Finding(finding) => finding.name(),
            Self::Verdict(verdict) => verdict.name(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Administrators => "Administrators",
            Self::Guests => "Guests",
            Self::Disabled => "Disabled",
            Self::Finding(finding) => finding.label(),
            Self::Verdict(verdict) => verdict.label(),
        }
    }

    /// Both lists understand every word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::OF_USERS.into_iter().chain(Self::OF_MFA).find(|filter| filter.name() == name)
    }
}

/// The strongest kind of method that an account has registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodsKind {
    PhishingResistant,
    Strong,
    /// SMS or voice alone.
    Weak,
    /// Nothing that the tenant allows.
    Nothing,
    Unknown,
}

impl MethodsKind {
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Weak, Self::Strong, Self::PhishingResistant, Self::Unknown];

    pub fn of(judgement: &Judgement) -> Self {
        match (judgement.enrolment, judgement.strongest) {
            (Enrolment::Unknown | Enrolment::External, _) => Self::Unknown,
            (Enrolment::NotRegistered, _) => Self::Nothing,
            (Enrolment::Registered, MethodStrength::PhishingResistant) => Self::PhishingResistant,
            (Enrolment::Registered, MethodStrength::Weak) => Self::Weak,
            (Enrolment::Registered, MethodStrength::Strong | MethodStrength::None) => Self::Strong,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::PhishingResistant => "phishing_resistant",
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::Nothing => "nothing",
            Self::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::PhishingResistant => "Phishing-resistant",
            Self::Strong => "Strong, not phishing-resistant",
            Self::Weak => "Weak (SMS or voice alone)",
            Self::Nothing => "Nothing registered",
            Self::Unknown => "Not known",
        }
    }
}

/// What narrows a list of users beside its chips, by the words in the URL: `role:{template id}`, `methods:weak`,
/// `cause:failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserNarrowing {
    Role(Uuid),
    Methods(MethodsKind),
    /// Unknown for this cause.
    Cause(UnknownCause),
}

impl UserNarrowing {
    pub fn name(self) -> String {
        match self {
            Self::Role(role) => format!("role:{role}"),
            Self::Methods(kind) => format!("methods:{}", kind.name()),
            Self::Cause(cause) => format!("cause:{}", cause.name()),
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let (kind, word) = name.split_once(':')?;
        match kind {
            "role" => word.parse().ok().map(Self::Role),
            "methods" => MethodsKind::ALL.into_iter().find(|kind| kind.name() == word).map(Self::Methods),
            "cause" => UnknownCause::ALL.into_iter().find(|cause| cause.name() == word).map(Self::Cause),
            _ => None,
        }
    }
}

/// What the users list and the MFA list sort by, by the word in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserSort {
    /// Worst verdict first, administrators before others; the default.
    Worst,
    Name,
    Verdict,
    LastSignIn,
    Since,
    Created,
    Licences,
}

impl UserSort {
    pub fn from_name(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "verdict" => Self::Verdict,
            "last_sign_in" => Self::LastSignIn,
            "since" => Self::Since,
            "created" => Self::Created,
            "licences" => Self::Licences,
            _ => Self::Worst,
        }
    }
}

/// A row of the users list and of the MFA list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub id: UserId,
    pub display_name: String,
    pub user_principal_name: String,
    pub kind: UserKind,
    pub account_enabled: bool,
    /// Names of active directory roles, most powerful first.
    pub roles: Vec<String>,
    pub licences: u32,
    pub synced: bool,
    pub created_at: Option<DateTime<Utc>>,
    /// `Known(None)`: never signed in.
    pub last_sign_in_at: Known<Option<DateTime<Utc>>>,
    pub findings: Vec<UserFinding>,
    pub verdict: Verdict,
    /// The first reason's sentence.
    pub because: String,
    /// Since when the verdict holds.
    pub since: Option<DateTime<Utc>>,
    /// Registered methods, Microsoft's words.
    pub methods: Known<Vec<String>>,
    pub phishing_resistant: bool,
}

/// Everything about one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    pub row: UserRow,
    pub judgement: Judgement,
    /// Also one that has ended.
    pub mark: Option<AccountMark>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    /// Names of the licences held.
    pub licence_names: Vec<String>,
    pub eligible_roles: Vec<String>,
    /// Names of the groups that policies name and that the user is in.
    pub policy_groups: Vec<String>,
    pub registration: Known<Option<Registration>>,
    pub per_user_mfa: Known<PerUserMfa>,
    pub last_password_change_at: Option<DateTime<Utc>>,
    pub blockers: Known<Vec<BlockerRow>>,
    /// Changes of verdict, newest first.
    pub changes: Vec<VerdictChange>,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictChange {
    pub at: DateTime<Utc>,
    pub from: Option<Verdict>,
    pub to: Verdict,
    pub because: String,
}

//! What the facts mean for one user's MFA, with reasons, and the counts of a tenant.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::facts::registration::MethodStrength;
use crate::known::UnknownCause;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Password alone gets in nowhere, and a usable method is registered.
    Protected,
    /// Some sign-ins are stopped and some are not; the holes are named.
    Partial,
    /// Enforced, but nothing is registered: whoever signs in first registers theirs.
    EnrolmentOpen,
    /// Nothing that an attacker can choose is stopped.
    Unprotected,
    /// Disabled, or every sign-in is blocked.
    CannotSignIn,
    Unknown,
}

impl Verdict {
    /// Worst first, as lists show them.
    pub const ALL: [Self; 6] =
        [Self::Unprotected, Self::EnrolmentOpen, Self::Partial, Self::Unknown, Self::Protected, Self::CannotSignIn];

    /// The word in the URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Partial => "partial",
            Self::EnrolmentOpen => "enrolment_open",
            Self::Unprotected => "unprotected",
            Self::CannotSignIn => "cannot_sign_in",
            Self::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Protected => "Protected",
            Self::Partial => "Protected with holes",
            Self::EnrolmentOpen => "Not enrolled",
            Self::Unprotected => "Unprotected",
            Self::CannotSignIn => "Cannot sign in",
            Self::Unknown => "Unknown",
        }
    }
}

/// What enforces MFA, or is the reason that nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    ConditionalAccess,
    SecurityDefaults,
    PerUserMfa,
    Federation,
    Registration,
    Account,
    /// A fact that is not there.
    Missing,
}

impl Source {
    /// The name of what enforces MFA; `None`: it enforces nothing.
    pub fn way(self) -> Option<&'static str> {
        match self {
            Self::ConditionalAccess => Some("Conditional Access"),
            Self::SecurityDefaults => Some("Security defaults"),
            Self::PerUserMfa => Some("Per-user MFA"),
            Self::Federation => Some("Federated MFA"),
            Self::Registration | Self::Account | Self::Missing => None,
        }
    }
}

/// One sentence of evidence: which fact, and when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub source: Source,
    /// A whole sentence in plain words, shared by all whom it is said of.
    pub text: Arc<str>,
    /// The dataset that it rests on.
    pub dataset: Dataset,
    pub read_at: Option<DateTime<Utc>>,
}

/// A way in on the password alone: every combination of what is listed. An empty list is "any".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Hole {
    /// E.g. "Exchange ActiveSync and other legacy clients, any app".
    pub summary: String,
    /// App ids, `Office365`, `MicrosoftAdminPortals` or `other`: any app that no policy names.
    pub apps: Vec<String>,
    /// `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `other`.
    pub client_app_types: Vec<String>,
    /// `android`, `iOS`, `windows`, `windowsPhone`, `macOS`, `linux`, `unknown`.
    pub platforms: Vec<String>,
    /// Names of named locations, or `anywhere else`.
    pub locations: Vec<String>,
}

/// Whether a second factor stands ready at the user's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    /// A method is registered that the tenant allows.
    Registered,
    /// Nothing usable is registered.
    NotRegistered,
    /// The federated identity provider does MFA; what is registered there is not visible.
    External,
    /// The registration report could not be read, or does not list the account.
    Unknown,
}

/// The verdict of one user, computed by `mfa::judge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Set when the verdict is `Unknown`.
    pub unknown_cause: Option<UnknownCause>,
    /// The most telling first; never empty.
    pub reasons: Vec<Reason>,
    pub holes: Vec<Hole>,
    /// Waived by a trusted location or a compliant device: not open to an ordinary attacker, worth knowing.
    pub lesser_holes: Vec<Hole>,
    /// Whole sentences: what could not be read or understood, and so counts for nothing.
    pub uncertain: Vec<String>,
    pub enrolment: Enrolment,
    /// A phishing-resistant method is registered.
    pub phishing_resistant: bool,
    /// A policy in force demands an authentication strength that none of the registered methods meets.
    #[serde(default)]
    pub locked_out: bool,
    /// Of the methods that are registered.
    #[serde(default = "no_method")]
    pub strongest: MethodStrength,
}

impl Judgement {
    /// The first reason.
    pub fn because(&self) -> &str {
        self.reasons.first().map_or("", |reason| &reason.text)
    }
}

fn no_method() -> MethodStrength {
    MethodStrength::None
}

/// Administrators whose verdict is unprotected, partial or enrolment open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAdmins {
    pub unmarked: u32,
    /// Marked apart, as break-glass accounts are: the partner requirement counts them all the same.
    pub marked: u32,
    /// Whose verdict is not known: they may be open too.
    pub unknown: u32,
}

impl OpenAdmins {
    pub fn all(&self) -> u32 {
        self.unmarked + self.marked
    }
}

/// A tenant's verdicts, counted. The sum is the number of accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    pub protected: u32,
    pub partial: u32,
    pub enrolment_open: u32,
    pub unprotected: u32,
    pub cannot_sign_in: u32,
    pub unknown: u32,
}

impl Posture {
    pub fn count(&self, verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Protected => self.protected,
            Verdict::Partial => self.partial,
            Verdict::EnrolmentOpen => self.enrolment_open,
            Verdict::Unprotected => self.unprotected,
            Verdict::CannotSignIn => self.cannot_sign_in,
            Verdict::Unknown => self.unknown,
        }
    }

    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Protected => self.protected += 1,
            Verdict::Partial => self.partial += 1,
            Verdict::EnrolmentOpen => self.enrolment_open += 1,
            Verdict::Unprotected => self.unprotected += 1,
            Verdict::CannotSignIn => self.cannot_sign_in += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }

    /// Accounts into which the password alone leads, by one way or another.
    pub fn open(&self) -> u32 {
        self.unprotected + self.partial + self.enrolment_open
    }

    /// Accounts that can sign in: everyone but `cannot_sign_in`.
    pub fn able_to_sign_in(&self) -> u32 {
        self.protected + self.partial + self.enrolment_open + self.unprotected + self.unknown
    }

    /// Share of the accounts that can sign in which are protected, in per mille, rounded down so that 1000 means all;
    /// `None` when nobody can sign in, or when nothing about them is known.
    pub fn protected_per_mille(&self) -> Option<u32> {
        let able = self.able_to_sign_in();
        (able > 0 && self.unknown < able).then(|| (u64::from(self.protected) * 1000 / u64::from(able)) as u32)
    }
}

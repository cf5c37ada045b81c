//! A value, or the reason why there is none. Unknown is never zero, never "fine" and never "unprotected".

use serde::{Deserialize, Serialize};

/// Something that was read, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known<T> {
    Known(T),
    Unknown(UnknownCause),
}

/// Why a fact is absent, as the screens tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCause {
    /// The tenant has no licence for this dataset.
    NotLicensed,
    /// The app or operator was not granted the permission.
    NotPermitted,
    /// The last read failed and there is no earlier good one.
    Failed,
    /// Nobody has read it yet.
    NotYetRead,
    /// It was read, and what was read is more than this product understands.
    NotUnderstood,
    /// It happens at a third party (a federated identity provider), where Microsoft cannot see it.
    OutsideMicrosoft,
}

impl<T> Known<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Known(value) => Known::Known(f(value)),
            Self::Unknown(cause) => Known::Unknown(cause),
        }
    }

    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Known(value) => Known::Known(value),
            Self::Unknown(cause) => Known::Unknown(*cause),
        }
    }
}

impl UnknownCause {
    pub const ALL: [Self; 6] = [
        Self::NotLicensed,
        Self::NotPermitted,
        Self::Failed,
        Self::NotYetRead,
        Self::NotUnderstood,
        Self::OutsideMicrosoft,
    ];

    /// The word in the URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotLicensed => "not_licensed",
            Self::NotPermitted => "not_permitted",
            Self::Failed => "failed",
            Self::NotYetRead => "not_yet_read",
            Self::NotUnderstood => "not_understood",
            Self::OutsideMicrosoft => "outside_microsoft",
        }
    }

    /// A few words for a table cell.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotLicensed => "not licensed",
            Self::NotPermitted => "not permitted",
            Self::Failed => "read failed",
            Self::NotYetRead => "not read yet",
            Self::NotUnderstood => "not understood",
            Self::OutsideMicrosoft => "outside Microsoft",
        }
    }
}

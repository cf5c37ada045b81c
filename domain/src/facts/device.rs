//! Devices whose system is too old to sign in by modern means with what came on it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A device of the directory, as far as its age matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldDevice {
    pub id: Uuid,
    pub name: String,
    /// Microsoft's words: system and version.
    pub system: String,
    pub version: String,
    pub age: SystemAge,
    /// `None`: Microsoft does not know.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// Devices that may sign in, of whatever age.
    pub looked_at: u32,
    /// Of these, whose version could not be told.
    pub not_told: u32,
    /// The latest seen first; at most `Devices::MOST`.
    pub old: Vec<OldDevice>,
    /// Old ones beyond those.
    pub more: u32,
}

impl Devices {
    /// As many old devices as are kept by name.
    pub const MOST: usize = 500;
}

/// Why a system counts as too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemAge {
    /// Windows before 10.
    OldWindows,
    /// iOS before 11: its mail app speaks no OAuth to Exchange.
    OldIos,
    /// macOS before 10.14: its mail app speaks no OAuth to Exchange.
    OldMac,
}

impl SystemAge {
    /// Reads Microsoft's `operatingSystem` and `operatingSystemVersion`. `Ok(None)`: not too old. `Err`: it cannot be told.
    /// Which versions these are, no document of Microsoft's lists: they are those whose built-in programs have no modern
    /// authentication (Exchange team on built-in mail apps; Windows 8.1 left support in January 2023).
    pub fn of(system: &str, version: &str) -> Result<Option<Self>, NotTold> {
        let system = system.trim().to_ascii_lowercase();
        let (kind, least) = if system.starts_with("windows phone") {
            return Ok(Some(Self::OldWindows));
        } else if system.starts_with("windows") {
            (Self::OldWindows, (10, 0))
        } else if ["ios", "iphone", "ipad"].iter().any(|word| system.starts_with(word)) {
            (Self::OldIos, (11, 0))
        } else if system.starts_with("mac") {
            (Self::OldMac, (10, 14))
        } else if system.is_empty() {
            return Err(NotTold);
        } else {
            return Ok(None);
        };
        let mut numbers = version.trim().split(['.', ' ']).map(str::parse::<u32>);
        let Some(Ok(major)) = numbers.next() else { return Err(NotTold) };
        let minor = numbers.next().and_then(Result::ok).unwrap_or(0);
        Ok(((major, minor) < least).then_some(kind))
    }

    /// Why it is too old, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OldWindows => {
                "Windows before 10 gets no updates, and its own mail programs ask for a password alone."
            }
            Self::OldIos => "The mail app of iOS before 11 signs in to Exchange with a password alone.",
            Self::OldMac => "The mail app of macOS before 10.14 signs in to Exchange with a password alone.",
        }
    }
}

/// System or version are missing, or have another form than is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTold;

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Windows", "6.1.7601", Ok(Some(SystemAge::OldWindows)))]
    #[case("Windows", "6.3.9600.0", Ok(Some(SystemAge::OldWindows)))]
    #[case("Windows", "10.0.19045.4291", Ok(None))]
    #[case("Windows", "", Err(NotTold))]
    #[case("Windows", "unknown", Err(NotTold))]
    #[case("IPhone", "10.3.4", Ok(Some(SystemAge::OldIos)))]
    #[case("iOS", "17.5", Ok(None))]
    #[case("IPad", "11", Ok(None))]
    #[case("MacMDM", "10.13.6", Ok(Some(SystemAge::OldMac)))]
    #[case("macOS", "10.14", Ok(None))]
    #[case("MacOS", "15.1 (24B83)", Ok(None))]
    #[case("Windows Phone", "8.10", Ok(Some(SystemAge::OldWindows)))]
    #[case("AndroidForWork", "9", Ok(None))]
    #[case("Linux", "", Ok(None))]
    #[case("", "6.1", Err(NotTold))]
    fn a_system_is_old_by_its_version(
        #[case] system: &str,
        #[case] version: &str,
        #[case] expected: Result<Option<SystemAge>, NotTold>,
    ) {
        assert_eq!(SystemAge::of(system, version), expected);
    }
}

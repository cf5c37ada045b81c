//! What Graph sends, one file an area, under Graph's own names: every property may be absent or null, enums are words, and
//! annotations are skipped. Each struct turns into `domain::facts`; nothing else of the product sees these shapes.

pub mod device;
pub mod directory_sync;
pub mod exchange;
pub mod federation;
pub mod group;
pub mod hybrid;
pub mod organization;
pub mod partner_score;
pub mod policy;
mod provisioning_detail;
pub mod registration;
pub mod relationship;
pub mod role;
pub mod sign_in;
pub mod synchronization_job;
pub mod usage_report;
pub mod user;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer};

/// An answer that is well-formed and still makes no sense. `0` names the part, e.g. "a certificate that is not X.509".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Microsoft Graph answered with {0}")]
pub struct Surprise(pub String);

/// For `#[serde(default, deserialize_with = "told")]`: outer `None` is "not told", inner `None` is null.
fn told<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A list that may be null.
fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text that may be null or empty.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Microsoft writes the year 1 for "never".
fn since_1900(at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    at.filter(|at| at.year() >= 1900)
}

/// The last part of `#microsoft.graph.user`.
fn type_word(odata_type: Option<&str>) -> &str {
    odata_type.and_then(|name| name.rsplit('.').next()).unwrap_or_default()
}

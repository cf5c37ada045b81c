//! A device that is registered in the directory.

use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    pub id: Uuid,
    pub display_name: String,
    pub operating_system: &'static str,
    pub version: &'static str,
    pub account_enabled: bool,
    pub last_sign_in: Option<DateTime<Utc>>,
}

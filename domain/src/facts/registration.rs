//! What a user registered, and the state of per-user MFA.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// One row of `userRegistrationDetails`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub user_id: UserId,
    pub is_admin: bool,
    pub is_mfa_registered: bool,
    /// Registered and allowed by the methods policy.
    pub is_mfa_capable: bool,
    pub is_passwordless_capable: bool,
    /// Microsoft's words, kept as they came (`fido2SecurityKey`, `mobilePhone`, …).
    pub methods: Vec<String>,
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PerUserMfa {
    /// Normal where security defaults or Conditional Access enforce.
    Disabled,
    Enabled,
    Enforced,
}

/// How strong a registered method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodStrength {
    /// Not a second factor (e-mail, security question, app password), or a word that is not known.
    None,
    /// SMS, voice.
    Weak,
    Strong,
    PhishingResistant,
}

/// The strength of one `methodsRegistered` word. Unknown words count for nothing.
pub fn method_strength(method: &str) -> MethodStrength {
    let method = method.to_ascii_lowercase();
    if method.starts_with("passkey") || method.starts_with("fido2") {
        return MethodStrength::PhishingResistant;
    }
    match method.as_str() {
        "windowshelloforbusiness" | "macossecureenclavekey" => MethodStrength::PhishingResistant,
        "microsoftauthenticatorpush"
        | "microsoftauthenticatorpasswordless"
        | "softwareonetimepasscode"
        | "hardwareonetimepasscode"
        | "externalauthmethod" => MethodStrength::Strong,
        "mobilephone" | "alternatemobilephone" | "officephone" | "sms" => MethodStrength::Weak,
        _ => MethodStrength::None,
    }
}

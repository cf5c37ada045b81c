//! Authentication methods that users register.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// A registered method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    pub id: Uuid,
    pub kind: MethodKind,
    pub registered_at: DateTime<Utc>,
}

/// Kinds of methods, serialised as the registration report names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodKind {
    MobilePhone,
    OfficePhone,
    Email,
    MicrosoftAuthenticatorPush,
    MicrosoftAuthenticatorPasswordless,
    SoftwareOneTimePasscode,
    HardwareOneTimePasscode,
    #[serde(rename = "fido2SecurityKey")]
    Fido2SecurityKey,
    WindowsHelloForBusiness,
    PassKeyDeviceBoundAuthenticator,
    TemporaryAccessPass,
    ExternalAuthMethod,
}

impl MethodKind {
    /// Counts towards `isMfaRegistered`; an e-mail address serves password reset only.
    pub fn is_strong(self) -> bool {
        !matches!(self, MethodKind::Email | MethodKind::TemporaryAccessPass)
    }

    pub fn is_passwordless(self) -> bool {
        matches!(
            self,
            MethodKind::MicrosoftAuthenticatorPasswordless
                | MethodKind::Fido2SecurityKey
                | MethodKind::WindowsHelloForBusiness
                | MethodKind::PassKeyDeviceBoundAuthenticator
        )
    }

    /// Usable to reset a password.
    pub fn serves_reset(self) -> bool {
        matches!(
            self,
            MethodKind::MobilePhone
                | MethodKind::OfficePhone
                | MethodKind::Email
                | MethodKind::MicrosoftAuthenticatorPush
                | MethodKind::SoftwareOneTimePasscode
        )
    }

    /// As `systemPreferredAuthenticationMethods` names it, if it is a second factor there.
    pub fn second_factor(self) -> Option<&'static str> {
        match self {
            MethodKind::MicrosoftAuthenticatorPush | MethodKind::MicrosoftAuthenticatorPasswordless => Some("push"),
            MethodKind::SoftwareOneTimePasscode | MethodKind::HardwareOneTimePasscode => Some("oath"),
            MethodKind::MobilePhone => Some("sms"),
            MethodKind::OfficePhone => Some("voiceOffice"),
            _ => None,
        }
    }
}

/// The legacy per-user state, as Graph names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PerUserMfa {
    #[default]
    Disabled,
    Enabled,
    Enforced,
}

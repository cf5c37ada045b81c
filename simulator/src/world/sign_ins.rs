//! The sign-in log: compact rows, from which Graph's shape is derived.

use chrono::{DateTime, Utc};
use uuid::{Uuid, uuid};

use super::directory::City;

/// One attempt to sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// The user's object id.
    pub user: Uuid,
    pub app: &'static App,
    pub client: ClientApp,
    pub ip: [u8; 4],
    pub city: &'static City,
    /// 0, or the number after `AADSTS`.
    pub error_code: u32,
    pub is_interactive: bool,
    /// The sign-in was asked for a second factor.
    pub multi_factor: bool,
    /// `success`, `failure` or `notApplied`.
    pub conditional_access: &'static str,
    pub device: &'static Device,
}

/// An application that people sign in to.
#[derive(Debug, PartialEq, Eq)]
pub struct App {
    pub id: Uuid,
    pub name: &'static str,
}

pub static EXCHANGE_ONLINE: App =
    App { id: uuid!("00000002-0000-0ff1-ce00-000000000000"), name: "Office 365 Exchange Online" };
pub static OUTLOOK_WEB: App = App { id: uuid!("9199bf20-a13f-4107-85dc-02114787ef48"), name: "One Outlook Web" };
pub static TEAMS: App = App { id: uuid!("1fec8e78-bce4-4aaf-ab1b-5451cc387264"), name: "Microsoft Teams" };
pub static OFFICE_HOME: App = App { id: uuid!("4765445b-32c6-49b0-83e6-1d93765276ca"), name: "OfficeHome" };
pub static SHAREPOINT: App =
    App { id: uuid!("00000003-0000-0ff1-ce00-000000000000"), name: "Office 365 SharePoint Online" };

/// How a device presents itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Device {
    pub operating_system: &'static str,
    pub browser: &'static str,
    pub is_compliant: Option<bool>,
    pub trust_type: Option<&'static str>,
}

pub static NO_DEVICE: Device = Device { operating_system: "", browser: "", is_compliant: None, trust_type: None };
pub static OFFICE_PC: Device = Device {
    operating_system: "Windows10",
    browser: "Edge 141.0.0",
    is_compliant: Some(true),
    trust_type: Some("Azure AD joined"),
};
pub static HOME_MAC: Device =
    Device { operating_system: "MacOs", browser: "Safari 26.0", is_compliant: Some(false), trust_type: None };
pub static PHONE: Device =
    Device { operating_system: "Ios 26.1", browser: "Mobile Safari", is_compliant: None, trust_type: None };

/// The client program, as `clientAppUsed` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientApp {
    Browser,
    MobileAndDesktop,
    AuthenticatedSmtp,
    Imap4,
    Pop3,
    ExchangeActiveSync,
    ExchangeWebServices,
    OtherClients,
    /// A modern program that hands name and password over (ROPC).
    PasswordGrant,
}

impl ClientApp {
    pub fn name(self) -> &'static str {
        match self {
            ClientApp::Browser => "Browser",
            ClientApp::MobileAndDesktop | ClientApp::PasswordGrant => "Mobile Apps and Desktop clients",
            ClientApp::AuthenticatedSmtp => "Authenticated SMTP",
            ClientApp::Imap4 => "IMAP4",
            ClientApp::Pop3 => "POP3",
            ClientApp::ExchangeActiveSync => "Exchange ActiveSync",
            ClientApp::ExchangeWebServices => "Exchange Web Services",
            ClientApp::OtherClients => "Other clients",
        }
    }

    /// Cannot do MFA.
    pub fn is_legacy(self) -> bool {
        !matches!(self, ClientApp::Browser | ClientApp::MobileAndDesktop | ClientApp::PasswordGrant)
    }
}

//! What Exchange's own settings say about protocols: of the organisation, and of each mailbox.

use serde::{Deserialize, Serialize};

use crate::blocker::Protocol;
use crate::ids::UserId;

/// `Get-TransportConfig` and `Get-OrganizationConfig`. `None`: Exchange did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeOrganization {
    /// `SmtpClientAuthenticationDisabled` of the organisation.
    pub smtp_auth_disabled: Option<bool>,
    /// `OAuth2ClientProfileEnabled`: off in organisations from before 2017, whose Outlook then asks for passwords alone.
    pub modern_authentication: Option<bool>,
    /// Mailboxes that were looked at.
    pub mailboxes: u32,
}

/// `Get-CASMailbox`: which protocols the mailbox lets in. `None`: Exchange did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxProtocols {
    /// Lower case; what the mailbox is told apart by where it has no account.
    pub address: String,
    pub user_id: Option<UserId>,
    /// The mailbox's own setting, which goes before the organisation's: `Some(false)` keeps SMTP AUTH on although the
    /// organisation has it off. `None`: it follows the organisation.
    pub smtp_auth_disabled: Option<bool>,
    pub pop: Option<bool>,
    pub imap: Option<bool>,
    pub active_sync: Option<bool>,
    pub ews: Option<bool>,
    pub mapi: Option<bool>,
}

/// What settings say of one mailbox and protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// By the mailbox's own setting, although the organisation has it off.
    AgainstTheOrganization,
    /// By the mailbox's own setting; what the organisation says is open or the same.
    ByTheMailbox,
    ByTheOrganization,
    NotByTheMailbox,
    NotByTheOrganization,
    /// Exchange did not say, or has no such setting.
    NotTold,
}

impl Allowed {
    /// `mailbox`: `None` where the account has none.
    pub fn of(organization: &ExchangeOrganization, mailbox: Option<&MailboxProtocols>, protocol: Protocol) -> Self {
        let own = |setting: Option<bool>| match setting {
            Some(true) => Self::ByTheMailbox,
            Some(false) => Self::NotByTheMailbox,
            None => Self::NotTold,
        };
        let Some(mailbox) = mailbox else { return Self::NotTold };
        match protocol {
            Protocol::SmtpAuth => match (mailbox.smtp_auth_disabled, organization.smtp_auth_disabled) {
                (Some(false), Some(true)) => Self::AgainstTheOrganization,
                (Some(false), _) => Self::ByTheMailbox,
                (Some(true), _) => Self::NotByTheMailbox,
                (None, Some(false)) => Self::ByTheOrganization,
                (None, Some(true)) => Self::NotByTheOrganization,
                (None, None) => Self::NotTold,
            },
            Protocol::Pop => own(mailbox.pop),
            Protocol::Imap => own(mailbox.imap),
            Protocol::ActiveSync => own(mailbox.active_sync),
            Protocol::ExchangeWebServices => own(mailbox.ews),
            Protocol::Mapi | Protocol::OutlookAnywhere | Protocol::OfflineAddressBook => own(mailbox.mapi),
            Protocol::Autodiscover
            | Protocol::ExchangePowerShell
            | Protocol::ReportingWebServices
            | Protocol::OutlookService
            | Protocol::PasswordGrant
            | Protocol::Other => Self::NotTold,
        }
    }

    /// Says it of `protocol`'s label, as a sentence.
    pub fn sentence(self, protocol: Protocol) -> String {
        let label = protocol.label();
        match self {
            Self::AgainstTheOrganization => {
                format!("The mailbox's own setting keeps {label} on, although the organisation has it off.")
            }
            Self::ByTheMailbox => format!("The mailbox's own setting has {label} on."),
            Self::ByTheOrganization => format!("The mailbox follows the organisation, which has {label} on."),
            Self::NotByTheMailbox => format!("The mailbox's own setting has {label} off."),
            Self::NotByTheOrganization => format!("The mailbox follows the organisation, which has {label} off."),
            Self::NotTold => format!("Exchange's settings do not say whether {label} is on."),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some(false), Some(true), Allowed::AgainstTheOrganization)]
    #[case(Some(false), Some(false), Allowed::ByTheMailbox)]
    #[case(Some(false), None, Allowed::ByTheMailbox)]
    #[case(Some(true), Some(false), Allowed::NotByTheMailbox)]
    #[case(None, Some(false), Allowed::ByTheOrganization)]
    #[case(None, Some(true), Allowed::NotByTheOrganization)]
    #[case(None, None, Allowed::NotTold)]
    fn a_mailbox_goes_before_its_organisation(
        #[case] mailbox: Option<bool>,
        #[case] organization: Option<bool>,
        #[case] expected: Allowed,
    ) {
        let organization = ExchangeOrganization { smtp_auth_disabled: organization, ..Default::default() };
        let mailbox = MailboxProtocols { smtp_auth_disabled: mailbox, ..Default::default() };
        assert_eq!(Allowed::of(&organization, Some(&mailbox), Protocol::SmtpAuth), expected);
        assert_eq!(Allowed::of(&organization, None, Protocol::SmtpAuth), Allowed::NotTold);
    }

    #[test]
    fn other_protocols_have_settings_of_the_mailbox_alone() {
        let organization = ExchangeOrganization { smtp_auth_disabled: Some(true), ..Default::default() };
        let mailbox = MailboxProtocols { pop: Some(true), imap: Some(false), ..Default::default() };
        let of = |protocol| Allowed::of(&organization, Some(&mailbox), protocol);
        assert_eq!(of(Protocol::Pop), Allowed::ByTheMailbox);
        assert_eq!(of(Protocol::Imap), Allowed::NotByTheMailbox);
        assert_eq!(of(Protocol::ActiveSync), Allowed::NotTold);
        assert_eq!(of(Protocol::Other), Allowed::NotTold);
    }
}

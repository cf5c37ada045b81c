//! The ways out that fit a blocker, each with its conditions (Exchange team's announcements on SMTP AUTH, January 2026, and
//! Exchange Online's documentation of its sending options).

use serde::{Deserialize, Serialize};

use super::{BlockerRow, Protocol};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayOut {
    pub name: String,
    /// What to do, in a sentence.
    pub how: String,
    /// What has to be so for it.
    pub conditions: String,
}

fn way(name: &str, how: &str, conditions: &str) -> WayOut {
    WayOut { name: name.to_owned(), how: how.to_owned(), conditions: conditions.to_owned() }
}

/// The likeliest first. Never empty.
pub fn ways_out(row: &BlockerRow) -> Vec<WayOut> {
    let is = |what: &str| row.probably.as_ref().is_some_and(|guess| guess.what.contains(what));
    match row.protocol {
        Protocol::SmtpAuth if is("printer") => {
            vec![connector(), direct_send(), oauth_smtp(), high_volume(), communication_services(), retire()]
        }
        Protocol::SmtpAuth if is("app") || is("Script") => {
            vec![oauth_smtp(), graph_mail(), communication_services(), high_volume(), connector(), retire()]
        }
        Protocol::SmtpAuth => {
            vec![oauth_smtp(), connector(), high_volume(), communication_services(), direct_send(), retire()]
        }
        Protocol::Imap | Protocol::Pop if is("app") || is("Script") => vec![oauth_fetch(), graph_mail(), retire()],
        Protocol::Imap | Protocol::Pop => vec![new_client(), oauth_fetch(), retire()],
        Protocol::ActiveSync => vec![outlook_mobile(), readd_account(), retire()],
        Protocol::Mapi | Protocol::OutlookAnywhere | Protocol::OfflineAddressBook | Protocol::Autodiscover => {
            vec![new_outlook(), new_client(), retire()]
        }
        Protocol::ExchangeWebServices => vec![graph_mail(), new_client(), retire()],
        Protocol::ExchangePowerShell | Protocol::ReportingWebServices => vec![powershell(), retire()],
        Protocol::PasswordGrant => vec![interactive_sign_in(), app_permissions(), retire()],
        Protocol::OutlookService | Protocol::Other => vec![new_client(), oauth_fetch(), retire()],
    }
}

fn interactive_sign_in() -> WayOut {
    way(
        "Sign-in with a browser",
        "Let the app send its user to Microsoft's sign-in page, or show a device code, instead of asking for the password.",
        "For apps that a person uses; the vendor, or whoever wrote it, has to change how it takes tokens.",
    )
}

fn app_permissions() -> WayOut {
    way(
        "The app's own identity",
        "Let the app sign in as itself, with a certificate or a managed identity, instead of as a user.",
        "For unattended apps; application permissions then have to be granted by an administrator, as narrow as they go.",
    )
}

fn oauth_smtp() -> WayOut {
    way(
        "OAuth for SMTP",
        "Let it sign in to smtp.office365.com with OAuth instead of a password.",
        "The device's firmware or the app must support OAuth for SMTP AUTH, and SMTP AUTH must stay allowed for the mailbox.",
    )
}

fn high_volume() -> WayOut {
    way(
        "High Volume Email",
        "Give it a High Volume Email account of Exchange Online.",
        "For recipients inside the organisation alone; the account is set up in the Exchange admin centre.",
    )
}

fn communication_services() -> WayOut {
    way(
        "Azure Communication Services",
        "Send through Azure Communication Services Email, by SMTP or its API.",
        "Needs an Azure subscription and a verified domain; recipients may be anywhere, and each message is charged.",
    )
}

fn connector() -> WayOut {
    way(
        "SMTP relay through a connector",
        "Relay through an inbound connector of Exchange Online on port 25, without a mailbox.",
        "Needs a fixed public address or a certificate of the site, which then has to be in the SPF record.",
    )
}

fn direct_send() -> WayOut {
    way(
        "Direct send",
        "Send to the tenant's MX host on port 25 without signing in.",
        "For recipients inside the organisation alone; port 25 must be open outwards and Direct Send not rejected by the tenant.",
    )
}

fn graph_mail() -> WayOut {
    way(
        "Microsoft Graph",
        "Move the app to Graph's mail API.",
        "The vendor must offer it; the app then needs an app registration, limited to the mailboxes that it uses.",
    )
}

fn oauth_fetch() -> WayOut {
    way(
        "OAuth for POP and IMAP",
        "Let the app sign in with OAuth instead of a password.",
        "The app must support it; unattended apps need an app registration and access to the mailbox granted in Exchange.",
    )
}

fn new_client() -> WayOut {
    way(
        "A current mail program",
        "Move the person to a mail program that signs in by modern means: Outlook, Apple Mail, Thunderbird of today.",
        "The account is added anew, so that the program takes the modern sign-in.",
    )
}

fn new_outlook() -> WayOut {
    way(
        "A current Outlook",
        "Replace the old Outlook, or switch modern sign-in on in it.",
        "Outlook 2016 and later sign in by modern means by themselves; Outlook 2013 needs registry keys; older ones cannot.",
    )
}

fn outlook_mobile() -> WayOut {
    way("Outlook for phones", "Install Outlook for iOS or Android.", "Nothing but a phone that still gets updates.")
}

fn readd_account() -> WayOut {
    way(
        "The built-in mail app, set up anew",
        "Remove the account from the phone and add it again.",
        "The phone's system must be recent enough for the modern sign-in (iOS 11 and later do; on Android the maker decides).",
    )
}

fn powershell() -> WayOut {
    way(
        "The current Exchange module",
        "Run the script with the Exchange Online PowerShell module, version 3, and a certificate instead of a password.",
        "Needs an app registration with Exchange.ManageAsApp and a role.",
    )
}

fn retire() -> WayOut {
    way(
        "Retire it",
        "Switch the device or app off, and the protocol for its mailbox.",
        "Somebody who knows what it is for agrees.",
    )
}

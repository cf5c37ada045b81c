//! What a legacy client probably is, with the reason for the guess. No reason, no guess.

use super::{BlockerRow, Guess, Protocol};

/// Words in the names of accounts that printers and scanners send with, and in their user agents.
const PRINTER: [&str; 22] = [
    "scan",
    "print",
    "copier",
    "kopier",
    "drucker",
    "imprimante",
    "impresora",
    "stampante",
    "skriver",
    "mfp",
    "mfc",
    "xerox",
    "ricoh",
    "canon",
    "konica",
    "kyocera",
    "brother",
    "epson",
    "lexmark",
    "sharp-mx",
    "laserjet",
    "bizhub",
];
/// Words in the names of accounts that applications send or fetch with.
const APPLICATION: [&str; 27] = [
    "noreply",
    "no-reply",
    "donotreply",
    "erp",
    "crm",
    "invoice",
    "rechnung",
    "billing",
    "ticket",
    "helpdesk",
    "alert",
    "monitor",
    "backup",
    "nas",
    "ups-",
    "service",
    "svc",
    "app-",
    "webshop",
    "shop",
    "website",
    "newsletter",
    "dynamics",
    "sage",
    "datev",
    "abacus",
    "workflow",
];
const SCRIPT_AGENTS: [&str; 9] =
    ["python", "powershell", "curl", "java/", "okhttp", "php", "node", "go-http", "libcurl"];
const PHONE_AGENTS: [(&str, &str); 7] = [
    ("apple-iphone", "iPhone's built-in mail app"),
    ("apple-ipad", "iPad's built-in mail app"),
    ("iphone", "iPhone's built-in mail app"),
    ("ipad", "iPad's built-in mail app"),
    ("samsung", "Samsung's built-in mail app"),
    ("android", "Android's built-in mail app"),
    ("windows phone", "Windows Phone's mail app"),
];
const OUTLOOK_AGENTS: [(&str, &str); 9] = [
    ("microsoft office/12", "Outlook 2007"),
    ("microsoft office/14", "Outlook 2010"),
    ("microsoft office/15", "Outlook 2013"),
    ("outlook 2007", "Outlook 2007"),
    ("outlook 2010", "Outlook 2010"),
    ("outlook 2013", "Outlook 2013"),
    ("outlook 12.", "Outlook 2007"),
    ("outlook 14.", "Outlook 2010"),
    ("outlook 15.", "Outlook 2013"),
];
const MAIL_PROGRAMS: [(&str, &str); 6] = [
    ("thunderbird", "Thunderbird"),
    ("applemail", "Apple Mail"),
    ("mac os x mail", "Apple Mail"),
    ("mailspring", "Mailspring"),
    ("em client", "eM Client"),
    ("the bat", "The Bat!"),
];

/// A guess from the user agent, else from the account's name, else from the protocol alone where it says enough.
/// `apps`: names of the apps in the sign-ins.
pub(super) fn guess(row: &BlockerRow, apps: &[String]) -> Option<Guess> {
    by_agent(row).or_else(|| by_name(row)).or_else(|| by_app(row, apps)).or_else(|| by_protocol(row))
}

fn by_agent(row: &BlockerRow) -> Option<Guess> {
    row.user_agents.iter().find_map(|agent| {
        let lower = agent.to_lowercase();
        let named = |table: &[(&str, &str)]| {
            table.iter().find(|(word, _)| lower.contains(word)).map(|(_, what)| (*what).to_owned())
        };
        let what = named(&OUTLOOK_AGENTS)
            .or_else(|| named(&PHONE_AGENTS))
            .or_else(|| named(&MAIL_PROGRAMS))
            .or_else(|| PRINTER.iter().any(|word| lower.contains(word)).then(|| "Multifunction printer".to_owned()))
            .or_else(|| SCRIPT_AGENTS.iter().any(|word| lower.contains(word)).then(|| "Script".to_owned()))?;
        Some(Guess { what, because: format!("it calls itself “{agent}”") })
    })
}

fn by_name(row: &BlockerRow) -> Option<Guess> {
    let local = row.user_principal_name.split('@').next().unwrap_or_default();
    let name = row.display_name.as_deref().unwrap_or(local);
    let words = format!("{} {}", local.to_lowercase(), name.to_lowercase());
    let has = |table: &[&str]| table.iter().any(|word| words.contains(word));
    let because = format!("the account is named “{name}”");
    match row.protocol {
        Protocol::SmtpAuth if has(&PRINTER) => Some(Guess { what: "Multifunction printer".to_owned(), because }),
        Protocol::SmtpAuth if has(&APPLICATION) => {
            Some(Guess { what: "Line-of-business app that sends mail".to_owned(), because })
        }
        Protocol::Imap | Protocol::Pop | Protocol::ExchangeWebServices if has(&APPLICATION) => {
            Some(Guess { what: "Line-of-business app that fetches mail".to_owned(), because })
        }
        _ => None,
    }
}

fn by_app(row: &BlockerRow, apps: &[String]) -> Option<Guess> {
    const MICROSOFTS_OWN: [&str; 3] = ["office 365 exchange online", "microsoft exchange", "exchange online"];
    let app = apps.iter().find(|app| !MICROSOFTS_OWN.iter().any(|own| app.to_lowercase().contains(own)))?;
    let by_app = matches!(row.protocol, Protocol::SmtpAuth | Protocol::Imap | Protocol::Pop | Protocol::Other);
    by_app.then(|| Guess {
        what: "Line-of-business app".to_owned(),
        because: format!("the sign-ins bear the app name “{app}”"),
    })
}

fn by_protocol(row: &BlockerRow) -> Option<Guess> {
    let (what, because) = match row.protocol {
        Protocol::ActiveSync => ("Phone or tablet", "ActiveSync is what built-in mail apps of phones speak"),
        Protocol::ExchangePowerShell => ("Script", "Exchange PowerShell is for scripts and administrators"),
        Protocol::ReportingWebServices => ("Script", "Reporting web services are for scripts"),
        Protocol::Mapi | Protocol::OutlookAnywhere | Protocol::OfflineAddressBook => {
            ("Old Outlook", "Outlook alone speaks this protocol, and a current one signs in by modern means")
        }
        Protocol::SmtpAuth if row.addresses.len() == 1 && row.successes >= 10 => {
            ("Device or app", "it always sends from one address")
        }
        _ => return None,
    };
    Some(Guess { what: what.to_owned(), because: because.to_owned() })
}

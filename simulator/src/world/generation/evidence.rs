//! Evidence besides the sign-in log of mail programs: Exchange's settings, devices, and an app that hands passwords over. Takes
//! nothing from the tenant's randomness, so that it can be added to without another world coming out.

use chrono::TimeDelta;
use uuid::Uuid;

use super::draft::Draft;
use crate::world::Kind;
use crate::world::directory::device::Device;
use crate::world::directory::exchange::Exchange;
use crate::world::sign_ins::{ClientApp, EXCHANGE_ONLINE, NO_DEVICE, SignIn};

const SYSTEMS: [(&str, &str); 4] =
    [("Windows", "10.0.26100.7171"), ("Windows", "10.0.19045.6575"), ("IPhone", "26.1"), ("MacMDM", "15.7.2")];

pub(super) fn add(draft: &mut Draft) {
    set_up_exchange(draft);
    add_devices(draft);
    if draft.kind() == Kind::BreakGlass {
        add_password_grants(draft);
    }
}

/// Where printers send, the organisation has SMTP AUTH off, and their mailboxes have it on.
fn set_up_exchange(draft: &mut Draft) {
    let kind = draft.kind();
    draft.directory.exchange = Exchange {
        smtp_auth_disabled: matches!(kind, Kind::SmtpPrinters | Kind::CaComplete),
        modern_authentication: kind != Kind::PopClients,
        shows_settings: kind != Kind::OldPhones,
        pop_and_imap: kind != Kind::CaComplete,
    };
    if kind == Kind::SmtpPrinters {
        let printers: Vec<Uuid> =
            draft.directory.users().filter(|user| user.mail_apps.smtp).map(|user| user.id).collect();
        // One was forgotten, and stops with the organisation's switch.
        for printer in printers.into_iter().skip(1) {
            draft.directory.update_user(printer, |user| user.smtp_auth_disabled = Some(false));
        }
    }
}

fn add_devices(draft: &mut Draft) {
    let staff: Vec<_> = draft.directory.users().filter(|user| user.job_title.is_some()).map(|user| user.id).collect();
    let (kind, now) = (draft.kind(), draft.now);
    let device = |number: usize, user: &Uuid| {
        let (operating_system, version) = match (kind, number) {
            (Kind::OldPhones, 0 | 3 | 6) => ("IPhone", "10.3.4"),
            (Kind::SmtpPrinters, 2) => ("Windows", "6.1.7601.24545"),
            (Kind::CaExcludedGroup, 1) => ("Windows", ""),
            _ => SYSTEMS[number % SYSTEMS.len()],
        };
        let name = match operating_system {
            "Windows" => format!("PC-{:03}", number + 1),
            "IPhone" => format!("iPhone {}", number + 1),
            _ => format!("Mac {}", number + 1),
        };
        Device {
            id: Uuid::from_u128(user.as_u128() ^ 0xde71ce),
            display_name: name,
            operating_system,
            version,
            account_enabled: number % 17 != 16,
            last_sign_in: (number % 11 != 10).then(|| now - TimeDelta::hours(3 + 7 * (number as i64 % 40))),
        }
    };
    draft.directory.devices = staff.iter().enumerate().map(|(number, user)| device(number, user)).collect();
}

/// The ERP's own program asks for its user's password and hands it to Entra.
fn add_password_grants(draft: &mut Draft) {
    let erp = draft.directory.users().find(|user| user.user_principal_name.starts_with("svc-erp"));
    let Some(erp) = erp.map(|user| user.id) else { return };
    for number in 0..9_u32 {
        draft.directory.sign_ins.push(SignIn {
            id: Uuid::from_u128(erp.as_u128() ^ u128::from(0x70a5 + number)),
            at: draft.now - TimeDelta::hours(5 + 29 * i64::from(number)),
            user: erp,
            app: &EXCHANGE_ONLINE,
            client: ClientApp::PasswordGrant,
            ip: [203, 0, 113, 80],
            city: draft.directory.city,
            error_code: if number == 7 { 50_126 } else { 0 },
            is_interactive: true,
            multi_factor: false,
            conditional_access: "notApplied",
            device: &NO_DEVICE,
        });
    }
    draft.directory.sign_ins.sort_by_key(|entry| entry.at);
}

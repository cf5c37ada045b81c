//! Users and blockers with names in several scripts and lengths.

use super::{now, user_id};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::blocker::{BlockerRow, BlockerWork, Evidence, Guess, Protocol, WorkState};
use domain::dataset::Dataset;
use domain::facts::directory::UserKind;
use domain::facts::registration::{MethodStrength, PerUserMfa, Registration};
use domain::known::{Known, UnknownCause};
use domain::mark::{AccountMark, MarkKind};
use domain::user::{UserFinding, UserRow, UserView, VerdictChange};
use domain::verdict::{Enrolment, Hole, Judgement, Reason, Source, Verdict};

const NAMES: [&str; 24] = [
    "Priya Raman",
    "admin-breakglass",
    "Tomás Ferreira",
    "Li Na",
    "Anika Osei",
    "svc-backup",
    "Jürgen Weiß-Lindqvist",
    "k.tanaka_partner",
    "佐藤 健一",
    "Мария Иванова",
    "Oluwaseun Adébáyò-Okonkwo",
    "Zoë van den Heuvel",
    "Marc",
    "scan",
    "Nguyễn Thị Minh Khai",
    "Ana",
    "Room 4.12 (Projector, second floor, east wing)",
    "Dmitri",
    "Élodie Lefèvre",
    "David Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch-Jones",
    "Sara Lind",
    "Omar Haddad",
    "May Chen",
    "Kofi Mensah",
];

const VERDICTS: [(Verdict, &str); 8] = [
    (Verdict::Unprotected, "Excluded from every policy through the group Legacy scanners."),
    (Verdict::Unprotected, "No policy applies, so the password alone is enough."),
    (Verdict::EnrolmentOpen, "MFA is enforced and nothing is registered: whoever signs in first registers theirs."),
    (Verdict::Partial, "Exchange ActiveSync gets in on the password in every app."),
    (Verdict::Unknown, "The registration report could not be read."),
    (Verdict::Protected, "“Require MFA for all users” stops every sign-in, and a security key is registered."),
    (Verdict::Protected, "Security defaults are on and a method is registered."),
    (Verdict::CannotSignIn, "The account is disabled."),
];

fn days_ago(days: i64) -> DateTime<Utc> {
    now() - TimeDelta::days(days)
}

pub fn row(index: usize) -> UserRow {
    let (verdict, because) = VERDICTS[index % VERDICTS.len()];
    let name = NAMES[index % NAMES.len()];
    let roles = match index {
        0 => vec!["Global Administrator".to_owned(), "Exchange Administrator".to_owned()],
        1 => vec!["Global Administrator".to_owned()],
        2 => vec!["Helpdesk Administrator".to_owned()],
        4 => vec!["Exchange Administrator".to_owned()],
        _ => Vec::new(),
    };
    let findings = match index % 6 {
        4 => vec![UserFinding::IdleAdministrator],
        5 => vec![UserFinding::PasswordNeverExpires],
        0 if index > 0 => vec![UserFinding::BlockedStillLicensed, UserFinding::Idle],
        1 if index > 6 => vec![UserFinding::GuestNeverAccepted],
        _ => Vec::new(),
    };
    UserRow {
        id: user_id(index),
        display_name: name.to_owned(),
        user_principal_name: format!("user{index}@fabrikam.example"),
        kind: if index % 8 == 6 { UserKind::Guest } else { UserKind::Member },
        account_enabled: verdict != Verdict::CannotSignIn,
        roles,
        licences: (index % 3) as u32,
        synced: index.is_multiple_of(2),
        created_at: Some(days_ago(400 + index as i64)),
        last_sign_in_at: match index % 5 {
            0 => Known::Known(Some(now() - TimeDelta::minutes(4))),
            1 => Known::Known(Some(days_ago(141))),
            2 => Known::Known(None),
            3 => Known::Unknown(UnknownCause::NotLicensed),
            _ => Known::Known(Some(days_ago(2))),
        },
        findings,
        verdict,
        because: because.to_owned(),
        since: Some(days_ago(11 * (index as i64 + 1))),
        methods: match index % 4 {
            0 => Known::Known(vec!["fido2SecurityKey".to_owned(), "microsoftAuthenticatorPush".to_owned()]),
            1 => Known::Known(vec!["mobilePhone".to_owned()]),
            2 => Known::Known(Vec::new()),
            _ => Known::Unknown(UnknownCause::NotLicensed),
        },
        phishing_resistant: index.is_multiple_of(4),
    }
}

pub fn blockers() -> Vec<BlockerRow> {
    let blocker =
        |index: usize, name: &str, protocol, evidence, minutes: i64, guess: Option<(&str, &str)>| BlockerRow {
            principal: format!("{name}@fabrikam.example"),
            user_id: Some(user_id(index)),
            user_principal_name: format!("{name}@fabrikam.example"),
            display_name: None,
            protocol,
            evidence,
            successes: 40 * (index as u32 + 1),
            sprayed: index as u32 * 301,
            blocked: 0,
            first_seen_at: Some(days_ago(28)),
            last_seen_at: Some(now() - TimeDelta::minutes(minutes)),
            addresses: if evidence == Evidence::SignIns {
                vec!["203.0.113.24".to_owned(), "203.0.113.25".to_owned()]
            } else {
                Vec::new()
            },
            places: if evidence == Evidence::SignIns { vec!["Rotterdam, NL".to_owned()] } else { Vec::new() },
            user_agents: Vec::new(),
            probably: guess.map(|(what, because)| Guess { what: what.to_owned(), because: because.to_owned() }),
            work: None,
        };
    let printer = Some(("Multifunction printer", "sends around the clock from one fixed address and never reads"));
    let script = Some(("Script on a shared mailbox", "reads every five minutes from a data centre"));
    let work = BlockerWork {
        state: WorkState::WaitingForClient,
        owner: "Maria Ortiz".to_owned(),
        due: Some((now() - TimeDelta::days(2)).date_naive()),
        notes: "The vendor sends a new firmware.\nAsk again on Monday.".to_owned(),
        accepted_until: None,
        reopened: None,
        author: "Tess Technician".to_owned(),
        changed_at: days_ago(3),
    };
    vec![
        BlockerRow { work: Some(work), ..blocker(13, "scan", Protocol::SmtpAuth, Evidence::SignIns, 4, printer) },
        blocker(5, "erp-mailer", Protocol::SmtpAuth, Evidence::SignIns, 61, None),
        blocker(9, "warehouse", Protocol::Imap, Evidence::SignIns, 1500, script),
        blocker(
            3,
            "li.na",
            Protocol::ActiveSync,
            Evidence::SignIns,
            4400,
            Some(("Old phone", "iOS 11 cannot do modern sign-in")),
        ),
        blocker(10, "j.okafor", Protocol::Pop, Evidence::UsageReport, 17_000, None),
    ]
}

pub fn view(index: usize) -> UserView {
    let row = row(index);
    let reason = |source, text: &str, dataset| Reason {
        source,
        text: text.into(),
        dataset,
        read_at: Some(now() - TimeDelta::minutes(6)),
    };
    let hole = |summary: &str| Hole { summary: summary.to_owned(), ..Hole::default() };
    let bad = matches!(row.verdict, Verdict::Unprotected | Verdict::Partial);
    let judgement = Judgement {
        verdict: row.verdict,
        unknown_cause: (row.verdict == Verdict::Unknown).then_some(UnknownCause::NotLicensed),
        reasons: vec![
            reason(Source::ConditionalAccess, &row.because, Dataset::ConditionalAccessPolicies),
            reason(Source::PerUserMfa, "Per-user MFA is disabled.", Dataset::PerUserMfa),
        ],
        holes: if bad { vec![hole("Exchange ActiveSync and other legacy clients, any app")] } else { Vec::new() },
        lesser_holes: if bad { vec![hole("Any app from the trusted location Head office")] } else { Vec::new() },
        uncertain: Vec::new(),
        enrolment: Enrolment::Registered,
        phishing_resistant: row.phishing_resistant,
        locked_out: false,
        strongest: MethodStrength::Strong,
    };
    UserView {
        mark: (index == 3).then(|| AccountMark {
            kind: MarkKind::BreakGlass,
            reason: "Sealed in the safe".to_owned(),
            author: "Maria Ortiz".to_owned(),
            marked_at: days_ago(30),
            ends_on: now().date_naive() + chrono::Days::new(60),
        }),
        judgement,
        department: Some("Finance".to_owned()),
        job_title: Some("Accountant".to_owned()),
        licence_names: vec!["Microsoft 365 Business Premium".to_owned()],
        eligible_roles: Vec::new(),
        policy_groups: vec!["Legacy scanners".to_owned()],
        registration: row.methods.clone().map(|methods| {
            Some(Registration {
                user_id: row.id,
                is_admin: !row.roles.is_empty(),
                is_mfa_registered: !methods.is_empty(),
                is_mfa_capable: !methods.is_empty(),
                is_passwordless_capable: false,
                methods,
                updated_at: NaiveDate::from_ymd_opt(2026, 11, 22)
                    .and_then(|day| day.and_hms_opt(9, 0, 0))
                    .map(|at| at.and_utc()),
            })
        }),
        per_user_mfa: Known::Known(PerUserMfa::Disabled),
        last_password_change_at: Some(days_ago(300)),
        blockers: Known::Known(if index == 3 { vec![blockers()[3].clone()] } else { Vec::new() }),
        changes: vec![VerdictChange {
            at: days_ago(11),
            from: Some(Verdict::Protected),
            to: row.verdict,
            because: row.because.clone(),
        }],
        now: now(),
        row,
    }
}

//! Legacy use: what is a blocker, from which evidence, and what it probably is.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::blocker::{BlockerRow, Evidence, LegacyUse, Protocol, days_until_smtp_auth_ends, legacy_use};
use domain::facts::directory::User;
use domain::facts::sign_in::{LegacySignIns, MailAppUsage};
use domain::ids::UserId;
use domain::known::{Known, UnknownCause};
use rstest::rstest;
use uuid::Uuid;

use crate::world::{ADA, World, noon};

fn account(name: &str, display_name: &str) -> User {
    let mut user = World::new().ada;
    user.user_principal_name = name.into();
    user.display_name = display_name.into();
    user
}

fn sign_ins(protocol: Protocol, successes: u32) -> LegacySignIns {
    LegacySignIns {
        user_id: ADA,
        user_principal_name: "ada@contoso.example".into(),
        protocol,
        client_app: protocol.label().into(),
        app_name: "Office 365 Exchange Online".into(),
        ip_address: "203.0.113.7".into(),
        user_agent: None,
        country: Some("CH".into()),
        city: Some("Zürich".into()),
        day: noon().date_naive(),
        successes,
        sprayed: 0,
        blocked: 0,
        other_failures: 0,
        failures: std::collections::BTreeMap::new(),
        first_at: noon() - TimeDelta::hours(2),
        last_at: noon(),
    }
}

fn usage(name: &str, concealed: bool) -> MailAppUsage {
    MailAppUsage {
        user_principal_name: name.into(),
        concealed,
        last_activity: NaiveDate::from_ymd_opt(2026, 11, 18),
        pop3: 0,
        imap4: 1,
        smtp: 2,
        refreshed: NaiveDate::from_ymd_opt(2026, 11, 20),
        period_days: 30,
    }
}

fn from_sign_ins(sign_ins: &[LegacySignIns], user: User) -> LegacyUse {
    match legacy_use(Known::Known(sign_ins), Known::Unknown(UnknownCause::NotYetRead), &[user]) {
        Known::Known(found) => found,
        Known::Unknown(cause) => panic!("unknown: {cause:?}"),
    }
}

fn only(found: &LegacyUse) -> &BlockerRow {
    assert_eq!(found.blockers.len(), 1);
    &found.blockers[0]
}

#[test]
fn a_success_is_a_blocker() {
    let found = from_sign_ins(&[sign_ins(Protocol::Imap, 3)], World::new().ada);
    let row = only(&found);
    assert_eq!((row.user_id, row.successes, row.evidence), (Some(ADA), 3, Evidence::SignIns));
    assert_eq!(
        (row.addresses.as_slice(), row.places.as_slice()),
        (&["203.0.113.7".to_owned()][..], &["Zürich, CH".to_owned()][..])
    );
}

#[test]
fn sprayed_and_blocked_attempts_are_counted_and_are_no_blockers() {
    let mut sprayed = sign_ins(Protocol::Imap, 0);
    sprayed.sprayed = 40;
    let mut blocked = sign_ins(Protocol::Pop, 0);
    blocked.blocked = 5;
    let found = from_sign_ins(&[sprayed, blocked], World::new().ada);
    assert_eq!((found.blockers.len(), found.sprayed, found.blocked), (0, 40, 5));
}

#[test]
fn days_and_addresses_of_one_principal_and_protocol_are_one_blocker() {
    let mut other = sign_ins(Protocol::SmtpAuth, 9);
    other.ip_address = "198.51.100.4".into();
    other.last_at = noon() + TimeDelta::hours(1);
    let mut guessed = sign_ins(Protocol::SmtpAuth, 0);
    guessed.ip_address = "192.0.2.1".into();
    guessed.sprayed = 7;
    let found = from_sign_ins(&[sign_ins(Protocol::SmtpAuth, 1), other, guessed], World::new().ada);
    let row = only(&found);
    assert_eq!((row.successes, row.sprayed), (10, 7));
    assert_eq!(row.addresses, ["198.51.100.4", "203.0.113.7"], "the busiest first, and not the guesser's");
    assert_eq!(row.last_seen_at, Some(noon() + TimeDelta::hours(1)));
    assert_eq!(found.count().smtp_auth, 1);
}

#[test]
fn an_account_that_is_gone_keeps_the_name_of_its_sign_ins() {
    let mut gone = sign_ins(Protocol::Pop, 1);
    gone.user_id = UserId(Uuid::nil());
    let found = from_sign_ins(&[gone], World::new().ada);
    assert_eq!((only(&found).user_id, only(&found).user_principal_name.as_str()), (None, "ada@contoso.example"));
}

#[test]
fn the_usage_report_speaks_where_sign_ins_cannot_be_read() {
    let report = [usage("ADA@contoso.example", false)];
    let found = legacy_use(Known::Unknown(UnknownCause::NotLicensed), Known::Known(&report), &[World::new().ada]);
    let Known::Known(found) = found else { panic!("the report is known") };
    assert!(found.from_usage_report_alone);
    let told: Vec<_> = found.blockers.iter().map(|row| (row.user_id, row.protocol, row.evidence)).collect();
    assert_eq!(
        told,
        [(Some(ADA), Protocol::SmtpAuth, Evidence::UsageReport), (Some(ADA), Protocol::Imap, Evidence::UsageReport)]
    );
}

#[test]
fn a_concealed_name_is_nobody_and_nothing_is_guessed() {
    let report = [usage("0A1B2C3DSCAN", true)];
    let found = legacy_use(Known::Unknown(UnknownCause::NotLicensed), Known::Known(&report), &[World::new().ada]);
    let Known::Known(found) = found else { panic!("the report is known") };
    assert!(found.blockers.iter().all(|row| row.user_id.is_none() && row.probably.is_none()));
}

#[rstest]
#[case(UnknownCause::NotLicensed, UnknownCause::Failed, UnknownCause::Failed)]
#[case(UnknownCause::NotPermitted, UnknownCause::Failed, UnknownCause::NotPermitted)]
fn without_evidence_blockers_are_unknown(
    #[case] sign_ins: UnknownCause,
    #[case] usage: UnknownCause,
    #[case] expected: UnknownCause,
) {
    assert_eq!(legacy_use(Known::Unknown(sign_ins), Known::Unknown(usage), &[]), Known::Unknown(expected));
}

#[rstest]
#[case::printer(Protocol::SmtpAuth, "scan.lobby@contoso.example", "Scanner Lobby", None, Some("Multifunction printer"))]
#[case::printer_in_german(
    Protocol::SmtpAuth,
    "og2@contoso.example",
    "Drucker 2. OG",
    None,
    Some("Multifunction printer")
)]
#[case::application(
    Protocol::SmtpAuth,
    "erp@contoso.example",
    "ERP",
    None,
    Some("Line-of-business app that sends mail")
)]
#[case::fetching(
    Protocol::Imap,
    "tickets@contoso.example",
    "Ticket system",
    None,
    Some("Line-of-business app that fetches mail")
)]
#[case::phone(
    Protocol::ActiveSync,
    "ada@contoso.example",
    "Ada",
    Some("Apple-iPhone9C1/1607.71"),
    Some("iPhone's built-in mail app")
)]
#[case::phone_without_agent(Protocol::ActiveSync, "ada@contoso.example", "Ada", None, Some("Phone or tablet"))]
#[case::old_outlook(
    Protocol::OutlookAnywhere,
    "ada@contoso.example",
    "Ada",
    Some("Microsoft Office/14.0 (Windows NT 6.1)"),
    Some("Outlook 2010")
)]
#[case::script(
    Protocol::ExchangeWebServices,
    "ada@contoso.example",
    "Ada",
    Some("python-requests/2.31"),
    Some("Script")
)]
#[case::powershell(Protocol::ExchangePowerShell, "ada@contoso.example", "Ada", None, Some("Script"))]
#[case::mail_program(
    Protocol::Imap,
    "ada@contoso.example",
    "Ada",
    Some("Mozilla Thunderbird 115"),
    Some("Thunderbird")
)]
#[case::no_reason_no_guess(Protocol::Imap, "ada@contoso.example", "Ada", None, None)]
fn a_guess_has_a_reason(
    #[case] protocol: Protocol,
    #[case] name: &str,
    #[case] display_name: &str,
    #[case] agent: Option<&str>,
    #[case] what: Option<&str>,
) {
    let mut signed_in = sign_ins(protocol, 1);
    signed_in.user_agent = agent.map(str::to_owned);
    let found = from_sign_ins(&[signed_in], account(name, display_name));
    let probably = only(&found).probably.as_ref();
    assert_eq!(probably.map(|guess| guess.what.as_str()), what);
    assert!(probably.is_none_or(|guess| !guess.because.is_empty()));
}

#[rstest]
#[case("2026-11-22T12:00:00Z", 39)]
#[case("2026-12-31T23:59:59Z", 0)]
#[case("2027-01-02T00:00:00Z", -2)]
fn the_smtp_auth_date_counts_down_and_passes(#[case] now: DateTime<Utc>, #[case] days: i64) {
    assert_eq!(days_until_smtp_auth_ends(now), days);
}

//! Alerts: what is worth one, where it goes and when, and what a form takes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::alert::{Channel, ChannelKind, NewChannel, Rule, of_blocker, of_troubles};
use domain::blocker::Protocol;
use domain::cause::{Actor, Cause};
use domain::ids::TenantId;
use domain::trouble::{Area, Trouble};
use rstest::rstest;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn at(hour: i64) -> DateTime<Utc> {
    // 22 November 2026, midnight.
    DateTime::from_timestamp(1_795_305_600, 0).unwrap() + TimeDelta::hours(hour)
}

fn trouble(area: Area, code: &str) -> Trouble {
    let cause = Cause {
        code: code.to_owned(),
        meaning: format!("It is {code}."),
        next_step: "Mend it.".to_owned(),
        actor: Actor::Technician,
        request_id: None,
    };
    Trouble { area, cause, what: String::new(), since: None, failures: 0 }
}

#[rstest]
#[case::broken(Area::Connection, "AADSTS7000222", Some(Rule::ConnectionBroken))]
#[case::credential(Area::Connection, "credential_ends_soon", Some(Rule::EndsSoon))]
#[case::token(Area::Connection, "refresh_token_ends_soon", Some(Rule::EndsSoon))]
#[case::relationship_over(Area::Connection, "relationship_ended", Some(Rule::EndsSoon))]
#[case::certificate(Area::DirectorySync, "signing_certificate_ends_soon", Some(Rule::EndsSoon))]
#[case::late(Area::DirectorySync, "directory_sync_stalled", Some(Rule::SyncLate))]
#[case::objects(Area::DirectorySync, "object_errors", None)]
#[case::services(Area::DirectorySync, "service_errors", None)]
#[case::quarantine(Area::DirectorySync, "cloud_sync_quarantine", Some(Rule::SyncLate))]
#[case::not_consented_yet(Area::Connection, "consent_awaited", None)]
#[case::a_dataset(Area::Reading, "HTTP 503", None)]
fn troubles_are_told_by_their_rule(#[case] area: Area, #[case] code: &str, #[case] rule: Option<Rule>) {
    let found = of_troubles(TENANT, &[trouble(area, code)]);
    assert_eq!(found.first().map(|found| found.rule), rule);
}

#[test]
fn the_same_has_the_same_key_and_coming_back_has_another() {
    let new = |principal| of_blocker(TENANT, principal, "Scan", Protocol::SmtpAuth, None);
    assert_eq!(new("a").key, new("a").key);
    assert_ne!(new("a").key, new("b").key);
    let back = |at| of_blocker(TENANT, "a", "Scan", Protocol::SmtpAuth, Some(("It was seen again.", at)));
    assert_ne!(back(at(1)).key, back(at(2)).key);
    assert_eq!((back(at(1)).rule, back(at(1)).detail.as_str()), (Rule::BlockerBack, "Scan: It was seen again."));
}

fn channel(quiet: Option<(u8, u8)>, digest: bool, last_sent_at: Option<DateTime<Utc>>) -> Channel {
    Channel {
        id: Uuid::nil(),
        name: "On-call".to_owned(),
        kind: ChannelKind::Webhook,
        target: "https://example.com".to_owned(),
        rules: vec![Rule::SyncLate],
        tenants: vec![TENANT],
        quiet,
        digest,
        last_sent_at,
        last_error: None,
    }
}

#[rstest]
#[case::always(None, false, None, 3, true)]
#[case::by_night(Some((22, 6)), false, None, 23, false)]
#[case::past_midnight(Some((22, 6)), false, None, 5, false)]
#[case::in_the_morning(Some((22, 6)), false, None, 6, true)]
#[case::over_noon(Some((12, 14)), false, None, 13, false)]
#[case::digest_before_seven(None, true, None, 6, false)]
#[case::digest(None, true, None, 7, true)]
#[case::digest_was_sent_today(None, true, Some(at(7)), 9, false)]
#[case::digest_was_sent_yesterday(None, true, Some(at(-17)), 9, true)]
fn a_channel_is_open_at_its_hours(
    #[case] quiet: Option<(u8, u8)>,
    #[case] digest: bool,
    #[case] last_sent_at: Option<DateTime<Utc>>,
    #[case] hour: i64,
    #[case] is_open: bool,
) {
    assert_eq!(channel(quiet, digest, last_sent_at).is_open(at(hour)), is_open);
}

#[test]
fn a_channel_takes_its_rules_of_its_clients() {
    let other = TenantId(Uuid::from_u128(2));
    let narrow = channel(None, false, None);
    assert!(narrow.takes(Rule::SyncLate, TENANT));
    assert!(!narrow.takes(Rule::SyncLate, other) && !narrow.takes(Rule::NewBlocker, TENANT));
    let wide = Channel { rules: Vec::new(), tenants: Vec::new(), ..narrow };
    assert!(wide.takes(Rule::NewBlocker, other));
}

fn typed(kind: &str, target: &str) -> NewChannel {
    NewChannel { name: " On-call ".into(), kind: kind.into(), target: target.into(), ..NewChannel::default() }
}

#[rstest]
#[case::https(typed("webhook", "https://hooks.example.com/a?b=c"), Ok(()))]
#[case::this_machine(typed("webhook", "http://127.0.0.1:9000/x"), Ok(()))]
#[case::mail(typed("email", "alerts@example.com"), Ok(()))]
#[case::plain_http(typed("webhook", "http://example.com"), Err("target"))]
#[case::loopback_lookalike(typed("webhook", "http://127.0.0.1.evil.example/"), Err("target"))]
#[case::a_password(typed("webhook", "https://user:pass@example.com"), Err("target"))]
#[case::a_file(typed("webhook", "file:///etc/passwd"), Err("target"))]
#[case::a_line_break(typed("webhook", "https://example.com/\r\nX: y"), Err("target"))]
#[case::two_mails(typed("email", "a@example.com,b@example.com"), Err("target"))]
#[case::a_header(typed("email", "a@example.com\nBcc: b@example.com"), Err("target"))]
#[case::no_kind(typed("pigeon", "x"), Err("kind"))]
#[case::no_name(NewChannel { name: " ".into(), ..typed("webhook", "https://example.com") }, Err("name"))]
#[case::a_rule(NewChannel { rules: vec!["everything".into()], ..typed("webhook", "https://example.com") }, Err("rules"))]
#[case::a_client(NewChannel { tenants: vec!["me".into()], ..typed("webhook", "https://example.com") }, Err("tenants"))]
#[case::half_quiet(NewChannel { quiet_from: "22".into(), ..typed("webhook", "https://example.com") }, Err("quiet_from"))]
#[case::an_hour(
    NewChannel { quiet_from: "22".into(), quiet_until: "25".into(), ..typed("webhook", "https://example.com") },
    Err("quiet_from")
)]
fn a_form_is_taken_or_refused_by_its_field(#[case] typed: NewChannel, #[case] expected: Result<(), &str>) {
    assert_eq!(typed.check(Uuid::nil(), true).map(|_| ()).map_err(|bad| bad.field), expected);
}

#[test]
fn without_mail_no_mail_is_offered() {
    assert_eq!(typed("email", "a@example.com").check(Uuid::nil(), false).map_err(|bad| bad.field), Err("kind"));
}

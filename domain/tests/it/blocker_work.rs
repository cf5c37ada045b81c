//! Work on blockers: what a form takes, when work is open again, what a tenant's readiness says.

use chrono::{DateTime, TimeDelta, Utc};
use domain::blocker::{
    BlockerRow, BlockerWork, Evidence, Glance, Guess, LogRead, NewWork, Protocol, Readiness, ReportedUse, WorkFilter,
    WorkState, ready_to_block, ways_out,
};
use domain::known::{Known, UnknownCause};
use rstest::rstest;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_356_000, 0).unwrap()
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

fn row(who: &str, protocol: Protocol, last_seen_at: DateTime<Utc>) -> BlockerRow {
    BlockerRow {
        principal: who.to_owned(),
        user_id: None,
        user_principal_name: who.to_owned(),
        display_name: None,
        protocol,
        evidence: Evidence::SignIns,
        successes: 12,
        sprayed: 0,
        blocked: 0,
        first_seen_at: Some(now() - days(29)),
        last_seen_at: Some(last_seen_at),
        addresses: Vec::new(),
        places: Vec::new(),
        user_agents: Vec::new(),
        probably: None,
        work: None,
    }
}

fn work(state: WorkState) -> BlockerWork {
    BlockerWork {
        state,
        owner: String::new(),
        due: None,
        notes: String::new(),
        accepted_until: None,
        reopened: None,
        author: "Maria".to_owned(),
        changed_at: now() - days(5),
    }
}

fn typed<'a>(state: &'a str, notes: &'a str, accepted_until: &'a str) -> NewWork<'a> {
    NewWork { state, owner: " Maria Ortiz ", due: "2026-12-15", notes, accepted_until }
}

#[test]
fn a_form_is_taken_as_it_was_meant() {
    let work = typed("in_progress", "First line\r\nsecond", "").check("Tess", now()).unwrap();
    assert_eq!(
        (work.state, work.owner.as_str(), work.notes.as_str()),
        (WorkState::InProgress, "Maria Ortiz", "First line\nsecond")
    );
    assert_eq!(work.due.map(|due| due.to_string()).as_deref(), Some("2026-12-15"));
    assert_eq!((work.author.as_str(), work.changed_at), ("Tess", now()));
    // An end belongs to an exception alone.
    assert_eq!(typed("done", "", "2027-01-01").check("Tess", now()).unwrap().accepted_until, None);
}

#[rstest]
#[case::no_state(typed("sideways", "", ""), "state")]
#[case::no_day(NewWork { state: "open", due: "soon", ..NewWork::default() }, "due")]
#[case::a_far_day(NewWork { state: "open", due: "9999-12-31", ..NewWork::default() }, "due")]
#[case::two_lines_of_owner(NewWork { state: "open", owner: "a\nb", ..NewWork::default() }, "owner")]
#[case::a_control_character(NewWork { state: "open", notes: "a\u{7}", ..NewWork::default() }, "notes")]
#[case::accepted_without_a_reason(typed("accepted", " ", "2027-01-31"), "notes")]
#[case::accepted_without_an_end(typed("accepted", "New lease", ""), "accepted_until")]
#[case::accepted_until_today(typed("accepted", "New lease", "2026-11-22"), "accepted_until")]
#[case::accepted_for_ever(typed("accepted", "New lease", "2029-01-01"), "accepted_until")]
fn nonsense_is_refused_by_its_field(#[case] typed: NewWork<'_>, #[case] field: &str) {
    assert_eq!(typed.check("Tess", now()).map_err(|bad| bad.field), Err(field));
}

#[test]
fn a_long_text_is_refused_and_one_that_fits_is_kept() {
    let long = "ü".repeat(2_001);
    let of = |notes| NewWork { state: "open", notes, ..NewWork::default() }.check("Tess", now());
    assert_eq!(of(&long).map_err(|bad| bad.field), Err("notes"));
    assert!(of(&"ü".repeat(2_000)).is_ok());
}

#[test]
fn done_is_open_again_when_the_protocol_is_seen_and_not_before() {
    let done = work(WorkState::Done);
    assert_eq!(done.reopens(&row("scan", Protocol::SmtpAuth, now() - days(6)), now()), None);
    let again = done.reopens(&row("scan", Protocol::SmtpAuth, now() - days(4)), now()).unwrap();
    assert_eq!(again, "SMTP AUTH was seen again, 18 Nov 2026, after it was said to be done.");
    for state in [WorkState::Open, WorkState::InProgress, WorkState::WaitingForClient] {
        assert_eq!(work(state).reopens(&row("scan", Protocol::SmtpAuth, now()), now()), None);
    }
}

#[test]
fn the_usage_report_proves_nothing_before_its_whole_period_is_later() {
    let done = work(WorkState::Done);
    let reported = |begins| BlockerRow {
        evidence: Evidence::UsageReport,
        first_seen_at: Some(begins),
        ..row("scan", Protocol::SmtpAuth, now())
    };
    assert_eq!(done.reopens(&reported(now() - days(30)), now()), None);
    assert!(done.reopens(&reported(now() - days(4)), now()).is_some());
}

#[test]
fn an_exception_ends_after_its_last_day() {
    let until =
        |day| BlockerWork { accepted_until: Some((now() + days(day)).date_naive()), ..work(WorkState::Accepted) };
    let seen = row("scan", Protocol::SmtpAuth, now());
    assert_eq!(until(0).reopens(&seen, now()), None);
    assert_eq!(until(-1).reopens(&seen, now()).as_deref(), Some("It was accepted until 21 Nov 2026."));
}

#[test]
fn overdue_is_what_is_unfinished_and_late() {
    let due = |state, day| BlockerWork { due: Some((now() + days(day)).date_naive()), ..work(state) };
    let today = now().date_naive();
    assert!(due(WorkState::Open, -1).is_overdue(today));
    assert!(!due(WorkState::Open, 0).is_overdue(today));
    assert!(!due(WorkState::Done, -1).is_overdue(today));
}

#[test]
fn ready_to_block_says_yes_only_where_it_is_known() {
    let of = |state: Option<WorkState>, protocol| BlockerRow { work: state.map(work), ..row("scan", protocol, now()) };
    let read = LogRead { since: Some(now().date_naive() - days(30)), until: Some(now()), ..LogRead::default() };
    let ask = |rows: Vec<BlockerRow>, from_usage_report_alone| {
        ready_to_block(&Known::Known(rows), LogRead { from_usage_report_alone, ..read }, now())
    };
    let open = ask(vec![of(None, Protocol::SmtpAuth), of(Some(WorkState::InProgress), Protocol::Imap)], false);
    assert_eq!(open.answer, Readiness::NotReady);
    assert_eq!(open.because, ["2 accounts and protocols would be stopped: 1 on SMTP AUTH, 1 on IMAP."]);
    let accepted = ask(vec![of(Some(WorkState::Accepted), Protocol::SmtpAuth)], false);
    assert_eq!(accepted.answer, Readiness::NotReady);
    let done = ask(vec![of(Some(WorkState::Done), Protocol::SmtpAuth)], false);
    assert_eq!(done.answer, Readiness::Ready);
    assert_eq!(ask(Vec::new(), false).answer, Readiness::Ready);
    assert_eq!(ask(Vec::new(), true).answer, Readiness::NotKnown, "the report sees three protocols alone");
    let unknown = ready_to_block(&Known::Unknown(UnknownCause::NotPermitted), read, now());
    assert_eq!(unknown.answer, Readiness::NotKnown);
}

#[test]
fn late_and_contradictory_evidence_is_said_and_never_becomes_ready_without_a_word() {
    let none = Known::Known(Vec::new());
    let read = LogRead { since: Some(now().date_naive() - days(30)), until: Some(now()), ..LogRead::default() };
    let never = ready_to_block(&none, LogRead::default(), now());
    assert_eq!(never.answer, Readiness::NotKnown, "no log was read at all");
    let late = ready_to_block(&none, LogRead { until: Some(now() - days(2)), ..read }, now());
    assert_eq!(late.answer, Readiness::NotKnown);
    let words = ["The sign-in log was last read on 20 Nov 2026: who has used a legacy protocol since is not known."];
    assert_eq!(late.because, words);
    let reported = ReportedUse { smtp_auth: 0, imap: 3, pop: 0 };
    let contradictory = ready_to_block(&none, LogRead { reported, ..read }, now());
    assert_eq!(contradictory.because.len(), 2);
    assert!(
        contradictory.because[1].contains("(3 on IMAP): they use OAuth, or the log misses them"),
        "{contradictory:?}"
    );
}

#[test]
fn every_protocol_has_a_way_out_with_its_conditions_and_a_printer_is_not_told_to_learn_oauth_first() {
    for protocol in Protocol::ALL {
        let ways = ways_out(&row("scan", protocol, now()));
        assert!(ways.len() > 1, "{protocol:?}");
        assert!(ways.iter().all(|way| way.how.ends_with('.') && way.conditions.ends_with('.')), "{ways:?}");
    }
    let guess = Guess { what: "Multifunction printer".into(), because: "its name".into() };
    let printer = BlockerRow { probably: Some(guess), ..row("scan", Protocol::SmtpAuth, now()) };
    assert_eq!(ways_out(&printer)[0].name, "SMTP relay through a connector");
}

#[test]
fn a_glance_shows_who_uses_which_protocol() {
    let rows = vec![
        row("b", Protocol::Imap, now()),
        row("a", Protocol::SmtpAuth, now()),
        BlockerRow { work: Some(work(WorkState::Done)), ..row("a", Protocol::Imap, now()) },
    ];
    let glance = Glance::new(&rows);
    assert_eq!(glance.protocols, [Protocol::SmtpAuth, Protocol::Imap]);
    let told: Vec<_> = glance
        .rows
        .iter()
        .map(|row| {
            (row.name.as_str(), row.cells.iter().map(|cell| cell.map(|seen| seen.is_unfinished)).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(told, [("a", vec![Some(true), Some(false)]), ("b", vec![None, Some(true)])]);
    let many: Vec<_> = (0..20).map(|number| row(&format!("u{number}"), Protocol::Pop, now())).collect();
    assert_eq!((Glance::new(&many).rows.len(), Glance::new(&many).more), (8, 12));
}

#[test]
fn filters_survive_the_address() {
    for filter in WorkFilter::usual().into_iter().chain([WorkFilter::Owner("Maria Ortiz".into())]) {
        assert_eq!(WorkFilter::from_name(&filter.name()), Some(filter));
    }
    assert_eq!(WorkFilter::from_name(""), None);
    assert_eq!(WorkFilter::from_name("sideways"), None);
}

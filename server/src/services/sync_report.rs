//! The client's directory sync in words: what could not be synced, Cloud Sync, what is set, federated domains. What is not known
//! is said with its cause, and never looks like "none".

use chrono::{DateTime, Utc};
use domain::client::{Gravity, Report, ReportRow, SyncLine};
use domain::cloud_sync::{carries, error_in_words, quarantine_cause};
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::facts::directory::{Domain, ObjectError, PrincipalKind};
use domain::facts::hybrid::{CloudSyncJob, ContactError, DeletionGuard, JobRun, JobState, ServiceError, SyncSettings};
use domain::known::{Known, UnknownCause};
use domain::sync_health::SyncState;
use domain::trouble::SOON;

use crate::store::pages::SyncFacts;

/// Everything below the two syncs, in the order of the page.
pub(super) fn reports(facts: &SyncFacts, now: DateTime<Utc>) -> Vec<Report> {
    let statuses = &facts.head.statuses;
    let contacts = (&facts.contact_errors, status(statuses, Dataset::ContactErrors));
    let mut reports = vec![
        object_errors((&facts.object_errors, status(statuses, Dataset::ObjectErrors)), contacts),
        service_errors((&facts.service_errors, status(statuses, Dataset::ServiceErrors)), contacts),
        cloud_sync(&facts.cloud_sync, status(statuses, Dataset::CloudSync)),
    ];
    // Where nothing was ever synced, nobody asks what is set.
    if facts.head.counts.directory_sync.as_ref().is_none_or(|sync| sync.enabled.is_some()) {
        reports.push(settings(&facts.settings, status(statuses, Dataset::SyncSettings)));
    }
    reports.push(federated(&facts.domains, status(statuses, Dataset::Domains), now));
    reports
}

/// What the client's pane says beside the two syncs. `directory`: where the directory sync stands.
pub(super) fn lines(
    object_errors: &Known<u32>,
    service_errors: &Known<u32>,
    jobs: &Known<Vec<CloudSyncJob>>,
    directory: &Known<SyncState>,
) -> Vec<SyncLine> {
    let mut lines = vec![
        counted("Object errors", "could not be synced", object_errors),
        counted("Service errors", "a service did not take over", service_errors),
    ];
    let line = |gravity, detail: &str, figure| SyncLine {
        gravity,
        label: "Cloud Sync".to_owned(),
        detail: detail.to_owned(),
        figure,
    };
    match jobs {
        Known::Known(jobs) if jobs.is_empty() => {}
        Known::Known(jobs) => {
            let count = |gravity| jobs.iter().filter(|job| told(job).gravity == gravity).count();
            let (bad, warning) = (count(Gravity::Bad), count(Gravity::Warning));
            let names: Vec<&str> = jobs.iter().map(|job| job.configuration.as_str()).collect();
            let name = names.first().copied().unwrap_or_default();
            lines.push(match (bad, warning) {
                (0, 0) => line(Gravity::Good, name, plural(jobs.len(), "job")),
                (0, _) => {
                    line(Gravity::Warning, name, format!("{warning} of {} to look at", plural(jobs.len(), "job")))
                }
                _ => line(Gravity::Bad, name, format!("{bad} of {} in quarantine", plural(jobs.len(), "job"))),
            });
        }
        // Without any directory sync nobody asks.
        Known::Unknown(cause) if matches!(directory, Known::Known(SyncState::On { .. })) => {
            lines.push(line(Gravity::Quiet, "", cause.label().to_owned()));
        }
        Known::Unknown(_) => {}
    }
    lines
}

fn counted(label: &str, detail: &str, count: &Known<u32>) -> SyncLine {
    let (gravity, detail, figure) = match count {
        Known::Known(0) => (Gravity::Good, "", "none".to_owned()),
        Known::Known(count) => (Gravity::Warning, detail, count.to_string()),
        Known::Unknown(cause) => (Gravity::Quiet, "", cause.label().to_owned()),
    };
    SyncLine { gravity, label: label.to_owned(), detail: detail.to_owned(), figure }
}

fn status(statuses: &[DatasetStatus], dataset: Dataset) -> Option<&DatasetStatus> {
    statuses.iter().find(|status| status.dataset == dataset)
}

/// Why there are no facts, and what would change that.
fn not_known(cause: UnknownCause, status: Option<&DatasetStatus>) -> String {
    match status.and_then(|status| status.cause.as_ref()) {
        Some(told) if cause != UnknownCause::NotYetRead => {
            format!("Not known. {} {}", told.meaning, told.next_step)
        }
        _ => format!("Not known: {}.", cause.label()),
    }
}

/// That facts are shown which could not be read again; empty: they are fresh.
fn age(status: Option<&DatasetStatus>) -> String {
    let Some(status) = status else { return String::new() };
    let (Some(Outcome::Failed | Outcome::NotPermitted), Some(read_at), Some(cause)) =
        (status.outcome, status.read_at, &status.cause)
    else {
        return String::new();
    };
    format!("As read on {}. It could not be read again: {} {}", time(read_at), cause.meaning, cause.next_step)
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// What is said above the rows.
#[derive(Default)]
struct Notes {
    /// What is not known, and why.
    unknown: Vec<String>,
    /// What is known from earlier alone.
    old: String,
}

impl Notes {
    fn of<T>(read: &Known<T>, status: Option<&DatasetStatus>) -> Self {
        match read {
            Known::Known(_) => Self { unknown: Vec::new(), old: age(status) },
            Known::Unknown(cause) => Self { unknown: vec![not_known(*cause, status)], old: String::new() },
        }
    }
}

/// `nothing`: what is said where all is known and there is none.
fn report(title: &str, heads: &[&str], time_head: &str, notes: Notes, nothing: &str, rows: Vec<ReportRow>) -> Report {
    let mut said = notes.unknown;
    if rows.is_empty() && said.is_empty() {
        said.push(nothing.to_owned());
    }
    said.extend(Some(notes.old).filter(|old| !old.is_empty()));
    Report {
        title: title.to_owned(),
        note: said.join(" "),
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
        time_head: time_head.to_owned(),
        rows,
    }
}

type Read<'a, T> = (&'a Known<T>, Option<&'a DatasetStatus>);

/// Errors of users and groups, and those of contacts, which may be known apart.
fn with_contacts<'a, T>(
    (errors, status): Read<'a, Vec<T>>,
    (contacts, of_contacts): Read<'a, Vec<ContactError>>,
    pick: fn(&'a ContactError) -> Option<&'a T>,
) -> (Vec<&'a T>, Notes) {
    let mut notes = Notes::of(errors, status);
    let mut all: Vec<&T> = errors.known().into_iter().flatten().collect();
    for note in &mut notes.unknown {
        note.insert_str(0, "Users and groups: ");
    }
    all.extend(contacts.known().into_iter().flatten().filter_map(pick));
    if let Known::Unknown(cause) = contacts {
        if all.is_empty() && notes.unknown.is_empty() {
            notes.unknown.push("None among users and groups.".to_owned());
        }
        notes.unknown.push(format!("Contacts: {}", not_known(*cause, of_contacts)));
    }
    (all, notes)
}

fn object_errors(errors: Read<'_, Vec<ObjectError>>, contacts: Read<'_, Vec<ContactError>>) -> Report {
    let (all, notes) = with_contacts(errors, contacts, |error| match error {
        ContactError::Object(error) => Some(error),
        ContactError::Service(_) => None,
    });
    let row = |error: &ObjectError| ReportRow {
        gravity: Gravity::Warning,
        cells: vec![
            error.display_name.clone(),
            kind(error.object_kind).to_owned(),
            category(&error.category),
            error.property.clone(),
            error.value.clone(),
        ],
        at: error.since,
    };
    let heads = ["Object", "Kind", "Error", "Property", "Value"];
    report("Objects that fail to sync", &heads, "Since", notes, "None.", all.into_iter().map(row).collect())
}

fn service_errors(errors: Read<'_, Vec<ServiceError>>, contacts: Read<'_, Vec<ContactError>>) -> Report {
    let (all, notes) = with_contacts(errors, contacts, |error| match error {
        ContactError::Service(error) => Some(error),
        ContactError::Object(_) => None,
    });
    let row = |error: &ServiceError| ReportRow {
        gravity: Gravity::Warning,
        cells: vec![
            error.display_name.clone(),
            kind(error.object_kind).to_owned(),
            service(&error.service_instance),
            said(error),
        ],
        at: error.since,
    };
    let heads = ["Object", "Kind", "Service", "What it says"];
    let rows = all.into_iter().map(row).collect();
    report("Objects that a service did not take over", &heads, "Since", notes, "None.", rows)
}

fn category(category: &str) -> String {
    match category {
        "PropertyConflict" => "Another object has the same value".to_owned(),
        "" => "Not told".to_owned(),
        other => other.to_owned(),
    }
}

/// Only users, groups and contacts are asked for.
fn kind(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "User",
        PrincipalKind::Group => "Group",
        PrincipalKind::ServicePrincipal | PrincipalKind::Other => "Contact",
    }
}

/// The service of an instance such as `exchange/namprd03-012-01`.
fn service(instance: &str) -> String {
    let name = instance.split('/').next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "" => "Not told".to_owned(),
        "exchange" => "Exchange Online".to_owned(),
        "sharepoint" => "SharePoint Online".to_owned(),
        "microsoftcommunicationsonline" => "Teams".to_owned(),
        _ => name.to_owned(),
    }
}

fn said(error: &ServiceError) -> String {
    match (error.message.as_str(), error.code.as_str()) {
        ("", "") => "Nothing that can be read".to_owned(),
        ("", code) => code.to_owned(),
        (message, "") => message.to_owned(),
        (message, code) => format!("{message} ({code})"),
    }
}

fn cloud_sync(jobs: &Known<Vec<CloudSyncJob>>, status: Option<&DatasetStatus>) -> Report {
    let rows = jobs.known().into_iter().flatten().map(told).collect();
    let heads = ["Configuration", "Carries", "State", "Last run", "Next step"];
    report("Cloud Sync", &heads, "Ended", Notes::of(jobs, status), "No configuration of Cloud Sync was found.", rows)
}

/// A job in a row.
fn told(job: &CloudSyncJob) -> ReportRow {
    let is_on = job.schedule == "Active" || job.schedule.is_empty();
    let (mut gravity, mut state) = match &job.state {
        JobState::Quarantine => (Gravity::Bad, "In quarantine".to_owned()),
        JobState::Active if is_on => (
            Gravity::Good,
            job.interval_minutes.map_or("Runs".to_owned(), |minutes| format!("Runs every {minutes} min")),
        ),
        JobState::Active => (Gravity::Warning, format!("Its schedule is {}", job.schedule.to_lowercase())),
        JobState::Paused => (Gravity::Warning, "Paused".to_owned()),
        JobState::NotConfigured => (Gravity::Warning, "Not configured".to_owned()),
        JobState::NotRun => (Gravity::Warning, "Never ran".to_owned()),
        JobState::Other(word) if word.is_empty() => (Gravity::Quiet, "Not told".to_owned()),
        JobState::Other(word) => (Gravity::Quiet, format!("Microsoft says: {word}")),
    };
    let mut next_step = String::new();
    let (last_run, is_run_bad) = match &job.last_run {
        None => ("None".to_owned(), false),
        Some(run) => run_in_words(run, job.failures_in_a_row),
    };
    if is_run_bad && gravity == Gravity::Good {
        gravity = Gravity::Warning;
    }
    if let Some(run) = job.last_run.as_ref().filter(|_| is_run_bad) {
        next_step = run.error.as_ref().map_or(LOOK_INTO_LOGS, |error| error_in_words(error).1).to_owned();
    }
    if let Some(cause) = quarantine_cause(job) {
        next_step = cause.next_step;
        let why = cause.meaning.split_once(": ").map_or(String::new(), |(_, why)| why.to_owned());
        let quarantine = job.quarantine.as_ref();
        if let Some(since) = quarantine.and_then(|quarantine| quarantine.since) {
            state.push_str(&format!(" since {}", time(since)));
        }
        state.push_str(&format!(": {why}"));
        if let Some(next) = quarantine.and_then(|quarantine| quarantine.next_attempt_at) {
            state.push_str(&format!(" Next attempt {}.", time(next)));
        }
    }
    ReportRow {
        gravity,
        cells: vec![job.configuration.clone(), carries(&job.template).to_owned(), state, last_run, next_step],
        at: job.last_run.as_ref().and_then(|run| run.ended_at),
    }
}

const LOOK_INTO_LOGS: &str = "Look into the provisioning logs for the objects that fail, and mend them.";

/// And whether something is wrong with it.
fn run_in_words(run: &JobRun, failures: u32) -> (String, bool) {
    let JobRun { exported, escrowed, .. } = run;
    let again = if failures > 1 { format!(", {failures} times in a row") } else { String::new() };
    let error = run.error.as_ref().map(|error| format!(": {}", error_in_words(error).0)).unwrap_or_default();
    match run.result.as_str() {
        "Succeeded" => (format!("Succeeded: {exported} written, {escrowed} to try again"), *escrowed > 0),
        "Failed" => (format!("Failed{again}{error}"), true),
        "EntryLevelErrors" => {
            (format!("Some objects failed: {exported} written, {escrowed} to try again{error}"), true)
        }
        "" => ("Not told".to_owned(), false),
        other => (format!("Microsoft says: {other}{error}"), run.error.is_some()),
    }
}

fn settings(settings: &Known<Option<SyncSettings>>, status: Option<&DatasetStatus>) -> Report {
    let rows = settings.known().and_then(Option::as_ref).map(settings_rows).unwrap_or_default();
    let nothing = "Nothing was ever synced here, so that nothing is set.";
    report("Settings of directory sync", &["Setting", "Is"], "", Notes::of(settings, status), nothing, rows)
}

fn settings_rows(settings: &SyncSettings) -> Vec<ReportRow> {
    let row = |gravity, name: &str, is: String| ReportRow { gravity, cells: vec![name.to_owned(), is], at: None };
    let (gravity, guard) = match &settings.guard {
        None => (Gravity::Quiet, "not told".to_owned()),
        Some(DeletionGuard::Off) => (Gravity::Warning, "off: a sync may delete any number of objects".to_owned()),
        Some(DeletionGuard::Count(Some(most))) => {
            (Gravity::Good, format!("stops a sync that would delete more than {}", plural(*most as usize, "object")))
        }
        Some(DeletionGuard::Percentage(Some(most))) => {
            (Gravity::Good, format!("stops a sync that would delete more than {most} % of the objects"))
        }
        Some(DeletionGuard::Count(None) | DeletionGuard::Percentage(None)) => {
            (Gravity::Quiet, "on, with a threshold that is not told".to_owned())
        }
        Some(DeletionGuard::Other(word)) => (Gravity::Quiet, format!("Microsoft says: {word}")),
    };
    let switch = |name: &str, is: Option<bool>, (on, off): (&str, &str)| {
        row(Gravity::Quiet, name, is.map_or("not told", |is| if is { on } else { off }).to_owned())
    };
    let (on_off, blocked) = (("on", "off"), ("blocked", "allowed"));
    vec![
        row(gravity, "Guard against accidental deletions", guard),
        switch("Password sync", settings.password_sync, on_off),
        switch("Password writeback", settings.password_writeback, on_off),
        switch("The cloud's password rules for synced accounts", settings.cloud_password_policy, on_off),
        switch("Taking cloud accounts over by address", settings.soft_match_blocked, blocked),
        switch("Taking cloud accounts over by immutable id", settings.hard_match_blocked, blocked),
    ]
}

fn federated(domains: &Known<Vec<Domain>>, status: Option<&DatasetStatus>, now: DateTime<Utc>) -> Report {
    let rows = domains.known().into_iter().flatten().filter_map(|domain| federated_row(domain, now)).collect();
    let heads = ["Domain", "Signing certificate"];
    report("Federated domains", &heads, "End", Notes::of(domains, status), "None: Entra checks every password.", rows)
}

/// `None`: it is not federated.
fn federated_row(domain: &Domain, now: DateTime<Utc>) -> Option<ReportRow> {
    let end = domain.federation.as_ref()?.signing_certificate_ends_at;
    let (gravity, word) = match end {
        None => (Gravity::Quiet, "its end is not known"),
        Some(end) if end <= now => (Gravity::Bad, "ended"),
        Some(end) if end - now < SOON => (Gravity::Warning, "ends soon"),
        Some(_) => (Gravity::Good, "good"),
    };
    Some(ReportRow { gravity, cells: vec![domain.name.clone(), word.to_owned()], at: end })
}

#[cfg(test)]
mod tests {
    use domain::cause::{Actor, Cause};
    use domain::facts::hybrid::{JobError, Quarantine};
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    fn ended(dataset: Dataset, outcome: Outcome, read: bool) -> DatasetStatus {
        let cause = Cause {
            code: "x".into(),
            meaning: "It was refused.".into(),
            next_step: "Do this.".into(),
            actor: Actor::Nobody,
            request_id: None,
        };
        DatasetStatus {
            outcome: Some(outcome),
            read_at: read.then_some(DateTime::UNIX_EPOCH),
            cause: (outcome != Outcome::Done).then_some(cause),
            ..DatasetStatus::never_run(dataset)
        }
    }

    fn service_error(kind: PrincipalKind) -> ServiceError {
        ServiceError {
            object_id: Uuid::nil(),
            object_kind: kind,
            display_name: "Ana".into(),
            service_instance: "exchange/namprd03-012-01".into(),
            since: None,
            code: "X1".into(),
            message: "Taken.".into(),
        }
    }

    #[test]
    fn what_was_refused_is_not_none() {
        let refused = ended(Dataset::ServiceErrors, Outcome::Failed, false);
        let unknown = Known::Unknown(UnknownCause::Failed);
        let none = Known::Known(Vec::new());
        let told = service_errors((&unknown, Some(&refused)), (&none, None));
        assert_eq!(told.note, "Users and groups: Not known. It was refused. Do this.");
        let told = cloud_sync(&Known::Unknown(UnknownCause::NotYetRead), None);
        assert_eq!(told.note, "Not known: not read yet.");
        let line = counted("Service errors", "", &Known::Unknown(UnknownCause::Failed));
        assert_eq!((line.gravity, line.figure.as_str()), (Gravity::Quiet, "read failed"));
    }

    #[test]
    fn none_is_said_of_what_was_looked_at() {
        let done = ended(Dataset::ServiceErrors, Outcome::Done, true);
        let (none, nobody) = (Known::Known(Vec::new()), Known::Known(Vec::new()));
        let all = service_errors((&none, Some(&done)), (&nobody, Some(&done)));
        assert_eq!(all.note, "None.");
        let refused = ended(Dataset::ContactErrors, Outcome::NotPermitted, false);
        let unknown = Known::Unknown(UnknownCause::NotPermitted);
        let some = service_errors((&none, Some(&done)), (&unknown, Some(&refused)));
        assert_eq!(some.note, "None among users and groups. Contacts: Not known. It was refused. Do this.");
        let stale = ended(Dataset::ServiceErrors, Outcome::Failed, true);
        let old = service_errors((&none, Some(&stale)), (&nobody, Some(&done)));
        assert!(old.note.starts_with("None. As read on 1 Jan 1970, 00:00 UTC. It could not be read again:"), "{old:?}");
    }

    #[test]
    fn contacts_stand_beside_the_others() {
        let users = Known::Known(vec![service_error(PrincipalKind::User)]);
        let contacts = Known::Known(vec![ContactError::Service(service_error(PrincipalKind::Other))]);
        let told = service_errors((&users, None), (&contacts, None));
        let kinds: Vec<&str> = told.rows.iter().map(|row| row.cells[1].as_str()).collect();
        assert_eq!(kinds, ["User", "Contact"]);
        assert_eq!(told.rows[0].cells[2..], ["Exchange Online", "Taken. (X1)"]);
        assert_eq!(object_errors((&Known::Known(Vec::new()), None), (&contacts, None)).note, "None.");
    }

    fn job(state: JobState, run: Option<JobRun>, quarantine: Option<Quarantine>) -> CloudSyncJob {
        CloudSyncJob {
            id: "x".into(),
            configuration: "corp.example".into(),
            template: "AD2AADPasswordHash".into(),
            schedule: "Active".into(),
            interval_minutes: Some(2),
            state,
            last_run: run,
            last_success_at: None,
            failures_in_a_row: 3,
            quarantine,
        }
    }

    fn run(result: &str, error: Option<&str>) -> Option<JobRun> {
        let error = error.map(|code| JobError { code: code.into(), message: String::new(), tenant_actionable: true });
        Some(JobRun { result: result.into(), ended_at: None, exported: 7, escrowed: 0, error })
    }

    #[rstest]
    #[case::sound(
        job(JobState::Active, run("Succeeded", None), None),
        Gravity::Good,
        "Runs every 2 min",
        "Succeeded: 7 written",
        ""
    )]
    #[case::failing(
        job(JobState::Active, run("Failed", Some("TimeOut")), None),
        Gravity::Warning,
        "Runs",
        "3 times in a row: the agent did not answer",
        "tried again"
    )]
    #[case::some(
        job(JobState::Active, run("EntryLevelErrors", None), None),
        Gravity::Warning,
        "Runs",
        "Some objects failed",
        "provisioning logs"
    )]
    #[case::paused(job(JobState::Paused, None, None), Gravity::Warning, "Paused", "None", "")]
    #[case::newer(job(JobState::Other("Hibernating".into()), None, None), Gravity::Quiet, "Hibernating", "None", "")]
    fn a_job_is_told_with_its_next_step(
        #[case] job: CloudSyncJob,
        #[case] gravity: Gravity,
        #[case] state: &str,
        #[case] last: &str,
        #[case] next: &str,
    ) {
        let row = told(&job);
        assert_eq!((row.gravity, row.cells[1].as_str()), (gravity, "passwords"));
        assert!(row.cells[2].contains(state) && row.cells[3].contains(last) && row.cells[4].contains(next), "{row:?}");
        assert_eq!(row.cells[4].is_empty(), next.is_empty(), "{row:?}");
    }

    #[test]
    fn a_quarantine_says_since_when_why_and_until_when() {
        let quarantine = Quarantine {
            reason: "TooManyDeletes".into(),
            since: Some(DateTime::UNIX_EPOCH),
            next_attempt_at: Some(DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(5)),
            error: None,
        };
        let row = told(&job(JobState::Quarantine, run("Failed", None), Some(quarantine)));
        assert_eq!(row.gravity, Gravity::Bad);
        let state = &row.cells[2];
        assert!(
            state.starts_with("In quarantine since 1 Jan 1970, 00:00 UTC: it would delete more objects"),
            "{state}"
        );
        assert!(state.ends_with("lets through. Next attempt 1 Jan 1970, 05:00 UTC."), "{state}");
        assert!(row.cells[4].contains("allow or reject"), "{row:?}");
    }

    #[rstest]
    #[case::count(Some(DeletionGuard::Count(Some(500))), Gravity::Good, "more than 500 objects")]
    #[case::share(Some(DeletionGuard::Percentage(Some(20))), Gravity::Good, "more than 20 %")]
    #[case::off(Some(DeletionGuard::Off), Gravity::Warning, "any number")]
    #[case::no_threshold(Some(DeletionGuard::Count(None)), Gravity::Quiet, "not told")]
    #[case::newer(Some(DeletionGuard::Other("moon".into())), Gravity::Quiet, "moon")]
    #[case::not_told(None, Gravity::Quiet, "not told")]
    fn a_guard_is_never_said_to_be_on_without_being_read(
        #[case] guard: Option<DeletionGuard>,
        #[case] gravity: Gravity,
        #[case] words: &str,
    ) {
        let settings = SyncSettings {
            guard,
            password_sync: Some(false),
            password_writeback: None,
            soft_match_blocked: Some(true),
            hard_match_blocked: Some(false),
            cloud_password_policy: None,
        };
        let rows = settings_rows(&settings);
        assert!(rows[0].gravity == gravity && rows[0].cells[1].contains(words), "{:?}", rows[0]);
        let switches: Vec<&str> = rows[1..].iter().map(|row| row.cells[1].as_str()).collect();
        assert_eq!(switches, ["off", "not told", "not told", "blocked", "allowed"]);
    }
}

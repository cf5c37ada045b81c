//! A what-if's facts as JSON; and lists as CSV files: what the page with the same query shows, all pages of it. The query is the page's own.

use app::error::Error;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::blocker::{BlockerRow, BlockerWork, Evidence};
use domain::connection::ConnectionState;
use domain::dataset::{DatasetStatus, Outcome};
use domain::fleet::{FleetBlocker, TenantRow};
use domain::ids::TenantId;
use domain::known::Known;
use domain::list::ListQuery;
use domain::readiness::{Way, shortest_way};
use domain::review::{AccountChange, PostureOfDay};
use domain::sync_health::SyncState;
use domain::user::{UserFinding, UserRow};
use domain::verdict::{Hole, Judgement, Posture};

use super::session::By;
use crate::state::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/tenants.csv", get(fleet))
        .route("/tenants/{tenant}/users.csv", get(users))
        .route("/tenants/{tenant}/mfa.csv", get(verdicts))
        .route("/tenants/{tenant}/legacy.csv", get(blockers))
        .route("/tenants/{tenant}/sync.csv", get(datasets))
        .route("/readiness.csv", get(readiness))
        .route("/blockers.csv", get(fleet_blockers))
        .route("/tenants/{tenant}/requirement.csv", get(requirement))
        .route("/tenants/{tenant}/posture.csv", get(posture))
        .route("/tenants/{tenant}/changes.csv", get(changes))
        .route("/tenants/{tenant}/what-if.json", get(snapshot))
}

type ListOf = Result<Query<ListQuery>, QueryRejection>;

async fn fleet(State(state): State<AppState>, By(caller): By, query: ListOf) -> Result<Response, Refused> {
    let rows = state.fleet.export(&caller, &query_of(query)).await?;
    let head = [
        "Client",
        "Tenant id",
        "Domain",
        "Users",
        "Protected",
        "Protected with holes",
        "Not enrolled",
        "Unprotected",
        "Cannot sign in",
        "Unknown",
        "Administrators unprotected",
        "Blockers",
        "Directory sync",
        "Connection",
        "Read at",
    ];
    file("clients", &head, rows.iter().map(fleet_row))
}

/// The partner requirement over the fleet, with Microsoft's own figures.
async fn readiness(State(state): State<AppState>, By(caller): By, query: ListOf) -> Result<Response, Refused> {
    let rows = state.fleet.export(&caller, &query_of(query)).await?;
    let head = [
        "Client",
        "Tenant id",
        "Own tenant",
        "Accounts",
        "Open accounts",
        "Open administrators",
        "Of these marked apart",
        "Administrators not known",
        "Unknown",
        "Way in force",
        "Shortest way from here",
        "Microsoft counts compliant",
        "Microsoft counts accounts",
        "Microsoft's figures read at",
    ];
    file("partner-requirement", &head, rows.iter().map(readiness_row))
}

fn readiness_row(row: &TenantRow) -> Vec<String> {
    let open = row.posture.as_ref().map(Posture::open);
    let unknown = row.posture.known().map_or(0, |posture| posture.unknown);
    let insight = row.microsoft.and_then(|view| view.insight);
    let sources: Vec<&str> = row.enforced_by.iter().filter_map(|source| source.way()).collect();
    vec![
        row.name.clone(),
        row.id.to_string(),
        yes(row.is_partner),
        known(row.users.as_ref(), u32::to_string),
        known(open.as_ref(), u32::to_string),
        known(row.admins_unprotected.as_ref(), |admins| admins.all().to_string()),
        known(row.admins_unprotected.as_ref(), |admins| admins.marked.to_string()),
        known(row.admins_unprotected.as_ref(), |admins| admins.unknown.to_string()),
        unknown.to_string(),
        sources.join("; "),
        shortest_way(&row.licence, &row.enforced_by, open.known().copied(), unknown).to_owned(),
        insight.map(|insight| insight.compliant().to_string()).unwrap_or_default(),
        insight.map(|insight| insight.users.to_string()).unwrap_or_default(),
        time(row.microsoft.map(|view| view.read_at)),
    ]
}

/// The three ways of the requirement, of one client.
async fn requirement(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
) -> Result<Response, Refused> {
    let review = state.tenants.export_review(&caller, tenant_of(&tenant)?).await?;
    let row = |way: &Way| {
        let state = way.state.label().to_owned();
        vec![way.kind.label().to_owned(), state, way.in_place.join(" "), way.missing.join(" "), way.next.clone()]
    };
    let head = ["Way", "State", "In place", "Missing", "Shortest way from here"];
    file("requirement", &head, review.readiness.ways.iter().map(row))
}

/// Ninety days, a row a day.
async fn posture(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
) -> Result<Response, Refused> {
    let review = state.tenants.export_review(&caller, tenant_of(&tenant)?).await?;
    let row = |PostureOfDay { day, posture }: &PostureOfDay| {
        let Posture { protected, partial, enrolment_open, unprotected, cannot_sign_in, unknown } = posture;
        let figures = [protected, partial, enrolment_open, unprotected, cannot_sign_in, unknown];
        std::iter::once(day.to_string()).chain(figures.into_iter().map(u32::to_string)).collect()
    };
    let head = ["Day", "Protected", "Protected with holes", "Not enrolled", "Unprotected", "Cannot sign in", "Unknown"];
    file("posture", &head, review.since.history.iter().map(row))
}

/// Changes of verdict within ninety days, newest first.
async fn changes(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
) -> Result<Response, Refused> {
    let review = state.tenants.export_review(&caller, tenant_of(&tenant)?).await?;
    let row = |changed: &AccountChange| {
        vec![
            time(Some(changed.change.at)),
            changed.display_name.clone().unwrap_or_else(|| String::from("an account that is gone")),
            changed.user.to_string(),
            yes(changed.is_admin),
            changed.change.from.map(|from| from.label().to_owned()).unwrap_or_default(),
            changed.change.to.label().to_owned(),
            changed.change.because.clone(),
        ]
    };
    let head = ["At", "Name", "Object id", "Administrator", "From", "To", "Because"];
    file("changes", &head, review.since.changes.iter().map(row))
}

/// A tenant's facts, for the what-if that its page judges in the browser.
async fn snapshot(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
) -> Result<Response, Refused> {
    let snapshot = state.tenants.snapshot(&caller, tenant_of(&tenant)?).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(snapshot)).into_response())
}

fn fleet_row(row: &TenantRow) -> Vec<String> {
    let posture = |figure: fn(&domain::verdict::Posture) -> u32| {
        known(row.posture.as_ref(), |posture| figure(posture).to_string())
    };
    vec![
        row.name.clone(),
        row.id.to_string(),
        row.default_domain.clone().unwrap_or_default(),
        known(row.users.as_ref(), u32::to_string),
        posture(|posture| posture.protected),
        posture(|posture| posture.partial),
        posture(|posture| posture.enrolment_open),
        posture(|posture| posture.unprotected),
        posture(|posture| posture.cannot_sign_in),
        posture(|posture| posture.unknown),
        known(row.admins_unprotected.as_ref(), |admins| admins.unmarked.to_string()),
        known(row.blockers.as_ref(), |count| count.blockers.to_string()),
        known(row.directory_sync.as_ref(), sync_state),
        connection(row.connection.state).to_owned(),
        time(row.read_at),
    ]
}

async fn users(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
    query: ListOf,
) -> Result<Response, Refused> {
    let rows = state.tenants.export_users(&caller, tenant_of(&tenant)?, &query_of(query)).await?;
    let head = [
        "Name",
        "User principal name",
        "Object id",
        "Enabled",
        "Roles",
        "Licences",
        "Synced",
        "Created at",
        "Last sign-in at",
        "Findings",
        "MFA",
        "Because",
        "Since",
        "Methods",
    ];
    file("users", &head, rows.iter().map(user_row))
}

fn user_row(row: &UserRow) -> Vec<String> {
    let findings: Vec<&str> = row.findings.iter().map(|finding| finding.label()).collect();
    vec![
        row.display_name.clone(),
        row.user_principal_name.clone(),
        row.id.to_string(),
        yes(row.account_enabled),
        row.roles.join("; "),
        row.licences.to_string(),
        yes(row.synced),
        time(row.created_at),
        known(row.last_sign_in_at.as_ref(), |at| time(*at)),
        findings.join("; "),
        row.verdict.label().to_owned(),
        row.because.clone(),
        time(row.since),
        known(row.methods.as_ref(), |methods| methods.join("; ")),
    ]
}

/// The MFA list with every reason and every hole.
async fn verdicts(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
    query: ListOf,
) -> Result<Response, Refused> {
    let rows = state.tenants.export_verdicts(&caller, tenant_of(&tenant)?, &query_of(query)).await?;
    let head = [
        "Name",
        "User principal name",
        "Object id",
        "Roles",
        "MFA",
        "Unknown because",
        "Since",
        "Reasons",
        "Holes",
        "Lesser holes",
        "Not certain",
        "Methods",
        "Phishing-resistant",
        "Locked out",
        "Marked apart",
    ];
    file("mfa", &head, rows.iter().map(|(row, judgement)| verdict_row(row, judgement.as_ref())))
}

fn verdict_row(row: &UserRow, judgement: Option<&Judgement>) -> Vec<String> {
    let of = |told: fn(&Judgement) -> String| judgement.map(told).unwrap_or_default();
    let holes = |holes: &[Hole]| holes.iter().map(|hole| hole.summary.as_str()).collect::<Vec<_>>().join("; ");
    vec![
        row.display_name.clone(),
        row.user_principal_name.clone(),
        row.id.to_string(),
        row.roles.join("; "),
        row.verdict.label().to_owned(),
        of(|judgement| judgement.unknown_cause.map(|cause| cause.label().to_owned()).unwrap_or_default()),
        time(row.since),
        of(|judgement| judgement.reasons.iter().map(|reason| &*reason.text).collect::<Vec<_>>().join(" ")),
        judgement.map(|judgement| holes(&judgement.holes)).unwrap_or_default(),
        judgement.map(|judgement| holes(&judgement.lesser_holes)).unwrap_or_default(),
        of(|judgement| judgement.uncertain.join(" ")),
        known(row.methods.as_ref(), |methods| methods.join("; ")),
        yes(row.phishing_resistant),
        of(|judgement| yes(judgement.locked_out)),
        yes(row.findings.contains(&UserFinding::Marked)),
    ]
}

async fn blockers(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
    query: ListOf,
) -> Result<Response, Refused> {
    let rows = match state.tenants.export_blockers(&caller, tenant_of(&tenant)?, &query_of(query)).await? {
        Known::Known(rows) => rows,
        Known::Unknown(cause) => {
            let message = format!("Legacy sign-ins of this client are not known: {}.", cause.label());
            return Err(Refused(Error::Conflict(message)));
        }
    };
    file("legacy-sign-ins", &BLOCKER_HEAD, rows.iter().map(blocker_row))
}

const BLOCKER_HEAD: [&str; 18] = [
    "User principal name",
    "Name",
    "Protocol",
    "Evidence",
    "Successes",
    "Sprayed",
    "Blocked",
    "First seen at",
    "Last seen at",
    "Addresses",
    "Places",
    "Clients",
    "Probably",
    "Work",
    "Owner",
    "Due",
    "Accepted until",
    "Notes",
];

/// Blockers of all clients in reach.
async fn fleet_blockers(State(state): State<AppState>, By(caller): By, query: ListOf) -> Result<Response, Refused> {
    let rows = state.fleet.export_blockers(&caller, &query_of(query)).await?;
    let head: Vec<&str> = ["Client", "Tenant id"].into_iter().chain(BLOCKER_HEAD).collect();
    let row = |blocker: &FleetBlocker| {
        let client = [blocker.tenant_name.clone(), blocker.tenant.to_string()];
        client.into_iter().chain(blocker_row(&blocker.row)).collect()
    };
    file("legacy-auth", &head, rows.iter().map(row))
}

fn blocker_row(row: &BlockerRow) -> Vec<String> {
    let evidence = match row.evidence {
        Evidence::SignIns => "sign-ins",
        Evidence::UsageReport => "usage report",
    };
    let work = |told: fn(&BlockerWork) -> String| row.work.as_ref().map(told).unwrap_or_default();
    vec![
        row.user_principal_name.clone(),
        row.display_name.clone().unwrap_or_default(),
        row.protocol.label().to_owned(),
        evidence.to_owned(),
        row.successes.to_string(),
        row.sprayed.to_string(),
        row.blocked.to_string(),
        time(row.first_seen_at),
        time(row.last_seen_at),
        row.addresses.join("; "),
        row.places.join("; "),
        row.user_agents.join("; "),
        row.probably.as_ref().map(|guess| guess.what.clone()).unwrap_or_default(),
        row.state().label().to_owned(),
        work(|work| work.owner.clone()),
        work(|work| day_of(work.due)),
        work(|work| day_of(work.accepted_until)),
        work(|work| work.notes.clone()),
    ]
}

fn day_of(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

async fn datasets(
    State(state): State<AppState>,
    By(caller): By,
    Path(tenant): Path<String>,
) -> Result<Response, Refused> {
    use app::backend::Tenants;
    if !caller.operator.may(domain::operator::Permission::ExportTenant) {
        return Err(Refused(Error::Forbidden));
    }
    let view = state.tenants.get_sync(&caller, tenant_of(&tenant)?).await?;
    let head = [
        "Dataset",
        "Outcome",
        "Started at",
        "Finished at",
        "Data read at",
        "Rows",
        "Cause",
        "Next step",
        "Next run at",
    ];
    file("sync-health", &head, view.pane.datasets.iter().map(dataset_row))
}

fn dataset_row(row: &DatasetStatus) -> Vec<String> {
    let outcome = match row.outcome {
        None => "not read yet",
        Some(Outcome::Done) => "done",
        Some(Outcome::NotLicensed) => "not licensed",
        Some(Outcome::NotPermitted) => "not permitted",
        Some(Outcome::Failed) => "failed",
    };
    let cause = row.cause.as_ref();
    vec![
        row.dataset.spec().label.to_owned(),
        outcome.to_owned(),
        time(row.started_at),
        time(row.finished_at),
        time(row.read_at),
        row.rows.map(|rows| rows.to_string()).unwrap_or_default(),
        cause.map(|cause| format!("{}: {}", cause.code, cause.meaning)).unwrap_or_default(),
        cause.map(|cause| cause.next_step.clone()).unwrap_or_default(),
        time(row.next_run_at),
    ]
}

/// Words that are not known count as absent, as on the page.
fn query_of(query: ListOf) -> ListQuery {
    query.map(|Query(query)| query).unwrap_or_default()
}

/// What is no id is nobody's tenant.
fn tenant_of(text: &str) -> Result<TenantId, Refused> {
    text.parse().map_err(|_| Refused(Error::NotFound))
}

fn file<'a>(name: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>> + 'a) -> Result<Response, Refused> {
    // Spreadsheets take a file without a byte order mark for Latin-1.
    let mut writer = csv::Writer::from_writer(Vec::from("\u{feff}"));
    let written = writer
        .write_record(head)
        .and_then(|()| rows.into_iter().try_for_each(|row| writer.write_record(row.iter().map(|cell| tame(cell)))))
        .map_err(|error| error.to_string())
        .and_then(|()| writer.into_inner().map_err(|error| error.to_string()));
    let bytes = written.map_err(|error| Refused(Error::Unreachable(error)))?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"tenantry-{name}.csv\""));
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(disposition) = disposition {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// Names come from clients' directories: a spreadsheet must not take one for a formula.
fn tame(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

fn known<T>(value: Known<&T>, show: impl FnOnce(&T) -> String) -> String {
    match value {
        Known::Known(value) => show(value),
        Known::Unknown(cause) => cause.label().to_owned(),
    }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

fn yes(value: bool) -> String {
    String::from(if value { "yes" } else { "no" })
}

fn sync_state(state: &SyncState) -> String {
    match state {
        SyncState::Never => String::from("never"),
        SyncState::Off => String::from("off"),
        SyncState::On { last_at, .. } if state.is_late() => format!("late, last {}", time(*last_at)),
        SyncState::On { last_at, .. } => format!("on, last {}", time(*last_at)),
    }
}

fn connection(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::AwaitingConsent => "awaiting consent",
        ConnectionState::Connected => "connected",
        ConnectionState::MissingPermissions => "missing permissions",
        ConnectionState::Broken => "broken",
        ConnectionState::Disconnected => "disconnected",
    }
}

/// An error in plain text: what asks is a download, not a page.
struct Refused(Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Error::SignedOut => StatusCode::UNAUTHORIZED,
            Error::Forbidden => StatusCode::FORBIDDEN,
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Microsoft { .. } => StatusCode::BAD_GATEWAY,
            Error::Internal { .. } | Error::Unreachable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, format!("{}\n", self.0)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_formula() {
        assert_eq!(tame("=HYPERLINK(\"https://evil.example\")"), "'=HYPERLINK(\"https://evil.example\")");
        assert_eq!(tame("@x"), "'@x");
        assert_eq!(tame("Ana-Lucía"), "Ana-Lucía");
    }

    #[test]
    fn what_is_not_known_is_said_and_not_zero() {
        let unknown: Known<u32> = Known::Unknown(domain::known::UnknownCause::NotLicensed);
        assert_eq!(known(unknown.as_ref(), u32::to_string), "not licensed");
    }
}

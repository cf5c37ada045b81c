//! Microsoft 365 usage reports: a redirect to a CSV that needs no sign-in and dies after minutes, two days behind.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use uuid::Uuid;

use super::call::{Answer, Call};
use super::error::GraphError;
use super::page::{open, seal};
use crate::world::Tenant;
use crate::world::directory::user::User;

/// How long the link to the CSV lives.
const LINK_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Where the CSV is fetched; not below a version, as Microsoft's is on another host.
pub(crate) const DOWNLOAD_PATH: &str = "/reports/download";

#[derive(Debug, Deserialize, Serialize)]
struct Link {
    tenant: Uuid,
    period_days: u16,
    ends: i64,
}

/// `GET /reports/getEmailAppUsageUserDetail(period='D7')`
pub(crate) fn email_apps(call: &Call<'_>) -> Result<Answer, GraphError> {
    let period_days = match call.part(0) {
        "D7" => 7,
        "D30" => 30,
        "D90" => 90,
        "D180" => 180,
        other => return Err(GraphError::bad_request(format!("Invalid period value '{other}'."))),
    };
    let link = Link { tenant: call.tenant.id, period_days, ends: (call.now + LINK_LIFE).timestamp() };
    Ok(Answer::redirect(&format!("{}{DOWNLOAD_PATH}?token={}", call.service.urls.graph, seal(&link))))
}

/// `GET /admin/reportSettings`
pub(crate) fn settings(call: &Call<'_>) -> Result<Answer, GraphError> {
    let settings = json!({"displayConcealedNames": call.tenant.directory.concealed_names});
    Answer::object(call, "admin/reportSettings/$entity", &settings)
}

/// The CSV behind a link.
pub(crate) fn download(world: &crate::world::World, token: &str, now: DateTime<Utc>) -> Response {
    let link = open::<Link>(token).filter(|link| link.ends >= now.timestamp());
    match link.and_then(|link| Some((world.tenants.get(&link.tenant)?, link.period_days))) {
        None => (StatusCode::FORBIDDEN, "Server failed to authenticate the request.").into_response(),
        Some((tenant, days)) => {
            let octets = HeaderValue::from_static("application/octet-stream");
            ([(header::CONTENT_TYPE, octets)], csv(tenant, days, now)).into_response()
        }
    }
}

fn csv(tenant: &Tenant, period_days: u16, now: DateTime<Utc>) -> String {
    let refreshed = now.date_naive().checked_sub_days(Days::new(2)).unwrap_or_default();
    let mut text = String::from(
        "\u{feff}Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,\
         Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For Mobile,Other For Mobile,Outlook For Web,\
         POP3 App,IMAP4 App,SMTP App,Report Period\r\n",
    );
    let concealed = tenant.directory.concealed_names;
    for user in tenant.directory.users().filter(|user| user.mail.is_some() && !user.is_guest()) {
        let (principal, name) = names(user, concealed);
        let apps = user.mail_apps;
        let used = user.activity.last_successful.map(|at| at.date_naive().min(refreshed));
        let used = used.filter(|day| (refreshed - *day).num_days() < i64::from(period_days));
        let last = used.map(|day| day.to_string()).unwrap_or_default();
        let cell = |uses: bool| if uses && used.is_some() { "Yes" } else { "No" };
        let written = write!(
            text,
            "{refreshed},{},{},False,,{last},No,{},{},{},{},{},{},{},{},{period_days}\r\n",
            quoted(&principal),
            quoted(&name),
            cell(apps.outlook_mac),
            cell(apps.outlook_windows),
            cell(apps.outlook_mobile),
            cell(apps.other_mobile),
            cell(apps.outlook_web),
            cell(apps.pop3),
            cell(apps.imap4),
            cell(apps.smtp),
        );
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    text
}

/// The names, or hashes of them.
fn names(user: &User, concealed: bool) -> (String, String) {
    let hash =
        |text: &str| Sha256::digest(text)[..16].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    if concealed {
        (hash(&user.user_principal_name), hash(&user.display_name))
    } else {
        (user.user_principal_name.clone(), user.display_name.clone())
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

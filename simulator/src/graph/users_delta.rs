//! `/users/delta`: everybody first, then what changed, by tokens that live seven days.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::call::{Answer, Call};
use super::entity::Selected;
use super::error::GraphError;
use super::filter::{Filter, Operator};
use super::page::{open, seal};
use super::users::{self, UserRow};
use crate::world::directory::changes::Change;
use crate::world::directory::user::User;

/// How long a delta token lives.
const LIFE: TimeDelta = TimeDelta::days(7);
const PAGE: usize = 200;

/// Everything that a link carries; parameters are not repeated by the client.
#[derive(Debug, Deserialize, Serialize)]
struct Token {
    /// The version of the directory that the reader will have seen at the end of this round.
    upto: usize,
    /// The version seen before this round; `None` in the first one.
    since: Option<usize>,
    /// Where the next page begins; `None` in a delta link.
    next: Option<usize>,
    select: Vec<String>,
    ids: Option<Vec<Uuid>>,
    tenant: Uuid,
    issued: i64,
}

/// `GET /users/delta`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "filter", "deltatoken", "skiptoken"])?;
    let changes = call.tenant.directory.changes();
    // An empty token, as in the `Location` of a 410, starts over.
    let delta_token = call.query.get("deltatoken").filter(|token| !token.is_empty());
    let mut token = match (call.query.get("skiptoken"), delta_token) {
        (None, None | Some("latest")) => Token {
            upto: changes.version(),
            since: delta_token.map(|_| changes.version()),
            next: None,
            select: call.query.names("select").into_iter().map(String::from).collect(),
            ids: call.query.get("filter").map(ids).transpose()?,
            tenant: call.tenant.id,
            issued: call.now.timestamp(),
        },
        (Some(sealed), _) | (None, Some(sealed)) => resume(call, sealed)?,
    };
    if token.next.is_none() && delta_token.is_some() {
        token.upto = changes.version();
    }
    let names: Vec<&str> = token.select.iter().map(String::as_str).collect();
    let properties = users::select(call, &names)?;
    if properties.contains(&"signInActivity") {
        return Err(GraphError::unsupported_query("signInActivity is not tracked by delta."));
    }
    match token.since {
        None => everybody(call, token, &properties),
        Some(since) => changed(call, token, since, &properties),
    }
}

fn resume(call: &Call<'_>, sealed: &str) -> Result<Token, GraphError> {
    let token: Token = open(sealed)
        .filter(|token: &Token| token.tenant == call.tenant.id)
        .ok_or_else(|| GraphError::new(StatusCode::BAD_REQUEST, "syncStateNotFound", "The sync state is not known."))?;
    if call.now.timestamp() - token.issued > LIFE.num_seconds() {
        let from_the_start = format!("{}{}?$deltatoken=", call.service.urls.graph, call.path);
        let error =
            GraphError::new(StatusCode::GONE, "resyncRequired", "Resync required. The delta token has expired.");
        return Err(error.with_header(header::LOCATION, &from_the_start));
    }
    Ok(token)
}

/// The ids of a filter of the form `id eq '…' or id eq '…'`, the only one that delta takes.
fn ids(filter: &str) -> Result<Vec<Uuid>, GraphError> {
    fn collect(filter: &Filter, ids: &mut Vec<Uuid>) -> bool {
        match filter {
            Filter::Or(left, right) => collect(left, ids) && collect(right, ids),
            Filter::Compare { path, operator: Operator::Eq, value } if path.len() == 1 && path[0] == "id" => {
                value.as_str().and_then(|text| Uuid::try_parse(text).ok()).map(|id| ids.push(id)).is_some()
            }
            _ => false,
        }
    }
    let mut found = Vec::new();
    if collect(&Filter::parse(filter)?, &mut found) {
        return Ok(found);
    }
    Err(GraphError::unsupported_query("Delta supports $filter on id with eq and or alone."))
}

fn everybody(call: &Call<'_>, token: Token, properties: &[&'static str]) -> Result<Answer, GraphError> {
    let users = call.tenant.directory.all_users();
    let mut answer = begin(call);
    let (mut at, mut written) = (token.next.unwrap_or(0), 0);
    while at < users.len() && written < PAGE {
        let user = &users[at];
        at += 1;
        if token.ids.as_ref().is_some_and(|ids| !ids.contains(&user.id)) {
            continue;
        }
        if user.removal.is_none() {
            answer.row(&Selected { row: &UserRow { user, tenant: call.tenant }, properties })?;
            written += 1;
        }
    }
    finish(call, answer, token, (at < users.len()).then_some(at))
}

fn changed(call: &Call<'_>, token: Token, since: usize, properties: &[&'static str]) -> Result<Answer, GraphError> {
    let directory = &call.tenant.directory;
    let changes = directory.changes().since(since);
    let mut answer = begin(call);
    let mut written = 0;
    let mut next = None;
    for (&position, change) in changes.range(token.next.unwrap_or(0)..) {
        if written == PAGE {
            next = Some(position);
            break;
        }
        let Some(user) = directory.user_at(position) else { continue };
        if token.ids.as_ref().is_some_and(|ids| !ids.contains(&user.id)) {
            continue;
        }
        written += usize::from(tell(call, &mut answer, user, change, properties)?);
    }
    finish(call, answer, token, next)
}

/// Writes one change; answers whether there was anything to tell.
fn tell(
    call: &Call<'_>,
    answer: &mut Answer,
    user: &User,
    change: &Change,
    properties: &[&'static str],
) -> Result<bool, GraphError> {
    if let Some(removal) = &user.removal {
        let reason = if removal.permanently { "deleted" } else { "changed" };
        answer.row(&json!({"id": user.id, "@removed": {"reason": reason}}))?;
        return Ok(true);
    }
    let row = UserRow { user, tenant: call.tenant };
    let properties: Vec<_> = match change {
        Change::Updated(changed) => {
            properties.iter().copied().filter(|name| *name == "id" || changed.contains(name)).collect()
        }
        Change::Created | Change::Removed => properties.to_vec(),
    };
    if properties == ["id"] {
        return Ok(false);
    }
    answer.row(&Selected { row: &row, properties: &properties })?;
    Ok(true)
}

fn begin(call: &Call<'_>) -> Answer {
    let mut answer = Answer::page(call, "$metadata#users");
    answer.begin_rows();
    answer
}

fn finish(call: &Call<'_>, mut answer: Answer, token: Token, next: Option<usize>) -> Result<Answer, GraphError> {
    answer.end_rows();
    let base = format!("{}{}", call.service.urls.graph, call.path);
    match next {
        Some(_) => {
            let link = format!("{base}?$skiptoken={}", seal(&Token { next, ..token }));
            answer.entry("@odata.nextLink", &link)?;
        }
        None => {
            let since = Some(token.upto);
            let done = Token { since, next: None, issued: call.now.timestamp(), ..token };
            answer.entry("@odata.deltaLink", &format!("{base}?$deltatoken={}", seal(&done)))?;
        }
    }
    Ok(answer.end())
}

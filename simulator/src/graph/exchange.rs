//! The endpoint behind Exchange's PowerShell module: cmdlets by name, rows in pages. Another host in the real world.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::bearer;
use crate::service::Service;
use crate::tokens::{Resource, Verified};
use crate::world::{Directory, Tenant};

pub(super) const PREFIX: &str = "/adminapi/beta/";
/// What the endpoint gives at most, whatever is preferred.
const LARGEST_PAGE: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    cmdlet_input: CmdletInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CmdletInput {
    cmdlet_name: String,
    #[serde(default)]
    parameters: Map<String, Value>,
}

/// The tenant that a path of this endpoint names.
pub(super) fn tenant_of(path: &str) -> Option<Uuid> {
    path.strip_prefix(PREFIX)?.split('/').next().and_then(|id| Uuid::try_parse(id).ok())
}

/// `POST /adminapi/beta/{tenant}/InvokeCommand`
pub(super) async fn answer(
    service: &Service,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let caller = bearer(headers).and_then(|token| service.tokens.verify_for(Resource::Exchange, token).ok());
    let Some(caller) = caller else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut rest = path.trim_start_matches(PREFIX).split('/');
    let (tenant, command) = (tenant_of(path), rest.nth(1));
    let (Some(tenant), Some("InvokeCommand"), &Method::POST) = (tenant, command, method) else {
        return refuse(StatusCode::NOT_FOUND, "NotFound", "The resource does not exist.");
    };
    let world = service.world.read().await;
    let Some(tenant) = world.tenants.get(&tenant).filter(|tenant| tenant.id == caller.tenant) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let anchor = headers.get("x-anchormailbox").and_then(|anchor| anchor.to_str().ok()).unwrap_or_default();
    if !anchor.ends_with(&format!("@{}", tenant.id)) {
        return refuse(StatusCode::BAD_REQUEST, "BadRequest", "The anchor mailbox cannot be found.");
    }
    if !may_read(tenant, &caller) {
        let message = "The role assigned to application isn't supported in this scenario.";
        return refuse(StatusCode::FORBIDDEN, "Forbidden", message);
    }
    let Ok(Asked { cmdlet_input }) = serde_json::from_slice(body) else {
        return refuse(StatusCode::BAD_REQUEST, "BadRequest", "The request body is invalid.");
    };
    let wants_all = cmdlet_input.parameters.get("ResultSize").is_some_and(|size| size == "Unlimited");
    let Some(mut rows) = rows(&tenant.directory, &cmdlet_input.cmdlet_name) else {
        let message = format!("The term '{}' is not recognized as the name of a cmdlet.", cmdlet_input.cmdlet_name);
        return refuse(StatusCode::BAD_REQUEST, "BadRequest", &message);
    };
    if !wants_all {
        rows.truncate(LARGEST_PAGE);
    }
    let preferred = headers.get("prefer").and_then(|prefer| prefer.to_str().ok());
    let size = preferred.and_then(|prefer| prefer.split_once("maxpagesize=")?.1.parse().ok()).unwrap_or(100);
    page(service, path, query, rows, usize::min(size, LARGEST_PAGE))
}

fn may_read(tenant: &Tenant, caller: &Verified) -> bool {
    let granted = if caller.user.is_some() { &caller.scopes } else { &caller.roles };
    granted.iter().any(|name| name.starts_with("Exchange.Manage")) && tenant.directory.exchange.shows_settings
}

/// `None`: no such cmdlet.
fn rows(directory: &Directory, cmdlet: &str) -> Option<Vec<Value>> {
    let exchange = directory.exchange;
    Some(match cmdlet {
        "Get-TransportConfig" => vec![json!({
            "Name": "Transport Settings", "SmtpClientAuthenticationDisabled": exchange.smtp_auth_disabled
        })],
        "Get-OrganizationConfig" => vec![json!({
            "Name": "Organization", "OAuth2ClientProfileEnabled": exchange.modern_authentication
        })],
        "Get-CASMailbox" => directory
            .users()
            .filter(|user| !user.is_guest())
            .filter_map(|user| {
                let address = user.mail.as_ref()?;
                Some(json!({
                    "ExternalDirectoryObjectId": user.id, "PrimarySmtpAddress": address, "Name": user.display_name,
                    "SmtpClientAuthenticationDisabled": user.smtp_auth_disabled, "PopEnabled": exchange.pop_and_imap,
                    "ImapEnabled": exchange.pop_and_imap, "ActiveSyncEnabled": true, "EwsEnabled": true, "MAPIEnabled": true
                }))
            })
            .collect(),
        _ => return None,
    })
}

fn page(service: &Service, path: &str, query: &str, rows: Vec<Value>, size: usize) -> Response {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let start: usize = of("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let selected: Vec<&str> = of("$select").map(|names| names.split(',').collect()).unwrap_or_default();
    let more = (start + size < rows.len()).then(|| start + size);
    let kept = |row: Value| match row {
        Value::Object(row) if !selected.is_empty() => {
            Value::Object(row.into_iter().filter(|(name, _)| selected.contains(&name.as_str())).collect())
        }
        other => other,
    };
    let value: Vec<Value> = rows.into_iter().skip(start).take(size).map(kept).collect();
    let mut body = json!({"@adminapi.warnings": [], "value": value});
    if let Some(next) = more {
        let select = of("$select").map(|names| format!("$select={names}&")).unwrap_or_default();
        body["@odata.nextLink"] = json!(format!("{}{path}?{select}$skiptoken={next}", service.urls.graph));
    }
    axum::Json(body).into_response()
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"error": {"code": code, "message": "", "details": [{"code": "Context", "message": message}]}});
    (status, axum::Json(body)).into_response()
}

//! The few HTML pages of the sign-in service. They work without JavaScript and need nothing from elsewhere.

use std::collections::BTreeSet;
use std::fmt::Write;

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::errors::Refusal;
use super::people::Candidate;

const STYLE: &str = include_str!("pages.css");

/// Text made safe for HTML, attributes included.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} – simulated Microsoft</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
         <body><main><p class=\"brand\">Simulated Microsoft <span>no real account, no password</span></p><h1>{title}</h1>{body}</main></body></html>",
        title = escape(title),
    )
}

/// Where a form goes and what it carries along.
pub(crate) struct Form<'a> {
    pub action: String,
    /// The query string of the request that the page answers.
    pub request: &'a str,
}

/// The list of people, one button each. `rest` is folded away below `featured`.
pub(crate) fn sign_in(
    app: &str,
    form: &Form<'_>,
    featured: &[Candidate],
    rest: &[Candidate],
    hint: Option<&str>,
    note: Option<&str>,
) -> Html<String> {
    let mut body = format!("<p>Pick who signs in to <strong>{}</strong>.</p>", escape(app));
    if let Some(note) = note {
        let _ = write!(body, "<p class=\"note\" role=\"status\">{}</p>", escape(note));
    }
    let _ =
        write!(body, "<form method=\"post\" action=\"{}\">{}", escape(&form.action), hidden("request", form.request));
    if featured.is_empty() && rest.is_empty() {
        body.push_str("<p class=\"note\">Nobody can sign in here.</p>");
    }
    list(&mut body, featured, hint);
    if !rest.is_empty() {
        let open = if featured.is_empty() { " open" } else { "" };
        let _ = write!(body, "<details{open}><summary>Other people ({})</summary>", rest.len());
        list(&mut body, rest, hint);
        body.push_str("</details>");
    }
    body.push_str("</form>");
    Html(page("Sign in", &body))
}

fn list(body: &mut String, people: &[Candidate], hint: Option<&str>) {
    body.push_str("<ul>");
    for candidate in people {
        let person = &candidate.person;
        let hinted = hint.is_some_and(|hint| hint.eq_ignore_ascii_case(&person.user_principal_name));
        let (class, mfa) = if person.mfa { ("mfa", "with MFA") } else { ("no-mfa", "without MFA") };
        let _ = write!(
            body,
            "<li><button type=\"submit\" name=\"person\" value=\"{}\"{}><span class=\"name\">{}</span> <span class=\"upn\">{}</span> \
             <span class=\"role\">{}, {}</span> <span class=\"{class}\">{mfa}</span></button></li>",
            candidate.key(),
            if hinted { " autofocus" } else { "" },
            escape(&person.display_name),
            escape(&person.user_principal_name),
            escape(candidate.role()),
            escape(&candidate.tenant_name),
        );
    }
    body.push_str("</ul>");
}

/// Permissions of one kind that an app asks for.
pub(crate) struct Asked<'a> {
    /// How they would be used, in words.
    pub kind: &'a str,
    pub permissions: &'a BTreeSet<String>,
}

/// The question whether an app may have these permissions. Without `may_accept` there is only a way back.
pub(crate) fn consent(
    app: &str,
    form: &Form<'_>,
    candidate: &Candidate,
    permissions: &[Asked<'_>],
    may_accept: bool,
) -> Html<String> {
    let title = if may_accept { "Permissions requested" } else { "Need admin approval" };
    let mut body = format!(
        "<p class=\"who\">{} <span class=\"upn\">{}</span></p><p><strong>{}</strong> asks for these permissions in <strong>{}</strong>.</p>",
        escape(&candidate.person.display_name),
        escape(&candidate.person.user_principal_name),
        escape(app),
        escape(&candidate.tenant_name),
    );
    for group in permissions.iter().filter(|group| !group.permissions.is_empty()) {
        let _ = write!(body, "<h2>{}</h2><ul class=\"permissions\">", escape(group.kind));
        for permission in group.permissions {
            let _ = write!(body, "<li><code>{}</code></li>", escape(permission));
        }
        body.push_str("</ul>");
    }
    let _ = write!(
        body,
        "<form class=\"decision\" method=\"post\" action=\"{}\">{}{}",
        escape(&form.action),
        hidden("request", form.request),
        hidden("person", &candidate.key()),
    );
    if may_accept {
        body.push_str("<div class=\"actions\"><button class=\"primary\" type=\"submit\" name=\"decision\" value=\"accept\">Accept</button><button type=\"submit\" name=\"decision\" value=\"cancel\">Cancel</button></div>");
    } else {
        body.push_str("<p class=\"note\">Only an administrator of this organisation can grant them (AADSTS90094).</p><div class=\"actions\"><button type=\"submit\" name=\"decision\" value=\"cancel\">Return to the application without granting consent</button></div>");
    }
    body.push_str("</form>");
    Html(page(title, &body))
}

/// A page that posts the answer to the client by itself, or by a button where scripts are off.
pub(crate) fn form_post(redirect_uri: &str, parameters: &[(&str, &str)]) -> String {
    let fields: String = parameters.iter().map(|(name, value)| hidden(name, value)).collect();
    let body = format!(
        "<form method=\"post\" action=\"{}\">{fields}<button class=\"primary\" type=\"submit\">Continue</button></form><script>document.forms[0].submit()</script>",
        escape(redirect_uri)
    );
    page("Continue", &body)
}

/// A refusal that must not be told to the client, because the client is not known or its address is not trusted.
pub(crate) fn refused(refusal: &Refusal) -> Response {
    failure(StatusCode::BAD_REQUEST, &refusal.message())
}

pub(crate) fn failure(status: StatusCode, message: &str) -> Response {
    let body = format!(
        "<p>Sorry, but we’re having trouble signing you in.</p><p class=\"note\" role=\"alert\">{}</p>",
        escape(message)
    );
    (status, Html(page("Sign in failed", &body))).into_response()
}

pub(crate) fn signed_out() -> Html<String> {
    Html(page("You signed out", "<p>You can close this window.</p>"))
}

/// `GET /error?code=…`, the address in every refusal's `error_uri`.
pub(super) async fn error_lookup(RawQuery(query): RawQuery) -> Response {
    let code = query.as_deref().and_then(|query| query.strip_prefix("code=")).and_then(|code| code.parse().ok());
    match code {
        Some(code) => {
            Html(page("Error code", &format!("<p>{}</p>", escape(&Refusal::new(code).message())))).into_response()
        }
        None => failure(StatusCode::NOT_FOUND, "Ask with ?code= and the number after AADSTS."),
    }
}

pub(super) async fn not_found() -> Response {
    failure(StatusCode::NOT_FOUND, "There is no such page on this sign-in service.")
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

//! Small pages that need no app: refused sign-ins, signed out, errors. Plain HTML, no script, the site's style sheet.

use std::fmt::Write;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// A heading, a few sentences, and where to go next.
#[derive(Clone, Debug)]
pub struct Notice {
    pub status: StatusCode,
    pub title: String,
    pub sentences: Vec<String>,
    /// Label and local path; the first is the one to press.
    pub links: Vec<(String, String)>,
    /// To quote to whoever runs the server.
    pub request_id: Option<String>,
}

impl Notice {
    pub fn new(status: StatusCode, title: &str) -> Self {
        Self { status, title: title.to_owned(), sentences: Vec::new(), links: Vec::new(), request_id: None }
    }

    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.sentences.push(sentence.into());
        self
    }

    pub fn link(mut self, label: &str, path: impl Into<String>) -> Self {
        self.links.push((label.to_owned(), path.into()));
        self
    }

    pub fn quote(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }

    fn to_html(&self) -> String {
        let title = escape(&self.title);
        let mut main = format!("<h1>{title}</h1>");
        for sentence in &self.sentences {
            let _ = write!(main, "<p>{}</p>", escape(sentence));
        }
        if !self.links.is_empty() {
            main.push_str("<p class=\"actions\">");
            for (place, (label, path)) in self.links.iter().enumerate() {
                let class = if place == 0 { "button primary" } else { "button" };
                let _ = write!(main, "<a class=\"{class}\" href=\"{}\">{}</a> ", escape(path), escape(label));
            }
            main.push_str("</p>");
        }
        if let Some(id) = &self.request_id {
            let _ = write!(main, "<p class=\"muted\">Request <code>{}</code></p>", escape(id));
        }
        let stylesheet = super::assets::names()
            .map(|names| format!("<link rel=\"stylesheet\" href=\"{}\">", escape(&names.stylesheet)))
            .unwrap_or_default();
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Tenantry</title>{stylesheet}\
             <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head>\
             <body class=\"notice-page\"><main class=\"notice\">{main}</main></body></html>"
        )
    }
}

impl IntoResponse for Notice {
    fn into_response(self) -> Response {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        (self.status, headers, self.to_html()).into_response()
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        let html = Notice::new(StatusCode::OK, "<script>").say("a \"b\" & c").link("x", "/?a=\"><script>").to_html();
        assert!(!html.contains("<script>"));
        assert!(html.contains("a &quot;b&quot; &amp; c"));
    }
}

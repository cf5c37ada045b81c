//! What is asked of Graph: path, OData options, and the budget that the question is counted against.

use std::fmt::Write;

use domain::dataset::BudgetClass;
use url::Url;

use crate::graph::settings::below;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    Beta,
}

impl Version {
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// One question. Building it does nothing; hand it to `TenantGraph`.
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) version: Version,
    /// Without leading slash and version: `users/delta`.
    pub(crate) path: String,
    options: Vec<(&'static str, String)>,
    /// Sent with every page.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) eventual: bool,
    pub(crate) unknown_enum_members: bool,
    pub(crate) class: BudgetClass,
    /// Resource units before the modifiers of `$select`, `$expand` and `$top` (throttling limits of Microsoft Graph).
    base_cost: u32,
}

impl Query {
    /// `path` without a leading slash, e.g. `users`.
    pub fn v1(path: impl Into<String>) -> Self {
        Self::new(Version::V1, path.into())
    }

    pub fn beta(path: impl Into<String>) -> Self {
        Self::new(Version::Beta, path.into())
    }

    fn new(version: Version, path: String) -> Self {
        Self {
            version,
            path,
            options: Vec::new(),
            headers: Vec::new(),
            eventual: false,
            unknown_enum_members: false,
            class: BudgetClass::Directory,
            base_cost: 1,
        }
    }

    pub fn select(self, properties: &[&str]) -> Self {
        self.option("$select", properties.join(","))
    }

    pub fn expand(self, expression: &str) -> Self {
        self.option("$expand", expression.to_owned())
    }

    pub fn filter(self, expression: impl Into<String>) -> Self {
        self.option("$filter", expression.into())
    }

    pub fn order_by(self, expression: &str) -> Self {
        self.option("$orderby", expression.to_owned())
    }

    pub fn top(self, rows: u32) -> Self {
        self.option("$top", rows.to_string())
    }

    /// An advanced directory query: `ConsistencyLevel: eventual` (re-sent on every page) and `$count=true`.
    pub fn eventual(mut self) -> Self {
        self.eventual = true;
        self.option("$count", String::from("true"))
    }

    /// Asks for enum members that are newer than the API version instead of `unknownFutureValue`.
    pub fn unknown_enum_members(mut self) -> Self {
        self.unknown_enum_members = true;
        self
    }

    /// Any other option of the query string.
    pub fn option(mut self, name: &'static str, value: String) -> Self {
        self.options.push((name, value));
        self
    }

    /// A header of its own; lower case.
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The budget that it is counted against; `Directory` unless told.
    pub fn class(mut self, class: BudgetClass) -> Self {
        self.class = class;
        self
    }

    /// Resource units of the path itself, e.g. 2 for `users`; 1 unless told.
    pub fn cost(mut self, resource_units: u32) -> Self {
        self.base_cost = resource_units;
        self
    }

    /// Microsoft's price of the question: `$select` −1, `$expand` +1, `$top` below 20 −1, never below 1.
    pub(crate) fn resource_units(&self) -> u32 {
        let has = |name: &str| self.options.iter().any(|(option, _)| *option == name);
        let small_page = self
            .options
            .iter()
            .any(|(option, value)| *option == "$top" && value.parse::<u32>().is_ok_and(|rows| rows < 20));
        (self.base_cost + u32::from(has("$expand")))
            .saturating_sub(u32::from(has("$select")))
            .saturating_sub(u32::from(small_page))
            .max(1)
    }

    /// The path with its options, as `$batch` wants it: `/users?$top=5`.
    pub(crate) fn relative(&self) -> String {
        let mut text = format!("/{}", self.path);
        let mut separator = '?';
        for (name, value) in &self.options {
            let _infallible = write!(text, "{separator}{name}={}", encode(value));
            separator = '&';
        }
        text
    }

    pub(crate) fn url(&self, graph_url: &Url) -> String {
        format!("{}{}", below(graph_url, self.version.segment()), self.relative())
    }

    /// For errors and logs: the path without options, which may hold names.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.version.segment(), self.path)
    }
}

/// Percent-encodes a value of the query string, leaving the characters readable that OData uses and RFC 3986 allows there.
fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(byte.into()),
            b'-' | b'.' | b'_' | b'~' | b',' | b'(' | b')' | b':' | b'$' | b'/' | b'@' | b'*' | b'!' | b';' | b'=' => {
                text.push(byte.into());
            }
            _ => {
                let _infallible = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// A name or id as one path segment or key of an OData function: quotes doubled, reserved characters encoded.
pub fn quoted(value: &str) -> String {
    format!("'{}'", encode(&value.replace('\'', "''")).replace('/', "%2F"))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    #[test]
    fn options_are_encoded_and_stay_readable() {
        let query =
            Query::v1("users").select(&["id", "displayName"]).filter("startsWith(displayName,'A&B +')").top(999);
        assert_eq!(
            query.relative(),
            "/users?$select=id,displayName&$filter=startsWith(displayName,%27A%26B%20%2B%27)&$top=999"
        );
    }

    #[test]
    fn prices_follow_the_published_modifiers() {
        assert_eq!(Query::v1("users").cost(2).resource_units(), 2);
        assert_eq!(Query::v1("users").cost(2).select(&["id"]).resource_units(), 1);
        assert_eq!(Query::v1("users").cost(2).select(&["id"]).top(5).resource_units(), 1);
        assert_eq!(Query::v1("users").cost(3).expand("manager").resource_units(), 4);
    }

    #[test]
    fn a_base_url_with_a_trailing_slash_or_a_path_is_joined_once() {
        let base = Url::parse("http://127.0.0.1:4002/").expect("url");
        assert_eq!(Query::beta("organization").url(&base), "http://127.0.0.1:4002/beta/organization");
    }

    #[test]
    fn a_quote_in_a_name_cannot_end_the_key() {
        assert_eq!(quoted("o'neil/x"), "'o%27%27neil%2Fx'");
    }
}

//! Our two cookies, and the one way to read them.

use axum::http::header::{COOKIE, HeaderMap, HeaderValue, InvalidHeaderValue};
use chrono::TimeDelta;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The id of a session.
    Session,
    /// An attempt to sign in that is under way.
    SignIn,
}

impl Cookie {
    /// Under TLS the prefix `__Host-` keeps other hosts from setting it (RFC 6265bis, section 4.1.3).
    fn name(self, over_tls: bool) -> &'static str {
        match (self, over_tls) {
            (Self::Session, true) => "__Host-tenantry-session",
            (Self::Session, false) => "tenantry-session",
            (Self::SignIn, true) => "__Host-tenantry-sign-in",
            (Self::SignIn, false) => "tenantry-sign-in",
        }
    }

    pub fn read(self, headers: &HeaderMap, over_tls: bool) -> Option<String> {
        let name = self.name(over_tls);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.to_owned())
    }

    /// A `Set-Cookie`.
    pub fn set(self, value: &str, life: TimeDelta, over_tls: bool) -> Result<HeaderValue, InvalidHeaderValue> {
        let secure = if over_tls { "; Secure" } else { "" };
        HeaderValue::from_str(&format!(
            "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.name(over_tls),
            life.num_seconds().max(0)
        ))
    }

    /// A `Set-Cookie` that makes the browser forget it.
    pub fn forget(self, over_tls: bool) -> Result<HeaderValue, InvalidHeaderValue> {
        self.set("", TimeDelta::zero(), over_tls)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn under_tls_the_cookie_belongs_to_the_host_alone() {
        let set = Cookie::Session.set("abc", TimeDelta::hours(1), true).unwrap();
        assert_eq!(set, "__Host-tenantry-session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("theme=dark; tenantry-session=abc; other=x"));
        assert_eq!(Cookie::Session.read(&headers, false).as_deref(), Some("abc"));
        assert_eq!(Cookie::Session.read(&headers, true), None);
        assert_eq!(Cookie::SignIn.read(&headers, false), None);
    }
}

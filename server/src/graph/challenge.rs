//! `WWW-Authenticate` of continuous access evaluation: finds the claims that a fresh token has to carry. Pure.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

/// The decoded claims of the first challenge that says `insufficient_claims`, as JSON.
pub fn claims(headers: &HeaderMap) -> Option<String> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).find_map(claims_of)
}

fn claims_of(challenge: &str) -> Option<String> {
    if parameter(challenge, "error")? != "insufficient_claims" {
        return None;
    }
    let encoded = parameter(challenge, "claims")?;
    let bytes =
        [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|engine| engine.decode(encoded).ok())?;
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<Value>(&text).ok()?.is_object().then_some(text)
}

/// The quoted value of a parameter; `error` is not found inside `error_description`.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = challenge;
    loop {
        let at = rest.find(name)?;
        let starts_here = rest[..at].chars().next_back().is_none_or(|before| before == ' ' || before == ',');
        let after = &rest[at + name.len()..];
        if starts_here && let Some(value) = after.trim_start().strip_prefix('=') {
            let value = value.trim_start();
            return match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => value.split([',', ' ']).next(),
            };
        }
        rest = after;
    }
}

/// What the token endpoint is sent as `claims`: the challenge's claims, if any, and that this client handles challenges.
pub fn merged(challenge: Option<&str>) -> String {
    let mut claims = challenge
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({}));
    if !claims["access_token"].is_object() {
        claims["access_token"] = json!({});
    }
    claims["access_token"]["xms_cc"] = json!({ "values": ["cp1"] });
    claims.to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    fn header(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().unwrap());
        headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        headers
    }

    #[test]
    fn claims_are_found_among_several_challenges_and_decoded() {
        let json = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
        let challenge = format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.example/authorize\", error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode(json)
        );
        assert_eq!(claims(&header(&challenge)).as_deref(), Some(json));
    }

    #[test]
    fn other_challenges_and_nonsense_carry_no_claims() {
        for value in [
            "Bearer realm=\"\"",
            "Bearer error=\"invalid_token\", claims=\"e30=\"",
            "Bearer error=\"insufficient_claims\", claims=\"***\"",
            "Bearer error=\"insufficient_claims\", claims=\"W10=\"",
            "Bearer error_description=\"insufficient_claims\", claims=\"e30=\"",
        ] {
            assert_eq!(claims(&header(value)), None, "{value}");
        }
    }

    #[test]
    fn merging_keeps_the_challenge_and_declares_the_capability() {
        let merged: Value = serde_json::from_str(&merged(Some(r#"{"access_token":{"nbf":{"value":"1"}}}"#))).unwrap();
        assert_eq!(merged["access_token"]["nbf"]["value"], "1");
        assert_eq!(merged["access_token"]["xms_cc"]["values"][0], "cp1");
    }
}

//! Refusals of the pretend Entra: the AADSTS codes with the OAuth error, the HTTP status and the text that go with each.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use crate::service::Service;

/// A refusal by code. `detail` replaces the usual text when the case has something more exact to say.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub code: u32,
    pub detail: Option<String>,
}

impl Refusal {
    pub fn new(code: u32) -> Self {
        Self { code, detail: None }
    }

    pub fn with(code: u32, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }

    /// The OAuth `error` value.
    pub fn error(&self) -> &'static str {
        meaning(self.code).error
    }

    /// `AADSTS…: text`, without the trailing ids.
    pub fn message(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.detail.as_deref().unwrap_or(meaning(self.code).text))
    }

    /// The token endpoint's answer (and the metadata's).
    pub fn into_json(self, service: &Service, correlation: Option<&str>) -> Response {
        let meaning = meaning(self.code);
        let now = service.clock.now().format("%Y-%m-%d %H:%M:%SZ").to_string();
        let trace = service.random.uuid();
        let correlation = correlation.map_or_else(|| service.random.uuid().to_string(), String::from);
        let mut body = json!({
            "error": meaning.error,
            "error_description": format!("{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}", self.message()),
            "error_codes": [self.code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", service.urls.login, self.code),
        });
        if !meaning.suberror.is_empty() {
            body["suberror"] = json!(meaning.suberror);
        }
        if matches!(self.code, 50076 | 50079 | 50072 | 53000..=53003 | 50158) {
            body["claims"] = json!(
                r#"{"access_token":{"capolids":{"essential":true,"values":["00000000-0000-4000-8000-000000000001"]}}}"#
            );
        }
        let mut response = (meaning.status, Json(body)).into_response();
        if meaning.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response
    }
}

/// A tenant id that fails with a chosen code: `aad57500-0000-4000-8000-` and the code in twelve decimal digits. It lets a person
/// see a failure by typing it where a tenant is asked for.
pub(crate) fn sentinel_code(tenant: Uuid) -> Option<u32> {
    tenant.to_string().strip_prefix("aad57500-0000-4000-8000-")?.parse().ok().filter(|code| *code != 0)
}

/// A `login_hint` that fails the sign-in with a chosen code: `aadsts-53003@anything`.
pub(crate) fn sentinel_hint(login_hint: &str) -> Option<u32> {
    login_hint.strip_prefix("aadsts-")?.split('@').next()?.parse().ok()
}

struct Meaning {
    error: &'static str,
    status: StatusCode,
    suberror: &'static str,
    text: &'static str,
}

const fn bad(error: &'static str, text: &'static str) -> Meaning {
    Meaning { error, status: StatusCode::BAD_REQUEST, suberror: "", text }
}

const fn unauthorized(error: &'static str, text: &'static str) -> Meaning {
    Meaning { error, status: StatusCode::UNAUTHORIZED, suberror: "", text }
}

const fn transient(text: &'static str) -> Meaning {
    Meaning { error: "temporarily_unavailable", status: StatusCode::SERVICE_UNAVAILABLE, suberror: "", text }
}

const fn grant(suberror: &'static str, text: &'static str) -> Meaning {
    Meaning { error: "invalid_grant", status: StatusCode::BAD_REQUEST, suberror, text }
}

/// What a code means. A code that is not listed can still be injected and answers as an invalid request.
fn meaning(code: u32) -> Meaning {
    match code {
        700_016 => bad(
            "unauthorized_client",
            "Application was not found in the directory. It has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
        ),
        7_000_229 => {
            unauthorized("invalid_client", "The client application is missing service principal in the tenant.")
        }
        700_011 => bad("unauthorized_client", "Application was not found in the directory."),
        650_056 => {
            bad("invalid_client", "Misconfigured application, or the administrator has not consented in the tenant.")
        }
        65001 => grant(
            "consent_required",
            "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
        ),
        65004 => bad("access_denied", "User declined to consent to access the app."),
        90094 => bad(
            "access_denied",
            "An administrator of the organization must grant the permissions that the application asks for.",
        ),
        90095 => bad("access_denied", "Admin consent is required; a request can be sent to an administrator."),
        90099 => grant(
            "consent_required",
            "The application has not been authorized in the tenant. Applications must be authorized to access the external tenant before partner delegated administrators can use them.",
        ),
        500_011 => bad("invalid_resource", "The resource principal was not found in the tenant."),
        650_052 => bad(
            "invalid_resource",
            "The app needs access to a service that your organization has not subscribed to or enabled.",
        ),
        7_000_215 => unauthorized(
            "invalid_client",
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
        ),
        7_000_222 => unauthorized("invalid_client", "The provided client secret keys are expired."),
        700_027 => unauthorized(
            "invalid_client",
            "The certificate with identifier used to sign the client assertion is not registered on application, or the signature is invalid.",
        ),
        50012 => unauthorized(
            "invalid_client",
            "Authentication failed: the certificate subject name or issuer is not valid.",
        ),
        50013 => unauthorized(
            "invalid_grant",
            "Assertion failed signature validation or is not within its valid time range.",
        ),
        500_133 => unauthorized("invalid_grant", "Assertion is not within its valid time range."),
        700_023 => unauthorized("invalid_client", "Client assertion audience claim does not match Realm issuer."),
        700_024 => unauthorized("invalid_client", "Client assertion is not within its valid time range."),
        7_000_218 => unauthorized(
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ),
        900_144 => bad("invalid_request", "The request body must contain a parameter that is missing."),
        90014 => bad("invalid_request", "The required field is missing from the credential."),
        9_002_313 => bad("invalid_request", "Invalid request. Request is malformed or invalid."),
        9_002_326 => bad(
            "invalid_request",
            "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
        ),
        70001 => bad("unauthorized_client", "The application is disabled."),
        7_000_112 => bad("unauthorized_client", "Application is disabled."),
        700_082 => grant("token_expired", "The refresh token has expired due to inactivity."),
        70008 => grant(
            "token_expired",
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ),
        70043 => grant(
            "bad_token",
            "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
        ),
        50173 => {
            grant("bad_token", "The provided grant has expired due to it being revoked, a fresh auth token is needed.")
        }
        50089 => grant("", "Authentication failed due to flow token expired."),
        50132 => grant("", "The session is not valid: password expired or changed recently."),
        50133 => grant("bad_token", "Session is invalid due to expiration or recent password change."),
        70000 => grant("", "Provided grant is invalid or malformed."),
        50074 => bad("interaction_required", "Strong Authentication is required."),
        50076 => Meaning {
            suberror: "basic_action",
            ..bad(
                "interaction_required",
                "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
            )
        },
        50078 => bad(
            "interaction_required",
            "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access the resource.",
        ),
        50072 => bad(
            "interaction_required",
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource.",
        ),
        50079 => bad(
            "interaction_required",
            "Due to a configuration change made by your administrator, the user is required to use multi-factor authentication and must register for it.",
        ),
        50158 => bad(
            "interaction_required",
            "External security challenge not satisfied. User will be redirected to another page or authentication provider to satisfy additional authentication challenges.",
        ),
        50161 => bad("interaction_required", "Failed to validate authorization url of external claims provider."),
        53000 => bad(
            "interaction_required",
            "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant.",
        ),
        53001 => bad("interaction_required", "Device is not in required device state: domain joined."),
        53002 => {
            bad("interaction_required", "The application used is not an approved application for Conditional Access.")
        }
        53003 => bad(
            "interaction_required",
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        ),
        530_032 => bad("interaction_required", "Access has been blocked by a security policy of the tenant."),
        530_034 => bad(
            "access_denied",
            "A delegated administrator was blocked from accessing the tenant due to account risk in their home tenant.",
        ),
        530_035 => bad("access_denied", "Access has been blocked by security defaults."),
        53011 => bad("access_denied", "User blocked due to risk on home tenant."),
        50053 => grant(
            "",
            "The account is locked, or sign-in was blocked because it came from an IP address with malicious activity.",
        ),
        50055 => grant("", "The password is expired."),
        50144 => grant("", "The user's Active Directory password has expired."),
        50056 => grant("", "Invalid or null password: password doesn't exist in the directory for this user."),
        50057 => grant("", "The user account is disabled."),
        50034 => grant("", "The user account does not exist in the tenant directory."),
        50020 => grant(
            "",
            "User account from identity provider does not exist in tenant and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.",
        ),
        50177 => grant(
            "",
            "User account does not exist in tenant and cannot access the application: external challenge is not supported for passthrough users.",
        ),
        51004 => grant(
            "",
            "The user account does not exist in the directory. To sign into this application, the account must be added to the directory.",
        ),
        16000 => bad(
            "interaction_required",
            "User account from identity provider does not exist in the tenant, or several accounts could be chosen: select an account.",
        ),
        50105 => bad("access_denied", "The signed in user is not assigned to a role for the application."),
        50126 => grant("", "Error validating credentials due to invalid username or password."),
        90002 => bad(
            "invalid_request",
            "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
        ),
        90038 => bad("invalid_request", "The tenant belongs to another national cloud."),
        900_432 => bad("invalid_request", "Confidential Client is not supported in Cross Cloud request."),
        900_382 => bad("invalid_request", "Confidential Client is not supported in Cross Cloud request."),
        5_000_224 => bad(
            "invalid_request",
            "We are sorry, this resource is not available. If you are seeing this message by mistake, please contact Microsoft support.",
        ),
        900_023 => bad(
            "invalid_request",
            "Specified tenant identifier is neither a valid DNS name, nor a valid external domain.",
        ),
        9_001_023 => bad(
            "invalid_request",
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ),
        50059 => bad(
            "invalid_request",
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        ),
        500_021 | 500_022 => bad("access_denied", "Access to tenant is denied by tenant restrictions."),
        500_212 => bad(
            "access_denied",
            "The user's administrator has set an outbound access policy that does not allow access to the resource tenant.",
        ),
        500_213 => bad(
            "access_denied",
            "The resource tenant's cross-tenant access policy does not allow this user to access this tenant.",
        ),
        50002 => bad("access_denied", "Sign-in failed because of restricted proxy access on the tenant."),
        90033 => transient("A transient error has occurred. Please try again."),
        90006 | 90012 | 90024 => transient(
            "The service is temporarily unavailable: the request timed out or an internal operation failed. Please try again.",
        ),
        50033 | 50087 | 90090 => {
            transient("A transient error has occurred during sign-in or discovery. Please try again.")
        }
        90055 => Meaning {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..transient("Tenant request is being throttled due to too many incoming requests.")
        },
        50196 => grant(
            "",
            "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
        ),
        900_971 => bad("invalid_request", "No reply address provided."),
        50011 => bad(
            "invalid_request",
            "The redirect URI specified in the request does not match the redirect URIs configured for the application.",
        ),
        500_112 => bad(
            "invalid_client",
            "The reply address does not match the reply address provided when requesting Authorization code.",
        ),
        501_481 => {
            grant("", "The code_verifier does not match the code_challenge supplied in the authorization request.")
        }
        501_491 => {
            bad("invalid_request", "Invalid size of code_challenge parameter, or an unsupported code_challenge_method.")
        }
        54005 => grant(
            "",
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ),
        700_005 => grant("", "Provided Authorization Code is intended to use against other tenant, thus rejected."),
        70003 => bad("unsupported_grant_type", "The app requested an unsupported grant type."),
        70005 => bad("unsupported_response_type", "The app requested an unsupported response type."),
        70011 => bad("invalid_scope", "The provided request must include a 'scope' input parameter that is valid."),
        1_002_012 => bad(
            "invalid_scope",
            "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
        ),
        90023 => bad("invalid_request", "The value of a parameter of the request is not valid."),
        50058 => bad(
            "login_required",
            "Session information is not sufficient for single-sign-on: a silent sign-in request was sent but no user is signed in.",
        ),
        _ => bad("invalid_request", "The request was refused."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentinels_carry_any_code() {
        let tenant = Uuid::parse_str("aad57500-0000-4000-8000-000000053003").ok();
        assert_eq!(tenant.and_then(sentinel_code), Some(53003));
        assert_eq!(sentinel_code(Uuid::nil()), None);
        assert_eq!(sentinel_hint("aadsts-50105@fabrikam.example"), Some(50105));
        assert_eq!(sentinel_hint("ines@fabrikam.example"), None);
    }

    #[test]
    fn every_code_of_the_reference_has_a_meaning_of_its_own() {
        let codes = [
            700_016, 7_000_229, 700_011, 650_056, 65001, 65004, 90094, 90095, 90099, 500_011, 650_052, 7_000_215,
            7_000_222, 700_027, 50012, 50013, 500_133, 7_000_218, 900_144, 90014, 9_002_313, 70001, 7_000_112, 700_082,
            70008, 70043, 50173, 50089, 50132, 50133, 70000, 50076, 50074, 50078, 50072, 50079, 50158, 50161, 53000,
            53001, 53002, 53003, 530_032, 530_035, 530_034, 53011, 50053, 50055, 50144, 50056, 50057, 50034, 50020,
            51004, 16000, 50105, 50126, 90002, 90038, 900_432, 900_382, 5_000_224, 900_023, 500_021, 500_022, 500_212,
            500_213, 50002, 90033, 90006, 90012, 90024, 50033, 50087, 90090, 90055, 50196, 900_971, 50011, 501_481,
            54005, 700_005,
        ];
        let fallback = meaning(1).text;
        for code in codes {
            assert_ne!(meaning(code).text, fallback, "AADSTS{code} has no text");
        }
    }
}

//! Every code of Microsoft's that the product names, with what it does.

use std::collections::BTreeSet;

use domain::cause::Actor;
use domain::connection::ConnectionState;
use domain::dataset::{Dataset, Outcome};
use domain::licence::EntraLicence;
use domain::microsoft_error::{Consequence, SIGN_IN_ERRORS, graph_refusal, sign_in_cause, sign_in_error};
use rstest::rstest;

const CONSENT: Consequence = Consequence::Connection(ConnectionState::AwaitingConsent);
const BROKEN: Consequence = Consequence::Connection(ConnectionState::Broken);

#[rstest]
#[case::consent_missing(&[700016, 7000229, 700011, 650056, 65001, 90094, 90095], CONSENT, Actor::ClientAdministrator)]
#[case::consent_declined_or_not_for_delegates(&[65004, 90099], CONSENT, Actor::Technician)]
#[case::service_missing(&[500011, 650052], Consequence::Feature, Actor::ClientAdministrator)]
#[case::our_credential(&[7000215, 7000222, 700027, 50012, 50013, 500133], Consequence::Credential, Actor::Administrator)]
#[case::wrong_request(
    &[7000218, 900144, 90014, 9002313, 900971, 50011, 9001023],
    Consequence::Request,
    Actor::Administrator
)]
#[case::app_disabled(&[70001, 7000112], BROKEN, Actor::ClientAdministrator)]
#[case::connect_again(
    &[700082, 70008, 70043, 50173, 50089, 50132, 50133, 70000, 50076, 50074, 50078, 50072, 50079, 50158, 50161],
    BROKEN,
    Actor::Technician
)]
#[case::browser_token(&[700084], BROKEN, Actor::Administrator)]
#[case::blocked_by_policy(&[53000, 53001, 53002, 53003, 530032], BROKEN, Actor::ClientAdministrator)]
#[case::blocked_by_defaults_or_risk(&[530035, 530034, 53011], BROKEN, Actor::Technician)]
#[case::locked(&[50053], Consequence::RetryLater, Actor::Technician)]
#[case::account(
    &[50055, 50144, 50056, 50057, 50034, 50020, 50177, 51004, 16000, 50126],
    Consequence::Account,
    Actor::Technician
)]
#[case::not_assigned(&[50105], Consequence::Account, Actor::ClientAdministrator)]
#[case::wrong_tenant_or_cloud(&[90002, 90038, 900432, 900382], BROKEN, Actor::Administrator)]
#[case::tenant_gone(&[5000224, 900023], BROKEN, Actor::Technician)]
#[case::tenant_restrictions(&[500021, 500022, 500212, 500213, 50002], BROKEN, Actor::ClientAdministrator)]
#[case::passing(&[90033, 90006, 90012, 90024, 50033, 50087, 90090], Consequence::Retry, Actor::Nobody)]
#[case::throttled(&[90055, 50196], Consequence::RetryLater, Actor::Nobody)]
#[case::stale_code(&[501481, 54005, 700005], Consequence::RestartSignIn, Actor::Technician)]
fn sign_in_codes_have_their_consequence(#[case] codes: &[u32], #[case] consequence: Consequence, #[case] actor: Actor) {
    for code in codes {
        let error = sign_in_error(*code).unwrap_or_else(|| panic!("AADSTS{code} is not known"));
        assert_eq!((error.consequence, error.actor), (consequence, actor), "AADSTS{code}");
    }
}

#[test]
fn every_code_is_listed_once_and_told_in_sentences() {
    let mut seen = BTreeSet::new();
    for error in SIGN_IN_ERRORS {
        assert!(error.meaning.ends_with('.') && error.next_step.ends_with('.'), "{:?}", error.codes);
        for code in error.codes {
            assert!(seen.insert(*code), "AADSTS{code} is listed twice");
        }
    }
    assert_eq!(seen.len(), 85, "a code was added or removed: name it in the table above too");
}

#[test]
fn the_first_known_code_decides() {
    let (cause, consequence) = sign_in_cause(&[1, 7000222], "invalid_client", Some("trace".into()));
    assert_eq!((cause.code.as_str(), consequence), ("AADSTS7000222", Consequence::Credential));
    assert_eq!(cause.request_id.as_deref(), Some("trace"));
}

#[rstest]
#[case("temporarily_unavailable", Consequence::Retry)]
#[case("invalid_grant", BROKEN)]
#[case("interaction_required", BROKEN)]
#[case("consent_required", CONSENT)]
#[case("permission_denied", CONSENT)]
#[case("invalid_resource", Consequence::Feature)]
#[case("invalid_client", BROKEN)]
#[case("a_newer_word", BROKEN)]
fn without_a_known_code_the_oauth_error_decides(#[case] error: &str, #[case] expected: Consequence) {
    let (cause, consequence) = sign_in_cause(&[42], error, None);
    assert_eq!((cause.code.as_str(), consequence), ("AADSTS42", expected));
    assert_eq!(sign_in_cause(&[], error, None).0.code, error);
}

const NO_PREMIUM: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

#[rstest]
#[case::no_p1(Dataset::RegistrationDetails, 403, NO_PREMIUM, "", Some(EntraLicence::Free), Outcome::NotLicensed, false)]
#[case::no_p1_licence_not_read(Dataset::LegacySignIns, 403, NO_PREMIUM, "", None, Outcome::NotLicensed, false)]
#[case::no_p1_said_of_a_p1_tenant(
    Dataset::LegacySignIns,
    403,
    NO_PREMIUM,
    "",
    Some(EntraLicence::P1),
    Outcome::Failed,
    true
)]
#[case::no_p2(
    Dataset::RoleEligibility,
    400,
    "AadPremiumLicenseRequired",
    "",
    Some(EntraLicence::P1),
    Outcome::NotLicensed,
    false
)]
#[case::no_p2_said_of_a_p2_tenant(
    Dataset::RoleEligibility,
    400,
    "AadPremiumLicenseRequired",
    "",
    Some(EntraLicence::P2),
    Outcome::Failed,
    true
)]
#[case::not_licensed_by_message(
    Dataset::LegacySignIns,
    403,
    "Forbidden",
    "Your tenant is not licensed for this feature.",
    None,
    Outcome::NotLicensed,
    false
)]
#[case::not_applicable(
    Dataset::SignInActivity,
    400,
    "",
    "Request not applicable to target tenant.",
    None,
    Outcome::NotLicensed,
    false
)]
#[case::forbidden(Dataset::Users, 403, "Forbidden", "", None, Outcome::NotPermitted, false)]
#[case::denied(Dataset::Users, 403, "Authorization_RequestDenied", "", None, Outcome::NotPermitted, false)]
#[case::access_denied(Dataset::ConditionalAccessPolicies, 403, "AccessDenied", "", None, Outcome::NotPermitted, false)]
#[case::role_missing(
    Dataset::RegistrationDetails,
    403,
    "Authentication_RequestFromUnsupportedUserRole",
    "",
    None,
    Outcome::NotPermitted,
    false
)]
#[case::token(Dataset::Users, 401, "InvalidAuthenticationToken", "", None, Outcome::Failed, true)]
#[case::app_gone(Dataset::Users, 401, "Authorization_IdentityNotFound", "", None, Outcome::Failed, false)]
#[case::not_found(Dataset::Users, 404, "Request_ResourceNotFound", "", None, Outcome::Failed, false)]
#[case::gone(Dataset::Users, 410, "", "", None, Outcome::Failed, true)]
#[case::delta_token_expired(Dataset::Users, 400, "syncStateNotFound", "", None, Outcome::Failed, true)]
#[case::throttled(Dataset::Users, 429, "", "", None, Outcome::Failed, true)]
#[case::passing(Dataset::Users, 503, "", "", None, Outcome::Failed, true)]
#[case::not_listable(Dataset::Users, 501, "NotImplemented", "", None, Outcome::Failed, false)]
#[case::bad_request(Dataset::Users, 400, "Request_BadRequest", "", None, Outcome::Failed, false)]
fn graph_refusals_have_their_outcome(
    #[case] dataset: Dataset,
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
    #[case] licence: Option<EntraLicence>,
    #[case] outcome: Outcome,
    #[case] is_retryable: bool,
) {
    let refusal = graph_refusal(dataset, status, code, message, licence, Some("request".into()));
    assert_eq!((refusal.outcome, refusal.is_retryable), (outcome, is_retryable), "{refusal:?}");
    assert!(refusal.cause.meaning.ends_with('.') && refusal.cause.next_step.ends_with('.'));
    assert_eq!(refusal.cause.request_id.as_deref(), Some("request"));
    assert_eq!(refusal.cause.code, if code.is_empty() { format!("HTTP {status}") } else { code.to_owned() });
}

//! The AADSTS codes of Entra's token endpoint (Microsoft's error reference, and codes that working products report).

use crate::cause::{Actor, Cause};
use crate::connection::ConnectionState;

/// What a refused token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The tenant cannot be reached until somebody acts; polling stops.
    Connection(ConnectionState),
    /// Our own credential is refused, in every tenant that uses it.
    Credential,
    /// One resource or service is not there; the tenant is otherwise well.
    Feature,
    /// It passes by itself: retry with back-off.
    Retry,
    /// It passes by itself: retry much later.
    RetryLater,
    /// This sign-in has to be started again; stored tokens are not concerned.
    RestartSignIn,
    /// A matter of the account that signed in.
    Account,
    /// The request was wrong: a fault of this product or of its configuration.
    Request,
}

impl Consequence {
    /// An unattended retry can help.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Retry | Self::RetryLater)
    }

    /// The state that the connection takes; `None`: it stays as it is.
    pub fn connection_state(self) -> Option<ConnectionState> {
        match self {
            Self::Connection(state) => Some(state),
            Self::Credential | Self::Account | Self::Request => Some(ConnectionState::Broken),
            Self::Feature | Self::Retry | Self::RetryLater | Self::RestartSignIn => None,
        }
    }
}

/// Codes with one meaning.
#[derive(Clone, Copy, Debug)]
pub struct SignInError {
    pub codes: &'static [u32],
    /// One sentence.
    pub meaning: &'static str,
    /// One sentence.
    pub next_step: &'static str,
    pub actor: Actor,
    pub consequence: Consequence,
}

const CONSENT: Consequence = Consequence::Connection(ConnectionState::AwaitingConsent);
const BROKEN: Consequence = Consequence::Connection(ConnectionState::Broken);

/// Every code that this product knows.
pub const SIGN_IN_ERRORS: &[SignInError] = &[
    SignInError {
        codes: &[700016, 7000229],
        meaning: "The app is not in this tenant: consent was never given, or has been withdrawn.",
        next_step: "Send the consent link to an administrator of the client.",
        actor: Actor::ClientAdministrator,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[700011, 650056],
        meaning: "The app is not in the directory, or its permissions were not consented to.",
        next_step: "Send the consent link to an administrator of the client.",
        actor: Actor::ClientAdministrator,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[65001],
        meaning: "Nobody has consented to the app in this tenant yet.",
        next_step: "Send the consent link to an administrator of the client, or consent through Partner Center.",
        actor: Actor::ClientAdministrator,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[65004],
        meaning: "The consent was declined.",
        next_step: "Agree with the client what is asked for, then send the consent link again.",
        actor: Actor::Technician,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[90094, 90095],
        meaning: "The tenant demands the consent of an administrator.",
        next_step: "Send the consent link to an administrator of the client.",
        actor: Actor::ClientAdministrator,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[90099],
        meaning: "The app is not authorised in this tenant for delegated administrators.",
        next_step: "Consent to the app for this client through Partner Center, then connect again.",
        actor: Actor::Technician,
        consequence: CONSENT,
    },
    SignInError {
        codes: &[500011],
        meaning: "The service that was asked for is not in this tenant.",
        next_step: "Nothing, unless the client buys the service; everything else goes on.",
        actor: Actor::ClientAdministrator,
        consequence: Consequence::Feature,
    },
    SignInError {
        codes: &[650052],
        meaning: "The organisation has not subscribed to the service that was asked for.",
        next_step: "Nothing, unless the client buys the service; everything else goes on.",
        actor: Actor::ClientAdministrator,
        consequence: Consequence::Feature,
    },
    SignInError {
        codes: &[7000215],
        meaning: "The client secret is not valid.",
        next_step: "Enter the value of a current secret of the app registration, not the secret's id.",
        actor: Actor::Administrator,
        consequence: Consequence::Credential,
    },
    SignInError {
        codes: &[7000222],
        meaning: "The client secret has expired.",
        next_step: "Create a new client secret in the app registration and enter it.",
        actor: Actor::Administrator,
        consequence: Consequence::Credential,
    },
    SignInError {
        codes: &[700027, 50012, 50013, 500133],
        meaning: "The certificate's signature was not accepted, or is outside its time.",
        next_step: "Check that the certificate is uploaded to the app registration, and this server's clock.",
        actor: Actor::Administrator,
        consequence: Consequence::Credential,
    },
    SignInError {
        codes: &[7000218, 900144, 90014, 9002313],
        meaning: "A parameter of the request is missing or malformed.",
        next_step: "Report this as a fault of the product, with the request id.",
        actor: Actor::Administrator,
        consequence: Consequence::Request,
    },
    SignInError {
        codes: &[70001, 7000112],
        meaning: "The app is disabled, in this tenant or by Microsoft.",
        next_step: "Ask an administrator of the client to enable sign-in for the app.",
        actor: Actor::ClientAdministrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[700082, 70008],
        meaning: "The refresh token has died: it was not used for 90 days.",
        next_step: "Connect again: a partner operator signs in once more.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[700084],
        meaning: "The refresh token was made for a browser app and has reached the end of its fixed life.",
        next_step: "Register the redirect address as type web, then connect again.",
        actor: Actor::Administrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[70043],
        meaning: "A sign-in frequency policy has ended the refresh token.",
        next_step: "Connect again; if it repeats, ask for the policy to leave the partner's operator out.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50173],
        meaning: "The grant was revoked: the password was reset or the sessions were ended.",
        next_step: "Connect again: a partner operator signs in once more.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50089, 50132, 50133],
        meaning: "The session has ended, or the password was changed.",
        next_step: "Connect again: a partner operator signs in once more.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[70000],
        meaning: "The grant is not valid.",
        next_step: "Connect again: a partner operator signs in once more.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50076, 50074, 50078],
        meaning: "MFA is demanded, was not passed, or has expired.",
        next_step: "Connect again with MFA: a partner operator signs in once more.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50072, 50079],
        meaning: "The account must register for MFA and has no method.",
        next_step: "Register a method for the account that connects, then connect again.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50158, 50161],
        meaning: "A third party's MFA was not passed.",
        next_step: "Connect again and answer the third party's challenge.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[53000, 53001, 53002],
        meaning: "Conditional Access demands a compliant or joined device, or an approved app.",
        next_step: "Ask the client to leave service providers out of the policy, or connect from a device that complies.",
        actor: Actor::ClientAdministrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[53003],
        meaning: "A Conditional Access policy of this tenant blocks the sign-in.",
        next_step: "Ask the client to leave service providers out of the policy that its sign-in log names.",
        actor: Actor::ClientAdministrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[530032],
        meaning: "A security policy of this tenant blocks the sign-in.",
        next_step: "Ask the client which policy its sign-in log names, and to leave service providers out of it.",
        actor: Actor::ClientAdministrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[530035],
        meaning: "Security defaults of this tenant block the sign-in.",
        next_step: "Connect again with MFA and a modern client.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[530034],
        meaning: "The delegated administrator is blocked: Microsoft sees a risk in the partner's own tenant.",
        next_step: "Look at the operator's account in the partner tenant at once: it may be in other hands.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[53011],
        meaning: "The user is blocked: Microsoft sees a risk in the user's home tenant.",
        next_step: "Look at the operator's account in the partner tenant at once: it may be in other hands.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[50053],
        meaning: "The account is locked, or the address is known for attacks.",
        next_step: "Wait, and find out who has been trying.",
        actor: Actor::Technician,
        consequence: Consequence::RetryLater,
    },
    SignInError {
        codes: &[50055, 50144],
        meaning: "The account's password has expired.",
        next_step: "The account's owner sets a new password, then connects again.",
        actor: Actor::Technician,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[50056],
        meaning: "The directory holds no password for the account.",
        next_step: "Sign in with another method, or set a password.",
        actor: Actor::Technician,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[50057],
        meaning: "The account is disabled.",
        next_step: "Connect with another account, or have this one enabled.",
        actor: Actor::Technician,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[50034, 50020, 50177, 51004, 16000],
        meaning: "The account is not known in this tenant, or is a guest there.",
        next_step: "Check that the operator is in the group that the GDAP relationship assigns roles to, and no guest of the client.",
        actor: Actor::Technician,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[50105],
        meaning: "The account is not assigned to the app.",
        next_step: "Assign the account to the app, or switch off that assignment is required.",
        actor: Actor::ClientAdministrator,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[50126],
        meaning: "The user name or the password is wrong.",
        next_step: "Sign in again with the right password.",
        actor: Actor::Technician,
        consequence: Consequence::Account,
    },
    SignInError {
        codes: &[90002],
        meaning: "There is no such tenant: the id is wrong, the tenant was deleted, or it is in another national cloud.",
        next_step: "Check the tenant's id or domain.",
        actor: Actor::Administrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[90038, 900432, 900382],
        meaning: "The tenant is in another national cloud.",
        next_step: "Connect it from a deployment that uses that cloud's addresses.",
        actor: Actor::Administrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[5000224, 900023],
        meaning: "The tenant is not available; it has probably been deleted.",
        next_step: "Ask the client whether the tenant still exists, and disconnect it if not.",
        actor: Actor::Technician,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[500021, 500022, 500212, 500213, 50002],
        meaning: "Tenant restrictions or a cross-tenant access policy forbid the sign-in.",
        next_step: "Ask the client to allow the partner's tenant in its cross-tenant access settings.",
        actor: Actor::ClientAdministrator,
        consequence: BROKEN,
    },
    SignInError {
        codes: &[90033, 90006, 90012, 90024, 50033, 50087, 90090],
        meaning: "Microsoft's sign-in has a passing fault.",
        next_step: "It is tried again by itself.",
        actor: Actor::Nobody,
        consequence: Consequence::Retry,
    },
    SignInError {
        codes: &[90055],
        meaning: "Microsoft throttles sign-ins of this tenant.",
        next_step: "It is tried again by itself, later.",
        actor: Actor::Nobody,
        consequence: Consequence::RetryLater,
    },
    SignInError {
        codes: &[50196],
        meaning: "Tokens were asked for too often.",
        next_step: "It is tried again by itself, later; if it lasts, report it as a fault of the product.",
        actor: Actor::Nobody,
        consequence: Consequence::RetryLater,
    },
    SignInError {
        codes: &[900971, 50011],
        meaning: "The redirect address is missing, or is not the one in the app registration.",
        next_step: "Add this deployment's callback address to the app registration, as type web.",
        actor: Actor::Administrator,
        consequence: Consequence::Request,
    },
    SignInError {
        codes: &[501481, 54005, 700005],
        meaning: "The sign-in's code was used twice, is too old, or belongs to another sign-in.",
        next_step: "Start the sign-in again.",
        actor: Actor::Technician,
        consequence: Consequence::RestartSignIn,
    },
    SignInError {
        codes: &[9001023],
        meaning: "A token was asked for without naming the tenant.",
        next_step: "Report this as a fault of the product, with the request id.",
        actor: Actor::Administrator,
        consequence: Consequence::Request,
    },
];

/// What is known about an AADSTS number, e.g. 7000222.
pub fn sign_in_error(code: u32) -> Option<&'static SignInError> {
    SIGN_IN_ERRORS.iter().find(|error| error.codes.contains(&code))
}

/// The cause and the consequence of a token endpoint's refusal. `codes`: `error_codes`, the most telling first; `error`:
/// the OAuth error, which decides when no code is known; `request_id`: `trace_id`.
pub fn sign_in_cause(codes: &[u32], error: &str, request_id: Option<String>) -> (Cause, Consequence) {
    let known = codes.iter().find_map(|code| sign_in_error(*code).map(|error| (code, error)));
    if let Some((code, known)) = known {
        let cause = Cause {
            code: format!("AADSTS{code}"),
            meaning: known.meaning.to_owned(),
            next_step: known.next_step.to_owned(),
            actor: known.actor,
            request_id,
        };
        return (cause, known.consequence);
    }
    let code = codes.first().map_or_else(|| error.to_owned(), |code| format!("AADSTS{code}"));
    let (meaning, next_step, actor, consequence) = match error {
        "temporarily_unavailable" | "server_error" => (
            "Microsoft's sign-in has a passing fault.",
            "It is tried again by itself.",
            Actor::Nobody,
            Consequence::Retry,
        ),
        "interaction_required" | "login_required" | "invalid_grant" => (
            "Microsoft asks for a person to sign in again.",
            "Connect again: a partner operator signs in once more.",
            Actor::Technician,
            BROKEN,
        ),
        "consent_required" | "access_denied" | "permission_denied" => (
            "The consent was refused, or is missing.",
            "Send the consent link to an administrator of the client.",
            Actor::ClientAdministrator,
            CONSENT,
        ),
        "invalid_client" | "unauthorized_client" => (
            "Microsoft does not accept the app or its credential in this tenant.",
            "Check the app's client id and credential, and that the tenant has consented.",
            Actor::Administrator,
            BROKEN,
        ),
        "invalid_resource" => (
            "The service that was asked for is not in this tenant.",
            "Nothing, unless the client buys the service; everything else goes on.",
            Actor::ClientAdministrator,
            Consequence::Feature,
        ),
        _ => (
            "Microsoft refused a token for a reason that this product does not know.",
            "Look the code up in Microsoft's error reference.",
            Actor::Administrator,
            BROKEN,
        ),
    };
    let cause = Cause { code, meaning: meaning.to_owned(), next_step: next_step.to_owned(), actor, request_id };
    (cause, consequence)
}

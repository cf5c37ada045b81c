//! Refusals of Graph as outcomes of a dataset. Status and code decide; the message only where Microsoft sends no code of
//! its own for a missing licence.

use crate::cause::{Actor, Cause};
use crate::dataset::{Dataset, Licence, Outcome};
use crate::licence::EntraLicence;

/// How a refused call ends its dataset's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphRefusal {
    pub outcome: Outcome,
    pub cause: Cause,
    /// Trying again unattended can help, soon.
    pub is_retryable: bool,
}

/// Reads an answer other than success. `licence` is what the subscriptions say (`None`: not known): a tenant that holds
/// the licence and is told that it does not has met a passing fault of Microsoft's.
pub fn graph_refusal(
    dataset: Dataset,
    status: u16,
    code: &str,
    message: &str,
    licence: Option<EntraLicence>,
    request_id: Option<String>,
) -> GraphRefusal {
    let shown = if code.is_empty() { format!("HTTP {status}") } else { code.to_owned() };
    let refusal = |outcome, is_retryable, meaning: String, next_step: &str, actor| GraphRefusal {
        outcome,
        cause: Cause {
            code: shown.clone(),
            meaning,
            next_step: next_step.to_owned(),
            actor,
            request_id: request_id.clone(),
        },
        is_retryable,
    };
    let spec = dataset.spec();
    if says_not_licensed(status, code, message) {
        let (needed, edition) = match spec.licence {
            Licence::EntraP2 => (EntraLicence::P2, "Entra ID P2"),
            Licence::None | Licence::EntraP1 => (EntraLicence::P1, "Entra ID P1"),
        };
        if licence.is_some_and(|held| held >= needed) {
            return refusal(
                Outcome::Failed,
                true,
                format!("Microsoft says that the tenant has no licence for this, although it holds {edition}."),
                "It is tried again by itself; if it lasts, check that the consent covers every permission.",
                Actor::Nobody,
            );
        }
        return refusal(
            Outcome::NotLicensed,
            false,
            format!("The tenant has no licence for this: it needs {edition}."),
            "Nothing, unless the client buys the licence; everything else goes on.",
            Actor::ClientAdministrator,
        );
    }
    let passing = "It is tried again by itself.";
    if dataset == Dataset::ExchangeSettings {
        match status {
            401 | 403 => {
                return refusal(
                    Outcome::NotPermitted,
                    false,
                    "Exchange does not show its settings to the app: Exchange.ManageAsApp was not granted, or the app has no \
                     role in the directory."
                        .to_owned(),
                    "Have an administrator of the client open the consent link for Exchange, and assign the role Global Reader \
                     to the app.",
                    Actor::ClientAdministrator,
                );
            }
            400 | 404 | 405 | 410 => {
                return refusal(
                    Outcome::Failed,
                    false,
                    "Exchange's endpoint does not answer as it did. Microsoft promises nothing of it.".to_owned(),
                    "The last good data stays and everything else goes on. Look for a newer version of Tenantry, or switch \
                     microsoft.exchange_settings off.",
                    Actor::Administrator,
                );
            }
            _ => {}
        }
    }
    match (status, code) {
        (401, "Authorization_IdentityNotFound") | (403, "Authorization_IdentityNotFound") => refusal(
            Outcome::Failed,
            false,
            "The app is no longer in this tenant: the consent has been withdrawn.".to_owned(),
            "Send the consent link to an administrator of the client.",
            Actor::ClientAdministrator,
        ),
        (401, _) => refusal(
            Outcome::Failed,
            true,
            "Microsoft does not accept the token any more.".to_owned(),
            "A fresh token is taken and it is tried again by itself.",
            Actor::Nobody,
        ),
        (403, "Authentication_RequestFromUnsupportedUserRole") => refusal(
            Outcome::NotPermitted,
            false,
            "The operator who connects has no directory role at this client that may read this.".to_owned(),
            "Add a role such as Global Reader to the GDAP relationship, and assign it to the operator's group.",
            Actor::Technician,
        ),
        (403, _) => refusal(
            Outcome::NotPermitted,
            false,
            format!("The permission {} was not granted in this tenant.", spec.permission),
            "Send the consent link to an administrator of the client; through GDAP, check the roles of the relationship too.",
            Actor::ClientAdministrator,
        ),
        (404, _) => refusal(
            Outcome::Failed,
            false,
            "Microsoft does not find what was asked for.".to_owned(),
            "It is asked for again at the next run.",
            Actor::Nobody,
        ),
        (410, _) | (_, "syncStateNotFound" | "resyncRequired" | "syncStateInvalid") => refusal(
            Outcome::Failed,
            true,
            "Microsoft has forgotten up to where the changes were read.".to_owned(),
            "Everything is read afresh by itself.",
            Actor::Nobody,
        ),
        (429, _) | (_, "Request_Throttled" | "TooManyRequests" | "activityLimitReached") => refusal(
            Outcome::Failed,
            true,
            "Microsoft throttles this tenant or this app.".to_owned(),
            passing,
            Actor::Nobody,
        ),
        (500 | 502..=599, _) => refusal(
            Outcome::Failed,
            true,
            "Microsoft's service has a passing fault.".to_owned(),
            passing,
            Actor::Nobody,
        ),
        _ => refusal(
            Outcome::Failed,
            false,
            "Microsoft did not accept the request.".to_owned(),
            "Report this as a fault of the product, with the request id.",
            Actor::Administrator,
        ),
    }
}

/// The refusals differ per feature.
fn says_not_licensed(status: u16, code: &str, message: &str) -> bool {
    match (status, code) {
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant") => true,
        (400 | 403, "AadPremiumLicenseRequired") => true,
        (403, "Forbidden") => message.contains("not licensed"),
        (400 | 403, _) => message.contains("not applicable to target tenant"),
        _ => false,
    }
}

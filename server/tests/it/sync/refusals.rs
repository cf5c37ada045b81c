//! Every refusal of Graph, answered by the simulator, ends its dataset with the right outcome, words and who has to act; what was
//! read before stays, and nothing else is touched.

use chrono::TimeDelta;
use domain::cause::Actor::{self, Administrator, ClientAdministrator, Nobody, Technician};
use domain::dataset::Dataset;
use domain::dataset::Outcome::{self, Failed, NotLicensed, NotPermitted};
use simulator::FaultKind;
use simulator::world::Kind;

use super::House;

const SECURITY_DEFAULTS: &str = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";

/// Status, code and message of Graph; what the dataset's run ends as, who acts, and a word of what is said.
const REFUSALS: &[(u16, &str, &str, Outcome, Actor, &str)] = &[
    (400, "BadRequest", "Invalid filter clause", Failed, Administrator, "did not accept"),
    (400, "Request_UnsupportedQuery", "Unsupported Query.", Failed, Administrator, "did not accept"),
    (401, "InvalidAuthenticationToken", "Lifetime validation failed", Failed, Nobody, "token"),
    (401, "Authorization_IdentityNotFound", "The identity was not found", Failed, ClientAdministrator, "withdrawn"),
    (403, "Authorization_IdentityNotFound", "The identity was not found", Failed, ClientAdministrator, "withdrawn"),
    (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges",
        NotPermitted,
        ClientAdministrator,
        "Policy.Read.All",
    ),
    (403, "accessDenied", "Access denied", NotPermitted, ClientAdministrator, "Policy.Read.All"),
    (
        403,
        "Authentication_RequestFromUnsupportedUserRole",
        "User is not in the allowed roles",
        NotPermitted,
        Technician,
        "role",
    ),
    (
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C",
        NotLicensed,
        ClientAdministrator,
        "licence",
    ),
    (403, "AadPremiumLicenseRequired", "Premium licence", NotLicensed, ClientAdministrator, "licence"),
    (403, "Forbidden", "The tenant is not licensed for this feature", NotLicensed, ClientAdministrator, "licence"),
    (404, "Request_ResourceNotFound", "Resource does not exist", Failed, Nobody, "does not find"),
    (404, "ResourceNotFound", "Invalid version", Failed, Nobody, "does not find"),
    (410, "syncStateNotFound", "Resync required", Failed, Nobody, "forgotten"),
    (429, "TooManyRequests", "Please retry again later.", Failed, Nobody, "throttles"),
    (429, "activityLimitReached", "Throttled", Failed, Nobody, "throttles"),
    (500, "InternalServerError", "Oops", Failed, Nobody, "passing fault"),
    (502, "BadGateway", "Gateway", Failed, Nobody, "passing fault"),
    (503, "ServiceUnavailable", "Busy", Failed, Nobody, "passing fault"),
    (504, "GatewayTimeout", "Timeout", Failed, Nobody, "passing fault"),
    (418, "imATeapot", "What nobody has seen before", Failed, Administrator, "did not accept"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_ends_its_dataset_with_words_and_keeps_what_was_read() {
    let house = House::open().await;
    // Free: a tenant that holds a licence is not believed to lack it.
    let tenant = house.connect_kind(Kind::NoP1).await;
    house.drain().await;
    house.assert_done(tenant, Dataset::SecurityDefaults).await;
    let read_at = house.status(tenant, Dataset::SecurityDefaults).await.read_at;
    for (status, code, message, outcome, actor, word) in REFUSALS {
        house.advance(TimeDelta::hours(7));
        let kind = FaultKind::Error { status: *status, code: (*code).into(), message: (*message).into() };
        house.fault(tenant, SECURITY_DEFAULTS, kind, None);
        house.refresh(tenant).await;
        let ended = house.status(tenant, Dataset::SecurityDefaults).await;
        let cause = ended.cause.expect("what failed says why");
        assert_eq!((ended.outcome, cause.actor), (Some(*outcome), *actor), "{status} {code}: {cause:?}");
        assert!(cause.meaning.contains(word), "{status} {code}: {cause:?}");
        assert!(cause.next_step.ends_with('.') && cause.request_id.is_some(), "{status} {code}: {cause:?}");
        assert_eq!(ended.read_at, read_at, "{status} {code}: the last good data stays");
        assert!(ended.failures > 0 || *outcome == NotLicensed, "{status} {code}");
        house.assert_done(tenant, Dataset::Users).await;
        house.simulator.faults().clear();
    }
    house.advance(TimeDelta::hours(7));
    house.refresh(tenant).await;
    let mended = house.status(tenant, Dataset::SecurityDefaults).await;
    assert_eq!((mended.failures, mended.failing_since, mended.cause), (0, None, None));
}

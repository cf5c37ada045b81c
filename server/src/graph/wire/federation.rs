//! `domain` and `internalDomainFederation`, with the end of the certificate that signs its tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::facts::directory::{Domain as DomainFact, FederatedMfa, Federation};
use serde::Deserialize;

use super::{Surprise, filled};
use crate::graph::certificate::not_after;

pub const DOMAIN_SELECT: &[&str] = &["id", "authenticationType", "isDefault", "isVerified"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// The domain's name.
    pub id: String,
    authentication_type: Option<String>,
    is_default: Option<bool>,
    is_verified: Option<bool>,
}

impl Domain {
    pub fn is_federated(&self) -> bool {
        self.authentication_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("federated"))
    }

    pub fn into_fact(self, federation: Option<Federation>) -> DomainFact {
        DomainFact {
            name: self.id,
            is_default: self.is_default.unwrap_or_default(),
            is_verified: self.is_verified.unwrap_or_default(),
            federation,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InternalDomainFederation {
    issuer_uri: Option<String>,
    federated_idp_mfa_behavior: Option<String>,
    signing_certificate: Option<String>,
}

impl From<InternalDomainFederation> for Federation {
    fn from(wire: InternalDomainFederation) -> Self {
        let mfa = match wire.federated_idp_mfa_behavior.as_deref() {
            Some("acceptIfMfaDoneByFederatedIdp") => FederatedMfa::AcceptIfDoneByFederatedIdp,
            Some("enforceMfaByFederatedIdp") => FederatedMfa::EnforceByFederatedIdp,
            Some("rejectMfaByFederatedIdp") => FederatedMfa::RejectByFederatedIdp,
            _ => FederatedMfa::NotStated,
        };
        // How a domain federates matters more than when its certificate ends: one that cannot be read has no known end.
        let signing_certificate_ends_at = filled(wire.signing_certificate).and_then(|certificate| {
            certificate_end(&certificate).inspect_err(|surprise| tracing::warn!(%surprise, "certificate not read")).ok()
        });
        Self { issuer: wire.issuer_uri.unwrap_or_default(), mfa, signing_certificate_ends_at }
    }
}

/// The end of a certificate in base64, with or without PEM armour.
fn certificate_end(base64: &str) -> Result<DateTime<Utc>, Surprise> {
    let body: String = base64
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    let der = STANDARD.decode(body).map_err(|_| Surprise(String::from("a signing certificate that is not base64")))?;
    not_after(&der).ok_or_else(|| Surprise(String::from("a signing certificate that is not X.509")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Self-signed for the test, valid from 22 November 2026 for 500 days.
    const CERTIFICATE: &str = "MIIBjDCCATOgAwIBAgIUdE5rfcfYEzio0DhcDfRavhI12dUwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRaWRwLm5vcnRlLmV4YW1wbGUwHhcNMjYxMTIyMTQxNTI0WhcNMjgwNDA1MTQxNTI0WjAcMRowGAYDVQQDDBFpZHAubm9ydGUuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJpvnMOTd/YAu1r+RvofJZ4K3dcUehvLTAP+dyXHdI2XpC7uFrpm5iK1Pgl28KT9YwqT5wJFZyWIUz3ApTMgVSGjUzBRMB0GA1UdDgQWBBQMNcW8AX6HjI0qIiC+KvlfqAYFHzAfBgNVHSMEGDAWgBQMNcW8AX6HjI0qIiC+KvlfqAYFHzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIBOEvr0s15lDOFm3HpTVsEnufNNeSnFBj1dDcLXJXbqSAiB1QjmqQlamEleDbKTcW8WGbcwZ15OW2VKifmVg/dEBEg==";

    fn read(certificate: &str) -> Federation {
        serde_json::from_value::<InternalDomainFederation>(serde_json::json!({
            "@odata.type": "#microsoft.graph.internalDomainFederation", "id": "f", "issuerUri": "http://idp.norte.example/trust",
            "federatedIdpMfaBehavior": "enforceMfaByFederatedIdp", "signingCertificate": certificate
        }))
        .unwrap()
        .into()
    }

    #[test]
    fn the_certificates_end_is_read() {
        let fact = read(CERTIFICATE);
        assert_eq!(fact.mfa, FederatedMfa::EnforceByFederatedIdp);
        assert_eq!(fact.signing_certificate_ends_at.unwrap().date_naive().to_string(), "2028-04-05");
    }

    #[test]
    fn a_certificate_that_is_none_has_no_known_end_and_spoils_nothing_else() {
        for nonsense in ["not base64!", "AAAA"] {
            let fact = read(nonsense);
            assert_eq!((fact.mfa, fact.signing_certificate_ends_at), (FederatedMfa::EnforceByFederatedIdp, None));
        }
        assert!(certificate_end("not base64!").unwrap_err().to_string().contains("base64"));
        assert!(certificate_end("AAAA").unwrap_err().to_string().contains("X.509"));
    }

    #[test]
    fn a_domain_without_a_certificate_or_with_a_new_word_states_nothing() {
        let fact: Federation = serde_json::from_str::<InternalDomainFederation>(
            r#"{"issuerUri":null,"federatedIdpMfaBehavior":"unknownFutureValue","signingCertificate":""}"#,
        )
        .unwrap()
        .into();
        assert_eq!((fact.mfa, fact.signing_certificate_ends_at), (FederatedMfa::NotStated, None));
    }
}

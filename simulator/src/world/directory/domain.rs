//! Domains of a tenant and their federation.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A verified domain.
#[derive(Clone, Debug)]
pub struct Domain {
    pub name: String,
    pub is_default: bool,
    /// The `….onmicrosoft.…` domain that a tenant is born with.
    pub is_initial: bool,
    /// Where sign-ins to this domain are sent, if it is federated.
    pub federation: Option<Federation>,
}

/// An on-premises identity provider that answers for a domain.
#[derive(Clone, Debug)]
pub struct Federation {
    pub id: Uuid,
    pub display_name: String,
    pub issuer_uri: String,
    /// Address of the identity provider, without path.
    pub host: String,
    /// Base64 of the DER certificate that signs the provider's tokens.
    pub signing_certificate: String,
    pub signing_certificate_ends_at: DateTime<Utc>,
    /// `acceptIfMfaDoneByFederatedIdp`, `enforceMfaByFederatedIdp` or `rejectMfaByFederatedIdp`.
    pub mfa_behavior: &'static str,
}

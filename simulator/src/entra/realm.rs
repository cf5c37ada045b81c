//! The tenant segment of a sign-in address: a tenant by id or domain, or one of the shared names.

use uuid::Uuid;

use super::errors::{Refusal, sentinel_code};
use crate::world::World;

/// The tenant of personal accounts, which this world does not have.
pub(crate) const CONSUMERS: Uuid = Uuid::from_u128(0x9188_040d_6c67_4c5b_b112_36a3_04b6_6dad);

/// Whom an address speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Realm {
    Organizations,
    Common,
    Tenant(Uuid),
}

impl Realm {
    /// Reads the segment; unknown tenants are AADSTS90002, nonsense is 900023, a sentinel tenant fails with its code.
    pub fn read(world: &World, segment: &str) -> Result<Self, Refusal> {
        match segment {
            "organizations" => return Ok(Self::Organizations),
            "common" => return Ok(Self::Common),
            "consumers" => return Err(Refusal::with(50020, "The application does not accept personal accounts.")),
            _ => {}
        }
        let id = Uuid::try_parse(segment).ok();
        if let Some(code) = id.and_then(sentinel_code) {
            return Err(Refusal::new(code));
        }
        if id == Some(CONSUMERS) {
            return Err(Refusal::with(50020, "The application does not accept personal accounts."));
        }
        if id.is_none() && !segment.contains('.') {
            let text = format!(
                "Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."
            );
            return Err(Refusal::with(900_023, text));
        }
        let found = world.find_tenant(segment).map(|tenant| Self::Tenant(tenant.id));
        found.ok_or_else(|| {
            let text = "Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.";
            Refusal::with(90002, format!("Tenant '{segment}' not found. {text}"))
        })
    }

    /// The issuer of ID tokens; the shared names have Microsoft's template.
    pub fn issuer(self, login_url: &str) -> String {
        match self {
            Self::Tenant(id) => format!("{login_url}/{id}/v2.0"),
            Self::Organizations | Self::Common => format!("{login_url}/{{tenantid}}/v2.0"),
        }
    }

    /// The segment that this realm's own addresses bear.
    pub fn segment(self) -> String {
        match self {
            Self::Organizations => "organizations".into(),
            Self::Common => "common".into(),
            Self::Tenant(id) => id.to_string(),
        }
    }
}

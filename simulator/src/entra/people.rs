//! Who can sign in where, in the order in which the sign-in page lists them.

use uuid::Uuid;

use super::realm::Realm;
use crate::tokens::Subject;
use crate::world::{Person, Tenant, World};

/// A person with the tenant that they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub tenant: Uuid,
    pub tenant_name: String,
    pub person: Person,
}

impl Candidate {
    pub fn subject(&self) -> Subject {
        Subject {
            object_id: self.person.object_id,
            home_tenant: self.tenant,
            user_principal_name: self.person.user_principal_name.clone(),
            display_name: self.person.display_name.clone(),
            mfa: self.person.mfa,
        }
    }

    /// What the forms carry to name this person.
    pub fn key(&self) -> String {
        format!("{}:{}", self.tenant, self.person.object_id)
    }

    /// The role in the demo, in words.
    pub fn role(&self) -> &str {
        match self.person.demo_role.as_str() {
            "admin" => "Administrator",
            "technician" => "Technician",
            "account_manager" => "Account manager",
            "viewer" => "Viewer",
            "client_admin" => "Client's administrator",
            "nobody" => "No appointment",
            other => other,
        }
    }

    /// Whether the demo means something by this person.
    pub fn is_featured(&self, partner: Uuid) -> bool {
        self.tenant == partner || !matches!(self.person.demo_role.as_str(), "nobody" | "client_admin")
    }
}

/// The people who can sign in at an address: of one tenant, or everybody; the partner's first.
pub(crate) fn list(world: &World, realm: Realm) -> Vec<Candidate> {
    let all =
        |tenant: &Tenant| tenant.people.iter().map(|person| candidate(tenant, person.clone())).collect::<Vec<_>>();
    match realm {
        Realm::Tenant(id) => world.tenants.get(&id).map(all).unwrap_or_default(),
        Realm::Organizations | Realm::Common => world.tenants_in_order().into_iter().flat_map(all).collect(),
    }
}

/// Finds a person by what a form carried.
pub(crate) fn find(people: Vec<Candidate>, key: &str) -> Option<Candidate> {
    people.into_iter().find(|candidate| candidate.key() == key)
}

fn candidate(tenant: &Tenant, person: Person) -> Candidate {
    Candidate { tenant: tenant.id, tenant_name: tenant.display_name.clone(), person }
}

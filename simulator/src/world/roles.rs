//! Entra's built-in roles, as far as the world assigns them, and their assignments.

use uuid::{Uuid, uuid};

/// A built-in role; its definition id equals its template id.
#[derive(Debug)]
pub struct Role {
    pub id: Uuid,
    pub name: &'static str,
    pub is_privileged: bool,
}

pub const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
pub const GLOBAL_READER: Uuid = uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
pub const SECURITY_READER: Uuid = uuid!("5d6b6bb7-de71-4623-b4af-96380a352509");
pub const REPORTS_READER: Uuid = uuid!("4a5d8f65-41da-4de4-8968-e035b65339cf");
pub const EXCHANGE_ADMINISTRATOR: Uuid = uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de");
pub const HELPDESK_ADMINISTRATOR: Uuid = uuid!("729827e3-9c14-49f7-bb1b-9608f156bbb8");
pub const USER_ADMINISTRATOR: Uuid = uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1");
pub const CLOUD_APPLICATION_ADMINISTRATOR: Uuid = uuid!("158c047a-c907-4556-b7ef-446551a6b5f7");
pub const DIRECTORY_SYNCHRONIZATION_ACCOUNTS: Uuid = uuid!("d29b2b05-8046-44ba-8758-1e26182fcf32");
pub const PRIVILEGED_ROLE_ADMINISTRATOR: Uuid = uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814");
pub const SECURITY_ADMINISTRATOR: Uuid = uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d");
pub const DIRECTORY_READERS: Uuid = uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b");

/// The role definitions that every tenant answers.
pub static ROLES: [Role; 12] = [
    Role { id: GLOBAL_ADMINISTRATOR, name: "Global Administrator", is_privileged: true },
    Role { id: GLOBAL_READER, name: "Global Reader", is_privileged: true },
    Role { id: SECURITY_ADMINISTRATOR, name: "Security Administrator", is_privileged: true },
    Role { id: SECURITY_READER, name: "Security Reader", is_privileged: true },
    Role { id: REPORTS_READER, name: "Reports Reader", is_privileged: false },
    Role { id: EXCHANGE_ADMINISTRATOR, name: "Exchange Administrator", is_privileged: false },
    Role { id: HELPDESK_ADMINISTRATOR, name: "Helpdesk Administrator", is_privileged: true },
    Role { id: USER_ADMINISTRATOR, name: "User Administrator", is_privileged: true },
    Role { id: CLOUD_APPLICATION_ADMINISTRATOR, name: "Cloud Application Administrator", is_privileged: true },
    Role { id: PRIVILEGED_ROLE_ADMINISTRATOR, name: "Privileged Role Administrator", is_privileged: true },
    Role { id: DIRECTORY_SYNCHRONIZATION_ACCOUNTS, name: "Directory Synchronization Accounts", is_privileged: true },
    Role { id: DIRECTORY_READERS, name: "Directory Readers", is_privileged: false },
];

/// A role held (or, in the eligible list, claimable) by a user, a group or a service principal.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    pub id: String,
    pub principal_id: Uuid,
    pub role: Uuid,
    /// `/` for the whole tenant.
    pub scope: String,
}

impl RoleAssignment {
    pub fn tenant_wide(id: String, principal_id: Uuid, role: Uuid) -> RoleAssignment {
        RoleAssignment { id, principal_id, role, scope: "/".into() }
    }
}

//! The ids of Microsoft Graph's application permissions that this product asks for, so that what was granted can be named
//! (Microsoft Graph permissions reference).

use uuid::{Uuid, uuid};

const APP_ROLES: [(&str, Uuid); 22] = [
    ("User.Read.All", uuid!("df021288-bdef-4463-88db-98f22de89214")),
    ("Organization.Read.All", uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6")),
    ("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ("AuditLog.Read.All", uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
    ("Policy.Read.All", uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68")),
    ("Policy.Read.AuthenticationMethod", uuid!("8e3bc81b-d2f3-4b7b-838c-32c88218d2f0")),
    ("RoleManagement.Read.Directory", uuid!("483bed4a-2ad3-4361-a73b-c83ccdbdc53c")),
    ("RoleEligibilitySchedule.Read.Directory", uuid!("ff278e11-4a33-4d0c-83d2-d01dc58929a5")),
    ("UserAuthenticationMethod.Read.All", uuid!("38d9df27-64da-44fd-b7c5-a6fbac20248f")),
    ("Reports.Read.All", uuid!("230c1aed-a721-4c5d-9cb4-a90514e508ef")),
    ("ReportSettings.Read.All", uuid!("ee353f83-55ef-4b78-82da-555bfa2b4b95")),
    ("Domain.Read.All", uuid!("dbb9058a-0e50-45d7-ae91-66909b5d4664")),
    ("Domain-InternalFederation.Read.All", uuid!("c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5")),
    ("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ("Device.Read.All", uuid!("7438b122-aefc-4978-80ed-43db9fcc7715")),
    ("GroupMember.Read.All", uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6")),
    ("Synchronization.Read.All", uuid!("5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce")),
    ("OnPremDirectorySynchronization.Read.All", uuid!("bb70e231-92dc-4729-aff5-697b3f04be95")),
    ("CrossTenantInformation.ReadBasic.All", uuid!("cac88765-0581-4025-9725-5ebc13f729ee")),
    ("DelegatedAdminRelationship.Read.All", uuid!("f6e9e124-4586-492f-adc0-c6f96e4823fd")),
    ("OrgContact.Read.All", uuid!("e1a88a34-94c4-4418-be12-c87b00e26bea")),
    ("PartnerSecurity.Read.All", uuid!("21ffa320-2e7f-47d3-a466-7ff04d2dd68d")),
];

/// The permission's name; `None` for those that this product never asks for.
pub fn name(id: Uuid) -> Option<&'static str> {
    APP_ROLES.iter().find(|(_, role)| *role == id).map(|(name, _)| *name)
}

/// Broader permissions that include the one asked for (Microsoft Graph permissions reference).
pub(crate) fn broader(permission: &str) -> &'static [&'static str] {
    match permission {
        "User.Read.All"
        | "Organization.Read.All"
        | "Domain.Read.All"
        | "GroupMember.Read.All"
        | "Application.Read.All"
        | "Device.Read.All"
        | "OrgContact.Read.All"
        | "RoleManagement.Read.Directory" => &["Directory.Read.All"],
        _ => &[],
    }
}

/// The permission is granted, or a broader one that includes it.
pub(crate) fn is_granted(granted: &[String], permission: &str) -> bool {
    granted.iter().any(|name| name == permission || broader(permission).contains(&name.as_str()))
}

/// Whether the table knows the permission.
pub fn is_known(name: &str) -> bool {
    APP_ROLES.iter().any(|(known, _)| *known == name)
}

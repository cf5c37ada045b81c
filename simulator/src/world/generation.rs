//! Builds a world from a seed: the same seed gives the same world, with its times relative to the given present.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

mod activity;
mod draft;
mod evidence;
mod features;
mod people;
mod tenant;

use super::locales::{self, COMPANIES, LOCALES, Locale};
use super::{AppRegistration, ClientSecret, Kind, Person, Tenant, World};

/// How big a world to build, and when it is there.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Clients; the partner comes on top.
    pub tenants: usize,
    /// The mean; tenants vary between half and one and a half of it.
    pub users_per_tenant: usize,
    pub seed: u64,
    pub now: DateTime<Utc>,
}

/// Recognisable in every secret, so that a leak can be found by search.
const CANARY: &str = "CANARYtnt";

/// Application permissions that the product asks for.
pub const REQUIRED_ROLES: [&str; 21] = [
    "Application.Read.All",
    "AuditLog.Read.All",
    "CrossTenantInformation.ReadBasic.All",
    "DelegatedAdminRelationship.Read.All",
    "Device.Read.All",
    "Domain-InternalFederation.Read.All",
    "Domain.Read.All",
    "GroupMember.Read.All",
    "OnPremDirectorySynchronization.Read.All",
    "OrgContact.Read.All",
    "Organization.Read.All",
    "PartnerSecurity.Read.All",
    "Policy.Read.All",
    "Policy.Read.AuthenticationMethod",
    "ReportSettings.Read.All",
    "Reports.Read.All",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "Synchronization.Read.All",
    "User.Read.All",
    "UserAuthenticationMethod.Read.All",
];

/// Those of them that not every client gives.
pub(crate) const OPTIONAL_ROLES: [&str; 3] =
    ["OnPremDirectorySynchronization.Read.All", "OrgContact.Read.All", "Synchronization.Read.All"];

/// Delegated permissions that the product asks for besides those that are also application permissions.
const SIGN_IN_SCOPES: [&str; 5] = ["User.Read", "email", "offline_access", "openid", "profile"];

impl World {
    /// Builds the world.
    pub fn generate(size: Size) -> World {
        let mut rng = stream(size.seed, u64::MAX);
        let app = registration(&mut rng, "Tenantry", size.now + TimeDelta::days(200));
        let mut other_apps = Vec::new();
        let mut tenants = BTreeMap::new();
        let mut partner = Uuid::nil();
        for ordinal in 0..=size.tenants {
            let mut rng = stream(size.seed, ordinal as u64);
            let identity = Identity::of(ordinal);
            let own_app = (identity.kind == Kind::SecretExpired).then(|| {
                let name = format!("Tenantry for {}", identity.name);
                registration(&mut rng, &name, size.now - TimeDelta::days(3))
            });
            let tenant = tenant::build(&mut rng, identity, size, &app, own_app.as_ref());
            if ordinal == 0 {
                partner = tenant.id;
            }
            other_apps.extend(own_app);
            tenants.insert(tenant.id, tenant);
        }
        let mut world = World { app, other_apps, partner, tenants };
        appoint_viewers(&mut world, size.tenants);
        world
    }
}

/// What a tenant is called, where it lives and what it is there to show.
struct Identity {
    ordinal: usize,
    kind: Kind,
    name: String,
    domain_stem: String,
    locale: &'static Locale,
}

impl Identity {
    fn of(ordinal: usize) -> Identity {
        let (kind, company) = match ordinal {
            0 => (Kind::Partner, Some(&locales::PARTNER)),
            n => (Kind::of_client(n), COMPANIES.get(n - 1)),
        };
        if let Some(company) = company {
            let (name, domain_stem) = (company.name.into(), company.domain.into());
            return Identity { ordinal, kind, name, domain_stem, locale: company.locale };
        }
        let locale = LOCALES[ordinal % LOCALES.len()];
        let turn = ordinal / LOCALES.len();
        let stem = locale.name(turn).family;
        let name = format!("{} {}", locale.family(turn), locale.trade(ordinal / 7));
        Identity { ordinal, kind, name, domain_stem: format!("{stem}-{ordinal}"), locale }
    }
}

/// A source of randomness for one tenant alone, so that tenants do not depend on how many others there are.
fn stream(seed: u64, tenant: u64) -> StdRng {
    StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ tenant)
}

fn id(rng: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid()
}

fn registration(rng: &mut StdRng, display_name: &str, secret_ends_at: DateTime<Utc>) -> AppRegistration {
    let roles: BTreeSet<String> = REQUIRED_ROLES.map(String::from).into();
    let scopes = roles.iter().cloned().chain(SIGN_IN_SCOPES.map(String::from)).collect();
    AppRegistration {
        client_id: id(rng),
        display_name: display_name.into(),
        secrets: vec![ClientSecret {
            value: format!("{CANARY}~secret~{:032x}", rng.random::<u128>()),
            ends_at: secret_ends_at,
        }],
        certificates: Vec::new(),
        redirect_uris: Vec::new(),
        required_roles: roles,
        required_scopes: scopes,
    }
}

/// Lets one person of each of two clients sign in as a viewer.
fn appoint_viewers(world: &mut World, clients: usize) {
    let ordinals = BTreeSet::from([3.min(clients), 4.min(clients)]);
    for tenant in world.tenants.values_mut().filter(|t| t.ordinal > 0 && ordinals.contains(&t.ordinal)) {
        let viewer = tenant.directory.users().find(|user| is_plain_employee(tenant, user.id)).map(people::person);
        tenant.people.extend(viewer.map(|person| Person { demo_role: "viewer".into(), ..person }));
    }
}

fn is_plain_employee(tenant: &Tenant, id: Uuid) -> bool {
    tenant.directory.user(id).is_some_and(|user| {
        user.account_enabled && !user.is_guest() && user.job_title.is_some() && user.is_mfa_registered()
    }) && !tenant.directory.role_assignments.iter().any(|assignment| assignment.principal_id == id)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::world::kind::CLIENTS;

    fn world(tenants: usize, seed: u64) -> World {
        World::generate(Size {
            tenants,
            users_per_tenant: 30,
            seed,
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        })
    }

    #[test]
    fn the_same_seed_gives_the_same_world_and_another_one_another() {
        let (one, same, other) = (world(24, 7), world(24, 7), world(24, 8));
        assert_eq!(one.app.secrets[0].value, same.app.secrets[0].value);
        assert_ne!(one.app.client_id, other.app.client_id);
        for (one, same) in one.tenants_in_order().into_iter().zip(same.tenants_in_order()) {
            assert_eq!(one.directory.all_users(), same.directory.all_users());
            assert_eq!(one.directory.sign_ins, same.directory.sign_ins);
            assert_eq!(one.directory.policies, same.directory.policies);
            let certificate = |tenant: &Tenant| {
                tenant.directory.domains[0].federation.as_ref().map(|f| f.signing_certificate.clone())
            };
            assert_eq!(certificate(one), certificate(same));
        }
    }

    #[test]
    fn a_tenant_does_not_depend_on_how_many_others_there_are() {
        let (few, many) = (world(5, 7), world(40, 7));
        for (few, many) in few.tenants_in_order().into_iter().zip(many.tenants_in_order()) {
            assert_eq!(few.id, many.id);
            assert_eq!(few.directory.all_users(), many.directory.all_users());
        }
    }

    #[test]
    fn every_kind_is_there_and_names_do_not_clash() {
        let world = world(60, 7);
        for kind in CLIENTS {
            assert!(world.tenants_of(kind).count() >= 2, "{kind:?}");
        }
        let names: HashSet<_> = world.tenants.values().map(|tenant| tenant.default_domain.as_str()).collect();
        assert_eq!(names.len(), 61);
        for tenant in world.tenants.values() {
            let addresses: HashSet<_> =
                tenant.directory.users().map(|user| user.user_principal_name.to_lowercase()).collect();
            assert_eq!(addresses.len(), tenant.directory.user_count(), "{}", tenant.display_name);
            assert!(
                tenant
                    .directory
                    .users()
                    .all(|user| user.created_at < DateTime::from_timestamp(1_800_000_000, 0).unwrap())
            );
            let has_enabled_policy = tenant.directory.policies.iter().any(|policy| policy["state"] == "enabled");
            assert!(!(tenant.directory.security_defaults && has_enabled_policy), "{}", tenant.display_name);
        }
    }

    #[test]
    fn people_are_users_of_their_tenant_and_the_demos_roles_are_there() {
        let world = world(24, 7);
        let mut roles = Vec::new();
        for tenant in world.tenants.values() {
            assert!(tenant.people.iter().any(|person| person.is_tenant_admin), "{}", tenant.display_name);
            for person in &tenant.people {
                let user = tenant.directory.user(person.object_id).unwrap();
                assert_eq!(user.user_principal_name, person.user_principal_name);
                assert_eq!(user.is_mfa_registered(), person.mfa);
                roles.push((tenant.id == world.partner, person.demo_role.as_str()));
            }
        }
        let count = |role: (bool, &str)| roles.iter().filter(|known| **known == role).count();
        assert_eq!(count((true, "admin")), 1);
        assert_eq!(count((true, "technician")), 2);
        assert_eq!(count((true, "account_manager")), 1);
        assert_eq!(count((true, "nobody")), 2);
        assert_eq!(count((false, "viewer")), 2);
        assert!(world.tenants[&world.partner].people.iter().any(|person| !person.mfa));
    }

    #[test]
    fn special_connections_are_as_their_kinds_say() {
        let world = world(24, 7);
        let tenant = |kind| world.tenants_of(kind).next().unwrap();
        assert!(tenant(Kind::ConsentWithdrawn).service_principal.is_none());
        let own = world.other_apps.first().unwrap();
        assert!(own.secrets[0].ends_at < DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        assert!(tenant(Kind::SecretExpired).other_service_principals.contains_key(&own.client_id));
        let gdap_only = tenant(Kind::GdapOnly);
        assert!(gdap_only.service_principal.is_none() && gdap_only.gdap.is_some());
        assert!(!tenant(Kind::NoP1).directory.has_p1() && tenant(Kind::CaComplete).directory.has_p2());
        assert!(world.app.secrets[0].value.starts_with(CANARY));
        let federation = tenant(Kind::Federated).directory.domains[0].federation.as_ref().unwrap();
        assert!(federation.signing_certificate.len() > 200);
    }
}

//! What an app was granted in a tenant, what a sign-in still lacks, and what a consent leaves behind.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::people::Candidate;
use super::scopes::{Scopes, USER_CONSENTABLE, of_resource};
use crate::random::Random;
use crate::world::{AppRegistration, ServicePrincipal, World};

/// Whether a sign-in can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Granted,
    /// The person may agree themselves.
    AskUser(BTreeSet<String>),
    /// Only an administrator may agree.
    AskAdministrator(BTreeSet<String>),
}

/// What a person's sign-in to an app still needs in their tenant.
pub(crate) fn standing(world: &World, app: &AppRegistration, candidate: &Candidate, scopes: &Scopes) -> Standing {
    let principal =
        world.tenants.get(&candidate.tenant).and_then(|tenant| tenant.principal_of(app.client_id, world.app.client_id));
    let asked =
        if scopes.default { of_resource(scopes.resource, &app.required_scopes) } else { scopes.permissions.clone() };
    let Some(principal) = principal else {
        return if asked.iter().all(|scope| USER_CONSENTABLE.contains(&scope.as_str())) {
            Standing::AskUser(asked)
        } else {
            Standing::AskAdministrator(asked)
        };
    };
    if scopes.default {
        return Standing::Granted;
    }
    let missing: BTreeSet<String> = asked
        .difference(&principal.scopes)
        .filter(|scope| !USER_CONSENTABLE.contains(&scope.as_str()))
        .cloned()
        .collect();
    if missing.is_empty() { Standing::Granted } else { Standing::AskAdministrator(missing) }
}

/// Records a consent: makes the service principal where there is none, and adds what was agreed to.
pub(crate) fn grant(
    world: &mut World,
    random: &Random,
    tenant: Uuid,
    client_id: Uuid,
    roles: &BTreeSet<String>,
    scopes: &BTreeSet<String>,
) {
    let product = world.app.client_id;
    let Some(tenant) = world.tenants.get_mut(&tenant) else { return };
    let fresh = || ServicePrincipal { object_id: random.uuid(), enabled: true, ..ServicePrincipal::default() };
    let principal = if client_id == product {
        tenant.service_principal.get_or_insert_with(fresh)
    } else {
        tenant.other_service_principals.entry(client_id).or_insert_with(fresh)
    };
    principal.roles.extend(roles.iter().cloned());
    principal.scopes.extend(scopes.iter().cloned());
}

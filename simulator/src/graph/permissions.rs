//! Whether a token may read an endpoint: the permissions in it and, for people, their Entra roles in the tenant.

use uuid::Uuid;

use super::call::Call;
use super::endpoints::Endpoint;
use super::error::GraphError;
use crate::world::roles::GLOBAL_ADMINISTRATOR;

/// Refuses what the caller may not read.
pub(crate) fn check(call: &Call<'_>, endpoint: &Endpoint) -> Result<(), GraphError> {
    let wanted = if call.caller.user.is_some() { endpoint.delegated } else { endpoint.application };
    if !call.has_any(wanted) {
        return Err(GraphError::denied());
    }
    let Some(user) = call.caller.user else { return Ok(()) };
    let comes_from_partner = call.caller.home_tenant.is_some_and(|home| home != call.tenant.id);
    let held = if comes_from_partner { delegated_roles(call) } else { own_roles(call, user) };
    let may_read = match endpoint.readers {
        // Every member may read, and who comes through GDAP with any role at all.
        [] => !comes_from_partner || !held.is_empty(),
        readers => held.iter().any(|role| *role == GLOBAL_ADMINISTRATOR || readers.contains(role)),
    };
    if may_read { Ok(()) } else { Err(GraphError::denied()) }
}

/// What the client approved for the partner's technicians, as long as the relationship lasts.
fn delegated_roles(call: &Call<'_>) -> Vec<Uuid> {
    let gdap = call.tenant.gdap.as_ref().filter(|gdap| gdap.is_active(call.now));
    gdap.map(|gdap| gdap.role_definition_ids.clone()).unwrap_or_default()
}

/// The roles that a person holds at home, directly or through a group.
fn own_roles(call: &Call<'_>, user: Uuid) -> Vec<Uuid> {
    let directory = &call.tenant.directory;
    let holds = |principal: Uuid| {
        principal == user || directory.group(principal).is_some_and(|group| group.members.contains(&user))
    };
    directory.role_assignments.iter().filter(|a| holds(a.principal_id)).map(|a| a.role).collect()
}

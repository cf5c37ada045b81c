//! The groups that policies and roles name, with the users in them, groups within groups included.

use std::collections::BTreeSet;

use domain::facts::directory::{PolicyGroup, PrincipalKind};
use domain::facts::policy::PolicyState;
use domain::mfa::facts::{Fact, TenantFacts};
use uuid::Uuid;

use crate::graph::Query;
use crate::graph::wire::group::{GROUP_SELECT, Group, MEMBER_SELECT, Member};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const PAGE: u32 = 999;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut groups = Vec::new();
    for id in named_in(&context.store.load_facts().await?.tenant) {
        context.go_on()?;
        groups.push(group(context, id).await?);
    }
    Ok(Facts::PolicyGroups(groups).into())
}

/// The groups of policies that are on or report, and of roles, eligible ones included.
pub(super) fn named_in(facts: &TenantFacts) -> BTreeSet<Uuid> {
    let by_policies = facts
        .policies
        .value()
        .into_iter()
        .flatten()
        .filter(|policy| policy.state != PolicyState::Disabled)
        .flat_map(|policy| policy.conditions.include_groups.iter().chain(&policy.conditions.exclude_groups))
        .filter_map(|id| id.parse().ok());
    let by_roles = [&facts.roles, &facts.eligible_roles]
        .into_iter()
        .filter_map(Fact::value)
        .flatten()
        .filter(|role| role.principal_kind == PrincipalKind::Group)
        .map(|role| role.principal_id);
    by_policies.chain(by_roles).collect()
}

async fn group(context: &Context, id: Uuid) -> Result<PolicyGroup, Fault> {
    let display_name =
        match context.graph.get_one::<Group>(&Query::v1(format!("groups/{id}")).select(GROUP_SELECT)).await {
            Ok(group) => group.into_name().or_else(|| Some(id.to_string())),
            // A policy keeps naming a group that was deleted.
            Err(error) if error.is_not_found() => {
                return Ok(PolicyGroup { id, display_name: None, members: Vec::new() });
            }
            Err(error) => return Err(error.into()),
        };
    let query = Query::v1(format!("groups/{id}/transitiveMembers")).select(MEMBER_SELECT).top(PAGE).cost(5);
    let members: BTreeSet<_> = context.rows::<Member>(query).await?.iter().filter_map(Member::user_id).collect();
    Ok(PolicyGroup { id, display_name, members: members.into_iter().collect() })
}

//! Groups and their members, direct and through other groups.

use chrono::{DateTime, Utc};
use serde::ser::SerializeMap;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Answer, Call};
use super::entity::{self, Entity, Instant, Property, always};
use super::error::GraphError;
use super::filter::Filter;
use super::organization::selected;
use super::page::{self, Collection};
use super::users::UserRow;
use crate::world::directory::group::Group;

/// A group as Graph shows it.
pub(crate) fn row(group: &Group, created_at: DateTime<Utc>) -> Value {
    json!({
        "id": group.id, "displayName": group.display_name, "description": null, "groupTypes": [], "mail": null,
        "mailEnabled": false, "mailNickname": group.id.simple().to_string(), "securityEnabled": true,
        "isAssignableToRole": group.is_assignable_to_role.then_some(true), "createdDateTime": Instant(created_at),
        "deletedDateTime": null, "onPremisesProvisioningErrors": [], "serviceProvisioningErrors": [], "onPremisesSyncEnabled": null, "visibility": null
    })
}

/// `GET /groups`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "filter", "count", "skiptoken", "format"])?;
    let filter = call.query.get("filter").map(Filter::parse).transpose()?;
    let directory = &call.tenant.directory;
    let rows = directory.groups.iter().map(|group| row(group, directory.created_at));
    let rows = rows.filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(&|name| row[name].clone())));
    let rows = rows.map(|row| selected(call, row, "microsoft.graph.group"));
    page::values(call, "groups", &rows.collect::<Result<Vec<_>, _>>()?)
}

/// `GET /groups/{id}`
pub(crate) fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "format"])?;
    let group = selected(call, row(find(call)?, call.tenant.directory.created_at), "microsoft.graph.group")?;
    Answer::object(call, "groups/$entity", &group)
}

/// `GET /groups/{id}/members`
pub(crate) fn members(call: &Call<'_>) -> Result<Answer, GraphError> {
    let members = find(call)?.members.clone();
    list_members(call, &members)
}

/// `GET /groups/{id}/transitiveMembers`
pub(crate) fn transitive_members(call: &Call<'_>) -> Result<Answer, GraphError> {
    let members = call.tenant.directory.transitive_members(find(call)?);
    list_members(call, &members)
}

fn find<'a>(call: &Call<'a>) -> Result<&'a Group, GraphError> {
    let id = call.part(0);
    let found = Uuid::try_parse(id).ok().and_then(|id| call.tenant.directory.group(id));
    found.ok_or_else(|| GraphError::no_such_resource(id))
}

/// A user or a group in a group.
enum Member<'a> {
    User(UserRow<'a>),
    Group(&'a Group),
}

impl Entity for Member<'_> {
    const TYPE: &'static str = "microsoft.graph.directoryObject";
    const PROPERTIES: &'static [Property] = &[
        always("@odata.type"),
        always("id"),
        always("displayName"),
        always("userPrincipalName"),
        always("mail"),
        always("accountEnabled"),
        always("userType"),
    ];

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match (self, name) {
            (Member::User(_), "@odata.type") => map.serialize_entry(name, "#microsoft.graph.user"),
            (Member::Group(_), "@odata.type") => map.serialize_entry(name, "#microsoft.graph.group"),
            (Member::User(user), _) => user.write(name, map),
            (Member::Group(group), "id") => map.serialize_entry(name, &group.id),
            (Member::Group(group), "displayName") => map.serialize_entry(name, &group.display_name),
            (Member::Group(_), "mail") => map.serialize_entry(name, &()),
            (Member::Group(_), _) => Ok(()),
        }
    }
}

fn list_members(call: &Call<'_>, members: &[Uuid]) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "count", "format"])?;
    let directory = &call.tenant.directory;
    let at = |position: usize| {
        let id = *members.get(position)?;
        let user = directory.user(id).map(|user| Member::User(UserRow { user, tenant: call.tenant }));
        user.or_else(|| directory.group(id).map(Member::Group))
    };
    let mut properties = entity::select::<Member<'_>>(&call.query.names("select"))?;
    if !properties.contains(&"@odata.type") {
        properties.insert(0, "@odata.type");
    }
    page::list(
        call,
        &Collection {
            context: "directoryObjects",
            len: members.len(),
            at: &at,
            default_page: 100,
            max_page: 999,
            filters: &[],
            order_by: &[],
            is_directory: true,
            properties,
        },
    )
}

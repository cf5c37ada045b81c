//! Groups with their direct members, made transitive. A group that cannot be followed to its end counts as not read.

use std::collections::{HashMap, HashSet};
use std::fs;

use chrono::{DateTime, Utc};
use domain::facts::directory::{PolicyGroup, User};
use domain::ids::UserId;
use domain::known::UnknownCause;
use domain::mfa::Fact;
use serde::Deserialize;
use uuid::Uuid;

use super::document::{Broken, Document};
use super::folder::Reader;
use crate::graph::wire::group::Group;

const MEMBERS: &str = "groupMembers";

/// The groups of an export.
pub(super) struct Groups {
    groups: Vec<PolicyGroup>,
    /// Every group there is, when `groups.json` says so.
    listed: Option<HashSet<Uuid>>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Member {
    id: Uuid,
    #[serde(rename = "@odata.type")]
    odata_type: Option<String>,
}

impl Groups {
    /// A principal of no stated kind that is no user.
    pub(super) fn may_be_a_group(&self, id: Uuid) -> bool {
        self.groups.iter().any(|group| group.id == id) || self.listed.as_ref().is_none_or(|listed| listed.contains(&id))
    }

    pub(super) fn into_fact(self) -> Fact<Vec<PolicyGroup>> {
        match self.read_at {
            Some(read_at) => Fact::known(self.groups, read_at),
            None => Fact::Unknown(UnknownCause::NotYetRead),
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, users: &[User]) -> Groups {
    let mut read_at = None;
    let mut names: HashMap<Uuid, Option<String>> = HashMap::new();
    let mut listed = None;
    if let Ok(document) = reader.open("groups", "json") {
        match document.items::<Group>() {
            Ok(groups) => {
                listed = Some(groups.iter().map(|group| group.id).collect());
                names = groups.into_iter().map(|group| (group.id, group.into_name())).collect();
                read_at = Some(document.read_at);
            }
            Err(Broken(cause)) => reader.miss("groups", cause),
        }
    }
    let direct = direct_members(reader, &mut read_at);
    let users: HashSet<Uuid> = users.iter().map(|user| user.id.0).collect();
    let world = Membership { direct: &direct, users: &users, listed: listed.as_ref() };
    let mut groups = Vec::with_capacity(direct.len());
    for id in direct.keys() {
        match world.everybody_in(*id) {
            Ok(members) => groups.push(PolicyGroup { id: *id, display_name: names.remove(id).flatten(), members }),
            Err(stranger) => reader.miss(
                MEMBERS,
                format!("{MEMBERS}/{id}.json leads to {stranger}, whose own members are not there: the group counts as not read"),
            ),
        }
    }
    groups.sort_by_key(|group| group.id);
    Groups { groups, listed, read_at }
}

fn direct_members(reader: &mut Reader<'_>, read_at: &mut Option<DateTime<Utc>>) -> HashMap<Uuid, Vec<Member>> {
    let Ok(entries) = fs::read_dir(reader.folder.join(MEMBERS)) else {
        reader.miss(MEMBERS, format!("there is no folder {MEMBERS}"));
        return HashMap::new();
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut direct = HashMap::new();
    for path in paths {
        let Some(Ok(id)) = path.file_stem().and_then(|stem| stem.to_str()).map(str::parse::<Uuid>) else { continue };
        let members = match Document::open(&path) {
            None => continue,
            Some(Ok(document)) => {
                reader.find();
                *read_at = (*read_at).max(Some(document.read_at));
                document.items::<Member>()
            }
            Some(Err(broken)) => Err(broken),
        };
        match members {
            Ok(members) => {
                direct.insert(id, members);
            }
            Err(Broken(cause)) => reader.miss(MEMBERS, format!("{MEMBERS}/{cause}")),
        }
    }
    direct
}

struct Membership<'a> {
    direct: &'a HashMap<Uuid, Vec<Member>>,
    users: &'a HashSet<Uuid>,
    listed: Option<&'a HashSet<Uuid>>,
}

impl Membership<'_> {
    /// The users in a group and in the groups in it; `Err`: somebody who may be a group and has no members here.
    fn everybody_in(&self, group: Uuid) -> Result<Vec<UserId>, Uuid> {
        let mut users = HashSet::new();
        let mut visited = HashSet::from([group]);
        let mut waiting = vec![group];
        while let Some(group) = waiting.pop() {
            for member in self.direct.get(&group).ok_or(group)? {
                match self.kind(member) {
                    Kind::User => {
                        users.insert(UserId(member.id));
                    }
                    Kind::Group if visited.insert(member.id) => waiting.push(member.id),
                    Kind::Group | Kind::Other => {}
                }
            }
        }
        let mut users: Vec<_> = users.into_iter().collect();
        users.sort_unstable();
        Ok(users)
    }

    fn kind(&self, member: &Member) -> Kind {
        match member.odata_type.as_deref().and_then(|name| name.rsplit('.').next()) {
            Some("user") => Kind::User,
            Some("group") => Kind::Group,
            Some(_) => Kind::Other,
            // Of no stated kind: who it is tells what it is, and a stranger may be a group.
            None if self.users.contains(&member.id) => Kind::User,
            None if self.direct.contains_key(&member.id) => Kind::Group,
            None if self.listed.is_none_or(|listed| listed.contains(&member.id)) => Kind::Group,
            None => Kind::Other,
        }
    }
}

enum Kind {
    User,
    Group,
    Other,
}

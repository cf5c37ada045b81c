//! Groups, as far as policies and roles need them.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Directory;

/// A security group.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: Uuid,
    pub display_name: String,
    pub is_assignable_to_role: bool,
    /// Object ids of users and of groups.
    pub members: Vec<Uuid>,
}

impl Directory {
    /// The ids of all members of a group and of the groups in it, each once, in the order in which they are found.
    pub fn transitive_members(&self, group: &Group) -> Vec<Uuid> {
        let mut seen = BTreeSet::from([group.id]);
        let mut found = Vec::new();
        let mut open = vec![group];
        while let Some(group) = open.pop() {
            for &member in &group.members {
                if seen.insert(member) {
                    found.push(member);
                    open.extend(self.group(member));
                }
            }
        }
        found
    }
}

//! The log behind `users/delta`: what changed, in order, so that any token finds what came after it.

use std::collections::{BTreeMap, BTreeSet};

/// An append-only log. A version is the number of entries that a reader has seen.
#[derive(Debug, Default)]
pub struct Changes {
    log: Vec<(usize, Change)>,
}

/// What happened to one user, merged over several changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Created, or restored: all properties are new.
    Created,
    /// These properties changed.
    Updated(BTreeSet<&'static str>),
    /// Deleted; whether for good is read from the user.
    Removed,
}

impl Changes {
    /// The version that a delta link issued now carries.
    pub fn version(&self) -> usize {
        self.log.len()
    }

    /// What changed after `version`, by the user's position, each user once.
    pub fn since(&self, version: usize) -> BTreeMap<usize, Change> {
        let mut merged = BTreeMap::new();
        for (position, change) in self.log.get(version..).unwrap_or_default() {
            match (merged.get_mut(position), change) {
                (Some(Change::Updated(known)), Change::Updated(more)) => known.extend(more),
                (Some(Change::Created), Change::Updated(_)) => {}
                _ => {
                    merged.insert(*position, change.clone());
                }
            }
        }
        merged
    }

    pub(super) fn created(&mut self, position: usize) {
        self.log.push((position, Change::Created));
    }

    pub(super) fn updated(&mut self, position: usize, properties: &[&'static str]) {
        self.log.push((position, Change::Updated(properties.iter().copied().collect())));
    }

    pub(super) fn removed(&mut self, position: usize) {
        self.log.push((position, Change::Removed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_one_user_are_told_once() {
        let mut changes = Changes::default();
        changes.updated(3, &["displayName"]);
        let seen = changes.version();
        changes.updated(3, &["accountEnabled"]);
        changes.updated(3, &["displayName"]);
        let since = changes.since(seen);
        assert_eq!(since.len(), 1);
        assert_eq!(since[&3], Change::Updated(BTreeSet::from(["accountEnabled", "displayName"])));
    }

    #[test]
    fn a_user_created_and_removed_is_told_as_removed() {
        let mut changes = Changes::default();
        changes.created(0);
        changes.updated(0, &["displayName"]);
        assert_eq!(changes.since(0)[&0], Change::Created);
        changes.removed(0);
        assert_eq!(changes.since(0)[&0], Change::Removed);
        assert!(changes.since(changes.version()).is_empty());
    }
}

//! Whom policies cover: users by name, group, role and guest kind; exclusions win. Users whom no policy can tell apart
//! share one coverage.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::bits::Bits;
use super::conditions::is;
use super::facts::TenantFacts;
use super::truth::Truth;
use crate::facts::directory::{PolicyGroup, PrincipalKind, User, UserKind};
use crate::facts::policy::{Guests, Policy};
use crate::ids::UserId;
use crate::known::UnknownCause;

/// What policies can tell about a user: equal keys, equal coverage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Traits {
    /// Set when a policy names the user.
    named: Option<UserId>,
    /// Indexes into the tenant's groups, ascending.
    groups: Vec<u32>,
    /// Roles that policies name and how the user holds them, ascending by role.
    roles: Vec<(Uuid, Held)>,
    /// Roles that policies name and that the user is eligible for.
    pub(super) eligible: Vec<Uuid>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Held {
    /// Over an administrative unit or one object: Conditional Access is not enforced for it, as documented.
    Scoped,
    /// Over the whole tenant.
    TenantWide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Internal,
    /// Invited, and made a member.
    ExternalMember,
    /// Invited.
    ExternalGuest,
    /// A guest by type with an account of this tenant.
    InternalGuest,
}

/// Through which line a policy leaves a user out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Named,
    Group(u32),
    Role(Uuid),
    Guest,
}

/// Which policies apply to users with the same traits.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    pub(super) applies: Bits,
    /// It depends on something that could not be read.
    pub(super) may_apply: Bits,
    /// Policies that would include the user and exclude it, with the line that does.
    pub(super) left_out: Vec<(usize, Route)>,
    /// Why policies are in `may_apply`.
    pub(super) doubts: Vec<(usize, UnknownCause, String)>,
}

/// Groups and roles by user, as far as policies name them.
pub(super) struct Directory<'a> {
    facts: &'a TenantFacts,
    named_users: HashSet<UserId>,
    /// Users and the indexes of their groups, ascending.
    memberships: Vec<(UserId, u32)>,
    group_index: HashMap<Uuid, u32>,
    roles_of: HashMap<UserId, Vec<(Uuid, Held)>>,
    eligible_of: HashMap<UserId, Vec<Uuid>>,
    /// Roles that groups hold whose members were not read: anybody may hold them.
    open_roles: HashSet<Uuid>,
}

impl<'a> Directory<'a> {
    /// `policies`: all that a verdict may mention.
    pub(super) fn new(policies: &[&Policy], facts: &'a TenantFacts) -> Self {
        let users =
            |p: &&Policy| p.conditions.include_users.iter().chain(&p.conditions.exclude_users).cloned().collect();
        let groups =
            |p: &&Policy| p.conditions.include_groups.iter().chain(&p.conditions.exclude_groups).cloned().collect();
        let roles =
            |p: &&Policy| p.conditions.include_roles.iter().chain(&p.conditions.exclude_roles).cloned().collect();
        let named_groups: HashSet<Uuid> = ids(policies, groups);
        let named_roles: HashSet<Uuid> = ids(policies, roles);
        let mut directory = Self {
            facts,
            named_users: ids(policies, users).into_iter().map(UserId).collect(),
            memberships: Vec::new(),
            group_index: HashMap::new(),
            roles_of: HashMap::new(),
            eligible_of: HashMap::new(),
            open_roles: HashSet::new(),
        };
        directory.index_groups(&named_groups);
        directory.index_roles(&named_roles);
        directory
    }

    fn groups(&self) -> &'a [PolicyGroup] {
        self.facts.groups.value().map_or(&[], Vec::as_slice)
    }

    fn index_groups(&mut self, named: &HashSet<Uuid>) {
        for (index, group) in (0..).zip(self.groups()) {
            self.group_index.insert(group.id, index);
            if named.contains(&group.id) {
                self.memberships.extend(group.members.iter().map(|member| (*member, index)));
            }
        }
        self.memberships.sort_unstable();
        self.memberships.dedup();
    }

    fn groups_of(&self, user: UserId) -> Vec<u32> {
        let start = self.memberships.partition_point(|(member, _)| *member < user);
        self.memberships[start..].iter().take_while(|(member, _)| *member == user).map(|(_, group)| *group).collect()
    }

    fn index_roles(&mut self, named: &HashSet<Uuid>) {
        let facts = self.facts;
        for assignment in facts.roles.value().into_iter().flatten() {
            if !named.contains(&assignment.role_template_id) {
                continue;
            }
            let held = if assignment.directory_scope == "/" { Held::TenantWide } else { Held::Scoped };
            let role = (assignment.role_template_id, held);
            match self.holders(assignment.principal_kind, assignment.principal_id) {
                Some(users) => users.for_each_in(|user| self.roles_of.entry(user).or_default().push(role)),
                None => {
                    self.open_roles.insert(assignment.role_template_id);
                }
            }
        }
        for assignment in facts.eligible_roles.value().into_iter().flatten() {
            if named.contains(&assignment.role_template_id)
                && let Some(users) = self.holders(assignment.principal_kind, assignment.principal_id)
            {
                let role = assignment.role_template_id;
                users.for_each_in(|user| self.eligible_of.entry(user).or_default().push(role));
            }
        }
        self.roles_of.values_mut().for_each(|roles| {
            roles.sort_unstable();
            roles.dedup();
        });
        self.eligible_of.values_mut().for_each(|roles| {
            roles.sort_unstable();
            roles.dedup();
        });
    }

    /// The users behind a principal; `None`: not known.
    fn holders(&self, kind: PrincipalKind, id: Uuid) -> Option<Holders<'a>> {
        match kind {
            PrincipalKind::User => Some(Holders::One(UserId(id))),
            PrincipalKind::Group => {
                let index = *self.group_index.get(&id)?;
                self.groups().get(index as usize).map(|group| Holders::Many(&group.members))
            }
            PrincipalKind::ServicePrincipal => Some(Holders::Many(&[])),
            PrincipalKind::Other => None,
        }
    }

    pub(super) fn group_name(&self, index: u32) -> String {
        match self.groups().get(index as usize) {
            Some(PolicyGroup { display_name: Some(name), .. }) => format!("group “{name}”"),
            Some(group) => format!("group {}", group.id),
            None => "a group".to_owned(),
        }
    }

    pub(super) fn group_called(&self, id: Uuid) -> String {
        self.group_index.get(&id).map_or_else(|| format!("group {id}"), |index| self.group_name(*index))
    }

    pub(super) fn role_name(&self, role: Uuid) -> String {
        let assignments = |fact: &'a super::facts::Fact<Vec<_>>| fact.value().into_iter().flatten();
        assignments(&self.facts.roles)
            .chain(assignments(&self.facts.eligible_roles))
            .find(|assignment| assignment.role_template_id == role)
            .map_or_else(|| format!("role {role}"), |assignment| format!("role “{}”", assignment.role_name))
    }

    pub(super) fn traits(&self, user: &User) -> Traits {
        let external = user.user_principal_name.to_ascii_uppercase().contains("#EXT#")
            || user.external_user_state.as_deref().is_some_and(|state| !state.is_empty());
        Traits {
            named: self.named_users.contains(&user.id).then_some(user.id),
            groups: self.groups_of(user.id),
            roles: self.roles_of.get(&user.id).cloned().unwrap_or_default(),
            eligible: self.eligible_of.get(&user.id).cloned().unwrap_or_default(),
            kind: match (user.kind, external) {
                (UserKind::Member, false) => Kind::Internal,
                (UserKind::Member, true) => Kind::ExternalMember,
                (UserKind::Guest, true) => Kind::ExternalGuest,
                (UserKind::Guest, false) => Kind::InternalGuest,
            },
        }
    }

    /// A policy's lines with their ids resolved once.
    pub(super) fn resolve(&self, policy: &Policy) -> Lines {
        let conditions = &policy.conditions;
        Lines {
            include: self.side(
                &conditions.include_users,
                &conditions.include_groups,
                &conditions.include_roles,
                conditions.include_guests.as_ref(),
                Truth::No,
            ),
            exclude: self.side(
                &conditions.exclude_users,
                &conditions.exclude_groups,
                &conditions.exclude_roles,
                conditions.exclude_guests.as_ref(),
                Truth::Maybe,
            ),
        }
    }

    fn side(
        &self,
        users: &[String],
        groups: &[String],
        roles: &[String],
        guests: Option<&Guests>,
        scoped_roles_count: Truth,
    ) -> Side {
        let mut side = Side { lines: Vec::new(), guests: guests.cloned(), scoped_roles_count };
        side.lines.extend(users.iter().filter(|word| !is(word, "None")).map(
            |word| match word.trim().parse::<Uuid>() {
                Ok(id) => Line::User(UserId(id)),
                Err(_) if is(word, "All") => Line::Everybody,
                Err(_) if is(word, "GuestsOrExternalUsers") => Line::Guests,
                Err(_) => Line::NotUnderstood(format!("it names users by the word “{word}”")),
            },
        ));
        side.lines.extend(groups.iter().map(|word| {
            let index = word.trim().parse::<Uuid>().ok().and_then(|id| self.group_index.get(&id).copied());
            index.map_or_else(|| Line::UnreadGroup(word.clone()), Line::Group)
        }));
        side.lines.extend(roles.iter().map(|word| match word.trim().parse::<Uuid>() {
            Ok(id) => Line::Role(id),
            Err(_) => Line::NotUnderstood(format!("it names a role by the word “{word}”")),
        }));
        side
    }

    /// `policies`: the lines of each, by its index.
    pub(super) fn coverage(&self, policies: &[Lines], traits: &Traits) -> Coverage {
        let mut coverage = Coverage {
            applies: Bits::empty(policies.len()),
            may_apply: Bits::empty(policies.len()),
            left_out: Vec::new(),
            doubts: Vec::new(),
        };
        for (index, lines) in policies.iter().enumerate() {
            let included = self.look_up(&lines.include, traits);
            if included.truth == Truth::No {
                continue;
            }
            let excluded = self.look_up(&lines.exclude, traits);
            match included.truth.and(excluded.truth.not()) {
                Truth::Yes => coverage.applies.set(index),
                Truth::Maybe => {
                    coverage.may_apply.set(index);
                    let doubt = if included.truth == Truth::Maybe { included.doubt } else { excluded.doubt };
                    coverage.doubts.extend(doubt.map(|(cause, text)| (index, cause, text)));
                }
                Truth::No => coverage.left_out.extend(excluded.route.map(|route| (index, route))),
            }
        }
        coverage
    }

    /// Whether the policy's lines include users with these traits, or may, whatever they exclude.
    pub(super) fn includes(&self, policy: &Lines, traits: &Traits) -> bool {
        self.look_up(&policy.include, traits).truth != Truth::No
    }

    fn look_up(&self, side: &Side, traits: &Traits) -> Found {
        let mut found = Found { truth: Truth::No, route: None, doubt: None };
        for line in &side.lines {
            match line {
                Line::Everybody => found.yes(Route::Named),
                Line::User(id) if traits.named == Some(*id) => found.yes(Route::Named),
                Line::Group(index) if traits.groups.contains(index) => found.yes(Route::Group(*index)),
                Line::User(_) | Line::Group(_) => {}
                Line::Guests => match traits.kind {
                    Kind::ExternalGuest | Kind::InternalGuest => found.yes(Route::Guest),
                    Kind::ExternalMember => {
                        found.maybe(UnknownCause::NotUnderstood, || "the account is external and a member".to_owned())
                    }
                    Kind::Internal => {}
                },
                Line::UnreadGroup(word) => {
                    let cause = self.facts.groups.cause().unwrap_or(UnknownCause::NotYetRead);
                    found.maybe(cause, || format!("the members of group {word} could not be read"));
                }
                Line::Role(role) => self.look_up_role(*role, side.scoped_roles_count, traits, &mut found),
                Line::NotUnderstood(why) => found.maybe(UnknownCause::NotUnderstood, || why.clone()),
            }
        }
        if let Some(guests) = &side.guests {
            look_up_guests(guests, traits.kind, &mut found);
        }
        found
    }

    fn look_up_role(&self, role: Uuid, scoped: Truth, traits: &Traits, found: &mut Found) {
        if let Some(cause) = self.facts.roles.cause() {
            found.maybe(cause, || "the directory roles could not be read".to_owned());
        } else if traits.roles.contains(&(role, Held::TenantWide)) {
            found.yes(Route::Role(role));
        } else if traits.roles.contains(&(role, Held::Scoped)) && scoped == Truth::Maybe {
            found.maybe(UnknownCause::NotUnderstood, || {
                format!("the {} is held over a part of the tenant", self.role_name(role))
            });
        } else if self.open_roles.contains(&role) {
            let cause = self.facts.groups.cause().unwrap_or(UnknownCause::NotYetRead);
            found.maybe(cause, || {
                format!("the members of a group that holds the {} could not be read", self.role_name(role))
            });
        }
    }
}

/// A policy's lines, resolved.
pub(super) struct Lines {
    include: Side,
    exclude: Side,
}

struct Side {
    lines: Vec<Line>,
    guests: Option<Guests>,
    /// What a role counts for that is held over a part of the tenant.
    scoped_roles_count: Truth,
}

enum Line {
    Everybody,
    /// `GuestsOrExternalUsers`.
    Guests,
    User(UserId),
    Group(u32),
    /// By its word.
    UnreadGroup(String),
    Role(Uuid),
    /// With the reason.
    NotUnderstood(String),
}

struct Found {
    truth: Truth,
    route: Option<Route>,
    doubt: Option<(UnknownCause, String)>,
}

impl Found {
    fn yes(&mut self, route: Route) {
        self.truth = Truth::Yes;
        self.route.get_or_insert(route);
    }

    fn maybe(&mut self, cause: UnknownCause, text: impl FnOnce() -> String) {
        self.truth = self.truth.or(Truth::Maybe);
        self.doubt.get_or_insert_with(|| (cause, text()));
    }
}

fn look_up_guests(guests: &Guests, kind: Kind, found: &mut Found) {
    if kind == Kind::Internal {
        return;
    }
    for word in &guests.kinds {
        let matches = if is(word, "internalGuest") {
            kind == Kind::InternalGuest
        } else if is(word, "b2bCollaborationGuest") {
            kind == Kind::ExternalGuest
        } else if is(word, "b2bCollaborationMember") {
            kind == Kind::ExternalMember
        } else if ["none", "b2bDirectConnectUser", "otherExternalUser", "serviceProvider"]
            .iter()
            .any(|other| is(word, other))
        {
            // People without an object in this directory.
            false
        } else {
            found.maybe(UnknownCause::NotUnderstood, || format!("it names guests by the word “{word}”"));
            false
        };
        if matches && guests.external_tenants.is_some() && kind != Kind::InternalGuest {
            found.maybe(UnknownCause::NotUnderstood, || "it names guests of certain organisations".to_owned());
        } else if matches {
            found.yes(Route::Guest);
        }
    }
}

enum Holders<'a> {
    One(UserId),
    Many(&'a [UserId]),
}

impl Holders<'_> {
    fn for_each_in(self, mut each: impl FnMut(UserId)) {
        match self {
            Self::One(user) => each(user),
            Self::Many(users) => users.iter().copied().for_each(each),
        }
    }
}

fn ids(policies: &[&Policy], words: impl Fn(&&Policy) -> BTreeSet<String>) -> HashSet<Uuid> {
    policies.iter().flat_map(words).filter_map(|word| word.trim().parse().ok()).collect()
}

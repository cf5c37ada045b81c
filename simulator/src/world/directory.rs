//! The facts of one tenant that Graph serves, and the changes to them that `delta` tells of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

pub mod changes;
pub mod cloud_sync;
pub mod contact;
pub mod device;
pub mod domain;
pub mod exchange;
pub mod group;
pub mod sync;
pub mod user;

use changes::Changes;
use cloud_sync::Configuration;
use contact::Contact;
use device::Device;
use domain::Domain;
use exchange::Exchange;
use group::Group;
use sync::Sync;
use user::{Removal, User};

use super::licences::{ENTRA_P1, ENTRA_P2, Subscription};
use super::roles::RoleAssignment;
use super::sign_ins::SignIn;

/// The directory of one tenant. Users are never taken out of `users`: deletion leaves a tombstone, so that positions
/// stay valid for pages and delta tokens.
#[derive(Debug)]
pub struct Directory {
    pub created_at: DateTime<Utc>,
    /// Two letters.
    pub country: &'static str,
    pub city: &'static City,
    pub subscriptions: Vec<Subscription>,
    pub domains: Vec<Domain>,
    pub sync: Sync,
    pub cloud_sync: Vec<Configuration>,
    /// Answers 400 to a filter on `serviceProvisioningErrors`, whose form is not documented.
    pub refuses_service_filter: bool,
    pub contacts: Vec<Contact>,
    users: Vec<User>,
    positions: HashMap<Uuid, usize>,
    changes: Changes,
    pub groups: Vec<Group>,
    pub role_assignments: Vec<RoleAssignment>,
    /// Roles that may be claimed through PIM.
    pub role_eligibilities: Vec<RoleAssignment>,
    pub security_defaults: bool,
    /// `conditionalAccessPolicy` objects as Graph shapes them.
    pub policies: Vec<Value>,
    /// `namedLocation` objects.
    pub named_locations: Vec<Value>,
    /// `authenticationStrengthPolicy` objects of the tenant's own, besides the built-in ones.
    pub strengths: Vec<Value>,
    /// `authenticationMethodConfiguration` objects besides the usual ones (External MFA).
    pub external_methods: Vec<Value>,
    pub exchange: Exchange,
    pub devices: Vec<Device>,
    /// Oldest first.
    pub sign_ins: Vec<SignIn>,
    /// How `/users` answers a `$select` of the undocumented `perUserMfaState`.
    pub per_user_mfa_select: PerUserMfaSelect,
    /// Whether usage reports show hashes instead of names.
    pub concealed_names: bool,
    /// When the registration report was last computed.
    pub registration_report_at: DateTime<Utc>,
}

/// A place that sign-ins come from.
#[derive(Debug, PartialEq)]
pub struct City {
    pub name: &'static str,
    pub state: &'static str,
    /// Two letters.
    pub country: &'static str,
    pub latitude: f64,
    pub longitude: f64,
}

/// Answers to an undocumented property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PerUserMfaSelect {
    #[default]
    Returned,
    /// 200, without the property.
    Absent,
    /// 400, like any unknown property.
    Refused,
}

impl Directory {
    /// An empty directory of a tenant founded at `created_at`.
    pub fn new(created_at: DateTime<Utc>, country: &'static str, city: &'static City) -> Directory {
        Directory {
            created_at,
            country,
            city,
            subscriptions: Vec::new(),
            domains: Vec::new(),
            sync: Sync::default(),
            cloud_sync: Vec::new(),
            refuses_service_filter: false,
            contacts: Vec::new(),
            users: Vec::new(),
            positions: HashMap::new(),
            changes: Changes::default(),
            groups: Vec::new(),
            role_assignments: Vec::new(),
            role_eligibilities: Vec::new(),
            security_defaults: false,
            policies: Vec::new(),
            named_locations: Vec::new(),
            strengths: Vec::new(),
            external_methods: Vec::new(),
            exchange: Exchange::default(),
            devices: Vec::new(),
            sign_ins: Vec::new(),
            per_user_mfa_select: PerUserMfaSelect::default(),
            concealed_names: false,
            registration_report_at: created_at,
        }
    }

    /// Whether Entra ID P1 (or P2, which includes it) is in force.
    pub fn has_p1(&self) -> bool {
        self.subscriptions.iter().any(|s| s.grants(ENTRA_P1) || s.grants(ENTRA_P2))
    }

    pub fn has_p2(&self) -> bool {
        self.subscriptions.iter().any(|s| s.grants(ENTRA_P2))
    }

    /// All users in the order of their creation, tombstones included.
    pub fn all_users(&self) -> &[User] {
        &self.users
    }

    /// The users that exist.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.removal.is_none())
    }

    /// How many users exist: what Microsoft sizes its throttling budgets by.
    pub fn user_count(&self) -> usize {
        self.users().count()
    }

    /// The user with this id, unless deleted.
    pub fn user(&self, id: Uuid) -> Option<&User> {
        self.user_at(*self.positions.get(&id)?).filter(|user| user.removal.is_none())
    }

    /// The user with this id or user principal name, unless deleted.
    pub fn find_user(&self, key: &str) -> Option<&User> {
        match Uuid::parse_str(key) {
            Ok(id) => self.user(id),
            Err(_) => self.users().find(|user| user.user_principal_name.eq_ignore_ascii_case(key)),
        }
    }

    pub fn user_at(&self, position: usize) -> Option<&User> {
        self.users.get(position)
    }

    pub fn group(&self, id: Uuid) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Adds a user without telling `delta`: for the generation of the world.
    pub fn found_user(&mut self, user: User) {
        self.positions.insert(user.id, self.users.len());
        self.users.push(user);
    }

    /// Creates a user.
    pub fn create_user(&mut self, user: User) {
        self.changes.created(self.users.len());
        self.found_user(user);
    }

    /// Changes a user and records which properties changed. Answers false if there is no such user.
    pub fn update_user(&mut self, id: Uuid, change: impl FnOnce(&mut User)) -> bool {
        let Some(&position) = self.positions.get(&id) else {
            return false;
        };
        let user = &mut self.users[position];
        let before = user.clone();
        change(user);
        let changed = user.changed_since(&before);
        if !changed.is_empty() {
            self.changes.updated(position, &changed);
        }
        true
    }

    /// Deletes a user: softly (restorable for 30 days) or for good. Answers false if there is no such user.
    pub fn delete_user(&mut self, id: Uuid, now: DateTime<Utc>, permanently: bool) -> bool {
        let Some(&position) = self.positions.get(&id) else {
            return false;
        };
        self.users[position].removal = Some(Removal { at: now, permanently });
        self.changes.removed(position);
        true
    }

    /// Restores a softly deleted user. Answers false if there is none.
    pub fn restore_user(&mut self, id: Uuid) -> bool {
        let Some(&position) = self.positions.get(&id) else {
            return false;
        };
        match self.users[position].removal {
            Some(Removal { permanently: false, .. }) => {
                self.users[position].removal = None;
                self.changes.created(position);
                true
            }
            _ => false,
        }
    }
}

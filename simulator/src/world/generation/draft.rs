//! A tenant in the making: its directory, its randomness, and the accounts that every tenant has.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use super::Identity;
use crate::world::directory::user::{Activity, Invitation, MailApps, OnPremises, User};
use crate::world::licences::{self, Product};
use crate::world::locales::{ENGLISH, Name};
use crate::world::methods::{Method, MethodKind};
use crate::world::roles::RoleAssignment;
use crate::world::sign_ins::ClientApp;
use crate::world::{Directory, Kind};

const DEPARTMENTS: [(&str, &[&str]); 6] = [
    ("Operations", &["Coordinator", "Dispatcher", "Shift lead", "Operator"]),
    ("Sales", &["Account executive", "Sales assistant", "Head of sales"]),
    ("Finance", &["Bookkeeper", "Controller", "Payroll clerk"]),
    ("People", &["HR partner", "Recruiter"]),
    ("Service", &["Advisor", "Field engineer", "Receptionist"]),
    ("Management", &["Managing director", "Office manager"]),
];

/// What the generation of one tenant carries along.
pub(super) struct Draft<'a> {
    pub rng: &'a mut StdRng,
    pub now: DateTime<Utc>,
    pub identity: &'a Identity,
    pub domain: String,
    pub initial_domain: String,
    pub directory: Directory,
    /// Accounts that sign in over old protocols, and over which.
    pub legacy: Vec<(Uuid, ClientApp)>,
    next_name: usize,
    addresses: HashSet<String>,
}

impl<'a> Draft<'a> {
    pub fn new(rng: &'a mut StdRng, now: DateTime<Utc>, identity: &'a Identity, directory: Directory) -> Draft<'a> {
        let next_name = rng.random_range(0..50);
        Draft {
            rng,
            now,
            domain: format!("{}.example", identity.domain_stem),
            initial_domain: format!("{}.onmicrosoft.example", identity.domain_stem.replace('-', "")),
            identity,
            directory,
            legacy: Vec::new(),
            next_name,
            addresses: HashSet::new(),
        }
    }

    pub fn kind(&self) -> Kind {
        self.identity.kind
    }

    pub fn id(&mut self) -> Uuid {
        super::id(self.rng)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    /// An instant between so many days ago.
    pub fn days_ago(&mut self, days: std::ops::Range<i64>) -> DateTime<Utc> {
        let seconds = self.rng.random_range(days.start * 86_400..days.end * 86_400);
        self.now - TimeDelta::seconds(seconds)
    }

    /// An unused name of this place, now and then one from elsewhere.
    pub fn name(&mut self) -> Name {
        self.next_name += 1;
        let elsewhere = self.rng.random_bool(0.06);
        let mut name = if elsewhere { &ENGLISH } else { self.identity.locale }.name(self.next_name);
        let plain = name.address.clone();
        let mut number = 1;
        while !self.addresses.insert(name.address.clone()) {
            number += 1;
            name.address = format!("{plain}{number}");
        }
        name
    }

    /// An account with an address at the default domain; no mailbox, no licence, no methods yet.
    pub fn account(&mut self, display_name: &str, address: &str) -> User {
        self.account_at(display_name, format!("{address}@{}", self.domain))
    }

    pub fn account_at(&mut self, display_name: &str, user_principal_name: String) -> User {
        let id = self.id();
        let created_at = self.created_at();
        let mut user = User::new(id, display_name.into(), user_principal_name, created_at);
        user.usage_location = self.identity.locale.city.country;
        let since = (self.now - created_at).num_days().max(2);
        user.last_password_change = self.days_ago(1..since);
        user
    }

    fn created_at(&mut self) -> DateTime<Utc> {
        let age = (self.now - self.directory.created_at).num_days().max(3);
        self.days_ago(2..age)
    }

    /// Somebody who works there: licensed, with a mailbox; registered for MFA as usual for the kind of tenant.
    pub fn employee(&mut self, suite: &'static Product) -> User {
        let name = self.name();
        let mut user = self.account(&name.display, &name.address);
        let (department, titles) = DEPARTMENTS.choose(self.rng).copied().unwrap_or(DEPARTMENTS[0]);
        user.department = Some(department);
        user.job_title = titles.choose(self.rng).copied();
        user.mail = Some(user.user_principal_name.clone());
        user.licences.push(suite);
        if self.rng.random_bool(0.1) {
            user.licences.push(&licences::POWER_AUTOMATE_FREE);
        }
        user.mail_apps = MailApps {
            outlook_windows: self.rng.random_bool(0.8),
            outlook_mac: self.rng.random_bool(0.1),
            outlook_mobile: self.rng.random_bool(0.6),
            outlook_web: self.rng.random_bool(0.5),
            ..MailApps::default()
        };
        if self.kind().is_synced() {
            user.on_premises = Some(Box::new(OnPremises {
                last_sync: self.directory.sync.last_sync.unwrap_or(self.now),
                sam_account_name: name.address.chars().take(20).collect(),
                domain_name: format!("corp.{}", self.domain),
                provisioning_errors: Vec::new(),
            }));
        }
        let registered = self.rng.random_bool(registered_share(self.kind()));
        if registered {
            user.methods = self.usual_methods();
        } else if self.rng.random_bool(0.3) {
            user.methods = vec![self.method(MethodKind::Email)];
        }
        user
    }

    /// A guest; accepted or not.
    pub fn guest(&mut self, accepted: bool) -> User {
        let name = ENGLISH.name(self.rng.random_range(0..200));
        let from =
            ["auditors", "contractor", "designstudio", "freightpartner"].choose(self.rng).copied().unwrap_or("partner");
        let tag = self.rng.random_range(10..99);
        let upn = format!("{}{tag}_{from}.example#EXT#@{}", name.address, self.initial_domain);
        let mut user = self.account_at(&name.display, upn);
        user.mail = Some(format!("{}{tag}@{from}.example", name.address));
        let changed_at = if accepted { user.created_at + TimeDelta::hours(5) } else { user.created_at };
        user.invitation = Some(Invitation { accepted, changed_at });
        user
    }

    /// The methods of somebody who registered once, years ago or lately.
    pub fn usual_methods(&mut self) -> Vec<Method> {
        let mut methods = Vec::new();
        let weak = self.rng.random_bool(0.15);
        if weak {
            methods.push(self.method(MethodKind::MobilePhone));
            return methods;
        }
        methods.push(self.method(MethodKind::MicrosoftAuthenticatorPush));
        for (kind, share) in [
            (MethodKind::MobilePhone, 0.5),
            (MethodKind::SoftwareOneTimePasscode, 0.25),
            (MethodKind::WindowsHelloForBusiness, 0.15),
            (MethodKind::PassKeyDeviceBoundAuthenticator, 0.08),
            (MethodKind::Fido2SecurityKey, 0.03),
        ] {
            if self.rng.random_bool(share) {
                methods.push(self.method(kind));
            }
        }
        methods
    }

    pub fn method(&mut self, kind: MethodKind) -> Method {
        Method { id: self.id(), kind, registered_at: self.days_ago(3..700) }
    }

    /// Adds the user and gives the role tenant-wide.
    pub fn appoint(&mut self, principal: Uuid, role: Uuid) {
        let id = self.assignment_id();
        self.directory.role_assignments.push(RoleAssignment::tenant_wide(id, principal, role));
    }

    pub fn make_eligible(&mut self, principal: Uuid, role: Uuid) {
        let id = self.assignment_id();
        self.directory.role_eligibilities.push(RoleAssignment::tenant_wide(id, principal, role));
    }

    fn assignment_id(&mut self) -> String {
        format!("{}-1", self.id().simple())
    }

    /// Never signed in, or not for a long time.
    pub fn make_dormant(&mut self, user: &mut User) {
        if self.rng.random_bool(0.5) {
            let at = self.days_ago(95..400).max(user.created_at);
            user.activity =
                Activity { last_sign_in: Some(at), last_non_interactive: Some(at), last_successful: Some(at) };
        }
        user.mail_apps = MailApps::default();
    }
}

/// How many of the staff have registered a second factor.
fn registered_share(kind: Kind) -> f64 {
    match kind {
        Kind::Partner | Kind::CaComplete => 0.97,
        Kind::SecurityDefaults | Kind::GdapOnly => 0.93,
        Kind::CaExcludedGroup | Kind::CaAppExcluded | Kind::CaTrustedLocation => 0.9,
        Kind::CaReportOnly | Kind::PerUserMfa => 0.55,
        Kind::NoP1 | Kind::PopClients => 0.3,
        Kind::Federated => 0.12,
        _ => 0.82,
    }
}

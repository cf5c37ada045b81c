//! A folder of exported Graph JSON, read into the same facts that the sync keeps. Each file succeeds or fails alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::blocker::{LegacyUse, legacy_use};
use domain::facts::directory::{
    Domain as DomainFact, Organization as OrganizationFact, PrincipalKind, SubscribedSku as SkuFact, User, UserPatch,
};
use domain::facts::registration::Registration;
use domain::facts::sign_in::{MailAppUsage, SignInLog};
use domain::ids::UserId;
use domain::known::{Known, UnknownCause};
use domain::licence::{EntraLicence, entra_licence};
use domain::mfa::{Fact, TenantFacts};
use domain::what_if::RealSignIns;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::document::{Broken, Document};
use super::{groups, policies};
use crate::graph::wire::federation::{Domain, InternalDomainFederation};
use crate::graph::wire::organization::{Organization, SubscribedSku};
use crate::graph::wire::policy::{
    AuthenticationMethodsPolicy, AuthenticationStrengthPolicy, NamedLocation, SecurityDefaults,
};
use crate::graph::wire::registration::{UserMfaState, UserRegistrationDetails};
use crate::graph::wire::role::{RoleDefinition, RoleDefinitions, RoleHolding};
use crate::graph::wire::sign_in::{SignIn, SignInCounts};
use crate::graph::wire::usage_report;
use crate::graph::wire::user::DeltaUser;

/// What a folder held.
#[derive(Debug)]
pub struct Export {
    pub organization: Option<OrganizationFact>,
    pub licence: Option<EntraLicence>,
    pub users: Vec<User>,
    pub users_read_at: Option<DateTime<Utc>>,
    pub facts: TenantFacts,
    pub legacy: Known<LegacyUse>,
    /// Sign-ins with modern clients.
    pub sign_ins: Known<RealSignIns>,
    /// What is not there, or not whole, in the order of the datasets.
    pub missing: Vec<Missing>,
}

/// One dataset that the answer has to do without, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The file's name without its ending: `userRegistrationDetails`.
    pub dataset: String,
    pub cause: String,
}

#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} holds none of the files that `tenantry assess --help` lists", .0.display())]
    NothingToRead(PathBuf),
}

/// Reads what is there.
pub fn read_folder(folder: &Path) -> Result<Export, Unusable> {
    if !folder.is_dir() {
        return Err(Unusable::NotAFolder(folder.to_owned()));
    }
    let mut reader = Reader { folder, missing: Vec::new(), found: 0 };
    let export = reader.export();
    if reader.found == 0 { Err(Unusable::NothingToRead(folder.to_owned())) } else { Ok(export) }
}

/// Notes what is missing while reading.
pub(super) struct Reader<'a> {
    pub(super) folder: &'a Path,
    missing: Vec<Missing>,
    found: usize,
}

impl Reader<'_> {
    fn export(&mut self) -> Export {
        let organization = match self.object::<Organization>("organization") {
            Fact::Known { value, .. } => Some(OrganizationFact::from(value)),
            Fact::Unknown(_) => None,
        };
        let skus = self.list::<SubscribedSku, SkuFact>("subscribedSkus");
        let (users, users_read_at) = self.users();
        let registration = self.list::<UserRegistrationDetails, Registration>("userRegistrationDetails");
        let policies = policies::read(self);
        let named_locations = self.list::<NamedLocation, _>("namedLocations");
        let strengths = self.list::<AuthenticationStrengthPolicy, _>("authenticationStrengthPolicies");
        let methods_policy = map(
            self.object::<AuthenticationMethodsPolicy>("authenticationMethodsPolicy"),
            AuthenticationMethodsPolicy::into_facts,
        );
        let security_defaults = self.security_defaults();
        let groups = groups::read(self, &users);
        let (roles, eligible_roles) = self.roles(&users, &groups);
        let domains = self.domains();
        let per_user_mfa = self.list::<UserMfaState, UserMfaState>("perUserMfaStates");
        let (legacy, sign_ins) = self.sign_ins(&users);
        Export {
            organization,
            licence: skus.value().map(|skus| entra_licence(skus)),
            users,
            users_read_at,
            facts: TenantFacts {
                security_defaults,
                policies,
                named_locations,
                strengths,
                methods_policy,
                groups: groups.into_fact(),
                roles,
                eligible_roles,
                domains,
                registration: map(registration, |rows| rows.into_iter().map(|row| (row.user_id, row)).collect()),
                per_user_mfa: map(per_user_mfa, |rows| {
                    rows.iter().filter_map(|row| Some((UserId(row.id), row.state()?))).collect()
                }),
            },
            legacy,
            sign_ins,
            missing: std::mem::take(&mut self.missing),
        }
    }

    pub(super) fn miss(&mut self, dataset: &str, cause: impl Into<String>) {
        self.missing.push(Missing { dataset: dataset.to_owned(), cause: cause.into() });
    }

    /// Notes that something of the export was there, whether it could be read or not.
    pub(super) fn find(&mut self) {
        self.found += 1;
    }

    /// `Err`: why the dataset is not known; noted.
    pub(super) fn open(&mut self, dataset: &str, ending: &str) -> Result<Document, UnknownCause> {
        let name = format!("{dataset}.{ending}");
        match Document::open(&self.folder.join(&name)) {
            None => {
                self.miss(dataset, format!("there is no {name}"));
                Err(UnknownCause::NotYetRead)
            }
            Some(Err(Broken(cause))) => {
                self.find();
                self.miss(dataset, cause);
                Err(UnknownCause::Failed)
            }
            Some(Ok(document)) => {
                self.find();
                Ok(document)
            }
        }
    }

    fn fact<T>(&mut self, dataset: &str, read: impl FnOnce(&Document) -> Result<T, Broken>) -> Fact<T> {
        let document = match self.open(dataset, "json") {
            Ok(document) => document,
            Err(cause) => return Fact::Unknown(cause),
        };
        match read(&document) {
            Ok(value) => Fact::known(value, document.read_at),
            Err(Broken(cause)) => {
                self.miss(dataset, cause);
                Fact::Unknown(UnknownCause::Failed)
            }
        }
    }

    /// All of a list or nothing: half of it could let a verdict look better than it is.
    fn list<W: DeserializeOwned, T: From<W>>(&mut self, dataset: &str) -> Fact<Vec<T>> {
        self.fact(dataset, |document| Ok(document.items::<W>()?.into_iter().map(T::from).collect()))
    }

    fn object<W: DeserializeOwned>(&mut self, dataset: &str) -> Fact<W> {
        self.fact(dataset, Document::object)
    }

    /// Users who can be read are judged, whatever is wrong with others.
    fn users(&mut self) -> (Vec<User>, Option<DateTime<Utc>>) {
        let Ok(document) = self.open("users", "json") else { return (Vec::new(), None) };
        let (items, broken) = document.readable_items::<DeltaUser>();
        for Broken(cause) in broken {
            self.miss("users", cause);
        }
        let mut users: HashMap<UserId, User> = HashMap::with_capacity(items.len());
        let mut order = Vec::with_capacity(items.len());
        for patch in items.into_iter().map(UserPatch::from) {
            let id = patch.id;
            match patch.into_user() {
                None => self.miss("users", format!("users.json: account {} has no userPrincipalName", id.0)),
                Some(user) => {
                    if users.insert(id, user).is_none() {
                        order.push(id);
                    }
                }
            }
        }
        (order.iter().filter_map(|id| users.remove(id)).collect(), Some(document.read_at))
    }

    fn security_defaults(&mut self) -> Fact<bool> {
        const DATASET: &str = "identitySecurityDefaultsEnforcementPolicy";
        match self.object::<SecurityDefaults>(DATASET) {
            Fact::Unknown(cause) => Fact::Unknown(cause),
            Fact::Known { value, read_at } => match value.is_enabled() {
                Ok(enabled) => Fact::known(enabled, read_at),
                Err(_) => {
                    self.miss(DATASET, format!("{DATASET}.json does not say isEnabled"));
                    Fact::Unknown(UnknownCause::Failed)
                }
            },
        }
    }

    fn roles(&mut self, users: &[User], groups: &groups::Groups) -> (Roles, Roles) {
        let mut definitions = RoleDefinitions::default();
        // Without it, built-in roles are still told by their ids, which are their templates'.
        if let Fact::Known { value, .. } = self.list::<RoleDefinition, RoleDefinition>("roleDefinitions") {
            value.into_iter().for_each(|definition| definitions.add(definition));
        }
        let users: std::collections::HashSet<_> = users.iter().map(|user| user.id.0).collect();
        let mut read = |dataset: &str, eligible: bool| {
            map(self.list::<RoleHolding, RoleHolding>(dataset), |holdings| {
                let named = holdings.into_iter().map(|holding| definitions.name(holding, eligible));
                let mut named: Vec<_> = named.collect();
                for holding in &mut named {
                    // Exported without its principal: who it is tells what it is.
                    if holding.principal_kind == PrincipalKind::Other {
                        holding.principal_kind = if users.contains(&holding.principal_id) {
                            PrincipalKind::User
                        } else if groups.may_be_a_group(holding.principal_id) {
                            PrincipalKind::Group
                        } else {
                            PrincipalKind::Other
                        };
                    }
                }
                named
            })
        };
        (read("roleAssignments", false), read("roleEligibilityScheduleInstances", true))
    }

    fn domains(&mut self) -> Fact<Vec<DomainFact>> {
        let domains = self.list::<Domain, Domain>("domains");
        let Fact::Known { value: domains, read_at } = domains else { return Fact::Unknown(UnknownCause::NotYetRead) };
        let federated: Vec<String> =
            domains.iter().filter(|domain| domain.is_federated()).map(|d| d.id.clone()).collect();
        let configurations = if federated.is_empty() {
            Vec::new()
        } else {
            match self.list::<DomainFederation, DomainFederation>("federationConfigurations") {
                Fact::Known { value, .. } => value,
                Fact::Unknown(_) => Vec::new(),
            }
        };
        let facts = domains.into_iter().map(|domain| {
            let federation = domain.is_federated().then(|| federation_of(&domain.id, &federated, &configurations));
            domain.into_fact(federation)
        });
        Fact::known(facts.collect(), read_at)
    }

    fn sign_ins(&mut self, users: &[User]) -> (Known<LegacyUse>, Known<RealSignIns>) {
        let read = self.fact("signIns", |document| {
            let mut counts = SignInCounts::default();
            document.items::<SignIn>()?.into_iter().for_each(|sign_in| counts.add(sign_in));
            Ok(counts.into_facts())
        });
        let real = read.told().map(|(_, seen)| {
            let earliest = seen.iter().flat_map(|user| &user.ways).map(|seen| seen.days.first()).min();
            let read_on = read.read_at().unwrap_or_default().date_naive();
            RealSignIns {
                users: seen.clone(),
                log: SignInLog { since: earliest.unwrap_or(read_on), cut_on: None, password_grants: false },
            }
        });
        let mail: Fact<Vec<MailAppUsage>> = match self.open("emailAppUsageUserDetail", "csv") {
            Err(cause) => Fact::Unknown(cause),
            Ok(document) => match usage_report::read(document.text.as_bytes()) {
                Ok(rows) => Fact::known(rows, document.read_at),
                Err(surprise) => {
                    self.miss("emailAppUsageUserDetail", format!("{}: it is {}", document.name, surprise.0));
                    Fact::Unknown(UnknownCause::Failed)
                }
            },
        };
        let evidence = read.told().map(|(legacy, _)| legacy.as_slice());
        (legacy_use(evidence, mail.told().map(Vec::as_slice), users), real)
    }
}

type Roles = Fact<Vec<domain::facts::directory::RoleAssignment>>;

/// `internalDomainFederation` does not bear its domain's name: exports add it, or there is one federated domain alone.
#[derive(Clone, Deserialize)]
struct DomainFederation {
    #[serde(alias = "domainId", alias = "domainName", alias = "domain_id")]
    domain: Option<String>,
    #[serde(flatten)]
    configuration: InternalDomainFederation,
}

fn federation_of(domain: &str, federated: &[String], all: &[DomainFederation]) -> domain::facts::directory::Federation {
    let named = all.iter().find(|one| one.domain.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(domain)));
    let only = || match (federated, all) {
        ([_], [one]) if one.domain.is_none() => Some(one),
        _ => None,
    };
    match named.or_else(only) {
        Some(found) => found.configuration.clone().into(),
        None => domain::facts::directory::Federation {
            issuer: String::new(),
            mfa: domain::facts::directory::FederatedMfa::NotStated,
            signing_certificate_ends_at: None,
        },
    }
}

fn map<T, U>(fact: Fact<T>, change: impl FnOnce(T) -> U) -> Fact<U> {
    match fact {
        Fact::Known { value, read_at } => Fact::known(change(value), read_at),
        Fact::Unknown(cause) => Fact::Unknown(cause),
    }
}

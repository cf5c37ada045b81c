//! Small tenants for tests: everything is known and nothing is enforced, until a test says otherwise.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::facts::directory::{
    Domain, FederatedMfa, Federation, PolicyGroup, PrincipalKind, RoleAssignment, User, UserKind,
};
use domain::facts::policy::{
    Conditions, Filter, Grant, GrantOperator, Guests, NamedLocation, Policy, PolicyState, Strength,
};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::ids::UserId;
use domain::known::UnknownCause;
use domain::mfa::{Fact, TenantFacts, judge};
use domain::verdict::Judgement;
use uuid::{Uuid, uuid};

pub const PAYROLL: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
pub const STAFF: &str = "bbbbbbbb-0000-4000-8000-000000000001";
pub const BREAK_GLASS: &str = "bbbbbbbb-0000-4000-8000-000000000002";
pub const OFFICE: &str = "cccccccc-0000-4000-8000-000000000001";
pub const SWITZERLAND: &str = "cccccccc-0000-4000-8000-000000000002";
pub const WIDE: &str = "cccccccc-0000-4000-8000-000000000003";
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
pub const ADA: UserId = UserId(uuid!("dddddddd-0000-4000-8000-000000000001"));

pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_348_800, 0).unwrap()
}

pub fn known<T>(value: T) -> Fact<T> {
    Fact::known(value, noon())
}

/// One tenant and one user, Ada: a member with Microsoft Authenticator registered.
pub struct World {
    pub tenant: TenantFacts,
    pub ada: User,
}

impl World {
    pub fn new() -> Self {
        let tenant = TenantFacts {
            security_defaults: known(false),
            policies: known(Vec::new()),
            named_locations: known(vec![
                location(OFFICE, "Office", true, &["198.51.100.0/24"], &[]),
                location(SWITZERLAND, "Switzerland", false, &[], &["CH"]),
                location(WIDE, "Half the internet", true, &["0.0.0.0/1"], &[]),
            ]),
            strengths: known(Vec::new()),
            methods_policy: known(Vec::new()),
            groups: known(vec![group(STAFF, "Staff", &[]), group(BREAK_GLASS, "Break glass", &[])]),
            roles: known(Vec::new()),
            eligible_roles: known(Vec::new()),
            domains: known(vec![domain("contoso.example", None)]),
            registration: known(HashMap::from([(ADA, registration(true, &["microsoftAuthenticatorPush"]))])),
            per_user_mfa: known(HashMap::from([(ADA, PerUserMfa::Disabled)])),
        };
        let ada = User {
            id: ADA,
            user_principal_name: "ada@contoso.example".into(),
            display_name: "Ada".into(),
            account_enabled: true,
            kind: UserKind::Member,
            external_user_state: None,
            created_at: None,
            department: None,
            job_title: None,
            usage_location: None,
            licences: Vec::new(),
            last_password_change_at: None,
            password_never_expires: false,
            on_premises_sync_enabled: None,
            on_premises_last_sync_at: None,
        };
        Self { tenant, ada }
    }

    pub fn judge(&self) -> Judgement {
        judge(&self.tenant, &self.ada, Some(noon()))
    }

    pub fn policies(&mut self, policies: impl IntoIterator<Item = PolicyBuilder>) {
        self.tenant.policies = known(policies.into_iter().map(|builder| builder.0).collect());
    }

    pub fn join(&mut self, id: &str) {
        let Fact::Known { value, .. } = &mut self.tenant.groups else { return };
        value.iter_mut().filter(|group| group.id.to_string() == id).for_each(|group| group.members.push(ADA));
    }

    pub fn hold(&mut self, kind: PrincipalKind, principal: Uuid, scope: &str) {
        self.tenant.roles = known(vec![role(kind, principal, scope, false)]);
    }

    pub fn methods(&mut self, capable: bool, methods: &[&str]) {
        self.tenant.registration = known(HashMap::from([(ADA, registration(capable, methods))]));
    }

    pub fn per_user(&mut self, state: PerUserMfa) {
        self.tenant.per_user_mfa = known(HashMap::from([(ADA, state)]));
    }

    pub fn federate(&mut self, mfa: FederatedMfa) {
        self.tenant.domains = known(vec![domain("contoso.example", Some(mfa))]);
    }

    pub fn invite(&mut self) {
        self.ada.user_principal_name = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.example".into();
        self.ada.external_user_state = Some("Accepted".into());
        self.ada.kind = UserKind::Guest;
    }
}

pub fn unknown<T>(cause: UnknownCause) -> Fact<T> {
    Fact::Unknown(cause)
}

pub fn registration(capable: bool, methods: &[&str]) -> Registration {
    Registration {
        user_id: ADA,
        is_admin: false,
        is_mfa_registered: capable || !methods.is_empty(),
        is_mfa_capable: capable,
        is_passwordless_capable: false,
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        updated_at: None,
    }
}

pub fn role(kind: PrincipalKind, principal_id: Uuid, scope: &str, eligible: bool) -> RoleAssignment {
    RoleAssignment {
        principal_id,
        principal_kind: kind,
        role_template_id: GLOBAL_ADMINISTRATOR.parse().unwrap(),
        role_name: "Global Administrator".into(),
        directory_scope: scope.into(),
        eligible,
    }
}

pub fn group(id: &str, name: &str, members: &[UserId]) -> PolicyGroup {
    PolicyGroup { id: id.parse().unwrap(), display_name: Some(name.into()), members: members.to_vec() }
}

fn location(id: &str, name: &str, is_trusted: bool, ranges: &[&str], countries: &[&str]) -> NamedLocation {
    NamedLocation {
        id: id.parse().unwrap(),
        display_name: name.into(),
        is_trusted,
        ranges: owned(ranges),
        countries: owned(countries),
    }
}

fn domain(name: &str, mfa: Option<FederatedMfa>) -> Domain {
    Domain {
        name: name.into(),
        is_default: true,
        is_verified: true,
        federation: mfa.map(|mfa| Federation {
            issuer: "https://sts.contoso.example/trust".into(),
            mfa,
            signing_certificate_ends_at: None,
        }),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A policy in the making: enabled, for all users, all apps and all clients, and granting nothing yet.
#[derive(Clone)]
pub struct PolicyBuilder(pub Policy);

pub fn policy(name: &str) -> PolicyBuilder {
    PolicyBuilder(Policy {
        id: name.into(),
        display_name: name.into(),
        state: PolicyState::Enabled,
        conditions: Conditions {
            client_app_types: owned(&["all"]),
            include_applications: owned(&["All"]),
            include_users: owned(&["All"]),
            ..Conditions::default()
        },
        grant: None,
        has_session_controls: false,
        modified_at: None,
        not_understood: Vec::new(),
    })
}

/// `Require MFA` for everything.
pub fn mfa() -> PolicyBuilder {
    policy("Require MFA").controls(GrantOperator::Or, &["mfa"])
}

/// Blocks legacy clients.
pub fn block_legacy() -> PolicyBuilder {
    policy("Block legacy").clients(&["exchangeActiveSync", "other"]).controls(GrantOperator::Or, &["block"])
}

macro_rules! setters {
    ($($name:ident: $field:ident),* $(,)?) => {
        impl PolicyBuilder {
            $(pub fn $name(mut self, words: &[&str]) -> Self {
                self.0.conditions.$field = owned(words);
                self
            })*
        }
    };
}

setters! {
    clients: client_app_types,
    apps: include_applications,
    except_apps: exclude_applications,
    actions: include_user_actions,
    contexts: include_authentication_contexts,
    users: include_users,
    except_users: exclude_users,
    groups: include_groups,
    except_groups: exclude_groups,
    roles: include_roles,
    except_roles: exclude_roles,
    platforms: include_platforms,
    except_platforms: exclude_platforms,
    places: include_locations,
    except_places: exclude_locations,
    user_risk: user_risk_levels,
    sign_in_risk: sign_in_risk_levels,
    insider_risk: insider_risk_levels,
    flows: authentication_flows,
}

impl PolicyBuilder {
    pub fn controls(mut self, operator: GrantOperator, controls: &[&str]) -> Self {
        self.grant_mut().operator = operator;
        self.grant_mut().built_in_controls = owned(controls);
        self
    }

    pub fn terms_of_use(mut self) -> Self {
        self.grant_mut().terms_of_use = owned(&["terms"]);
        self
    }

    pub fn custom_control(mut self) -> Self {
        self.grant_mut().custom_authentication_factors = owned(&["RequireDuoMfa"]);
        self
    }

    pub fn strength(mut self, satisfies_mfa: bool, combinations: &[&str]) -> Self {
        self.grant_mut().authentication_strength = Some(Strength {
            id: "00000000-0000-0000-0000-000000000004".into(),
            display_name: "Phishing-resistant MFA".into(),
            satisfies_mfa,
            allowed_combinations: owned(combinations),
        });
        self
    }

    pub fn state(mut self, state: PolicyState) -> Self {
        self.0.state = state;
        self
    }

    pub fn not_understood(mut self, path: &str) -> Self {
        self.0.not_understood = owned(&[path]);
        self
    }

    pub fn devices(mut self, mode: &str, rule: &str) -> Self {
        self.0.conditions.device_filter = Some(Filter { mode: mode.into(), rule: rule.into() });
        self
    }

    pub fn app_filter(mut self, mode: &str) -> Self {
        self.0.conditions.application_filter =
            Some(Filter { mode: mode.into(), rule: "CustomSecurityAttribute.Apps_Kind -eq \"x\"".into() });
        self
    }

    pub fn guests(mut self, kinds: &[&str]) -> Self {
        self.0.conditions.include_users = Vec::new();
        self.0.conditions.include_guests = Some(Guests { kinds: owned(kinds), external_tenants: None });
        self
    }

    pub fn except_guests(mut self, kinds: &[&str], tenants: Option<&[&str]>) -> Self {
        self.0.conditions.exclude_guests = Some(Guests { kinds: owned(kinds), external_tenants: tenants.map(owned) });
        self
    }

    pub fn workloads(mut self) -> Self {
        self.0.conditions.targets_workload_identities = true;
        self
    }

    fn grant_mut(&mut self) -> &mut Grant {
        self.0.grant.get_or_insert(Grant {
            operator: GrantOperator::Or,
            built_in_controls: Vec::new(),
            custom_authentication_factors: Vec::new(),
            terms_of_use: Vec::new(),
            authentication_strength: None,
        })
    }
}

//! Builds one tenant: licences, domains, accounts, groups, consent and the partner's delegated administration.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rand::Rng;
use rand::rngs::StdRng;

use super::draft::Draft;
use super::{Identity, OPTIONAL_ROLES, Size, activity, evidence, features, people};
use crate::world::directory::domain::Domain;
use crate::world::directory::group::Group;
use crate::world::directory::sync::Sync;
use crate::world::licences::{self, Product, Subscription};
use crate::world::{AppRegistration, Directory, Gdap, Kind, ServicePrincipal, Tenant, roles};

pub(super) fn build(
    rng: &mut StdRng,
    identity: Identity,
    size: Size,
    app: &AppRegistration,
    own_app: Option<&AppRegistration>,
) -> Tenant {
    let id = super::id(rng);
    let created_at = size.now - TimeDelta::days(rng.random_range(500..3200));
    let city = &identity.locale.city;
    let directory = Directory::new(created_at, city.country, city);
    let mut draft = Draft::new(rng, size.now, &identity, directory);
    let kind = identity.kind;
    let suite = suite(kind);
    draft.directory.sync = sync(&mut draft);
    draft.directory.registration_report_at = size.now - TimeDelta::minutes(draft.rng.random_range(60..1200));
    add_domains(&mut draft);

    let people = match kind {
        Kind::Partner => people::partner_staff(&mut draft, suite),
        _ => people::client_admins(&mut draft, suite),
    };
    add_accounts(&mut draft, suite, size.users_per_tenant);
    features::add(&mut draft);
    subscribe(&mut draft, suite);
    activity::add(&mut draft);
    evidence::add(&mut draft);

    let service_principal = kind.is_consented().then(|| consent(&mut draft, app));
    let other_service_principals: BTreeMap<_, _> =
        own_app.map(|own| (own.client_id, consent(&mut draft, own))).into_iter().collect();
    let gdap = gdap(&mut draft);
    let Draft { domain, initial_domain, directory, .. } = draft;
    Tenant {
        id,
        kind,
        ordinal: identity.ordinal,
        display_name: identity.name,
        default_domain: domain,
        initial_domain,
        service_principal,
        other_service_principals,
        gdap,
        people,
        directory,
    }
}

/// The product that the staff is licensed with.
fn suite(kind: Kind) -> &'static Product {
    match kind {
        _ if kind.has_p2() => &licences::MICROSOFT_365_E5,
        _ if !kind.has_p1() => &licences::BUSINESS_STANDARD,
        Kind::SyncHealthy | Kind::SyncLate | Kind::Federated => &licences::MICROSOFT_365_E3,
        _ => &licences::BUSINESS_PREMIUM,
    }
}

fn sync(draft: &mut Draft) -> Sync {
    let kind = draft.kind();
    if !kind.is_synced() {
        // Some were synced once and are no longer.
        let was_synced = kind == Kind::CaReportOnly;
        let last_sync = was_synced.then(|| draft.now - TimeDelta::days(410));
        return Sync { enabled: was_synced.then_some(false), last_sync, ..Sync::default() };
    }
    let now = draft.now;
    let recent = now - TimeDelta::minutes(draft.rng.random_range(2..28));
    let last_sync = match kind {
        Kind::SyncLate => now - TimeDelta::minutes(draft.rng.random_range(260..420)),
        Kind::SyncDead => now - TimeDelta::hours(draft.rng.random_range(150..170)),
        _ => recent,
    };
    let last_password_sync = match kind {
        Kind::Federated => None,
        Kind::PasswordSyncLate => Some(now - TimeDelta::hours(draft.rng.random_range(80..100))),
        Kind::SyncDead => Some(last_sync),
        _ => Some(now - TimeDelta::seconds(draft.rng.random_range(10..900))),
    };
    Sync {
        enabled: Some(true),
        last_sync: Some(last_sync),
        last_password_sync,
        passwords_off: false,
        objects_stalled: matches!(kind, Kind::SyncLate | Kind::SyncDead),
        passwords_stalled: matches!(kind, Kind::PasswordSyncLate | Kind::SyncDead),
    }
}

fn add_domains(draft: &mut Draft) {
    let domain =
        |name: &str, is_default, is_initial| Domain { name: name.into(), is_default, is_initial, federation: None };
    let domains = vec![domain(&draft.domain, true, false), domain(&draft.initial_domain, false, true)];
    draft.directory.domains = domains;
}

fn add_accounts(draft: &mut Draft, suite: &'static Product, mean: usize) {
    let spread = draft.rng.random_range(0.5..1.5);
    let wanted = ((mean as f64 * spread) as usize).max(6).saturating_sub(draft.directory.all_users().len());
    let guests = wanted * if draft.kind() == Kind::GuestsPending { 35 } else { 7 } / 100;
    let resources = wanted * 8 / 100;
    let leavers = wanted * 5 / 100;
    for _ in 0..guests {
        let pending = if draft.kind() == Kind::GuestsPending { 0.75 } else { 0.2 };
        let accepted = !draft.chance(pending);
        let guest = draft.guest(accepted);
        draft.directory.found_user(guest);
    }
    for n in 0..resources {
        let (name, address) = RESOURCES[n % RESOURCES.len()];
        let number = n / RESOURCES.len();
        let suffix = if number == 0 { String::new() } else { format!("{}", number + 1) };
        let mut account = draft
            .account(&format!("{name}{}{suffix}", if number == 0 { "" } else { " " }), &format!("{address}{suffix}"));
        account.mail = Some(account.user_principal_name.clone());
        account.is_resource_account = true;
        account.account_enabled = draft.chance(0.2);
        draft.directory.found_user(account);
    }
    for n in 0..wanted.saturating_sub(guests + resources) {
        let mut user = draft.employee(suite);
        if n < leavers {
            user.account_enabled = false;
            user.licences.clear();
            draft.make_dormant(&mut user);
        } else if draft.chance(0.04) {
            draft.make_dormant(&mut user);
        }
        draft.directory.found_user(user);
    }
    add_groups(draft);
}

const RESOURCES: [(&str, &str); 8] = [
    ("Info", "info"),
    ("Meeting room 1", "room1"),
    ("Accounts payable", "invoices"),
    ("Reception", "reception"),
    ("Pool car", "poolcar"),
    ("Board room", "boardroom"),
    ("Careers", "careers"),
    ("Projector", "projector"),
];

fn add_groups(draft: &mut Draft) {
    let staff: Vec<_> = draft.directory.users().filter(|user| user.job_title.is_some()).map(|user| user.id).collect();
    let helpdesk = Group {
        id: draft.id(),
        display_name: "Helpdesk".into(),
        is_assignable_to_role: true,
        members: staff.iter().rev().take(2).copied().collect(),
    };
    draft.appoint(helpdesk.id, roles::HELPDESK_ADMINISTRATOR);
    let everyone =
        Group { id: draft.id(), display_name: "All staff".into(), is_assignable_to_role: false, members: staff };
    draft.directory.groups.extend([helpdesk, everyone]);
}

fn subscribe(draft: &mut Draft, suite: &'static Product) {
    let users = draft.directory.user_count() as u32;
    let mut subscriptions = vec![Subscription::active(suite, users + 5)];
    if draft.chance(0.4) {
        subscriptions.push(Subscription::active(&licences::BUSINESS_BASIC, 10));
    }
    if draft.kind() == Kind::NoP1 {
        // A trial that lapsed: its service plans are there, and no longer count.
        subscriptions.push(Subscription {
            capability_status: "Suspended",
            suspended_units: 25,
            enabled_units: 0,
            ..Subscription::active(&licences::BUSINESS_PREMIUM, 0)
        });
    }
    subscriptions.push(Subscription::active(&licences::POWER_AUTOMATE_FREE, 10_000));
    draft.directory.subscriptions = subscriptions;
}

fn consent(draft: &mut Draft, app: &AppRegistration) -> ServicePrincipal {
    let mut roles = app.required_roles.clone();
    if draft.kind() == Kind::CaTrustedLocation {
        // Did not want what is optional.
        roles.retain(|role| !OPTIONAL_ROLES.contains(&role.as_str()));
    }
    if draft.kind() == Kind::BreakGlass {
        // Consented before the product asked for usage reports.
        roles.remove("Reports.Read.All");
        roles.remove("ReportSettings.Read.All");
    }
    if matches!(
        draft.kind(),
        Kind::SmtpPrinters | Kind::CaComplete | Kind::PopClients | Kind::OldPhones | Kind::Partner
    ) {
        roles.insert("Exchange.ManageAsApp".into());
    }
    ServicePrincipal { object_id: draft.id(), roles, scopes: app.required_scopes.clone(), enabled: true }
}

fn gdap(draft: &mut Draft) -> Option<Gdap> {
    let kind = draft.kind();
    let ending = matches!(kind, Kind::GdapEnding);
    if kind == Kind::Partner || !(ending || kind == Kind::GdapOnly || draft.chance(0.6)) {
        return None;
    }
    let days_left = if ending { 9 } else { draft.rng.random_range(60..700) };
    let (relationship, client) = (draft.id(), draft.id());
    Some(Gdap {
        relationship_id: format!("{relationship}-{client}"),
        status: "active".into(),
        created_at: draft.now + TimeDelta::days(days_left - 730),
        ends_at: draft.now + TimeDelta::days(days_left) + TimeDelta::hours(7),
        auto_extends: !ending && draft.chance(0.5),
        role_definition_ids: vec![
            roles::GLOBAL_READER,
            roles::SECURITY_READER,
            roles::REPORTS_READER,
            roles::HELPDESK_ADMINISTRATOR,
            roles::CLOUD_APPLICATION_ADMINISTRATOR,
        ],
    })
}

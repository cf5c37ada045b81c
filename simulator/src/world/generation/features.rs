//! What each kind of tenant has besides the usual: policies and their holes, special accounts, old protocols, errors.

use chrono::TimeDelta;
use rand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::draft::Draft;
use crate::world::directory::PerUserMfaSelect;
use crate::world::directory::cloud_sync::{Configuration, JobHealth};
use crate::world::directory::contact::Contact;
use crate::world::directory::domain::Federation;
use crate::world::directory::group::Group;
use crate::world::directory::user::{ProvisioningError, ServiceError, User};
use crate::world::methods::{MethodKind, PerUserMfa};
use crate::world::sign_ins::ClientApp;
use crate::world::{Kind, certificates, policies, roles};

pub(super) fn add(draft: &mut Draft) {
    draft.directory.security_defaults = draft.kind().has_security_defaults();
    if draft.kind().is_synced() {
        add_sync_account(draft);
    }
    add_accounts(draft);
    add_policies(draft);
    add_cloud_sync(draft);
    match draft.kind() {
        Kind::CaComplete | Kind::Partner => add_eligible_admins(draft),
        Kind::PerUserMfa => set_per_user_mfa(draft),
        Kind::Federated => federate(draft),
        Kind::SyncObjectErrors => {
            add_object_errors(draft);
            add_contacts(draft);
        }
        Kind::BreakGlass => add_external_methods(draft),
        _ => {}
    }
    draft.directory.concealed_names = matches!(draft.kind(), Kind::GuestsPending | Kind::NoP1 | Kind::CaReportOnly);
    draft.directory.per_user_mfa_select = match draft.kind() {
        Kind::NoP1 => PerUserMfaSelect::Absent,
        Kind::PopClients => PerUserMfaSelect::Refused,
        _ => PerUserMfaSelect::Returned,
    };
}

/// The account with which Entra Connect writes; exempt from security defaults.
fn add_sync_account(draft: &mut Draft) {
    let upn = format!("Sync_DC01_{:012x}@{}", draft.rng.random::<u64>() >> 16, draft.initial_domain);
    let mut account = draft.account_at("On-Premises Directory Synchronization Service Account", upn);
    account.password_never_expires = true;
    draft.appoint(account.id, roles::DIRECTORY_SYNCHRONIZATION_ACCOUNTS);
    draft.directory.found_user(account);
}

/// Break-glass and service accounts, and the devices and programs that cannot do MFA.
fn add_accounts(draft: &mut Draft) {
    match draft.kind() {
        Kind::Partner => {
            add_service_account(draft, "Backup service", "svc-backup");
        }
        Kind::BreakGlass => {
            for n in 1..=2 {
                add_break_glass(draft, n, n == 2);
            }
            for (name, address) in [("ERP export", "svc-erp"), ("Door access", "svc-doors"), ("Fax gateway", "svc-fax")]
            {
                let account = add_service_account(draft, name, address);
                if address == "svc-fax" {
                    draft.legacy.push((account, ClientApp::ExchangeWebServices));
                }
            }
        }
        Kind::CaComplete => {
            add_break_glass(draft, 1, true);
        }
        Kind::SmtpPrinters => {
            for (name, address) in [
                ("Scanner reception", "scan.reception"),
                ("Copier second floor", "copier2"),
                ("Label printer warehouse", "labels"),
                ("Alarm panel", "alarm"),
            ] {
                let printer = add_service_account(draft, name, address);
                draft.legacy.push((printer, ClientApp::AuthenticatedSmtp));
                draft.directory.update_user(printer, |user| user.mail_apps.smtp = true);
            }
        }
        Kind::PopClients => add_mail_programs(draft),
        Kind::OldPhones => {
            for phone in some_staff(draft, 5) {
                draft.legacy.push((phone, ClientApp::ExchangeActiveSync));
                draft.directory.update_user(phone, |user| user.mail_apps.other_mobile = true);
            }
        }
        Kind::CaExcludedGroup | Kind::SyncDead => {
            let archive = add_service_account(draft, "Mail archive", "svc-archive");
            draft.legacy.push((archive, ClientApp::Imap4));
            draft.directory.update_user(archive, |user| user.mail_apps.imap4 = true);
        }
        _ => {}
    }
}

fn add_mail_programs(draft: &mut Draft) {
    for (n, id) in some_staff(draft, 7).into_iter().enumerate() {
        let client = if n % 3 == 2 { ClientApp::Imap4 } else { ClientApp::Pop3 };
        draft.legacy.push((id, client));
        draft.directory.update_user(id, |user| match client {
            ClientApp::Imap4 => user.mail_apps.imap4 = true,
            _ => {
                user.mail_apps.pop3 = true;
                user.mail_apps.smtp = true;
            }
        });
    }
}

fn some_staff(draft: &Draft, count: usize) -> Vec<Uuid> {
    let is_staff = |user: &&User| user.account_enabled && user.job_title.is_some();
    draft.directory.users().filter(is_staff).skip(3).step_by(3).take(count).map(|user| user.id).collect()
}

fn add_service_account(draft: &mut Draft, name: &str, address: &str) -> Uuid {
    let mut account = draft.account(name, address);
    account.mail = Some(account.user_principal_name.clone());
    account.password_never_expires = true;
    account.last_password_change = account.created_at;
    draft.directory.found_user(account.clone());
    account.id
}

fn add_break_glass(draft: &mut Draft, number: usize, with_key: bool) -> Uuid {
    let upn = format!("breakglass{number}@{}", draft.initial_domain);
    let mut account = draft.account_at(&format!("Break Glass {number}"), upn);
    account.password_never_expires = true;
    account.last_password_change = account.created_at;
    if with_key {
        account.methods = vec![draft.method(MethodKind::Fido2SecurityKey)];
    }
    let id = account.id;
    draft.directory.found_user(account);
    draft.appoint(id, roles::GLOBAL_ADMINISTRATOR);
    id
}

fn accounts_named(draft: &Draft, part: &str) -> Vec<Uuid> {
    draft.directory.users().filter(|user| user.user_principal_name.contains(part)).map(|user| user.id).collect()
}

fn add_policies(draft: &mut Draft) {
    let kind = draft.kind();
    if !kind.has_p1() || kind.has_security_defaults() {
        return;
    }
    let (mfa_id, legacy_id, other_id) = (draft.id(), draft.id(), draft.id());
    let (mfa_at, legacy_at) = (draft.days_ago(60..480), draft.days_ago(60..480));
    let mut mfa = policies::require_mfa(mfa_id, mfa_at);
    let mut legacy = policies::block_legacy(legacy_id, legacy_at);
    let list = match kind {
        Kind::Partner => {
            mfa["conditions"]["users"]["excludeUsers"] = json!(accounts_named(draft, "svc-backup"));
            vec![mfa, legacy, policies::strong_admins(other_id, mfa_at)]
        }
        Kind::CaComplete => {
            let session_id = draft.id();
            let strong = policies::strong_admins(other_id, mfa_at);
            vec![mfa, legacy, strong, policies::session_only(session_id, legacy_at)]
        }
        Kind::CaExcludedGroup => {
            mfa["conditions"]["users"]["excludeGroups"] = json!([add_exceptions(draft)]);
            legacy["conditions"]["users"]["excludeUsers"] = json!(accounts_named(draft, "svc-archive"));
            vec![mfa, legacy]
        }
        Kind::CaCompliantDevice => {
            mfa["displayName"] = json!("Require MFA or a compliant device");
            mfa["grantControls"] = policies::grant("OR", &["mfa", "compliantDevice"]);
            vec![mfa, legacy]
        }
        Kind::CaTrustedLocation => {
            mfa["displayName"] = json!("Require MFA outside the office");
            mfa["conditions"]["locations"] = json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]});
            let countries_id = draft.id();
            draft.directory.named_locations = vec![
                policies::trusted_office(other_id, mfa_at, "203.0.113.0/24"),
                policies::home_countries(countries_id, legacy_at, &[draft.directory.country, "GB"]),
            ];
            vec![mfa, legacy]
        }
        Kind::CaAppExcluded => {
            mfa["conditions"]["applications"]["excludeApplications"] = json!([policies::EXCLUDED_APP]);
            vec![mfa, legacy]
        }
        Kind::CaReportOnly => {
            mfa["state"] = json!(policies::REPORT_ONLY);
            legacy["state"] = json!(policies::REPORT_ONLY);
            vec![mfa, legacy]
        }
        Kind::SmtpPrinters => {
            let id = draft.id();
            let members = draft.legacy.iter().map(|(user, _)| *user).collect();
            draft.directory.groups.push(group(id, "Scan to mail", members));
            mfa["conditions"]["users"]["excludeGroups"] = json!([id]);
            legacy["conditions"]["users"]["excludeGroups"] = json!([id]);
            vec![mfa, legacy]
        }
        Kind::OldPhones => {
            mfa["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
            legacy["state"] = json!("disabled");
            vec![mfa, legacy]
        }
        Kind::BreakGlass => {
            let service = draft.id();
            let members = accounts_named(draft, "svc-");
            draft.directory.groups.push(group(service, "Service accounts", members));
            mfa["conditions"]["users"]["excludeUsers"] = json!(accounts_named(draft, "breakglass"));
            mfa["conditions"]["users"]["excludeGroups"] = json!([service]);
            draft.directory.external_methods = vec![policies::external_method(other_id)];
            vec![mfa]
        }
        Kind::Federated | Kind::SyncDead => {
            vec![policies::microsoft_managed_admins(other_id, mfa_at)]
        }
        Kind::PasswordSyncLate => vec![mfa],
        _ => vec![mfa, legacy],
    };
    draft.directory.policies = list;
}

/// A group with members of its own and a group inside it; answers its id.
fn add_exceptions(draft: &mut Draft) -> Value {
    let members = some_staff(draft, 6);
    let (outer, inner) = (draft.id(), draft.id());
    let half = members.len() / 2;
    let mut direct = members[..half].to_vec();
    direct.push(inner);
    direct.extend(accounts_named(draft, "svc-"));
    draft.directory.groups.push(group(outer, "MFA exceptions", direct));
    draft.directory.groups.push(group(inner, "Workshop tablets", members[half..].to_vec()));
    json!(outer)
}

fn group(id: Uuid, name: &str, members: Vec<Uuid>) -> Group {
    Group { id, display_name: name.into(), is_assignable_to_role: false, members }
}

/// Roles that are claimed through PIM when needed.
fn add_eligible_admins(draft: &mut Draft) {
    for (id, role) in some_staff(draft, 2).into_iter().zip([roles::GLOBAL_ADMINISTRATOR, roles::USER_ADMINISTRATOR]) {
        draft.make_eligible(id, role);
    }
}

/// Registered users are enforced; some are enabled and have yet to register; some were forgotten.
fn set_per_user_mfa(draft: &mut Draft) {
    let staff: Vec<_> = draft.directory.users().filter(|user| user.job_title.is_some()).map(|user| user.id).collect();
    for id in staff {
        let forgotten = draft.chance(0.12);
        draft.directory.update_user(id, |user| {
            user.per_user_mfa = match (forgotten, user.is_mfa_registered()) {
                (true, _) => PerUserMfa::Disabled,
                (false, true) => PerUserMfa::Enforced,
                (false, false) => PerUserMfa::Enabled,
            }
        });
    }
}

/// Some of the staff use the third party's MFA and nothing else.
fn add_external_methods(draft: &mut Draft) {
    for id in some_staff(draft, 12) {
        let method = draft.method(MethodKind::ExternalAuthMethod);
        draft.directory.update_user(id, |user| user.methods = vec![method]);
    }
}

fn federate(draft: &mut Draft) {
    let ends_at = draft.now + TimeDelta::days(12);
    let host = format!("adfs.{}", draft.domain);
    let federation = Federation {
        id: draft.id(),
        display_name: format!("{} AD FS", draft.identity.name),
        issuer_uri: format!("http://{host}/adfs/services/trust/"),
        signing_certificate: certificates::signing_certificate(draft.rng.random(), &host, ends_at),
        signing_certificate_ends_at: ends_at,
        host,
        mfa_behavior: "enforceMfaByFederatedIdp",
    };
    if let Some(domain) = draft.directory.domains.first_mut() {
        domain.federation = Some(federation);
    }
}

fn add_object_errors(draft: &mut Draft) {
    let occurred_at = draft.days_ago(2..40);
    let domain = draft.domain.clone();
    for (n, id) in some_staff(draft, 5).into_iter().enumerate() {
        draft.directory.update_user(id, |user| {
            if n == 4 {
                let service_instance = "exchange/namprd03-012-01";
                user.service_errors.push(ServiceError {
                    created_at: occurred_at,
                    is_resolved: false,
                    service_instance,
                    detail: "<ServiceInstance><ObjectErrors><ErrorRecord><ErrorCode>ExB0A4D9</ErrorCode>\
                             <ErrorDescription>The proxy address is already used.</ErrorDescription></ErrorRecord>\
                             </ObjectErrors></ServiceInstance>",
                });
                return;
            }
            if n == 3 {
                user.service_errors.push(ServiceError {
                    created_at: occurred_at,
                    is_resolved: true,
                    service_instance: "SharePoint/EUR",
                    detail: "<Fault>This was mended.</Fault>",
                });
            }
            let Some(on_premises) = user.on_premises.as_mut() else {
                return;
            };
            let (property, value) = match n {
                0 => ("UserPrincipalName", format!("reception@{domain}")),
                _ => ("ProxyAddresses", format!("SMTP:info{n}@{domain}")),
            };
            on_premises.provisioning_errors.push(ProvisioningError { occurred_at, property, value });
        });
    }
}

/// Two of them fail, one on either side; made up without chance, so that the rest of the tenant stays as it is.
fn add_contacts(draft: &mut Draft) {
    let occurred_at = draft.now - TimeDelta::days(6);
    let contacts = ["Carrier", "Tax office", "Landlord"];
    draft.directory.contacts = contacts
        .iter()
        .zip(1..)
        .map(|(name, number)| Contact {
            id: Uuid::from_u128(0x0c0_4ac7_0000_4000_8000_0000_0000_0000 | number),
            display_name: (*name).into(),
            mail: format!("contact{number}@outside.example"),
            provisioning_errors: Vec::new(),
            service_errors: Vec::new(),
        })
        .collect();
    let domain = draft.domain.clone();
    if let [carrier, office, ..] = &mut draft.directory.contacts[..] {
        let value = format!("SMTP:freight@{domain}");
        carrier.provisioning_errors.push(ProvisioningError { occurred_at, property: "ProxyAddresses", value });
        office.service_errors.push(ServiceError {
            created_at: occurred_at,
            is_resolved: false,
            service_instance: "exchange/eurprd05-008-01",
            detail: "<Fault><Reason>The external address is not valid.</Reason></Fault>",
        });
    }
}

/// Cloud Sync beside or in place of Entra Connect: sound, with errors, and standing still.
fn add_cloud_sync(draft: &mut Draft) {
    let health = match draft.kind() {
        Kind::SyncHealthy | Kind::CaTrustedLocation => JobHealth::Sound,
        Kind::SyncObjectErrors => JobHealth::EntryErrors(3),
        Kind::SyncDead => JobHealth::Quarantined {
            reason: "EncounteredQuarantineException",
            hours: 160,
            error: Some((
                "HybridIdentityServiceNoActiveAgents",
                "We were unable to find an active agent for the domain that you are trying to sync.",
            )),
        },
        Kind::SyncLate => JobHealth::Quarantined { reason: "TooManyDeletes", hours: 5, error: None },
        _ => return,
    };
    let name = format!("corp.{}", draft.domain);
    draft.directory.cloud_sync = vec![Configuration::new(name, health)];
}

//! The people who can go through the sign-in page.

use super::draft::Draft;
use crate::world::Person;
use crate::world::directory::group::Group;
use crate::world::directory::user::User;
use crate::world::licences::Product;
use crate::world::methods::MethodKind;
use crate::world::roles;

/// A person as the user they are, without any appointment.
pub(super) fn person(user: &User) -> Person {
    Person {
        object_id: user.id,
        user_principal_name: user.user_principal_name.clone(),
        display_name: user.display_name.clone(),
        mfa: user.is_mfa_registered(),
        is_tenant_admin: false,
        is_admin_agent: false,
        app_roles: Vec::new(),
        demo_role: "nobody".into(),
    }
}

/// The administrators of a client: the first one may consent; the second has registered nothing where nothing is
/// enforced.
pub(super) fn client_admins(draft: &mut Draft, suite: &'static Product) -> Vec<Person> {
    let mut admin = draft.employee(suite);
    admin.job_title = Some("IT lead");
    admin.department = Some("IT");
    admin.on_premises = None;
    if !admin.is_mfa_registered() {
        admin.methods = vec![draft.method(MethodKind::MicrosoftAuthenticatorPush)];
    }
    let people = vec![Person { is_tenant_admin: true, demo_role: "client_admin".into(), ..person(&admin) }];
    draft.appoint(admin.id, roles::GLOBAL_ADMINISTRATOR);
    draft.directory.found_user(admin);

    let mut deputy = draft.employee(suite);
    deputy.job_title = Some("Office manager");
    if draft.kind().has_security_defaults() || !draft.kind().has_p1() {
        deputy.methods.retain(|method| !method.kind.is_strong());
    }
    draft.appoint(deputy.id, roles::EXCHANGE_ADMINISTRATOR);
    draft.directory.found_user(deputy);
    people
}

/// The partner's staff of the demo: one admin, two technicians, an account manager, somebody without appointment and
/// somebody who signs in without MFA.
pub(super) fn partner_staff(draft: &mut Draft, suite: &'static Product) -> Vec<Person> {
    let mut people = Vec::new();
    let mut agents = Vec::new();
    for (role, title) in [
        ("admin", "Head of service"),
        ("technician", "Senior technician"),
        ("technician", "Technician"),
        ("account_manager", "Account manager"),
        ("nobody", "Apprentice"),
        ("nobody", "Bookkeeper"),
    ] {
        let mut user = draft.employee(suite);
        user.job_title = Some(title);
        user.department = Some(if role == "nobody" { "Office" } else { "Service" });
        let mfa = title != "Bookkeeper";
        user.methods = if mfa { vec![draft.method(MethodKind::MicrosoftAuthenticatorPush)] } else { Vec::new() };
        let is_agent = matches!(role, "admin" | "technician");
        if role == "admin" {
            draft.appoint(user.id, roles::GLOBAL_ADMINISTRATOR);
            user.methods.push(draft.method(MethodKind::Fido2SecurityKey));
        }
        if is_agent {
            agents.push(user.id);
        }
        people.push(Person {
            mfa,
            is_tenant_admin: role == "admin",
            is_admin_agent: is_agent,
            app_roles: if role == "admin" { vec!["Admin".into()] } else { Vec::new() },
            demo_role: role.into(),
            ..person(&user)
        });
        draft.directory.found_user(user);
    }
    let id = draft.id();
    draft.directory.groups.push(Group {
        id,
        display_name: "AdminAgents".into(),
        is_assignable_to_role: true,
        members: agents,
    });
    people
}

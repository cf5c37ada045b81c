//! The demo: the real server against the pretended Microsoft. It does over HTTP what an administrator would do in a browser.
//! Nothing else in this crate knows of it.

use anyhow::Context;
use simulator::Announcement;
use simulator::announcement::AnnouncedPerson;

pub mod mishaps;
mod stage;
pub mod visitor;

pub use stage::prepare;

/// The configuration's keys that lead a server to a simulator, with the announced administrator as its first.
pub fn settings(announcement: &Announcement) -> anyhow::Result<Vec<String>> {
    let admin = person(announcement, "admin")?;
    Ok(vec![
        format!("microsoft.client_id={}", announcement.client_id),
        format!("microsoft.client_secret={}", announcement.client_secret),
        format!("microsoft.partner_tenant={}", announcement.partner_tenant_id),
        format!("microsoft.login_url={}", announcement.login_url),
        format!("microsoft.graph_url={}", announcement.graph_url),
        format!("microsoft.partner_center_url={}", announcement.graph_url),
        format!("microsoft.exchange_url={}", announcement.graph_url),
        "microsoft.exchange_settings=true".to_owned(),
        format!("sign_in.first_administrator_tenant={}", admin.tenant_id),
        format!("sign_in.first_administrator_object_id={}", admin.object_id),
    ])
}

/// The key that the pretended sign-in page gives to a person.
pub fn key(person: &AnnouncedPerson) -> String {
    format!("{}:{}", person.tenant_id, person.object_id)
}

/// The first announced person with this role.
pub fn person<'a>(announcement: &'a Announcement, role: &str) -> anyhow::Result<&'a AnnouncedPerson> {
    let found = announcement.people.iter().find(|person| person.demo_role == role);
    found.with_context(|| format!("the simulator announces nobody as {role}"))
}

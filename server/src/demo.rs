//! The demo: the real server against the pretended Microsoft. It does over HTTP what an administrator would do in a browser.
//! Nothing else in this crate knows of it.

use anyhow::Context;
use simulator::Announcement;
use simulator::announcement::AnnouncedPerson;

pub mod mishaps;
mod stage;
pub mod visitor;

pub use stage::prepare;

/// The key that the pretended sign-in page gives to a person.
pub fn key(person: &AnnouncedPerson) -> String {
    format!("{}:{}", person.tenant_id, person.object_id)
}

/// The first announced person with this role.
pub fn person<'a>(announcement: &'a Announcement, role: &str) -> anyhow::Result<&'a AnnouncedPerson> {
    let found = announcement.people.iter().find(|person| person.demo_role == role);
    found.with_context(|| format!("the simulator announces nobody as {role}"))
}

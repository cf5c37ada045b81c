//! The last 30 days of sign-ins, and what they say about each user.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use super::draft::Draft;
use crate::world::Kind;
use crate::world::directory::City;
use crate::world::directory::user::Activity;
use crate::world::locales::{RUSSIAN, VIETNAMESE};
use crate::world::sign_ins::{self, App, ClientApp, Device, NO_DEVICE, SignIn};

const APPS: [&App; 4] = [&sign_ins::OUTLOOK_WEB, &sign_ins::TEAMS, &sign_ins::OFFICE_HOME, &sign_ins::SHAREPOINT];
const DEVICES: [&Device; 4] = [&sign_ins::OFFICE_PC, &sign_ins::OFFICE_PC, &sign_ins::HOME_MAC, &sign_ins::PHONE];

pub(super) fn add(draft: &mut Draft) {
    let mut log = Vec::new();
    let active: Vec<_> = draft
        .directory
        .users()
        .filter(|user| user.account_enabled && !user.is_resource_account && user.activity == Activity::default())
        .map(|user| (user.id, user.is_guest(), user.job_title.is_some(), user.is_mfa_registered()))
        .collect();
    let is_enforced = !draft.directory.policies.is_empty() || draft.directory.security_defaults;
    for (user, is_guest, is_staff, registered) in active {
        let interactive =
            if is_staff { draft.rng.random_range(2..5) } else { usize::from(is_guest && draft.chance(0.5)) };
        for n in 0..interactive {
            let multi_factor = is_enforced && registered && draft.chance(0.8);
            log.push(modern(draft, user, n > 1, multi_factor));
        }
    }
    for (user, client) in draft.legacy.clone() {
        for _ in 0..draft.rng.random_range(6..18) {
            log.push(legacy(draft, user, client));
        }
    }
    if !matches!(draft.kind(), Kind::Partner | Kind::CaComplete | Kind::GdapOnly) {
        spray(draft, &mut log);
    }
    log.sort_by_key(|entry| entry.at);
    let activity = activity(&log);
    for (user, activity) in activity {
        draft.directory.update_user(user, |user| user.activity = activity);
    }
    draft.directory.sign_ins = log;
}

/// A browser or a current program.
fn modern(draft: &mut Draft, user: Uuid, is_background: bool, multi_factor: bool) -> SignIn {
    let device = DEVICES.choose(draft.rng).copied().unwrap_or(&NO_DEVICE);
    let client = if draft.chance(0.5) { ClientApp::Browser } else { ClientApp::MobileAndDesktop };
    SignIn {
        id: draft.id(),
        at: recent(draft),
        user,
        app: APPS.choose(draft.rng).copied().unwrap_or(&sign_ins::OFFICE_HOME),
        client,
        ip: [203, 0, 113, draft.rng.random_range(1..255)],
        city: draft.directory.city,
        error_code: 0,
        is_interactive: !is_background,
        multi_factor,
        conditional_access: if draft.directory.policies.is_empty() { "notApplied" } else { "success" },
        device,
    }
}

/// An old protocol that got in.
fn legacy(draft: &mut Draft, user: Uuid, client: ClientApp) -> SignIn {
    let is_interactive = client != ClientApp::AuthenticatedSmtp && draft.chance(0.5);
    SignIn {
        app: &sign_ins::EXCHANGE_ONLINE,
        client,
        is_interactive,
        multi_factor: false,
        conditional_access: "notApplied",
        device: &NO_DEVICE,
        ..modern(draft, user, false, false)
    }
}

/// Strangers who try passwords over old protocols; what stops them differs by tenant.
fn spray(draft: &mut Draft, log: &mut Vec<SignIn>) {
    let blocks_legacy = draft
        .directory
        .policies
        .iter()
        .any(|p| p["displayName"] == "Block legacy authentication" && p["state"] == "enabled");
    let (error_code, conditional_access) = match (draft.directory.security_defaults, blocks_legacy) {
        (true, _) => (530_035, "notApplied"),
        (_, true) => (53_003, "failure"),
        _ => (50_126, "notApplied"),
    };
    let victims: Vec<_> = draft.directory.users().filter(|user| user.job_title.is_some()).map(|user| user.id).collect();
    let from: &City = if draft.chance(0.5) { &VIETNAMESE.city } else { &RUSSIAN.city };
    for _ in 0..draft.rng.random_range(2..9) {
        let Some(&user) = victims.choose(draft.rng) else {
            return;
        };
        let client = if draft.chance(0.5) { ClientApp::AuthenticatedSmtp } else { ClientApp::OtherClients };
        let wrong_password = draft.chance(0.7);
        log.push(SignIn {
            ip: [198, 51, 100, draft.rng.random_range(1..255)],
            city: from,
            error_code: if wrong_password { 50_126 } else { error_code },
            conditional_access: if wrong_password { "notApplied" } else { conditional_access },
            ..legacy(draft, user, client)
        });
    }
}

fn recent(draft: &mut Draft) -> DateTime<Utc> {
    // Denser towards the present.
    let share: f64 = draft.rng.random();
    draft.now - TimeDelta::seconds(60 + (share * share * 29.0 * 86_400.0) as i64)
}

/// What the log says about each user.
fn activity(log: &[SignIn]) -> HashMap<Uuid, Activity> {
    let mut by_user: HashMap<Uuid, Activity> = HashMap::new();
    for entry in log {
        by_user.entry(entry.user).or_default().note(entry);
    }
    by_user
}

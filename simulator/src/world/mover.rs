//! Lets the world live: sign-ins arrive, people register methods, join and leave, syncs run, stall and recover.
//!
//! A step depends on the seed, the world and the given present alone; who calls it, and how often, is not its business.

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use super::directory::user::User;
use super::locales::LOCALES;
use super::methods::{Method, MethodKind, PerUserMfa};
use super::sign_ins::SignIn;
use super::{Directory, Kind, Tenant, World};

/// How often the program takes a step, in real time.
pub const STEP: std::time::Duration = std::time::Duration::from_secs(5);

/// A tenant that is there to show a late sync is never later than this.
const LATEST: TimeDelta = TimeDelta::hours(8);

/// Moves a world, step by step.
#[derive(Debug)]
pub struct Mover {
    random: StdRng,
    /// Clients in a stable order.
    order: Vec<Uuid>,
}

impl Mover {
    pub fn new(world: &World, seed: u64) -> Mover {
        let order = world.tenants_in_order().into_iter().map(|tenant| tenant.id).collect();
        Mover { random: StdRng::seed_from_u64(seed ^ 0x6d6f_7665), order }
    }

    /// Lets happen what happens within one step.
    pub fn step(&mut self, world: &mut World, now: DateTime<Utc>) {
        for tenant in world.tenants.values_mut() {
            self.sync(tenant, now);
        }
        for _ in 0..(self.order.len() / 4).clamp(1, 10) {
            self.somewhere(world, |random, tenant| sign_in(random, &mut tenant.directory, now));
        }
        if self.random.random_bool(0.3) {
            self.somewhere(world, |random, tenant| register(random, &mut tenant.directory, now));
        }
        if self.random.random_bool(0.04) {
            self.somewhere(world, |random, tenant| join(random, tenant, now));
        }
        if self.random.random_bool(0.03) {
            self.somewhere(world, leave);
        }
    }

    fn somewhere(&mut self, world: &mut World, happen: impl FnOnce(&mut StdRng, &mut Tenant)) {
        if let Some(tenant) = self.order.choose(&mut self.random).and_then(|id| world.tenants.get_mut(id)) {
            happen(&mut self.random, tenant);
        }
    }

    /// Runs the syncs that are due. Healthy ones stall now and then, and recover.
    fn sync(&mut self, tenant: &mut Tenant, now: DateTime<Utc>) {
        let sync = &mut tenant.directory.sync;
        match tenant.kind {
            Kind::SyncHealthy | Kind::SyncObjectErrors | Kind::CaTrustedLocation | Kind::Federated => {
                let chance = if sync.objects_stalled { 1.0 / 300.0 } else { 1.0 / 2000.0 };
                if self.random.random_bool(chance) {
                    sync.objects_stalled = !sync.objects_stalled;
                }
            }
            Kind::SyncLate if sync.last_sync.is_some_and(|last| now - last > LATEST) => {
                sync.last_sync = Some(now - LATEST / 2);
            }
            _ => {}
        }
        sync.advance(now);
    }
}

/// Somebody does what somebody did before: the same person, program and place, now.
fn sign_in(random: &mut StdRng, directory: &mut Directory, now: DateTime<Utc>) {
    let is_active = |entry: &&SignIn| directory.user(entry.user).is_some_and(|user| user.account_enabled);
    let Some(before) = directory.sign_ins.choose(random).filter(is_active).cloned() else { return };
    let entry = SignIn { id: uuid::Builder::from_random_bytes(random.random()).into_uuid(), at: now, ..before };
    directory.update_user(entry.user, |user| user.activity.note(&entry));
    directory.sign_ins.push(entry);
}

/// Somebody registers a second factor, and the report is computed anew.
fn register(random: &mut StdRng, directory: &mut Directory, now: DateTime<Utc>) {
    let lacks = |user: &&User| user.account_enabled && user.job_title.is_some() && !user.is_mfa_registered();
    let waiting: Vec<_> = directory.users().filter(lacks).map(|user| user.id).collect();
    let Some(&user) = waiting.choose(random) else { return };
    let id = uuid::Builder::from_random_bytes(random.random()).into_uuid();
    directory.update_user(user, |user| {
        user.methods.push(Method { id, kind: MethodKind::MicrosoftAuthenticatorPush, registered_at: now });
        if user.per_user_mfa == PerUserMfa::Enabled {
            user.per_user_mfa = PerUserMfa::Enforced;
        }
    });
    directory.registration_report_at = now;
}

/// A new colleague, with the licences of another.
fn join(random: &mut StdRng, tenant: &mut Tenant, now: DateTime<Utc>) {
    let is_like = |user: &&User| user.job_title.is_some() && user.account_enabled && user.on_premises.is_none();
    let like = tenant.directory.users().find(is_like).cloned();
    let (Some(like), Some(locale)) = (like, LOCALES.get(tenant.ordinal % LOCALES.len())) else { return };
    let name = locale.name(random.random_range(0..90));
    let upn = format!("{}.{:03}@{}", name.address, random.random_range(0..1000), tenant.default_domain);
    if tenant.directory.find_user(&upn).is_some() {
        return;
    }
    let id = uuid::Builder::from_random_bytes(random.random()).into_uuid();
    let joined = User {
        usage_location: like.usage_location,
        department: like.department,
        job_title: like.job_title,
        licences: like.licences,
        mail: Some(upn.clone()),
        ..User::new(id, name.display, upn, now)
    };
    tenant.directory.create_user(joined);
}

/// Somebody leaves: blocked first, never one of those who sign in to the product.
fn leave(random: &mut StdRng, tenant: &mut Tenant) {
    let signs_in = |user: &User| tenant.people.iter().any(|person| person.object_id == user.id);
    let candidates: Vec<_> = tenant
        .directory
        .users()
        .filter(|user| user.account_enabled && user.job_title.is_some() && !signs_in(user))
        .map(|user| user.id)
        .collect();
    // A small office keeps its people.
    if candidates.len() > 5
        && let Some(&user) = candidates.choose(random)
    {
        tenant.directory.update_user(user, |user| user.account_enabled = false);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::world::Size;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn moved(steps: u32) -> World {
        let mut world = World::generate(Size { tenants: 24, users_per_tenant: 20, seed: 7, now: start() });
        let mut mover = Mover::new(&world, 7);
        for step in 1..=steps {
            mover.step(&mut world, start() + TimeDelta::seconds(5) * step as i32);
        }
        world
    }

    fn registered(world: &World) -> usize {
        world
            .tenants
            .values()
            .flat_map(|tenant| tenant.directory.users())
            .filter(|user| user.is_mfa_registered())
            .count()
    }

    fn sign_ins(world: &World) -> usize {
        world.tenants.values().map(|tenant| tenant.directory.sign_ins.len()).sum()
    }

    #[test]
    fn people_register_sign_ins_arrive_and_changes_are_told() {
        let (before, after) = (moved(0), moved(720));
        assert!(registered(&after) > registered(&before));
        assert!(sign_ins(&after) > sign_ins(&before) + 1000);
        let told = |world: &World| world.tenants.values().map(|t| t.directory.changes().version()).sum::<usize>();
        assert!(told(&after) > told(&before));
        for tenant in after.tenants.values() {
            assert!(tenant.directory.sign_ins.is_sorted_by_key(|entry| entry.at), "{}", tenant.display_name);
        }
    }

    #[test]
    fn the_same_seed_moves_the_same_way() {
        let (one, other) = (moved(50), moved(50));
        for (one, other) in one.tenants.values().zip(other.tenants.values()) {
            assert_eq!(one.directory.all_users(), other.directory.all_users());
            assert_eq!(one.directory.sign_ins, other.directory.sign_ins);
        }
    }

    #[test]
    fn a_healthy_sync_runs_and_a_dead_one_does_not() {
        let (before, after) = (moved(0), moved(720));
        let last = |world: &World, kind| world.tenants_of(kind).next().unwrap().directory.sync.last_sync;
        assert_eq!(last(&before, Kind::SyncDead), last(&after, Kind::SyncDead));
        assert!(last(&after, Kind::PasswordSyncLate) > last(&before, Kind::PasswordSyncLate));
    }
}

//! Schema changes, forward only, for SQLite and PostgreSQL. A migration that has been released is never edited; the next one
//! mends it. One that changes rows on PostgreSQL sets `tenantry.tenants` first: row-level security binds the owner too.

use sea_orm_migration::prelude::*;

mod dialect;
mod m0001_tenants;
mod m0002_operators;
mod m0003_facts;
mod m0004_verdicts;
mod m0005_sync_states;
mod m0006_connection_checks;
mod m0007_reviews;
mod m0008_plans;
mod m0009_marked_admins;
mod m0010_blocker_work;
mod m0011_failures;
mod m0012_planner;
mod m0013_alerts;
mod m0014_evidence;
mod m0015_password_switch;
mod m0016_subscriptions;
mod m0017_connection_facts;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tenants::Migration),
            Box::new(m0002_operators::Migration),
            Box::new(m0003_facts::Migration),
            Box::new(m0004_verdicts::Migration),
            Box::new(m0005_sync_states::Migration),
            Box::new(m0006_connection_checks::Migration),
            Box::new(m0007_reviews::Migration),
            Box::new(m0008_plans::Migration),
            Box::new(m0009_marked_admins::Migration),
            Box::new(m0010_blocker_work::Migration),
            Box::new(m0011_failures::Migration),
            Box::new(m0012_planner::Migration),
            Box::new(m0013_alerts::Migration),
            Box::new(m0014_evidence::Migration),
            Box::new(m0015_password_switch::Migration),
            Box::new(m0016_subscriptions::Migration),
            Box::new(m0017_connection_facts::Migration),
        ]
    }
}

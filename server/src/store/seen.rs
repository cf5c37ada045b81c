//! The ways in which people sign in with modern clients, a row a user, and how far the log is read.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::dataset::Dataset;
use domain::facts::sign_in::{SeenSignIns, SignInLog, merge_ways};
use domain::ids::{TenantId, UserId};
use domain::known::Known;
use domain::what_if::RealSignIns;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::StoreError;
use super::bulk::upsert;
use super::column::JsonText;
use super::dataset::Done;
use super::entity::{document, seen_sign_in};
use super::load::Reader;

/// What was last seen before is forgotten.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Ids in one condition.
const IDS: usize = 500;

/// Adds what was seen. Reading the same days again changes nothing.
pub(super) async fn write_seen(
    tx: &DatabaseTransaction,
    id: TenantId,
    mut seen: Vec<SeenSignIns>,
    log: SignInLog,
    done: &Done,
) -> Result<(), StoreError> {
    let oldest = (done.read_at - KEPT).date_naive();
    let ours = seen_sign_in::Column::TenantId.eq(id.0);
    seen_sign_in::Entity::delete_many()
        .filter(ours.clone())
        .filter(seen_sign_in::Column::LastDay.lt(oldest))
        .exec(tx)
        .await?;
    while !seen.is_empty() {
        let some = seen.split_off(seen.len().saturating_sub(IDS));
        let users = some.iter().map(|user| user.user_id.0);
        let known = seen_sign_in::Entity::find()
            .filter(ours.clone())
            .filter(seen_sign_in::Column::UserId.is_in(users))
            .all(tx)
            .await?;
        let mut known: HashMap<_, _> = known.into_iter().map(|row| (row.user_id, row)).collect();
        let changed = some.into_iter().filter_map(|user| {
            let before = known.remove(&user.user_id.0);
            let ways = before.as_ref().map(|row| row.ways.0.clone()).unwrap_or_default();
            let ways = merge_ways(ways, user.ways, oldest);
            let last_day = ways.first()?.days.last;
            let row = seen_sign_in::Model { tenant_id: id.0, user_id: user.user_id.0, last_day, ways: JsonText(ways) };
            (before.as_ref() != Some(&row)).then(|| row.into_active_model().reset_all())
        });
        let facts = [seen_sign_in::Column::LastDay, seen_sign_in::Column::Ways];
        upsert::<seen_sign_in::Entity>(tx, changed.collect::<Vec<_>>(), &facts).await?;
    }
    write_log(tx, id, log, oldest).await
}

async fn write_log(
    tx: &DatabaseTransaction,
    id: TenantId,
    log: SignInLog,
    oldest: chrono::NaiveDate,
) -> Result<(), StoreError> {
    let before = read_log(tx, id).await?;
    let merged = SignInLog {
        since: before.map_or(log.since, |before| before.since.min(log.since)).max(oldest),
        password_grants: log.password_grants,
        cut_on: log.cut_on.max(before.and_then(|before| before.cut_on)).filter(|day| *day >= oldest),
    };
    if before == Some(merged) {
        return Ok(());
    }
    let name = Dataset::LegacySignIns.spec().name;
    let body = serde_json::to_string(&merged).map_err(|_| StoreError::Unreadable { what: name.to_owned() })?;
    let row = document::Model { tenant_id: id.0, dataset: name.to_owned(), document_key: String::new(), body };
    upsert::<document::Entity>(tx, [row.into_active_model().reset_all()], &[document::Column::Body]).await?;
    Ok(())
}

pub(super) async fn read_log(tx: &DatabaseTransaction, id: TenantId) -> Result<Option<SignInLog>, StoreError> {
    let name = Dataset::LegacySignIns.spec().name;
    let row = document::Entity::find()
        .filter(document::Column::TenantId.eq(id.0))
        .filter(document::Column::Dataset.eq(name))
        .one(tx)
        .await?;
    let read = row.map(|row| serde_json::from_str(&row.body)).transpose();
    read.map_err(|error| StoreError::Unreadable { what: format!("{name}: {error}") })
}

impl Reader<'_> {
    /// Sign-ins with modern clients, as far as the log is read.
    pub(super) async fn real_sign_ins(&self) -> Result<Known<RealSignIns>, StoreError> {
        if let Err(cause) = self.reading(Dataset::LegacySignIns) {
            return Ok(Known::Unknown(cause));
        }
        let Some(log) = read_log(self.tx, self.id).await? else {
            return Ok(Known::Unknown(domain::known::UnknownCause::NotYetRead));
        };
        let rows =
            seen_sign_in::Entity::find().filter(seen_sign_in::Column::TenantId.eq(self.id.0)).all(self.tx).await?;
        let users =
            rows.into_iter().map(|row| SeenSignIns { user_id: UserId(row.user_id), ways: row.ways.0 }).collect();
        Ok(Known::Known(RealSignIns { users, log }))
    }
}

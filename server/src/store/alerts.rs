//! Alerts: what is to be told, once; the channels; and what is on its way. All of it idempotent: two processes that look at the
//! same time tell the same thing once.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::alert::{AlertRow, Channel, Found, Rule, of_blocker, of_lost_protection};
use domain::ids::{TenantId, UserId};
use domain::verdict::Verdict;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::bulk::upsert;
use super::column::{JsonText, Word, word};
use super::entity::{alert, alert_channel, alert_delivery, blocker, blocker_work, tenant, user, verdict_change};
use super::standing::{verdict_number, verdict_of};
use super::tenant::{in_scope, kept};
use super::{Scope, Store, StoreError};

/// What happened longer ago is no news.
const NEWS: TimeDelta = TimeDelta::days(2);
/// So long the screen shows what happened.
const LATELY: TimeDelta = TimeDelta::days(7);
/// So long alerts are kept.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Another process takes over what one has claimed and not finished.
const CLAIM: TimeDelta = TimeDelta::minutes(2);
/// After so many attempts, more than a day, a message is given up.
const ATTEMPTS: i32 = 12;
/// Rows of a screen.
const SHOWN: u64 = 200;

/// Alerts of one cause, on their way to one channel.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Uuid,
    pub channel: Channel,
    pub cause: String,
    pub alerts: Vec<AlertRow>,
}

/// One process at a time tells and takes: PostgreSQL lets the others wait, SQLite has one writer anyway.
async fn alone(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}

impl Store {
    /// What happened lately and happens once: administrators who lost protection, new blockers, blockers that are back.
    pub(crate) async fn list_news(&self, now: DateTime<Utc>) -> Result<Vec<Found>, StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        let since = kept(now - NEWS);
        let mut found = lost_protection(&tx, since).await?;
        found.extend(new_blockers(&tx, since).await?);
        found.extend(blockers_back(&tx, since).await?);
        Ok(found)
    }

    /// Makes alerts of what is new, with what is due to each channel, and ends those that last and are not found any more.
    /// Answers how many are new.
    pub(crate) async fn tell(&self, found: Vec<Found>, now: DateTime<Utc>) -> Result<usize, StoreError> {
        use alert::Column as C;
        let tx = self.write(&Scope::of_system()).await?;
        alone(&tx).await?;
        let channels = channels(&tx).await?;
        let lasting: Vec<String> = Rule::ALL.iter().filter(|rule| rule.lasts()).map(word).collect();
        let open = alert::Entity::find().filter(C::EndedAt.is_null()).filter(C::Rule.is_in(lasting)).all(&*tx).await?;
        let keys: HashSet<String> = found.iter().map(|found| found.key.clone()).collect();
        for over in open.into_iter().filter(|row| !keys.contains(&row.alert_key)) {
            let key = format!("{}#{}", over.alert_key, over.id);
            let mut row = over.into_active_model();
            row.ended_at = Set(Some(kept(now)));
            row.alert_key = Set(key);
            row.update(&*tx).await?;
        }
        let mut new = 0;
        let mut known = known(&tx, keys).await?;
        for found in found {
            if !known.insert(found.key.clone()) {
                continue;
            }
            let (rule, tenant) = (found.rule, found.tenant);
            let row = alert::ActiveModel {
                id: NotSet,
                tenant_id: Set(tenant.0),
                rule: Set(Word(rule)),
                alert_key: Set(found.key),
                cause: Set(found.cause),
                detail: Set(found.detail),
                path: Set(found.path),
                happened_at: Set(kept(now)),
                ended_at: Set((!rule.lasts()).then(|| kept(now))),
                snoozed_until: Set(None),
            };
            let id = alert::Entity::insert(row).exec(&*tx).await?.last_insert_id;
            new += 1;
            for channel in channels.iter().filter(|channel| channel.takes(rule, tenant)) {
                let row = alert_delivery::Model {
                    channel_id: channel.id,
                    alert_id: id,
                    message_id: None,
                    attempts: 0,
                    next_at: kept(now),
                    sent_at: None,
                    given_up: false,
                };
                let once = OnConflict::columns([alert_delivery::Column::ChannelId, alert_delivery::Column::AlertId])
                    .do_nothing()
                    .to_owned();
                let row = row.into_active_model().reset_all();
                alert_delivery::Entity::insert(row).on_conflict(once).exec_without_returning(&*tx).await?;
            }
        }
        alert::Entity::delete_many()
            .filter(C::HappenedAt.lt(kept(now - KEPT)))
            .filter(C::EndedAt.is_not_null())
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Takes what is due, as messages of one cause each; nobody else gets them for two minutes. `name` makes ids.
    pub(crate) async fn claim_messages(
        &self,
        now: DateTime<Utc>,
        name: impl Fn() -> Uuid,
    ) -> Result<Vec<Message>, StoreError> {
        use alert_delivery::Column as C;
        let tx = self.write(&Scope::of_system()).await?;
        alone(&tx).await?;
        let open: HashMap<Uuid, Channel> = channels(&tx)
            .await?
            .into_iter()
            .filter(|channel| channel.is_open(now))
            .map(|channel| (channel.id, channel))
            .collect();
        let waiting = alert_delivery::Entity::find()
            .filter(C::SentAt.is_null())
            .filter(C::GivenUp.eq(false))
            .filter(C::NextAt.lte(kept(now)))
            .filter(C::ChannelId.is_in(open.keys().copied()))
            .order_by_asc(C::AlertId)
            .limit(1_000)
            .all(&*tx)
            .await?;
        let ids = waiting.iter().map(|row| row.alert_id);
        let alerts: HashMap<i64, AlertRow> = rows(&tx, alert::Entity::find().filter(alert::Column::Id.is_in(ids)))
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        // What was tried together is tried together again; the rest goes by cause, or all together in a digest.
        let mut messages: BTreeMap<(Uuid, Option<Uuid>, String), Vec<AlertRow>> = BTreeMap::new();
        for row in waiting {
            let Some(alert) = alerts.get(&row.alert_id) else { continue };
            let is_over = alert.rule.lasts() && alert.ended_at.is_some();
            let is_snoozed = alert.snoozed_until.is_some_and(|until| until > now);
            if is_snoozed || (is_over && row.attempts == 0) {
                if is_over {
                    give_up(&tx, row.channel_id, &[row.alert_id]).await?;
                }
                continue;
            }
            let is_digest = open.get(&row.channel_id).is_some_and(|channel| channel.digest);
            let cause = if is_digest { "What happened since the last digest.".to_owned() } else { alert.cause.clone() };
            messages.entry((row.channel_id, row.message_id, cause)).or_default().push(alert.clone());
        }
        let mut claimed = Vec::new();
        for ((channel, message, cause), alerts) in messages {
            let Some(channel) = open.get(&channel).cloned() else { continue };
            let id = message.unwrap_or_else(&name);
            alert_delivery::Entity::update_many()
                .col_expr(C::MessageId, Expr::value(Some(id)))
                .col_expr(C::NextAt, Expr::value(kept(now + CLAIM)))
                .col_expr(C::Attempts, Expr::col(C::Attempts).add(1))
                .filter(C::ChannelId.eq(channel.id))
                .filter(C::AlertId.is_in(alerts.iter().map(|alert| alert.id)))
                .exec(&*tx)
                .await?;
            claimed.push(Message { id, channel, cause, alerts });
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Notes how a message ended. A failure is tried again, later each time.
    pub(crate) async fn finish_message(
        &self,
        message: &Message,
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        use alert_delivery::Column as C;
        let tx = self.write(&Scope::of_system()).await?;
        let mine = Condition::all().add(C::ChannelId.eq(message.channel.id)).add(C::MessageId.eq(message.id));
        if error.is_none() {
            alert_delivery::Entity::update_many()
                .col_expr(C::SentAt, Expr::value(Some(kept(now))))
                .filter(mine)
                .exec(&*tx)
                .await?;
        } else {
            for row in alert_delivery::Entity::find().filter(mine).all(&*tx).await? {
                let attempts = row.attempts;
                let mut row = row.into_active_model();
                row.next_at = Set(kept(now + again_after(attempts)));
                row.given_up = Set(attempts >= ATTEMPTS);
                row.update(&*tx).await?;
            }
        }
        let noted = alert_channel::Entity::update_many()
            .col_expr(alert_channel::Column::LastError, Expr::value(error.map(str::to_owned)))
            .filter(alert_channel::Column::Id.eq(message.channel.id));
        let noted = match error {
            None => noted.col_expr(alert_channel::Column::LastSentAt, Expr::value(Some(kept(now)))),
            Some(_) => noted,
        };
        noted.exec(&*tx).await?;
        tx.commit().await
    }

    /// Those that last, and what happened lately; the newest first.
    pub(crate) async fn list_alerts(
        &self,
        scope: &Scope,
        now: DateTime<Utc>,
    ) -> Result<(Vec<AlertRow>, Vec<AlertRow>), StoreError> {
        use alert::Column as C;
        let tx = self.read(scope).await?;
        let ours = || {
            in_scope(alert::Entity::find(), scope, C::TenantId)
                .order_by_desc(C::HappenedAt)
                .order_by_desc(C::Id)
                .limit(SHOWN)
        };
        let lasting = rows(&tx, ours().filter(C::EndedAt.is_null())).await?;
        let lately = rows(&tx, ours().filter(C::EndedAt.gt(kept(now - LATELY)))).await?;
        Ok((lasting, lately))
    }

    /// Puts an alert off, with all of its cause that are in scope. `None`: there is no such alert.
    pub(crate) async fn snooze_alert(
        &self,
        scope: &Scope,
        id: i64,
        until: Option<DateTime<Utc>>,
    ) -> Result<Option<AlertRow>, StoreError> {
        let tx = self.write(scope).await?;
        let one = in_scope(alert::Entity::find_by_id(id), scope, alert::Column::TenantId);
        let Some(row) = rows(&tx, one).await?.pop() else { return Ok(None) };
        let mut same = alert::Entity::update_many()
            .col_expr(alert::Column::SnoozedUntil, Expr::value(until.map(kept)))
            .filter(alert::Column::Cause.eq(&row.cause))
            .filter(alert::Column::Rule.eq(word(&row.rule)));
        if let domain::operator::Reach::Only(tenants) = scope.reach() {
            same = same.filter(alert::Column::TenantId.is_in(tenants.iter().map(|tenant| tenant.0)));
        }
        same.exec(&*tx).await?;
        tx.commit().await?;
        Ok(Some(row))
    }

    pub(crate) async fn list_channels(&self) -> Result<Vec<Channel>, StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        Ok(channels(&tx).await?)
    }

    pub(crate) async fn put_channel(&self, channel: Channel) -> Result<(), StoreError> {
        use alert_channel::Column as C;
        let tx = self.write(&Scope::of_system()).await?;
        let row = alert_channel::Model {
            id: channel.id,
            name: channel.name,
            kind: Word(channel.kind),
            target: channel.target,
            rules: JsonText(channel.rules),
            tenants: JsonText(channel.tenants),
            quiet: JsonText(channel.quiet),
            digest: channel.digest,
            last_sent_at: None,
            last_error: None,
        };
        let said = [C::Name, C::Kind, C::Target, C::Rules, C::Tenants, C::Quiet, C::Digest];
        upsert::<alert_channel::Entity>(&tx, [row.into_active_model().reset_all()], &said).await?;
        tx.commit().await
    }

    /// The channel's name; `None`: there is no such channel.
    pub(crate) async fn delete_channel(&self, id: Uuid) -> Result<Option<String>, StoreError> {
        let tx = self.write(&Scope::of_system()).await?;
        let Some(row) = alert_channel::Entity::find_by_id(id).one(&*tx).await? else { return Ok(None) };
        alert_channel::Entity::delete_by_id(id).exec(&*tx).await?;
        tx.commit().await?;
        Ok(Some(row.name))
    }
}

/// Those of the keys that were told already.
async fn known(tx: &DatabaseTransaction, keys: HashSet<String>) -> Result<HashSet<String>, DbErr> {
    let keys: Vec<String> = keys.into_iter().collect();
    let mut known = HashSet::with_capacity(keys.len());
    for some in keys.chunks(500) {
        let found: Vec<String> = alert::Entity::find()
            .select_only()
            .column(alert::Column::AlertKey)
            .filter(alert::Column::AlertKey.is_in(some))
            .into_tuple()
            .all(tx)
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// One, two, four minutes and so on, at most six hours.
fn again_after(attempts: i32) -> TimeDelta {
    let minutes = 1_i64 << u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or(0);
    TimeDelta::minutes(minutes).min(TimeDelta::hours(6))
}

async fn give_up(tx: &DatabaseTransaction, channel: Uuid, alerts: &[i64]) -> Result<(), DbErr> {
    use alert_delivery::Column as C;
    alert_delivery::Entity::update_many()
        .col_expr(C::GivenUp, Expr::value(true))
        .filter(C::ChannelId.eq(channel))
        .filter(C::AlertId.is_in(alerts.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

async fn channels(tx: &DatabaseTransaction) -> Result<Vec<Channel>, DbErr> {
    let found = alert_channel::Entity::find().order_by_asc(alert_channel::Column::Name).all(tx).await?;
    let channel = |row: alert_channel::Model| Channel {
        id: row.id,
        name: row.name,
        kind: row.kind.0,
        target: row.target,
        rules: row.rules.0,
        tenants: row.tenants.0,
        quiet: row.quiet.0,
        digest: row.digest,
        last_sent_at: row.last_sent_at,
        last_error: row.last_error,
    };
    Ok(found.into_iter().map(channel).collect())
}

async fn rows(tx: &DatabaseTransaction, select: sea_orm::Select<alert::Entity>) -> Result<Vec<AlertRow>, DbErr> {
    let found = select.all(tx).await?;
    let ids: HashSet<Uuid> = found.iter().map(|row| row.tenant_id).collect();
    let names: HashMap<Uuid, String> = names(tx, ids).await?;
    Ok(found
        .into_iter()
        .map(|row| AlertRow {
            id: row.id,
            rule: row.rule.0,
            tenant: TenantId(row.tenant_id),
            tenant_name: names.get(&row.tenant_id).cloned().unwrap_or_default(),
            cause: row.cause,
            detail: row.detail,
            path: row.path,
            happened_at: row.happened_at,
            ended_at: row.ended_at,
            snoozed_until: row.snoozed_until,
        })
        .collect())
}

async fn names(tx: &DatabaseTransaction, ids: HashSet<Uuid>) -> Result<HashMap<Uuid, String>, DbErr> {
    let found: Vec<(Uuid, String)> = tenant::Entity::find()
        .select_only()
        .columns([tenant::Column::Id, tenant::Column::Name])
        .filter(tenant::Column::Id.is_in(ids))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(found.into_iter().collect())
}

/// Administrators who were protected and are not, and are not marked apart for it.
async fn lost_protection(tx: &DatabaseTransaction, since: DateTime<Utc>) -> Result<Vec<Found>, DbErr> {
    use verdict_change::Column as C;
    let fallen = [Verdict::Unprotected, Verdict::Partial, Verdict::EnrolmentOpen].map(verdict_number);
    let changes = verdict_change::Entity::find()
        .filter(C::At.gt(since))
        .filter(C::FromVerdict.eq(verdict_number(Verdict::Protected)))
        .filter(C::ToVerdict.is_in(fallen))
        .limit(1_000)
        .all(tx)
        .await?;
    let mut found = Vec::new();
    for change in changes {
        let Some(user) = user::Entity::find_by_id((change.tenant_id, change.user_id)).one(tx).await? else { continue };
        if user.is_admin {
            let (tenant, id) = (TenantId(change.tenant_id), UserId(change.user_id));
            let to = verdict_of(change.to_verdict);
            found.push(of_lost_protection(tenant, id, &user.display_name, change.id, to, &change.because));
        }
    }
    Ok(found)
}

async fn new_blockers(tx: &DatabaseTransaction, since: DateTime<Utc>) -> Result<Vec<Found>, DbErr> {
    let found = blocker::Entity::find()
        .filter(blocker::Column::FirstSeenAt.gt(since))
        .filter(blocker::Column::Successes.gt(0))
        .limit(1_000)
        .all(tx)
        .await?;
    let of = |row: blocker::Model| {
        let name = row.display_name.as_deref().unwrap_or(&row.user_principal_name);
        of_blocker(TenantId(row.tenant_id), &row.principal, name, row.protocol.0, None)
    };
    Ok(found.into_iter().map(of).collect())
}

async fn blockers_back(tx: &DatabaseTransaction, since: DateTime<Utc>) -> Result<Vec<Found>, DbErr> {
    use blocker_work::Column as C;
    let works =
        blocker_work::Entity::find().filter(C::Reopened.is_not_null()).filter(C::ChangedAt.gt(since)).all(tx).await?;
    let mut found = Vec::new();
    for work in works {
        let row = blocker::Entity::find()
            .filter(blocker::Column::TenantId.eq(work.tenant_id))
            .filter(blocker::Column::Principal.eq(&work.principal))
            .filter(blocker::Column::Protocol.eq(word(&work.protocol.0)))
            .one(tx)
            .await?;
        let name = row.map_or(work.principal.clone(), |row| row.display_name.unwrap_or(row.user_principal_name));
        let because = work.reopened.unwrap_or_default();
        let again = Some((because.as_str(), work.changed_at));
        found.push(of_blocker(TenantId(work.tenant_id), &work.principal, &name, work.protocol.0, again));
    }
    Ok(found)
}

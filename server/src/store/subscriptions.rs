//! Subscriptions to changes: whose turn it is to be looked after, what is live, and what Microsoft told. A process that looks
//! after one claims it for a while; what Microsoft tells meanwhile takes the claim away, and the next look finds it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::{Actor, Cause};
use domain::connection::ConnectionState;
use domain::dataset::Dataset;
use domain::ids::TenantId;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::column::{JsonText, word};
use super::entity::{connection, dataset_status, subscription, sync_state};
use super::tenant::kept;
use super::{Scope, Store, StoreError};

/// SHA-256 of the word that Microsoft sends along with what it tells.
pub type StateHash = [u8; 32];

/// A tenant's subscription as it is looked after.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSubscription {
    pub tenant: TenantId,
    /// `None`: there is none that is known of.
    pub live: Option<LiveSubscription>,
    pub renewal_wanted: bool,
    pub cause: Option<Cause>,
    pub failures: u32,
    pub next_at: DateTime<Utc>,
}

/// A subscription that Microsoft has, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSubscription {
    pub id: Uuid,
    /// The registration that made it.
    pub client_id: String,
    /// Where it is told to.
    pub address: String,
    pub expires_at: DateTime<Utc>,
    pub told_since: DateTime<Utc>,
    /// What is told for it is taken.
    pub is_told: bool,
}

/// One thing that somebody claims Microsoft to have told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub subscription: Uuid,
    pub tenant: TenantId,
    pub state_hash: StateHash,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A user changed, or changes could not be delivered: users have to be read.
    Changed,
    /// The subscription has to be renewed, or nothing more is told.
    RenewalWanted,
    /// Microsoft has ended the subscription.
    Removed,
}

/// What became of what was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// It was written down.
    pub noted: u32,
    /// It changes nothing: the same is noted already.
    pub known: u32,
    /// No such subscription, or not with this tenant and this word.
    pub foreign: u32,
}

impl Store {
    /// Lists every tenant that can be reached, whose users were read, and that is not listed yet.
    pub async fn enrol_subscriptions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        let new = unlisted(&tx).await?;
        drop(tx);
        if new.is_empty() {
            return Ok(());
        }
        let tx = self.write(&Scope::of_system()).await?;
        for tenant in new {
            let row = subscription::ActiveModel {
                tenant_id: Set(tenant),
                renewal_wanted: Set(false),
                failures: Set(0),
                next_at: Set(kept(now)),
                ..Default::default()
            };
            let once = OnConflict::column(subscription::Column::TenantId).do_nothing().to_owned();
            subscription::Entity::insert(row).on_conflict(once).exec_without_returning(&*tx).await?;
        }
        tx.commit().await
    }

    /// At most `most` of those whose turn it is at `now`, the longest due first. Until `until` no other process gets them.
    pub async fn claim_subscriptions(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        most: u64,
    ) -> Result<Vec<StoredSubscription>, StoreError> {
        use subscription::Column as C;
        let due = || subscription::Entity::find().filter(C::NextAt.lte(kept(now))).order_by_asc(C::NextAt).limit(most);
        // Nothing is due most of the time: a look takes no lock.
        let looked = self.read(&Scope::of_system()).await?;
        if due().one(&*looked).await?.is_none() {
            return Ok(Vec::new());
        }
        drop(looked);
        let tx = self.write(&Scope::of_system()).await?;
        let found = due().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&*tx).await?;
        subscription::Entity::update_many()
            .col_expr(C::NextAt, Expr::value(kept(until)))
            .filter(C::TenantId.is_in(found.iter().map(|row| row.tenant_id)))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|row| stored(subscription::Model { next_at: kept(until), ..row })).collect())
    }

    pub async fn get_subscription(&self, tenant: TenantId) -> Result<Option<StoredSubscription>, StoreError> {
        let tx = self.read(&Scope::of_tenant_job(tenant)).await?;
        subscription_of(&tx, tenant).await
    }

    /// Writes down a subscription that Microsoft has just made, and has the tenant's users read: what changed before it was
    /// live, nobody told. `false`: the claim is lost, and nothing is written.
    pub async fn create_subscription(
        &self,
        claim: &StoredSubscription,
        live: &LiveSubscription,
        state_hash: &StateHash,
        next_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.write(&Scope::of_tenant_job(claim.tenant)).await?;
        let row = subscription::ActiveModel {
            subscription_id: Set(Some(live.id)),
            state_hash: Set(Some(state_hash.to_vec())),
            client_id: Set(Some(live.client_id.clone())),
            address: Set(Some(live.address.clone())),
            expires_at: Set(Some(kept(live.expires_at))),
            told_since: Set(Some(kept(live.told_since))),
            ..looked_after(next_at)
        };
        if !write(&tx, claim, row).await? {
            return Ok(false);
        }
        note_change(&tx, claim.tenant, live.told_since).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// It lives longer, until `expires_at`. `false`: the claim is lost, and nothing is written.
    pub async fn renew_subscription(
        &self,
        claim: &StoredSubscription,
        expires_at: DateTime<Utc>,
        next_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.write(&Scope::of_tenant_job(claim.tenant)).await?;
        let row = subscription::ActiveModel { expires_at: Set(Some(kept(expires_at))), ..looked_after(next_at) };
        let written = write(&tx, claim, row).await?;
        tx.commit().await?;
        Ok(written)
    }

    /// It was not made or not renewed. What Microsoft has is kept until it ends, unless it `is_gone`.
    pub async fn note_subscription_failure(
        &self,
        claim: &StoredSubscription,
        cause: Cause,
        is_gone: bool,
        next_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_tenant_job(claim.tenant)).await?;
        let failures = i32::try_from(claim.failures.saturating_add(1)).unwrap_or(i32::MAX);
        let row = subscription::ActiveModel {
            cause: Set(Some(JsonText(cause))),
            failures: Set(failures),
            next_at: Set(kept(next_at)),
            ..if is_gone { none() } else { Default::default() }
        };
        write(&tx, claim, row).await?;
        tx.commit().await
    }

    /// Takes nothing for any of them any more, and has them looked after at once. Those for which this was done already are left
    /// alone.
    pub async fn end_subscriptions(&self, cause: Cause, now: DateTime<Utc>) -> Result<(), StoreError> {
        use subscription::Column as C;
        let told = || subscription::Entity::find().filter(C::StateHash.is_not_null());
        if told().one(&*self.read(&Scope::of_system()).await?).await?.is_none() {
            return Ok(());
        }
        let tx = self.write(&Scope::of_system()).await?;
        let row = subscription::ActiveModel {
            state_hash: Set(None),
            cause: Set(Some(JsonText(cause))),
            next_at: Set(kept(now)),
            ..Default::default()
        };
        subscription::Entity::update_many().set(row).filter(C::StateHash.is_not_null()).exec(&*tx).await?;
        tx.commit().await
    }

    /// Forgets it. What is told for it from now on is nobody's.
    pub async fn forget_subscription(&self, tenant: TenantId) -> Result<(), StoreError> {
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        subscription::Entity::delete_by_id(tenant.0).exec(&*tx).await?;
        tx.commit().await
    }

    /// Checks what somebody claims Microsoft to have told, and writes down what is new. Users are due `gather` after a change
    /// was told, and `floor` after they were last begun to be read: more of the same until then changes nothing.
    pub async fn take_told(
        &self,
        told: &[Told],
        now: DateTime<Utc>,
        gather: TimeDelta,
        floor: TimeDelta,
    ) -> Result<Taken, StoreError> {
        let tx = self.read(&Scope::of_system()).await?;
        let known: HashMap<Uuid, subscription::Model> = subscription::Entity::find()
            .filter(subscription::Column::SubscriptionId.is_in(told.iter().map(|told| told.subscription)))
            .all(&*tx)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.subscription_id?, row)))
            .collect();
        let mut taken = Taken::default();
        let mut news: Vec<(TenantId, What, DateTime<Utc>)> = Vec::new();
        for told in told {
            let Some(row) = known.get(&told.subscription).filter(|row| is_of(row, told)) else {
                taken.foreign += 1;
                continue;
            };
            let is_new = !news.iter().any(|(tenant, what, _)| (*tenant, *what) == (told.tenant, told.what));
            let due = match told.what {
                What::Changed if is_new => pending(&tx, told.tenant, now, gather, floor).await?,
                What::RenewalWanted if is_new && !row.renewal_wanted => Some(now),
                What::Removed if is_new => Some(now),
                _ => None,
            };
            match due {
                Some(due) => {
                    taken.noted += 1;
                    news.push((told.tenant, told.what, due));
                }
                None => taken.known += 1,
            }
        }
        drop(tx);
        for (tenant, what, due) in news {
            self.note_told(tenant, what, due).await?;
        }
        Ok(taken)
    }

    async fn note_told(&self, tenant: TenantId, what: What, due: DateTime<Utc>) -> Result<(), StoreError> {
        use subscription::Column as C;
        let tx = self.write(&Scope::of_tenant_job(tenant)).await?;
        if what == What::Changed {
            note_change(&tx, tenant, due).await?;
            return tx.commit().await;
        }
        let mut row = subscription::ActiveModel { next_at: Set(kept(due)), ..Default::default() };
        if what == What::Removed {
            row = subscription::ActiveModel {
                cause: Set(Some(JsonText(cause_of_removal()))),
                next_at: row.next_at,
                ..none()
            };
            note_change(&tx, tenant, due).await?;
        } else {
            row.renewal_wanted = Set(true);
        }
        subscription::Entity::update_many().set(row).filter(C::TenantId.eq(tenant.0)).exec(&*tx).await?;
        tx.commit().await
    }
}

pub(super) async fn subscription_of(
    tx: &DatabaseTransaction,
    tenant: TenantId,
) -> Result<Option<StoredSubscription>, StoreError> {
    Ok(subscription::Entity::find_by_id(tenant.0).one(tx).await?.map(stored))
}

/// Reachable, read, and not listed.
async fn unlisted(tx: &DatabaseTransaction) -> Result<Vec<Uuid>, StoreError> {
    use dataset_status::Column as C;
    let reachable = [ConnectionState::Connected, ConnectionState::MissingPermissions].map(|state| word(&state));
    let connected = connection::Entity::find()
        .select_only()
        .column(connection::Column::TenantId)
        .filter(Expr::col(connection::Column::State).is_in(reachable));
    let listed = subscription::Entity::find().select_only().column(subscription::Column::TenantId);
    Ok(dataset_status::Entity::find()
        .select_only()
        .column(C::TenantId)
        .filter(C::Dataset.eq(Dataset::Users.spec().name))
        .filter(C::ReadAt.is_not_null())
        .filter(C::TenantId.in_subquery(connected.into_query()))
        .filter(C::TenantId.not_in_subquery(listed.into_query()))
        .into_tuple()
        .all(tx)
        .await?)
}

/// Tenant and word are right. The word's hash is compared as a whole, whatever its beginning.
fn is_of(row: &subscription::Model, told: &Told) -> bool {
    let differs = match &row.state_hash {
        Some(hash) if hash.len() == told.state_hash.len() => {
            hash.iter().zip(told.state_hash).fold(0, |differs, (left, right)| differs | (left ^ right))
        }
        _ => 1,
    };
    differs == 0 && row.tenant_id == told.tenant.0
}

/// When the users are to be read for a change that was told at `now`; `None`: a reading that will see it is due already.
async fn pending(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    now: DateTime<Utc>,
    gather: TimeDelta,
    floor: TimeDelta,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let key = (tenant.0, Dataset::Users.spec().name.to_owned());
    let begun = dataset_status::Entity::find_by_id(key).one(tx).await?.and_then(|status| status.started_at);
    let noted = sync_state::Entity::find_by_id(tenant.0).one(tx).await?.and_then(|state| state.users_told_at);
    // What is noted and was not begun since is still to come.
    if noted.is_some_and(|noted| begun.is_none_or(|begun| begun < noted)) {
        return Ok(None);
    }
    let earliest = begun.map_or(now, |begun| begun + floor);
    Ok(Some(Ord::max(earliest, now + gather)))
}

async fn note_change(tx: &DatabaseTransaction, tenant: TenantId, due: DateTime<Utc>) -> Result<(), StoreError> {
    sync_state::Entity::update_many()
        .col_expr(sync_state::Column::UsersToldAt, Expr::value(Some(kept(due))))
        .filter(sync_state::Column::TenantId.eq(tenant.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// `false`: something was told, or somebody else took it over or ended it, since it was claimed.
async fn write(
    tx: &DatabaseTransaction,
    claim: &StoredSubscription,
    row: subscription::ActiveModel,
) -> Result<bool, StoreError> {
    let mine = Condition::all()
        .add(subscription::Column::TenantId.eq(claim.tenant.0))
        .add(subscription::Column::NextAt.eq(claim.next_at));
    Ok(subscription::Entity::update_many().set(row).filter(mine).exec(tx).await?.rows_affected > 0)
}

fn looked_after(next_at: DateTime<Utc>) -> subscription::ActiveModel {
    subscription::ActiveModel {
        renewal_wanted: Set(false),
        cause: Set(None),
        failures: Set(0),
        next_at: Set(kept(next_at)),
        ..Default::default()
    }
}

/// Microsoft has none.
fn none() -> subscription::ActiveModel {
    subscription::ActiveModel {
        subscription_id: Set(None),
        state_hash: Set(None),
        client_id: Set(None),
        address: Set(None),
        expires_at: Set(None),
        told_since: Set(None),
        renewal_wanted: Set(false),
        ..Default::default()
    }
}

fn stored(row: subscription::Model) -> StoredSubscription {
    let is_told = row.state_hash.is_some();
    let live = match (row.subscription_id, row.client_id, row.address, row.expires_at, row.told_since) {
        (Some(id), Some(client_id), Some(address), Some(expires_at), Some(told_since)) => {
            Some(LiveSubscription { id, client_id, address, expires_at, told_since, is_told })
        }
        _ => None,
    };
    StoredSubscription {
        tenant: TenantId(row.tenant_id),
        live,
        renewal_wanted: row.renewal_wanted,
        cause: row.cause.map(|cause| cause.0),
        failures: u32::try_from(row.failures).unwrap_or(0),
        next_at: row.next_at,
    }
}

fn cause_of_removal() -> Cause {
    Cause {
        code: String::from("subscriptionRemoved"),
        meaning: String::from("Microsoft has ended the subscription to this tenant's changes."),
        next_step: String::from("Nothing to do: it is made anew by itself."),
        actor: Actor::Nobody,
        request_id: None,
    }
}

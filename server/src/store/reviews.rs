//! What a review of a tenant rests on, and when each operator last made one.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::blocker::BlockerRow;
use domain::dataset::Dataset;
use domain::ids::{OperatorId, UserId};
use domain::known::UnknownCause;
use domain::mfa::TenantFacts;
use domain::review::{AccountChange, FIRST_REVIEW, HISTORY, PostureOfDay, SinceReview};
use domain::user::VerdictChange;
use domain::verdict::Posture;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::StoreError;
use super::entity::{posture, review, user, verdict_change};
use super::fleet::TenantHead;
use super::load::Reader;
use super::row::count;
use super::standing::verdict_of;
use super::tenant::{TenantStore, kept};

/// Blockers that a review shows.
const REVIEWED_BLOCKERS: u32 = 12;
/// Ids in one condition.
const IDS: usize = 10_000;

#[derive(Clone, Debug)]
pub(crate) struct ReviewFacts {
    pub head: TenantHead,
    /// Policies and settings; groups, roles, registrations and per-user states are left out.
    pub facts: TenantFacts,
    pub blockers: Vec<BlockerRow>,
    pub since: SinceReview,
}

impl TenantStore {
    /// At most `changes` changes.
    pub(crate) async fn read_review(
        &self,
        operator: OperatorId,
        changes: u64,
        now: DateTime<Utc>,
    ) -> Result<ReviewFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        Ok(ReviewFacts {
            head: self.head(&tx, now).await?,
            facts: reader.policy_facts().await?,
            blockers: reader.worst_blockers(REVIEWED_BLOCKERS, now).await?,
            since: reader.since_review(operator, changes, now).await?,
        })
    }

    /// The same for nobody in particular: every change within the history.
    pub(crate) async fn read_history(&self, now: DateTime<Utc>) -> Result<ReviewFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let (changes, changes_total) = reader.changes_since(now - HISTORY, u64::MAX >> 1).await?;
        Ok(ReviewFacts {
            head: self.head(&tx, now).await?,
            facts: reader.policy_facts().await?,
            blockers: reader.worst_blockers(REVIEWED_BLOCKERS, now).await?,
            since: SinceReview { history: reader.history(now).await?, reviewed_at: None, changes, changes_total },
        })
    }

    /// Notes that the operator has gone through the tenant.
    pub async fn mark_reviewed(&self, operator: OperatorId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let row = review::ActiveModel { tenant_id: Set(self.id.0), operator_id: Set(operator.0), at: Set(kept(now)) };
        let again = OnConflict::columns([review::Column::TenantId, review::Column::OperatorId])
            .update_column(review::Column::At)
            .to_owned();
        review::Entity::insert(row).on_conflict(again).exec_without_returning(&*tx).await?;
        tx.commit().await
    }
}

impl Reader<'_> {
    pub(super) async fn policy_facts(&self) -> Result<TenantFacts, StoreError> {
        Ok(TenantFacts {
            security_defaults: self.document(Dataset::SecurityDefaults).await?,
            policies: self.documents(Dataset::ConditionalAccessPolicies).await?,
            named_locations: self.documents(Dataset::NamedLocations).await?,
            strengths: self.documents(Dataset::AuthenticationStrengths).await?,
            methods_policy: self.documents(Dataset::AuthenticationMethodsPolicy).await?,
            domains: self.documents(Dataset::Domains).await?,
            ..TenantFacts::unknown(UnknownCause::NotYetRead)
        })
    }

    pub(super) async fn since_review(
        &self,
        operator: OperatorId,
        changes: u64,
        now: DateTime<Utc>,
    ) -> Result<SinceReview, StoreError> {
        let reviewed = review::Entity::find_by_id((self.id.0, operator.0)).one(self.tx).await?;
        let reviewed_at = reviewed.map(|review| review.at);
        let (changes, changes_total) = self.changes_since(reviewed_at.unwrap_or(now - FIRST_REVIEW), changes).await?;
        Ok(SinceReview { history: self.history(now).await?, reviewed_at, changes, changes_total })
    }

    /// At most `limit` changes, newest first; and how many there are.
    async fn changes_since(&self, since: DateTime<Utc>, limit: u64) -> Result<(Vec<AccountChange>, u64), StoreError> {
        use verdict_change::Column as C;
        // The first verdict of an account is no change.
        let found = verdict_change::Entity::find()
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::At.gt(since))
            .filter(C::FromVerdict.is_not_null());
        let total = found.clone().count(self.tx).await?;
        let rows = found.order_by_desc(C::At).order_by_desc(C::Id).limit(limit).all(self.tx).await?;
        let people = self.people(rows.iter().map(|row| row.user_id)).await?;
        let changes = rows.into_iter().map(|row| {
            let person = people.get(&row.user_id);
            AccountChange {
                user: UserId(row.user_id),
                display_name: person.map(|(name, _)| name.clone()),
                is_admin: person.is_some_and(|(_, is_admin)| *is_admin),
                change: VerdictChange {
                    at: row.at,
                    from: row.from_verdict.map(verdict_of),
                    to: verdict_of(row.to_verdict),
                    because: row.because,
                },
            }
        });
        Ok((changes.collect(), total))
    }

    /// Names, and who is an administrator.
    async fn people(&self, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, (String, bool)>, StoreError> {
        use user::Column as C;
        let ids: Vec<Uuid> = ids.collect::<HashSet<_>>().into_iter().collect();
        let mut named = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(IDS) {
            let found: Vec<(Uuid, String, String, bool)> = user::Entity::find()
                .select_only()
                .columns([C::UserId, C::DisplayName, C::UserPrincipalName, C::IsAdmin])
                .filter(C::TenantId.eq(self.id.0))
                .filter(C::UserId.is_in(ids.iter().copied()))
                .into_tuple()
                .all(self.tx)
                .await?;
            named.extend(found.into_iter().map(|(id, display_name, user_principal_name, is_admin)| {
                (id, (if display_name.is_empty() { user_principal_name } else { display_name }, is_admin))
            }));
        }
        Ok(named)
    }

    async fn history(&self, now: DateTime<Utc>) -> Result<Vec<PostureOfDay>, StoreError> {
        let days = posture::Entity::find()
            .filter(posture::Column::TenantId.eq(self.id.0))
            .filter(posture::Column::Day.gt((now - HISTORY).date_naive()))
            .order_by_asc(posture::Column::Day)
            .all(self.tx)
            .await?;
        let day = |row: posture::Model| PostureOfDay {
            day: row.day,
            posture: Posture {
                protected: count(row.protected),
                partial: count(row.partial),
                enrolment_open: count(row.enrolment_open),
                unprotected: count(row.unprotected),
                cannot_sign_in: count(row.cannot_sign_in),
                unknown: count(row.unknown),
            },
        };
        Ok(days.into_iter().map(day).collect())
    }
}

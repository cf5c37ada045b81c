//! What the pages of one tenant rest on, each read in one snapshot.

use chrono::{DateTime, Utc};
use domain::blocker::{BlockerRow, LogRead, Protocol};
use domain::client::UserCounts;
use domain::dataset::Dataset;
use domain::facts::directory::{Domain, ObjectError, SubscribedSku};
use domain::facts::hybrid::{CloudSyncJob, ContactError, ServiceError, SyncSettings};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::ids::{OperatorId, UserId};
use domain::known::{Known, UnknownCause};
use domain::mark::AccountMark;
use domain::mfa::facts::Fact;
use domain::review::SinceReview;
use domain::user::{UserFilter, UserFinding, UserRow, VerdictChange};
use domain::verdict::Judgement;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::blocker_list::BlockerQuery;
use super::blocker_work::works;
use super::entity::{
    blocker, mfa_registration, per_user_mfa_state, policy_group, policy_group_member, user, verdict, verdict_change,
};
use super::fleet::{Statuses, TenantHead, heads};
use super::load::Reader;
use super::row;
use super::seen::read_log;
use super::standing::verdict_of;
use super::subscriptions::{StoredSubscription, subscription_of};
use super::tenant::TenantStore;
use super::user_counts::{counts, groups, matching};
use super::user_list::UserQuery;
use super::verdicts::blocker_of;
use super::{StoreError, Transaction};

/// Rows that a pane shows.
const PANE_ROWS: u64 = 6;
/// Changes of verdict that a user's page shows.
const CHANGES: u64 = 50;

#[derive(Clone, Debug)]
pub(crate) struct ClientFacts {
    pub head: TenantHead,
    pub counts: UserCounts,
    pub marked: u32,
    pub look_at_first: Vec<UserRow>,
    pub worst: Vec<UserRow>,
    pub blockers: Vec<BlockerRow>,
    pub object_errors: Known<u32>,
    pub service_errors: Known<u32>,
    pub cloud_sync: Known<Vec<CloudSyncJob>>,
    pub since: SinceReview,
    /// `None`: Microsoft is not asked to tell of changes.
    pub subscription: Option<StoredSubscription>,
}

#[derive(Clone, Debug)]
pub(crate) struct UserListFacts {
    pub head: TenantHead,
    pub chips: Vec<(UserFilter, u32)>,
    pub roles: Vec<(Uuid, String)>,
    pub rows: Vec<UserRow>,
    pub total: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct BlockerListFacts {
    pub head: TenantHead,
    pub chips: Vec<(Protocol, u64)>,
    pub owners: Vec<String>,
    /// Of all filters.
    pub all: Vec<BlockerRow>,
    pub log: LogRead,
    pub rows: Vec<BlockerRow>,
    pub total: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct SyncFacts {
    pub head: TenantHead,
    pub object_errors: Known<Vec<ObjectError>>,
    pub service_errors: Known<Vec<ServiceError>>,
    pub contact_errors: Known<Vec<ContactError>>,
    pub cloud_sync: Known<Vec<CloudSyncJob>>,
    /// Inner `None`: nothing was ever synced here.
    pub settings: Known<Option<SyncSettings>>,
    pub domains: Known<Vec<Domain>>,
    /// `None`: Microsoft is not asked to tell of changes.
    pub subscription: Option<StoredSubscription>,
}

#[derive(Clone, Debug)]
pub(crate) struct UserFacts {
    pub row: UserRow,
    /// `None`: not judged yet.
    pub judgement: Option<Judgement>,
    pub mark: Option<AccountMark>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    pub licence_names: Vec<String>,
    pub eligible_roles: Vec<String>,
    pub policy_groups: Vec<String>,
    pub registration: Known<Option<Registration>>,
    pub per_user_mfa: Known<PerUserMfa>,
    pub last_password_change_at: Option<DateTime<Utc>>,
    pub blockers: Vec<BlockerRow>,
    pub changes: Vec<VerdictChange>,
    pub head: TenantHead,
}

impl TenantStore {
    pub(super) async fn head(&self, tx: &Transaction, now: DateTime<Utc>) -> Result<TenantHead, StoreError> {
        let head = heads(tx, &[self.id.0], now, Statuses::Whole).await?.pop();
        // It was there when the store was asked for it.
        head.ok_or_else(|| StoreError::Unreadable { what: format!("no tenant {}", self.id) })
    }

    pub(crate) async fn read_client(
        &self,
        operator: OperatorId,
        now: DateTime<Utc>,
    ) -> Result<ClientFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let groups = groups(&tx, self.id, "", None).await?;
        Ok(ClientFacts {
            head: self.head(&tx, now).await?,
            counts: counts(&groups, reader.reading(Dataset::SignInActivity).is_ok()),
            marked: matching(&groups, UserFilter::Finding(UserFinding::Marked)),
            look_at_first: reader.look_at_first(PANE_ROWS).await?,
            worst: reader.worst(PANE_ROWS).await?,
            blockers: reader.worst_blockers(PANE_ROWS as u32, now).await?,
            object_errors: reader.known_rows_of(Dataset::ObjectErrors),
            service_errors: reader.known_rows_of(Dataset::ServiceErrors),
            cloud_sync: known(reader.documents(Dataset::CloudSync).await?),
            since: reader.since_review(operator, PANE_ROWS, now).await?,
            subscription: subscription_of(&tx, self.id).await?,
        })
    }

    pub(crate) async fn read_users(
        &self,
        query: &UserQuery<'_>,
        chips: &[UserFilter],
        now: DateTime<Utc>,
    ) -> Result<UserListFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let groups = groups(&tx, self.id, query.text, query.narrowing).await?;
        let (rows, total) = reader.users(query).await?;
        Ok(UserListFacts {
            head: self.head(&tx, now).await?,
            chips: chips.iter().map(|chip| (*chip, matching(&groups, *chip))).collect(),
            roles: reader.held_roles().await?,
            rows,
            total,
        })
    }

    pub(crate) async fn read_blockers(
        &self,
        query: &BlockerQuery<'_>,
        now: DateTime<Utc>,
    ) -> Result<BlockerListFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let (rows, total) = reader.blockers(query).await?;
        let (chips, owners) = reader.blocker_choices(query).await?;
        let everything = BlockerQuery { text: "", protocol: None, work: None, page: 1, page_size: None, ..*query };
        let (all, _) = reader.blockers(&everything).await?;
        let head = self.head(&tx, now).await?;
        let read_at = |dataset| head.statuses.iter().find(|status| status.dataset == dataset)?.read_at;
        let log = LogRead {
            from_usage_report_alone: head.counts.blockers.is_some_and(|count| count.from_usage_report_alone),
            since: read_log(&tx, self.id).await?.map(|log| log.since),
            until: read_at(Dataset::LegacySignIns),
            reported: reader.reported_use().await?,
        };
        Ok(BlockerListFacts { head, chips, owners, all, log, rows, total })
    }

    pub(crate) async fn read_sync(&self, now: DateTime<Utc>) -> Result<SyncFacts, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        Ok(SyncFacts {
            head: self.head(&tx, now).await?,
            object_errors: known(reader.documents(Dataset::ObjectErrors).await?),
            service_errors: known(reader.documents(Dataset::ServiceErrors).await?),
            contact_errors: known(reader.documents(Dataset::ContactErrors).await?),
            cloud_sync: known(reader.documents(Dataset::CloudSync).await?),
            settings: known(reader.documents(Dataset::SyncSettings).await?).map(|mut found| found.pop()),
            domains: known(reader.documents(Dataset::Domains).await?),
            subscription: subscription_of(&tx, self.id).await?,
        })
    }

    /// `None`: there is no such user.
    pub(crate) async fn read_user(&self, id: UserId, now: DateTime<Utc>) -> Result<Option<UserFacts>, StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let Some(model) = user::Entity::find_by_id((self.id.0, id.0)).one(&*tx).await? else { return Ok(None) };
        let licences = model.licences.0.clone();
        let (department, job_title) = (model.department.clone(), model.job_title.clone());
        let last_password_change_at = model.last_password_change_at;
        let Some(row) = reader.user_rows(vec![model]).await?.pop() else { return Ok(None) };
        Ok(Some(UserFacts {
            row,
            judgement: reader.judgement(id).await?,
            mark: reader.mark(id).await?,
            department,
            job_title,
            licence_names: reader.licence_names(&licences).await?,
            eligible_roles: reader.role_names(&[id.0], true).await?.remove(&id.0).unwrap_or_default(),
            policy_groups: reader.policy_groups(id).await?,
            registration: reader.registration(id).await?,
            per_user_mfa: reader.per_user_state(id).await?,
            last_password_change_at,
            blockers: reader.blockers_of(id).await?,
            changes: reader.changes(id).await?,
            head: self.head(&tx, now).await?,
        }))
    }
}

fn known<T>(fact: Fact<T>) -> Known<T> {
    match fact {
        Fact::Known { value, .. } => Known::Known(value),
        Fact::Unknown(cause) => Known::Unknown(cause),
    }
}

impl Reader<'_> {
    /// How many rows a dataset has, or why that is not known.
    fn known_rows_of(&self, dataset: Dataset) -> Known<u32> {
        let rows = self.statuses.iter().find(|status| status.dataset == dataset).and_then(|status| status.rows);
        match self.reading(dataset) {
            Ok(_) => Known::Known(rows.unwrap_or(0)),
            Err(cause) => Known::Unknown(cause),
        }
    }

    /// With the ages of what it rests on.
    async fn judgement(&self, id: UserId) -> Result<Option<Judgement>, StoreError> {
        let found = verdict::Entity::find_by_id((self.id.0, id.0)).one(self.tx).await?;
        Ok(found.map(|row| {
            let mut judgement = row.judgement.0;
            for reason in &mut judgement.reasons {
                reason.read_at = self.reading(reason.dataset).ok();
            }
            judgement
        }))
    }

    async fn licence_names(&self, licences: &[Uuid]) -> Result<Vec<String>, StoreError> {
        let skus = known(self.documents::<SubscribedSku>(Dataset::SubscribedSkus).await?);
        let name = |id: &Uuid| {
            let sku = skus.known()?.iter().find(|sku| sku.sku_id == *id)?;
            Some(sku.part_number.clone())
        };
        Ok(licences.iter().map(|id| name(id).unwrap_or_else(|| id.to_string())).collect())
    }

    /// Groups without a name are told by their id.
    async fn policy_groups(&self, id: UserId) -> Result<Vec<String>, StoreError> {
        let groups: Vec<Uuid> = policy_group_member::Entity::find()
            .select_only()
            .column(policy_group_member::Column::GroupId)
            .filter(policy_group_member::Column::TenantId.eq(self.id.0))
            .filter(policy_group_member::Column::UserId.eq(id.0))
            .into_tuple()
            .all(self.tx)
            .await?;
        let found = policy_group::Entity::find()
            .filter(policy_group::Column::TenantId.eq(self.id.0))
            .filter(policy_group::Column::GroupId.is_in(groups))
            .order_by_asc(policy_group::Column::DisplayName)
            .all(self.tx)
            .await?;
        Ok(found.into_iter().map(|group| group.display_name.unwrap_or_else(|| group.group_id.to_string())).collect())
    }

    async fn registration(&self, id: UserId) -> Result<Known<Option<Registration>>, StoreError> {
        if let Err(cause) = self.reading(Dataset::RegistrationDetails) {
            return Ok(Known::Unknown(cause));
        }
        let found = mfa_registration::Entity::find_by_id((self.id.0, id.0)).one(self.tx).await?;
        Ok(Known::Known(found.map(row::registration)))
    }

    async fn per_user_state(&self, id: UserId) -> Result<Known<PerUserMfa>, StoreError> {
        if let Err(cause) = self.reading(Dataset::PerUserMfa) {
            return Ok(Known::Unknown(cause));
        }
        let found = per_user_mfa_state::Entity::find_by_id((self.id.0, id.0)).one(self.tx).await?;
        Ok(found.map_or(Known::Unknown(UnknownCause::NotYetRead), |row| Known::Known(row.state.0)))
    }

    async fn blockers_of(&self, id: UserId) -> Result<Vec<BlockerRow>, StoreError> {
        let found = blocker::Entity::find()
            .filter(blocker::Column::TenantId.eq(self.id.0))
            .filter(blocker::Column::UserId.eq(id.0))
            .order_by_asc(blocker::Column::Protocol)
            .all(self.tx)
            .await?;
        let works = works(self.tx, [self.id.0]).await?;
        Ok(found
            .into_iter()
            .map(|model| {
                let row = blocker_of(model);
                BlockerRow { work: works.of(self.id, &row), ..row }
            })
            .collect())
    }

    /// The newest first.
    async fn changes(&self, id: UserId) -> Result<Vec<VerdictChange>, StoreError> {
        use verdict_change::Column as C;
        let found = verdict_change::Entity::find()
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::UserId.eq(id.0))
            .order_by_desc(C::At)
            .order_by_desc(C::Id)
            .limit(CHANGES)
            .all(self.tx)
            .await?;
        Ok(found
            .into_iter()
            .map(|row| VerdictChange {
                at: row.at,
                from: row.from_verdict.map(verdict_of),
                to: verdict_of(row.to_verdict),
                because: row.because,
            })
            .collect())
    }
}

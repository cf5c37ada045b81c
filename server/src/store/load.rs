//! Reading a tenant's facts for the rules, in one snapshot and a few queries.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::facts::directory::{PolicyGroup, RoleAssignment, SignInActivity, User};
use domain::facts::sign_in::{LegacySignIns, MailAppUsage};
use domain::ids::{TenantId, UserId};
use domain::known::{Known, UnknownCause};
use domain::mfa::facts::{Fact, TenantFacts};
use domain::what_if::RealSignIns;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde::de::DeserializeOwned;

use super::StoreError;
use super::dataset::{reading, statuses};
use super::entity::{
    document, legacy_sign_in, mail_app_usage, mfa_registration, per_user_mfa_state, policy_group, policy_group_member,
    role_assignment, sign_in_activity, user,
};
use super::row;
use super::tenant::TenantStore;

/// Everything that the rules take. Users are the last good reading, empty before the first.
#[derive(Clone, Debug)]
pub struct JudgeFacts {
    pub tenant: TenantFacts,
    pub users: Vec<User>,
    /// Why there are no users, when they were never read.
    pub users_read: Result<DateTime<Utc>, UnknownCause>,
    pub sign_in_activity: Fact<HashMap<UserId, SignInActivity>>,
    pub legacy_sign_ins: Fact<Vec<LegacySignIns>>,
    pub mail_app_usage: Fact<Vec<MailAppUsage>>,
    /// Who is marked apart, and the last day of it.
    pub marks: HashMap<UserId, NaiveDate>,
}

impl TenantStore {
    /// Everything that a what-if takes: what was read before `since`, and could not be read again, proves nothing.
    pub async fn load_what_if(&self, since: DateTime<Utc>) -> Result<(JudgeFacts, Known<RealSignIns>), StoreError> {
        let tx = self.read().await?;
        let reader = Reader::open(&tx, self.id).await?;
        let sign_ins = reader.real_sign_ins().await?;
        Ok((reader.judge_facts(Some(since)).await?, sign_ins))
    }

    /// One snapshot of all facts.
    pub async fn load_facts(&self) -> Result<JudgeFacts, StoreError> {
        self.load(None).await
    }

    /// As `load_facts`, but what was read before `since`, and could not be read again, proves nothing. The users stay.
    pub async fn load_proofs(&self, since: DateTime<Utc>) -> Result<JudgeFacts, StoreError> {
        self.load(Some(since)).await
    }

    async fn load(&self, proof_since: Option<DateTime<Utc>>) -> Result<JudgeFacts, StoreError> {
        let tx = self.read().await?;
        Reader::open(&tx, self.id).await?.judge_facts(proof_since).await
    }
}

/// Reads facts together with when they were read.
pub(super) struct Reader<'a> {
    pub tx: &'a DatabaseTransaction,
    pub id: TenantId,
    pub statuses: Vec<DatasetStatus>,
    /// Set: facts that are older, and were not to be had since, count as unknown.
    pub proof_since: Option<DateTime<Utc>>,
}

impl<'a> Reader<'a> {
    pub(super) async fn open(tx: &'a DatabaseTransaction, id: TenantId) -> Result<Self, StoreError> {
        Ok(Self { tx, id, statuses: statuses(tx, id).await?, proof_since: None })
    }
}

impl Reader<'_> {
    async fn judge_facts(mut self, proof_since: Option<DateTime<Utc>>) -> Result<JudgeFacts, StoreError> {
        let users_read = self.reading(Dataset::Users);
        self.proof_since = proof_since;
        let users = user::Entity::find().filter(user::Column::TenantId.eq(self.id.0)).all(self.tx).await?;
        Ok(JudgeFacts {
            tenant: self.tenant().await?,
            users: users.into_iter().map(row::user).collect(),
            users_read,
            sign_in_activity: self.activity().await?,
            legacy_sign_ins: self.legacy().await?,
            mail_app_usage: self.mail().await?,
            marks: self.marks().await?,
        })
    }

    pub(super) fn reading(&self, dataset: Dataset) -> Result<DateTime<Utc>, UnknownCause> {
        let status = self.statuses.iter().find(|status| status.dataset == dataset);
        let Some(status) = status else { return Err(UnknownCause::NotYetRead) };
        let read_at = reading(status)?;
        match status.outcome {
            Some(Outcome::NotPermitted) if self.is_too_old(read_at) => Err(UnknownCause::NotPermitted),
            Some(Outcome::Failed) if self.is_too_old(read_at) => Err(UnknownCause::Failed),
            _ => Ok(read_at),
        }
    }

    fn is_too_old(&self, read_at: DateTime<Utc>) -> bool {
        self.proof_since.is_some_and(|since| read_at < since)
    }

    /// A short list.
    pub(super) async fn documents<T: DeserializeOwned>(&self, dataset: Dataset) -> Result<Fact<Vec<T>>, StoreError> {
        let read_at = match self.reading(dataset) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let name = dataset.spec().name;
        let rows = document::Entity::find()
            .filter(document::Column::TenantId.eq(self.id.0))
            .filter(document::Column::Dataset.eq(name))
            .order_by_asc(document::Column::DocumentKey)
            .all(self.tx)
            .await?;
        let value = rows
            .iter()
            .map(|row| serde_json::from_str(&row.body))
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::Unreadable { what: format!("{name}: {error}") })?;
        Ok(Fact::known(value, read_at))
    }

    /// The one document of a dataset that has just one.
    pub(super) async fn document<T: DeserializeOwned>(&self, dataset: Dataset) -> Result<Fact<T>, StoreError> {
        Ok(match self.documents::<T>(dataset).await? {
            Fact::Unknown(cause) => Fact::Unknown(cause),
            Fact::Known { mut value, read_at } => match value.pop() {
                Some(value) => Fact::Known { value, read_at },
                None => Fact::Unknown(UnknownCause::NotYetRead),
            },
        })
    }

    async fn tenant(&self) -> Result<TenantFacts, StoreError> {
        Ok(TenantFacts {
            security_defaults: self.document(Dataset::SecurityDefaults).await?,
            policies: self.documents(Dataset::ConditionalAccessPolicies).await?,
            named_locations: self.documents(Dataset::NamedLocations).await?,
            strengths: self.documents(Dataset::AuthenticationStrengths).await?,
            methods_policy: self.documents(Dataset::AuthenticationMethodsPolicy).await?,
            groups: self.groups().await?,
            roles: self.roles(false).await?,
            eligible_roles: self.roles(true).await?,
            domains: self.documents(Dataset::Domains).await?,
            registration: self.registrations().await?,
            per_user_mfa: self.per_user_mfa().await?,
        })
    }

    pub(super) async fn roles(&self, eligible: bool) -> Result<Fact<Vec<RoleAssignment>>, StoreError> {
        let dataset = if eligible { Dataset::RoleEligibility } else { Dataset::RoleAssignments };
        let read_at = match self.reading(dataset) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows = role_assignment::Entity::find()
            .filter(role_assignment::Column::TenantId.eq(self.id.0))
            .filter(role_assignment::Column::Eligible.eq(eligible))
            .all(self.tx)
            .await?;
        Ok(Fact::known(rows.into_iter().map(row::role).collect(), read_at))
    }

    async fn groups(&self) -> Result<Fact<Vec<PolicyGroup>>, StoreError> {
        let read_at = match self.reading(Dataset::PolicyGroups) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let mut members: HashMap<_, Vec<UserId>> = HashMap::new();
        let ours = policy_group_member::Column::TenantId.eq(self.id.0);
        for member in policy_group_member::Entity::find().filter(ours).all(self.tx).await? {
            members.entry(member.group_id).or_default().push(UserId(member.user_id));
        }
        let groups =
            policy_group::Entity::find().filter(policy_group::Column::TenantId.eq(self.id.0)).all(self.tx).await?;
        let groups = groups
            .into_iter()
            .map(|group| PolicyGroup {
                id: group.group_id,
                display_name: group.display_name,
                members: members.remove(&group.group_id).unwrap_or_default(),
            })
            .collect();
        Ok(Fact::known(groups, read_at))
    }

    async fn registrations(
        &self,
    ) -> Result<Fact<HashMap<UserId, domain::facts::registration::Registration>>, StoreError> {
        let read_at = match self.reading(Dataset::RegistrationDetails) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows = mfa_registration::Entity::find()
            .filter(mfa_registration::Column::TenantId.eq(self.id.0))
            .all(self.tx)
            .await?;
        let rows = rows.into_iter().map(row::registration).map(|row| (row.user_id, row)).collect();
        Ok(Fact::known(rows, read_at))
    }

    async fn per_user_mfa(&self) -> Result<Fact<HashMap<UserId, domain::facts::registration::PerUserMfa>>, StoreError> {
        let read_at = match self.reading(Dataset::PerUserMfa) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows = per_user_mfa_state::Entity::find()
            .filter(per_user_mfa_state::Column::TenantId.eq(self.id.0))
            .all(self.tx)
            .await?;
        Ok(Fact::known(rows.into_iter().map(|row| (UserId(row.user_id), row.state.0)).collect(), read_at))
    }

    async fn activity(&self) -> Result<Fact<HashMap<UserId, SignInActivity>>, StoreError> {
        let read_at = match self.reading(Dataset::SignInActivity) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows = sign_in_activity::Entity::find()
            .filter(sign_in_activity::Column::TenantId.eq(self.id.0))
            .all(self.tx)
            .await?;
        let rows = rows.into_iter().map(row::activity).map(|row| (row.user_id, row)).collect();
        Ok(Fact::known(rows, read_at))
    }

    async fn legacy(&self) -> Result<Fact<Vec<LegacySignIns>>, StoreError> {
        let read_at = match self.reading(Dataset::LegacySignIns) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows =
            legacy_sign_in::Entity::find().filter(legacy_sign_in::Column::TenantId.eq(self.id.0)).all(self.tx).await?;
        Ok(Fact::known(rows.into_iter().map(row::legacy).collect(), read_at))
    }

    async fn mail(&self) -> Result<Fact<Vec<MailAppUsage>>, StoreError> {
        let read_at = match self.reading(Dataset::MailAppUsage) {
            Ok(read_at) => read_at,
            Err(cause) => return Ok(Fact::Unknown(cause)),
        };
        let rows =
            mail_app_usage::Entity::find().filter(mail_app_usage::Column::TenantId.eq(self.id.0)).all(self.tx).await?;
        Ok(Fact::known(rows.into_iter().map(row::mail).collect(), read_at))
    }
}

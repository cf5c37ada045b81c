//! Writing the users of a tenant, and what hangs on a user who is gone.

use domain::facts::directory::{User, UserPatch};
use domain::ids::{TenantId, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect,
};
use std::collections::{HashMap, HashSet};

use super::StoreError;
use super::bulk::upsert;
use super::column::{JsonText, Word};
use super::entity::user::{ActiveModel, Column, Entity};
use super::entity::{standing, verdict};
use super::row::{int, user};
use super::tenant::{TenantStore, kept};

/// Parameters of one `IN`; both databases take more.
const IDS: usize = 10_000;

/// What a read of the users answered.
#[derive(Clone, Debug)]
pub enum UsersChange {
    /// All there are: who is not in it is gone.
    Full(Vec<User>),
    /// What changed since the last read.
    Delta { changed: Vec<UserPatch>, removed: Vec<UserId> },
}

/// The columns that facts write; the others belong to the verdict.
const FACTS: [Column; 17] = [
    Column::UserPrincipalName,
    Column::DisplayName,
    Column::AccountEnabled,
    Column::Kind,
    Column::ExternalUserState,
    Column::CreatedAt,
    Column::Department,
    Column::JobTitle,
    Column::UsageLocation,
    Column::Licences,
    Column::LicenceCount,
    Column::LastPasswordChangeAt,
    Column::PasswordNeverExpires,
    Column::OnPremisesSyncEnabled,
    Column::OnPremisesLastSyncAt,
    Column::SortName,
    Column::SearchText,
];

impl TenantStore {
    /// Whether any of these is not among the users that were read.
    pub async fn has_unknown_users(&self, users: &[UserId]) -> Result<bool, StoreError> {
        if users.is_empty() {
            return Ok(false);
        }
        let tx = self.read().await?;
        let known: HashSet<Uuid> = ids(&tx, self.id).await?.into_iter().collect();
        Ok(users.iter().any(|user| !known.contains(&user.0)))
    }
}

/// Answers how many users the tenant has now.
pub(super) async fn write_users(tx: &DatabaseTransaction, id: TenantId, change: UsersChange) -> Result<u32, DbErr> {
    match change {
        UsersChange::Full(users) => {
            let mut vanished: HashSet<Uuid> = ids(tx, id).await?.into_iter().collect();
            let mut seen = HashSet::with_capacity(users.len());
            let rows: Vec<_> =
                users.into_iter().filter(|user| seen.insert(user.id)).map(|user| user_row(id, user)).collect();
            upsert::<Entity>(tx, rows, &FACTS).await?;
            vanished.retain(|user| !seen.contains(&UserId(*user)));
            delete(tx, id, vanished.into_iter().collect()).await?;
        }
        UsersChange::Delta { changed, removed } => {
            delete(tx, id, removed.into_iter().map(|user| user.0).collect()).await?;
            patch(tx, id, changed).await?;
        }
    }
    let users = Entity::find().filter(Column::TenantId.eq(id.0)).count(tx).await?;
    let users = u32::try_from(users).unwrap_or(u32::MAX);
    let row = standing::ActiveModel {
        tenant_id: ActiveValue::Unchanged(id.0),
        users: ActiveValue::Set(Some(int(users))),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(users)
}

/// Later mentions of a user add to earlier ones.
async fn patch(tx: &DatabaseTransaction, id: TenantId, changed: Vec<UserPatch>) -> Result<(), DbErr> {
    let mut changed = changed.into_iter();
    loop {
        let chunk: Vec<_> = changed.by_ref().take(IDS).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let known = Entity::find()
            .filter(Column::TenantId.eq(id.0))
            .filter(Column::UserId.is_in(chunk.iter().map(|patch| patch.id.0)))
            .all(tx)
            .await?;
        let mut users: HashMap<UserId, User> = known.into_iter().map(user).map(|user| (user.id, user)).collect();
        for patch in chunk {
            match users.get_mut(&patch.id) {
                Some(user) => patch.apply_to(user),
                None => {
                    if let Some(user) = patch.into_user() {
                        users.insert(user.id, user);
                    }
                }
            }
        }
        upsert::<Entity>(tx, users.into_values().map(|user| user_row(id, user)).collect::<Vec<_>>(), &FACTS).await?;
    }
}

async fn ids(tx: &DatabaseTransaction, id: TenantId) -> Result<Vec<Uuid>, DbErr> {
    Entity::find().select_only().column(Column::UserId).filter(Column::TenantId.eq(id.0)).into_tuple().all(tx).await
}

/// Removes users with their verdicts. Changes of verdict stay: they are history.
async fn delete(tx: &DatabaseTransaction, id: TenantId, users: Vec<Uuid>) -> Result<(), DbErr> {
    for chunk in users.chunks(IDS) {
        verdict::Entity::delete_many()
            .filter(verdict::Column::TenantId.eq(id.0))
            .filter(verdict::Column::UserId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
        Entity::delete_many()
            .filter(Column::TenantId.eq(id.0))
            .filter(Column::UserId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn user_row(id: TenantId, user: User) -> ActiveModel {
    ActiveModel {
        tenant_id: ActiveValue::Set(id.0),
        user_id: ActiveValue::Set(user.id.0),
        sort_name: ActiveValue::Set(user.display_name.to_lowercase()),
        search_text: ActiveValue::Set(super::search::searchable(&[&user.display_name, &user.user_principal_name])),
        user_principal_name: ActiveValue::Set(user.user_principal_name),
        display_name: ActiveValue::Set(user.display_name),
        account_enabled: ActiveValue::Set(user.account_enabled),
        kind: ActiveValue::Set(Word(user.kind)),
        external_user_state: ActiveValue::Set(user.external_user_state),
        created_at: ActiveValue::Set(user.created_at.map(kept)),
        department: ActiveValue::Set(user.department),
        job_title: ActiveValue::Set(user.job_title),
        usage_location: ActiveValue::Set(user.usage_location),
        licence_count: ActiveValue::Set(int(u32::try_from(user.licences.len()).unwrap_or(u32::MAX))),
        licences: ActiveValue::Set(JsonText(user.licences)),
        last_password_change_at: ActiveValue::Set(user.last_password_change_at.map(kept)),
        password_never_expires: ActiveValue::Set(user.password_never_expires),
        on_premises_sync_enabled: ActiveValue::Set(user.on_premises_sync_enabled),
        on_premises_last_sync_at: ActiveValue::Set(user.on_premises_last_sync_at.map(kept)),
        ..Default::default()
    }
}

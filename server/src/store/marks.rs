//! Marks on accounts. A mark moves where its account is counted at once, not at the next judgement.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::ids::UserId;
use domain::mark::AccountMark;
use domain::user::UserFinding;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::StoreError;
use super::bulk::upsert;
use super::column::Word;
use super::entity::{account_mark, standing, tenant, user};
use super::load::Reader;
use super::row::int;
use super::standing::{finding_bits, finding_rank, findings_of, severity_of, verdict_of};
use super::tenant::{TenantStore, kept};
use super::verdicts::counted;

/// What was marked, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub account: String,
    pub tenant: String,
}

impl TenantStore {
    /// Marks the account, or takes its mark away. `None`: there is no such account.
    pub async fn mark(&self, id: UserId, mark: Option<AccountMark>) -> Result<Option<Marked>, StoreError> {
        let tx = self.write().await?;
        let Some(account) = user::Entity::find_by_id((self.id.0, id.0)).one(&*tx).await? else { return Ok(None) };
        let tenant = tenant::Entity::find_by_id(self.id.0).one(&*tx).await?;
        let marked = Marked {
            account: account.user_principal_name.clone(),
            tenant: tenant.map(|tenant| tenant.name).unwrap_or_default(),
        };
        let is_marked = mark.is_some();
        match mark {
            Some(mark) => {
                use account_mark::Column as C;
                let row = account_mark::Model {
                    tenant_id: self.id.0,
                    user_id: id.0,
                    kind: Word(mark.kind),
                    reason: mark.reason,
                    author: mark.author,
                    marked_at: kept(mark.marked_at),
                    ends_on: mark.ends_on,
                };
                let row = row.into_active_model().reset_all();
                upsert::<account_mark::Entity>(&tx, [row], &[C::Kind, C::Reason, C::Author, C::MarkedAt, C::EndsOn])
                    .await?;
            }
            None => {
                account_mark::Entity::delete_by_id((self.id.0, id.0)).exec(&*tx).await?;
            }
        }
        let mut findings = findings_of(account.findings);
        findings.retain(|finding| *finding != UserFinding::Marked);
        if is_marked {
            findings.push(UserFinding::Marked);
        }
        let severity = severity_of(verdict_of(account.verdict), account.is_admin, &findings);
        let mut row = account.into_active_model();
        row.findings = ActiveValue::Set(finding_bits(&findings));
        row.finding_rank = ActiveValue::Set(finding_rank(&findings));
        row.severity = ActiveValue::Set(severity);
        row.update(&*tx).await?;
        let (_, admins) = counted(&tx, self.id).await?;
        standing::Entity::update_many()
            .set(standing::ActiveModel {
                admins_unprotected: ActiveValue::Set(Some(int(admins.unmarked))),
                admins_marked: ActiveValue::Set(int(admins.marked)),
                ..Default::default()
            })
            .filter(standing::Column::TenantId.eq(self.id.0))
            .filter(standing::Column::AdminsUnprotected.is_not_null())
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(Some(marked))
    }
}

impl Reader<'_> {
    pub(super) async fn mark(&self, id: UserId) -> Result<Option<AccountMark>, StoreError> {
        let found = account_mark::Entity::find_by_id((self.id.0, id.0)).one(self.tx).await?;
        Ok(found.map(|row| AccountMark {
            kind: row.kind.0,
            reason: row.reason,
            author: row.author,
            marked_at: row.marked_at,
            ends_on: row.ends_on,
        }))
    }

    /// Who is marked, and until when.
    pub(super) async fn marks(&self) -> Result<HashMap<UserId, NaiveDate>, StoreError> {
        let ours = account_mark::Column::TenantId.eq(self.id.0);
        let found = account_mark::Entity::find().filter(ours).all(self.tx).await?;
        Ok(found.into_iter().map(|row| (UserId(row.user_id), row.ends_on)).collect())
    }
}

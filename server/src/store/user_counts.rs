//! A tenant's users, counted by everything that chips and panes count, in one pass over one index.

use domain::client::UserCounts;
use domain::facts::directory::UserKind;
use domain::ids::TenantId;
use domain::user::{UserFilter, UserFinding, UserNarrowing};
use domain::verdict::Verdict;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
};

use super::column::Word;
use super::entity::user::{Column, Entity};
use super::search::contains;
use super::standing::{finding_bit, verdict_of};
use super::user_list::narrowed;

/// Users who are alike in all that is counted.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub verdict: Verdict,
    pub is_admin: bool,
    pub account_enabled: bool,
    pub kind: UserKind,
    findings: i32,
    pub accounts: u32,
}

#[derive(FromQueryResult)]
struct Row {
    verdict: i32,
    is_admin: bool,
    account_enabled: bool,
    kind: Word<UserKind>,
    findings: i32,
    accounts: i64,
}

impl Group {
    fn has(&self, finding: UserFinding) -> bool {
        self.findings & finding_bit(finding) != 0
    }

    pub(super) fn matches(&self, filter: UserFilter) -> bool {
        match filter {
            UserFilter::Administrators => self.is_admin,
            UserFilter::Guests => self.kind == UserKind::Guest,
            UserFilter::Disabled => !self.account_enabled,
            UserFilter::Finding(finding) => self.has(finding),
            UserFilter::Verdict(verdict) => self.verdict == verdict,
        }
    }
}

/// Users whose names contain what was typed, and who are in what the list is narrowed to.
pub(super) async fn groups(
    tx: &DatabaseTransaction,
    id: TenantId,
    text: &str,
    narrowing: Option<UserNarrowing>,
) -> Result<Vec<Group>, DbErr> {
    let rows = grouped(id, text, narrowing).into_model::<Row>().all(tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| Group {
            verdict: verdict_of(row.verdict),
            is_admin: row.is_admin,
            account_enabled: row.account_enabled,
            kind: row.kind.0,
            findings: row.findings,
            accounts: u32::try_from(row.accounts).unwrap_or(u32::MAX),
        })
        .collect())
}

pub(super) fn grouped(id: TenantId, text: &str, narrowing: Option<UserNarrowing>) -> Select<Entity> {
    let key = [Column::Verdict, Column::IsAdmin, Column::AccountEnabled, Column::Kind, Column::Findings];
    let mut select = Entity::find().select_only().columns(key).filter(Column::TenantId.eq(id.0));
    if let Some(found) = contains(&[Expr::col(Column::SearchText)], text) {
        select = select.filter(found);
    }
    select = narrowed(id, select, narrowing);
    // Any column of the index counts rows as well as any other.
    key.into_iter().fold(select, QuerySelect::group_by).column_as(Column::Verdict.count(), "accounts")
}

pub(super) fn matching(groups: &[Group], filter: UserFilter) -> u32 {
    groups.iter().filter(|group| group.matches(filter)).map(|group| group.accounts).sum()
}

/// `sign_ins_known`: last sign-ins could be read, so that idle accounts can be told.
pub(super) fn counts(groups: &[Group], sign_ins_known: bool) -> UserCounts {
    let mut counts = UserCounts { idle: sign_ins_known.then_some(0), ..UserCounts::default() };
    for group in groups {
        let is_idle = group.has(UserFinding::Idle) || group.has(UserFinding::IdleAdministrator);
        counts.accounts += group.accounts;
        let kind = match (group.account_enabled, group.kind, &mut counts.idle) {
            (false, _, _) => &mut counts.disabled,
            (true, UserKind::Guest, _) => &mut counts.guests,
            (true, UserKind::Member, Some(idle)) if is_idle => idle,
            (true, UserKind::Member, _) => &mut counts.active,
        };
        *kind += group.accounts;
    }
    counts
}

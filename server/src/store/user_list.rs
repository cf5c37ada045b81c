//! A tenant's users as lists and pages show them. Filter, order and page are one query on `users`; what the rows show besides
//! is fetched for the page alone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::dataset::Dataset;
use domain::facts::directory::UserKind;
use domain::finding::last_sign_in;
use domain::ids::{TenantId, UserId};
use domain::known::Known;
use domain::list::Direction;
use domain::user::{UserFilter, UserNarrowing, UserRow, UserSort};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, NullOrdering, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::StoreError;
use super::column::word;
use super::entity::user::{Column, Entity, Model};
use super::entity::{mfa_registration, policy_group_member, role_assignment, sign_in_activity, verdict};
use super::load::Reader;
use super::search::contains;
use super::standing::{NO_FINDING, NOT_PROTECTED, finding_bit, findings_of, verdict_number, verdict_of};

/// Ids of one `IN`.
const IDS: usize = 10_000;

/// A page of users that somebody asked for.
#[derive(Clone, Copy, Debug)]
pub struct UserQuery<'a> {
    pub text: &'a str,
    pub filter: Option<UserFilter>,
    pub narrowing: Option<UserNarrowing>,
    pub sort: UserSort,
    pub direction: Direction,
    /// From 1.
    pub page: u32,
    /// `None`: all rows, for an export.
    pub page_size: Option<u32>,
}

impl Reader<'_> {
    /// One page, and how many rows match over all pages.
    pub(super) async fn users(&self, query: &UserQuery<'_>) -> Result<(Vec<UserRow>, u64), StoreError> {
        let matching = narrowed(self.id, matching(self.id, query.text, query.filter), query.narrowing);
        let total = matching.clone().count(self.tx).await?;
        let mut page = ordered(matching, query.sort, query.direction);
        if let Some(size) = query.page_size {
            page = page.limit(u64::from(size)).offset(u64::from(query.page.saturating_sub(1)) * u64::from(size));
        }
        let users = page.all(self.tx).await?;
        Ok((self.user_rows(users).await?, total))
    }

    /// Accounts with findings, the gravest first.
    pub(super) async fn look_at_first(&self, limit: u64) -> Result<Vec<UserRow>, StoreError> {
        let users = Entity::find()
            .filter(Column::TenantId.eq(self.id.0))
            .filter(Column::FindingRank.lt(NO_FINDING))
            .order_by_asc(Column::FindingRank)
            .order_by_asc(Column::SortName)
            .order_by_asc(Column::UserId)
            .limit(limit)
            .all(self.tx)
            .await?;
        self.user_rows(users).await
    }

    /// Accounts that are not protected, administrators first.
    pub(super) async fn worst(&self, limit: u64) -> Result<Vec<UserRow>, StoreError> {
        let users = matching(self.id, "", None).filter(Column::Severity.lt(NOT_PROTECTED));
        let users = ordered(users, UserSort::Worst, Direction::Ascending).limit(limit).all(self.tx).await?;
        self.user_rows(users).await
    }

    /// Rows with what they show besides, in the order given.
    pub(super) async fn user_rows(&self, users: Vec<Model>) -> Result<Vec<UserRow>, StoreError> {
        let mut rows = Vec::with_capacity(users.len());
        let mut users = users.into_iter();
        loop {
            let chunk: Vec<_> = users.by_ref().take(IDS).collect();
            if chunk.is_empty() {
                return Ok(rows);
            }
            let ids: Vec<_> = chunk.iter().map(|user| user.user_id).collect();
            let mut verdicts = self.verdicts(&ids).await?;
            let mut roles = self.role_names(&ids, false).await?;
            let mut methods = self.methods(&ids).await?;
            let mut seen = self.last_sign_ins(&ids).await?;
            rows.extend(chunk.into_iter().map(|user| {
                let verdict = verdicts.remove(&user.user_id);
                let roles = roles.remove(&user.user_id).unwrap_or_default();
                let methods = match &mut methods {
                    Known::Known(methods) => Known::Known(methods.remove(&user.user_id).unwrap_or_default()),
                    Known::Unknown(cause) => Known::Unknown(*cause),
                };
                let seen = match &mut seen {
                    Known::Known(seen) => Known::Known(seen.remove(&user.user_id).flatten()),
                    Known::Unknown(cause) => Known::Unknown(*cause),
                };
                user_row(user, verdict, roles, methods, seen)
            }));
        }
    }

    /// The first reason's sentence, and whether a phishing-resistant method is registered.
    async fn verdicts(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, (String, bool)>, StoreError> {
        use verdict::Column as C;
        let found: Vec<(Uuid, String, bool)> = verdict::Entity::find()
            .select_only()
            .columns([C::UserId, C::Because, C::PhishingResistant])
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::UserId.is_in(ids.iter().copied()))
            .into_tuple()
            .all(self.tx)
            .await?;
        Ok(found.into_iter().map(|(user, because, resistant)| (user, (because, resistant))).collect())
    }

    /// Roles that somebody holds, the most powerful first.
    pub(super) async fn held_roles(&self) -> Result<Vec<(Uuid, String)>, StoreError> {
        use role_assignment::Column as C;
        let mut roles: Vec<(Uuid, String)> = role_assignment::Entity::find()
            .select_only()
            .columns([C::RoleTemplateId, C::RoleName])
            .distinct()
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::Eligible.eq(false))
            .into_tuple()
            .all(self.tx)
            .await?;
        roles.sort_by_cached_key(|(id, name)| (power(name), name.clone(), *id));
        roles.dedup_by_key(|(id, _)| *id);
        Ok(roles)
    }

    /// Names of the roles that each user holds, or may activate (`eligible`), by themselves or through a group; the most
    /// powerful first.
    pub(super) async fn role_names(
        &self,
        ids: &[Uuid],
        eligible: bool,
    ) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        use policy_group_member::Column as M;
        use role_assignment::Column as C;
        let mut holders: HashMap<Uuid, Vec<Uuid>> = ids.iter().map(|id| (*id, vec![*id])).collect();
        let memberships = policy_group_member::Entity::find()
            .filter(M::TenantId.eq(self.id.0))
            .filter(M::UserId.is_in(ids.iter().copied()))
            .all(self.tx)
            .await?;
        for membership in memberships {
            holders.entry(membership.group_id).or_default().push(membership.user_id);
        }
        let mut names: HashMap<Uuid, Vec<String>> = HashMap::new();
        let found = role_assignment::Entity::find()
            .filter(C::TenantId.eq(self.id.0))
            .filter(C::PrincipalId.is_in(holders.keys().copied()))
            .filter(C::Eligible.eq(eligible))
            .all(self.tx)
            .await?;
        for role in found {
            for user in holders.get(&role.principal_id).into_iter().flatten() {
                let names = names.entry(*user).or_default();
                if !names.contains(&role.role_name) {
                    names.push(role.role_name.clone());
                }
            }
        }
        names.values_mut().for_each(|names| names.sort_by_cached_key(|name| (power(name), name.clone())));
        Ok(names)
    }

    /// Who is missing from the report never signed in.
    async fn last_sign_ins(&self, ids: &[Uuid]) -> Result<Known<HashMap<Uuid, Option<DateTime<Utc>>>>, StoreError> {
        if let Err(cause) = self.reading(Dataset::SignInActivity) {
            return Ok(Known::Unknown(cause));
        }
        let found = sign_in_activity::Entity::find()
            .filter(sign_in_activity::Column::TenantId.eq(self.id.0))
            .filter(sign_in_activity::Column::UserId.is_in(ids.iter().copied()))
            .all(self.tx)
            .await?;
        let found = found.into_iter().map(|row| (row.user_id, last_sign_in(&super::row::activity(row))));
        Ok(Known::Known(found.collect()))
    }

    async fn methods(&self, ids: &[Uuid]) -> Result<Known<HashMap<Uuid, Vec<String>>>, StoreError> {
        if let Err(cause) = self.reading(Dataset::RegistrationDetails) {
            return Ok(Known::Unknown(cause));
        }
        let found = mfa_registration::Entity::find()
            .filter(mfa_registration::Column::TenantId.eq(self.id.0))
            .filter(mfa_registration::Column::UserId.is_in(ids.iter().copied()))
            .all(self.tx)
            .await?;
        Ok(Known::Known(found.into_iter().map(|row| (row.user_id, row.methods.0)).collect()))
    }
}

pub(super) fn matching(id: TenantId, text: &str, filter: Option<UserFilter>) -> Select<Entity> {
    let mut select = Entity::find().filter(Column::TenantId.eq(id.0));
    if let Some(found) = contains(&[Expr::col(Column::SearchText)], text) {
        select = select.filter(found);
    }
    match filter {
        None => select,
        Some(UserFilter::Administrators) => select.filter(Column::IsAdmin.eq(true)),
        Some(UserFilter::Guests) => select.filter(Column::Kind.eq(word(&UserKind::Guest))),
        Some(UserFilter::Disabled) => select.filter(Column::AccountEnabled.eq(false)),
        Some(UserFilter::Finding(finding)) => {
            select.filter(Expr::col(Column::Findings).bit_and(finding_bit(finding)).ne(0))
        }
        Some(UserFilter::Verdict(verdict)) => select.filter(Column::Verdict.eq(verdict_number(verdict))),
    }
}

/// Joined tables are asked by sub-selects: the list's own order stays on its index.
pub(super) fn narrowed(id: TenantId, select: Select<Entity>, narrowing: Option<UserNarrowing>) -> Select<Entity> {
    use verdict::Column as V;
    let judged = || {
        let mut judged = Query::select();
        judged.column(V::UserId).from(verdict::Entity).and_where(V::TenantId.eq(id.0));
        judged
    };
    match narrowing {
        None => select,
        Some(UserNarrowing::Role(role)) => {
            use policy_group_member::Column as M;
            use role_assignment::Column as R;
            let mut holders = Query::select();
            holders
                .column(R::PrincipalId)
                .from(role_assignment::Entity)
                .and_where(R::TenantId.eq(id.0))
                .and_where(R::RoleTemplateId.eq(role))
                .and_where(R::Eligible.eq(false));
            let mut through_groups = Query::select();
            through_groups
                .column(M::UserId)
                .from(policy_group_member::Entity)
                .and_where(M::TenantId.eq(id.0))
                .and_where(M::GroupId.in_subquery(holders.clone()));
            select.filter(
                Condition::any()
                    .add(Column::UserId.in_subquery(holders))
                    .add(Column::UserId.in_subquery(through_groups)),
            )
        }
        Some(UserNarrowing::Methods(kind)) => {
            let of_kind = judged().and_where(V::Methods.eq(word(&kind))).to_owned();
            select.filter(Column::UserId.in_subquery(of_kind))
        }
        Some(UserNarrowing::Cause(cause)) => {
            let for_cause = judged().and_where(V::UnknownCause.eq(word(&cause))).to_owned();
            select.filter(Column::UserId.in_subquery(for_cause))
        }
    }
}

fn user_row(
    user: Model,
    verdict: Option<(String, bool)>,
    roles: Vec<String>,
    methods: Known<Vec<String>>,
    last_sign_in_at: Known<Option<DateTime<Utc>>>,
) -> UserRow {
    let (because, phishing_resistant) =
        verdict.unwrap_or_else(|| (String::from("This account has not been judged yet."), false));
    UserRow {
        id: UserId(user.user_id),
        display_name: user.display_name,
        user_principal_name: user.user_principal_name,
        kind: user.kind.0,
        account_enabled: user.account_enabled,
        roles,
        licences: super::row::count(user.licence_count),
        synced: user.on_premises_sync_enabled == Some(true),
        created_at: user.created_at,
        last_sign_in_at,
        findings: findings_of(user.findings),
        verdict: verdict_of(user.verdict),
        because,
        since: user.verdict_since,
        methods,
        phishing_resistant,
    }
}

/// Rows without a value come last in both directions; equal ones stand by name.
pub(super) fn ordered(select: Select<Entity>, sort: UserSort, direction: Direction) -> Select<Entity> {
    let order = match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    let sorted = match sort {
        UserSort::Name => return select.order_by(Column::SortName, order.clone()).order_by(Column::UserId, order),
        UserSort::Worst => select.order_by(Column::Severity, order),
        UserSort::Verdict => select.order_by(Column::Verdict, order),
        UserSort::Licences => select.order_by(Column::LicenceCount, order),
        UserSort::LastSignIn => select.order_by_with_nulls(Column::LastSignInAt, order, NullOrdering::Last),
        UserSort::Since => select.order_by_with_nulls(Column::VerdictSince, order, NullOrdering::Last),
        UserSort::Created => select.order_by_with_nulls(Column::CreatedAt, order, NullOrdering::Last),
    };
    sorted.order_by_asc(Column::SortName).order_by_asc(Column::UserId)
}

/// How much a role can do, the most first; roles that are not listed come after.
fn power(role: &str) -> usize {
    const ORDER: [&str; 9] = [
        "Global Administrator",
        "Privileged Role Administrator",
        "Privileged Authentication Administrator",
        "Security Administrator",
        "Conditional Access Administrator",
        "Exchange Administrator",
        "SharePoint Administrator",
        "User Administrator",
        "Helpdesk Administrator",
    ];
    ORDER.iter().position(|known| *known == role).unwrap_or(ORDER.len())
}

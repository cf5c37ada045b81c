//! Blockers with the work on them, of one tenant or of all in reach, as lists and panes show them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use domain::blocker::{BlockerRow, BlockerSort, Protocol, WorkFilter, WorkState};
use domain::ids::TenantId;
use domain::list::Direction;
use domain::operator::Reach;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, NullOrdering, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::blocker_work::works;
use super::column::{from_word, word};
use super::entity::{blocker, blocker_work, standing, tenant};
use super::load::Reader;
use super::search::contains;
use super::verdicts::blocker_of;
use super::{Scope, Store, StoreError};

/// A page of blockers that somebody asked for.
#[derive(Clone, Copy, Debug)]
pub struct BlockerQuery<'a> {
    pub text: &'a str,
    pub protocol: Option<Protocol>,
    pub work: Option<&'a WorkFilter>,
    pub sort: BlockerSort,
    pub direction: Direction,
    /// From 1.
    pub page: u32,
    /// `None`: all rows, for an export.
    pub page_size: Option<u32>,
    /// Tells what is overdue.
    pub today: NaiveDate,
}

#[derive(Clone, Debug)]
pub(crate) struct FleetBlockerRows {
    pub rows: Vec<(TenantId, String, BlockerRow)>,
    pub total: u64,
    pub tenants: u64,
    pub chips: Vec<(Protocol, u64)>,
    pub owners: Vec<String>,
    pub smtp_auth: u64,
    pub smtp_auth_tenants: u64,
    pub tenants_unknown: u64,
}

impl Store {
    pub(crate) async fn list_blockers(
        &self,
        scope: &Scope,
        query: &BlockerQuery<'_>,
    ) -> Result<FleetBlockerRows, StoreError> {
        let tx = self.read(scope).await?;
        let list = List { tx: &tx, reach: scope.reach(), over_clients: true };
        let all_of = |protocol| BlockerQuery { text: "", protocol: Some(protocol), work: None, ..*query };
        let (total, tenants) = list.count(query).await?;
        let (smtp_auth, smtp_auth_tenants) = list.count(&all_of(Protocol::SmtpAuth)).await?;
        Ok(FleetBlockerRows {
            rows: list.rows(query).await?,
            total,
            tenants,
            chips: list.chips(query).await?,
            owners: list.owners().await?,
            smtp_auth,
            smtp_auth_tenants,
            tenants_unknown: list.unknown().await?,
        })
    }
}

impl Reader<'_> {
    /// One page, and how many rows match over all pages.
    pub(super) async fn blockers(&self, query: &BlockerQuery<'_>) -> Result<(Vec<BlockerRow>, u64), StoreError> {
        let reach = Reach::Only([self.id].into());
        let list = List { tx: self.tx, reach: &reach, over_clients: false };
        let rows = list.rows(query).await?;
        Ok((rows.into_iter().map(|(_, _, row)| row).collect(), list.count(query).await?.0))
    }

    /// Those that are not finished first, then the latest.
    pub(super) async fn worst_blockers(&self, most: u32, now: DateTime<Utc>) -> Result<Vec<BlockerRow>, StoreError> {
        let query = BlockerQuery {
            text: "",
            protocol: None,
            work: None,
            sort: BlockerSort::Worst,
            direction: Direction::Ascending,
            page: 1,
            page_size: Some(most),
            today: now.date_naive(),
        };
        Ok(self.blockers(&query).await?.0)
    }

    /// Blockers by protocol, in the order of `Protocol::ALL`; protocols without any are left out. And who owns work.
    pub(super) async fn blocker_choices(
        &self,
        query: &BlockerQuery<'_>,
    ) -> Result<(Vec<(Protocol, u64)>, Vec<String>), StoreError> {
        let reach = Reach::Only([self.id].into());
        let list = List { tx: self.tx, reach: &reach, over_clients: false };
        Ok((list.chips(query).await?, list.owners().await?))
    }
}

/// Blockers of the tenants in reach.
struct List<'a> {
    tx: &'a DatabaseTransaction,
    reach: &'a Reach,
    /// Clients are searched by name too.
    over_clients: bool,
}

type B = blocker::Column;
type W = blocker_work::Column;

fn of_blocker(column: B) -> Expr {
    Expr::col((blocker::Entity, column))
}

fn of_work(column: W) -> Expr {
    Expr::col((blocker_work::Entity, column))
}

fn client_name() -> Expr {
    Expr::col((tenant::Entity, tenant::Column::SortName))
}

/// What nobody has said anything of is open.
fn state() -> Expr {
    Func::coalesce([of_work(W::State), Expr::value(word(&WorkState::Open))]).into()
}

/// What is unfinished before what is not.
fn state_rank() -> Expr {
    let case = WorkState::ALL
        .into_iter()
        .enumerate()
        .skip(1)
        .fold(Expr::case(state().eq(word(&WorkState::ALL[0])), 0), |case, (rank, each)| {
            case.case(state().eq(word(&each)), i32::try_from(rank).unwrap_or(i32::MAX))
        });
    case.into()
}

fn is_finished() -> Expr {
    state().is_in([word(&WorkState::Done), word(&WorkState::Accepted)])
}

fn owner() -> Expr {
    Func::coalesce([of_work(W::Owner), Expr::value("")]).into()
}

fn matches(filter: &WorkFilter, today: NaiveDate) -> Expr {
    match filter {
        WorkFilter::State(wanted) => state().eq(word(wanted)),
        WorkFilter::Unfinished => is_finished().not(),
        WorkFilter::Overdue => is_finished().not().and(of_work(W::Due).lt(today)),
        WorkFilter::Owner(name) => owner().eq(name.as_str()),
        WorkFilter::Nobodys => owner().eq(""),
    }
}

impl List<'_> {
    /// Nothing selected yet.
    fn all(&self) -> SelectStatement {
        let same = |work: W, of: B| of_work(work).equals((blocker::Entity, of));
        let mut select = Query::select();
        select
            .from(blocker::Entity)
            .inner_join(tenant::Entity, of_blocker(B::TenantId).equals((tenant::Entity, tenant::Column::Id)))
            .left_join(
                blocker_work::Entity,
                same(W::TenantId, B::TenantId)
                    .and(same(W::Principal, B::Principal))
                    .and(same(W::Protocol, B::Protocol)),
            );
        if let Reach::Only(tenants) = self.reach {
            select.and_where(of_blocker(B::TenantId).is_in(tenants.iter().map(|tenant| tenant.0)));
        }
        select
    }

    fn narrowed(&self, query: &BlockerQuery<'_>, protocol: Option<Protocol>) -> SelectStatement {
        let mut select = self.all();
        let texts = [of_blocker(B::SearchText), client_name()];
        if let Some(found) = contains(if self.over_clients { &texts } else { &texts[..1] }, query.text) {
            select.and_where(found);
        }
        if let Some(filter) = query.work {
            select.and_where(matches(filter, query.today));
        }
        if let Some(protocol) = protocol {
            select.and_where(of_blocker(B::Protocol).eq(word(&protocol)));
        }
        select
    }

    /// Blockers, and tenants that have them.
    async fn count(&self, query: &BlockerQuery<'_>) -> Result<(u64, u64), DbErr> {
        let mut select = self.narrowed(query, query.protocol);
        select.expr(Expr::col(Asterisk).count()).expr(of_blocker(B::TenantId).count_distinct());
        let Some(row) = self.tx.query_one(&select).await? else { return Ok((0, 0)) };
        let count = |index: usize| -> Result<u64, DbErr> {
            let count: i64 = row.try_get_by_index(index)?;
            Ok(u64::try_from(count).unwrap_or(0))
        };
        Ok((count(0)?, count(1)?))
    }

    async fn chips(&self, query: &BlockerQuery<'_>) -> Result<Vec<(Protocol, u64)>, DbErr> {
        let mut select = self.narrowed(query, None);
        select.expr(of_blocker(B::Protocol)).expr(Expr::col(Asterisk).count()).add_group_by([of_blocker(B::Protocol)]);
        let mut found = HashMap::new();
        for row in self.tx.query_all(&select).await? {
            let (protocol, count): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            found.insert(from_word::<Protocol>(&protocol)?, u64::try_from(count).unwrap_or(0));
        }
        Ok(Protocol::ALL.into_iter().filter_map(|protocol| Some((protocol, *found.get(&protocol)?))).collect())
    }

    async fn owners(&self) -> Result<Vec<String>, DbErr> {
        let mut select = self.all();
        select
            .distinct()
            .expr(of_work(W::Owner))
            .and_where(owner().ne(""))
            .order_by_expr(of_work(W::Owner), Order::Asc);
        self.tx.query_all(&select).await?.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// Tenants of which no evidence could be read.
    async fn unknown(&self) -> Result<u64, DbErr> {
        let mut select = Query::select();
        select
            .expr(Expr::col(Asterisk).count())
            .from(tenant::Entity)
            .left_join(
                standing::Entity,
                Expr::col((standing::Entity, standing::Column::TenantId)).equals((tenant::Entity, tenant::Column::Id)),
            )
            .and_where(Expr::col((standing::Entity, standing::Column::Blockers)).is_null());
        if let Reach::Only(tenants) = self.reach {
            let ids = tenants.iter().map(|tenant| tenant.0);
            select.and_where(Expr::col((tenant::Entity, tenant::Column::Id)).is_in(ids));
        }
        let Some(row) = self.tx.query_one(&select).await? else { return Ok(0) };
        let count: i64 = row.try_get_by_index(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// One page in its order, with clients' names.
    async fn rows(&self, query: &BlockerQuery<'_>) -> Result<Vec<(TenantId, String, BlockerRow)>, StoreError> {
        let mut select = self.narrowed(query, query.protocol);
        select.expr(of_blocker(B::Id)).expr(Expr::col((tenant::Entity, tenant::Column::Name)));
        for (key, natural) in keys(query.sort) {
            let order = match (natural, query.direction) {
                (Order::Asc, Direction::Ascending) | (Order::Desc, Direction::Descending) => Order::Asc,
                _ => Order::Desc,
            };
            select.order_by_expr_with_nulls(key, order, NullOrdering::Last);
        }
        select.order_by_expr(of_blocker(B::SortName), Order::Asc).order_by_expr(of_blocker(B::Id), Order::Asc);
        if let Some(size) = query.page_size {
            select.limit(u64::from(size)).offset(u64::from(query.page.saturating_sub(1)) * u64::from(size));
        }
        let mut ids: Vec<(i64, String)> = Vec::new();
        for row in self.tx.query_all(&select).await? {
            ids.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
        let mut rows = HashMap::with_capacity(ids.len());
        for some in ids.chunks(500) {
            let found =
                blocker::Entity::find().filter(B::Id.is_in(some.iter().map(|(id, _)| *id))).all(self.tx).await?;
            let tenants: BTreeSet<Uuid> = found.iter().map(|model| model.tenant_id).collect();
            let works = works(self.tx, tenants).await?;
            for model in found {
                let (id, tenant) = (model.id, TenantId(model.tenant_id));
                let mut row = blocker_of(model);
                row.work = works.of(tenant, &row);
                rows.insert(id, (tenant, row));
            }
        }
        Ok(ids.into_iter().filter_map(|(id, name)| rows.remove(&id).map(|(tenant, row)| (tenant, name, row))).collect())
    }
}

/// What a sort compares, each with its ascending sense; names come after.
fn keys(sort: BlockerSort) -> Vec<(Expr, Order)> {
    match sort {
        // The latest use is the worst.
        BlockerSort::Worst => vec![
            (Expr::case(is_finished(), 1).finally(0).into(), Order::Asc),
            (Expr::case(of_blocker(B::Successes).eq(0), 1).finally(0).into(), Order::Asc),
            (of_blocker(B::LastSeenAt), Order::Desc),
        ],
        BlockerSort::Name => vec![(of_blocker(B::SortName), Order::Asc)],
        BlockerSort::Protocol => vec![(of_blocker(B::Protocol), Order::Asc)],
        BlockerSort::Successes => vec![(of_blocker(B::Successes), Order::Asc)],
        BlockerSort::LastSeen => vec![(of_blocker(B::LastSeenAt), Order::Asc)],
        BlockerSort::Client => vec![(client_name(), Order::Asc)],
        BlockerSort::State => vec![(state_rank(), Order::Asc)],
        BlockerSort::Owner => {
            vec![(Expr::case(owner().eq(""), 1).finally(0).into(), Order::Asc), (owner(), Order::Asc)]
        }
        BlockerSort::Due => vec![(of_work(W::Due), Order::Asc)],
    }
}

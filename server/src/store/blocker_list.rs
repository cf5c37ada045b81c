//! A tenant's blockers as the list and the pane show them.

use domain::blocker::{BlockerRow, BlockerSort, Protocol};
use domain::list::Direction;
use sea_orm::sea_query::{Expr, NullOrdering};
use sea_orm::{ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::StoreError;
use super::column::{Word, word};
use super::entity::blocker::{Column, Entity};
use super::load::Reader;
use super::search::contains;
use super::verdicts::blocker_of;

/// A page of blockers that somebody asked for.
#[derive(Clone, Copy, Debug)]
pub struct BlockerQuery<'a> {
    pub text: &'a str,
    pub protocol: Option<Protocol>,
    pub sort: BlockerSort,
    pub direction: Direction,
    /// From 1.
    pub page: u32,
    /// `None`: all rows, for an export.
    pub page_size: Option<u32>,
}

impl Reader<'_> {
    /// One page, and how many rows match over all pages.
    pub(super) async fn blockers(&self, query: &BlockerQuery<'_>) -> Result<(Vec<BlockerRow>, u64), StoreError> {
        let mut matching = Entity::find().filter(Column::TenantId.eq(self.id.0));
        if let Some(found) = contains(&[Expr::col(Column::SearchText)], query.text) {
            matching = matching.filter(found);
        }
        if let Some(protocol) = query.protocol {
            matching = matching.filter(Column::Protocol.eq(word(&protocol)));
        }
        let total = matching.clone().count(self.tx).await?;
        let mut page = ordered(matching, query.sort, query.direction);
        if let Some(size) = query.page_size {
            page = page.limit(u64::from(size)).offset(u64::from(query.page.saturating_sub(1)) * u64::from(size));
        }
        Ok((page.all(self.tx).await?.into_iter().map(blocker_of).collect(), total))
    }

    /// Blockers by protocol, in the order of `Protocol::ALL`; protocols without any are left out.
    pub(super) async fn count_blockers(&self, text: &str) -> Result<Vec<(Protocol, u64)>, StoreError> {
        let mut select = Entity::find().select_only().column(Column::Protocol).filter(Column::TenantId.eq(self.id.0));
        if let Some(found) = contains(&[Expr::col(Column::SearchText)], text) {
            select = select.filter(found);
        }
        let found: Vec<(Word<Protocol>, i64)> = select
            .column_as(Column::Id.count(), "blockers")
            .group_by(Column::Protocol)
            .into_tuple()
            .all(self.tx)
            .await?;
        Ok(Protocol::ALL
            .into_iter()
            .filter_map(|protocol| {
                let (_, count) = found.iter().find(|(found, _)| found.0 == protocol)?;
                Some((protocol, u64::try_from(*count).unwrap_or(0)))
            })
            .collect())
    }
}

fn ordered(select: Select<Entity>, sort: BlockerSort, direction: Direction) -> Select<Entity> {
    let order = match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    let reversed = match direction {
        Direction::Ascending => Order::Desc,
        Direction::Descending => Order::Asc,
    };
    let sorted = match sort {
        BlockerSort::Name => return select.order_by(Column::SortName, order.clone()).order_by(Column::Id, order),
        // The latest use is the worst.
        BlockerSort::Worst => select.order_by(Column::Successes.eq(0), order).order_by_with_nulls(
            Column::LastSeenAt,
            reversed,
            NullOrdering::Last,
        ),
        BlockerSort::Protocol => select.order_by(Column::Protocol, order),
        BlockerSort::Successes => select.order_by(Column::Successes, order),
        BlockerSort::LastSeen => select.order_by_with_nulls(Column::LastSeenAt, order, NullOrdering::Last),
    };
    sorted.order_by_asc(Column::SortName).order_by_asc(Column::Id)
}

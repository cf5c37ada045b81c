//! The fleet: totals, chips, and pages of tenants, from counts that are kept where facts and verdicts are written. A handful
//! of queries, whatever the number of users.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::cause::Cause;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::dataset::{Dataset, DatasetStatus};
use domain::facts::directory::{DirectorySync, Switch};
use domain::fleet::{BlockerCount, FleetFilter, FleetSort, FleetTotals};
use domain::ids::TenantId;
use domain::licence::EntraLicence;
use domain::list::Direction;
use domain::microsoft_view::MicrosoftView;
use domain::operator::Reach;
use domain::verdict::{OpenAdmins, Posture, Source};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, NullOrdering, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::column::word;
use super::dataset::{readings_of, statuses_of};
use super::entity::{connection, microsoft_view, posture, standing, sync_state, tenant};
use super::row::count;
use super::search::contains;
use super::standing::licence_of;
use super::{Scope, Store, StoreError};

/// A page of the fleet that somebody asked for.
#[derive(Clone, Debug)]
pub struct FleetQuery<'a> {
    pub text: &'a str,
    pub filter: Option<FleetFilter>,
    pub sort: FleetSort,
    pub direction: Direction,
    /// From 1.
    pub page: u32,
    /// `None`: all rows, for an export.
    pub page_size: Option<u32>,
    /// Directory sync that ran last at this moment or before is late.
    pub late_until: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

/// One tenant with all that its row in the fleet and the head of its pages rest on.
#[derive(Clone, Debug)]
pub(crate) struct TenantHead {
    pub id: TenantId,
    pub name: String,
    pub default_domain: Option<String>,
    pub is_partner: bool,
    pub counts: Counts,
    /// `None`: listed, and never connected by any way.
    pub connection: Option<ConnectionFacts>,
    /// Every dataset, in the order of `Dataset::ALL`; in lists of tenants, how those that ran ended and when they were read.
    pub statuses: Vec<DatasetStatus>,
    /// Somebody waits for a sync, or one is running.
    pub is_syncing: bool,
    /// Accounts not protected, by day, oldest first.
    pub trend: Vec<(NaiveDate, u32)>,
    pub microsoft: Option<MicrosoftView>,
}

/// What is counted where facts and verdicts are written. `None`: what it is counted from was never read or judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub users: Option<u32>,
    pub posture: Option<Posture>,
    pub admins_unprotected: Option<OpenAdmins>,
    pub blockers: Option<BlockerCount>,
    pub sprayed_30_days: u32,
    pub blocked_30_days: u32,
    pub directory_sync: Option<DirectorySync>,
    pub licence: Option<EntraLicence>,
    pub enforced_by: Vec<Source>,
    pub read_at: Option<DateTime<Utc>>,
}

/// A connection without its secrets.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionFacts {
    pub kind: ConnectionKind,
    pub state: ConnectionState,
    pub cause: Option<Cause>,
    pub since: Option<DateTime<Utc>>,
    /// `None`: never looked.
    pub granted: Option<Vec<String>>,
    pub last_token_at: Option<DateTime<Utc>>,
    pub credential_ends_at: Option<DateTime<Utc>>,
    pub relationship_ends_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub(crate) struct FleetRows {
    pub totals: FleetTotals,
    pub chips: Vec<(FleetFilter, u64)>,
    pub rows: Vec<TenantHead>,
    pub total: u64,
}

/// Days of a trend.
pub(super) const TREND: TimeDelta = TimeDelta::days(30);

impl Store {
    pub(crate) async fn list_fleet(&self, scope: &Scope, query: &FleetQuery<'_>) -> Result<FleetRows, StoreError> {
        let tx = self.read(scope).await?;
        let totals = totals(&tx, scope).await?;
        let (all, chips) = chips(&tx, scope, query).await?;
        let listed = chips.iter().find(|(filter, _)| Some(*filter) == query.filter);
        let total = listed.map_or(all, |(_, count)| *count);
        let ids = page(&tx, scope, query).await?;
        let rows = heads(&tx, &ids, query.now, Statuses::Readings).await?;
        Ok(FleetRows { totals, chips, rows, total })
    }
}

/// Tenants with their counts and connections; nothing selected yet.
fn fleet(scope: &Scope) -> SelectStatement {
    let mut select = Query::select();
    select
        .from(tenant::Entity)
        .left_join(
            standing::Entity,
            Expr::col((standing::Entity, standing::Column::TenantId)).equals((tenant::Entity, tenant::Column::Id)),
        )
        .left_join(
            connection::Entity,
            Expr::col((connection::Entity, connection::Column::TenantId)).equals((tenant::Entity, tenant::Column::Id)),
        );
    if let Reach::Only(tenants) = scope.reach() {
        let ids: Vec<Uuid> = tenants.iter().map(|tenant| tenant.0).collect();
        select.and_where(Expr::col((tenant::Entity, tenant::Column::Id)).is_in(ids));
    }
    select
}

fn narrowed(scope: &Scope, query: &FleetQuery<'_>, filter: Option<FleetFilter>) -> SelectStatement {
    let mut select = fleet(scope);
    let domain = Func::lower(Expr::col((tenant::Entity, tenant::Column::DefaultDomain)));
    let texts = [Expr::col((tenant::Entity, tenant::Column::SortName)), domain.into()];
    if let Some(found) = contains(&texts, query.text) {
        select.and_where(found);
    }
    if let Some(filter) = filter {
        select.and_where(matches(filter, query.late_until));
    }
    select
}

fn count_of(column: standing::Column) -> Expr {
    Expr::col((standing::Entity, column))
}

fn matches(filter: FleetFilter, late_until: DateTime<Utc>) -> Expr {
    match filter {
        FleetFilter::AdminsUnprotected => count_of(standing::Column::AdminsUnprotected).gt(0),
        FleetFilter::SmtpAuth => count_of(standing::Column::SmtpAuth).gt(0),
        FleetFilter::SyncLate => {
            let last = count_of(standing::Column::LastSyncAt);
            let late = last.clone().lte(late_until).or(last.is_null());
            count_of(standing::Column::SyncEnabled).eq(true).and(late)
        }
        FleetFilter::ConnectionBroken => {
            Expr::col((connection::Entity, connection::Column::State)).eq(word(&ConnectionState::Broken))
        }
        FleetFilter::NoEntraP1 => count_of(standing::Column::Licence).eq(0),
    }
}

/// `condition` counted: 1 where it holds.
fn tally(condition: Expr) -> Expr {
    Expr::case(condition, 1).finally(0).sum()
}

#[derive(FromQueryResult)]
struct Totals {
    tenants: i64,
    users: Option<i64>,
    protected: Option<i64>,
    partial: Option<i64>,
    enrolment_open: Option<i64>,
    unprotected: Option<i64>,
    cannot_sign_in: Option<i64>,
    unknown: Option<i64>,
    admins_unprotected: Option<i64>,
    admins_marked: Option<i64>,
    admins_unknown: Option<i64>,
    blockers: Option<i64>,
    smtp_auth: Option<i64>,
    connections_broken: Option<i64>,
    tenants_unknown: Option<i64>,
}

async fn totals(tx: &DatabaseTransaction, scope: &Scope) -> Result<FleetTotals, DbErr> {
    use standing::Column as C;
    let mut select = fleet(scope);
    select.expr_as(Expr::col(Asterisk).count(), "tenants");
    for (column, name) in [
        (C::Users, "users"),
        (C::Protected, "protected"),
        (C::Partial, "partial"),
        (C::EnrolmentOpen, "enrolment_open"),
        (C::Unprotected, "unprotected"),
        (C::CannotSignIn, "cannot_sign_in"),
        (C::Unknown, "unknown"),
        (C::AdminsUnprotected, "admins_unprotected"),
        (C::AdminsMarked, "admins_marked"),
        (C::AdminsUnknown, "admins_unknown"),
        (C::Blockers, "blockers"),
        (C::SmtpAuth, "smtp_auth"),
    ] {
        select.expr_as(count_of(column).sum(), name);
    }
    // Time plays no part in what is broken.
    let broken = matches(FleetFilter::ConnectionBroken, DateTime::UNIX_EPOCH);
    select.expr_as(tally(broken), "connections_broken");
    select.expr_as(tally(count_of(C::Users).is_null().or(count_of(C::JudgedAt).is_null())), "tenants_unknown");
    let Some(row) = tx.query_one(&select).await? else { return Ok(FleetTotals::default()) };
    let row = Totals::from_query_result(&row, "")?;
    let small = |sum: Option<i64>| u32::try_from(sum.unwrap_or(0)).unwrap_or(u32::MAX);
    Ok(FleetTotals {
        tenants: small(Some(row.tenants)),
        users: u64::try_from(row.users.unwrap_or(0)).unwrap_or(0),
        posture: Posture {
            protected: small(row.protected),
            partial: small(row.partial),
            enrolment_open: small(row.enrolment_open),
            unprotected: small(row.unprotected),
            cannot_sign_in: small(row.cannot_sign_in),
            unknown: small(row.unknown),
        },
        admins_unprotected: OpenAdmins {
            unmarked: small(row.admins_unprotected),
            marked: small(row.admins_marked),
            unknown: small(row.admins_unknown),
        },
        blockers: small(row.blockers),
        smtp_auth: small(row.smtp_auth),
        connections_broken: small(row.connections_broken),
        tenants_unknown: small(row.tenants_unknown),
    })
}

/// How many tenants match without a chip, and every chip with what a click on it would list.
async fn chips(
    tx: &DatabaseTransaction,
    scope: &Scope,
    query: &FleetQuery<'_>,
) -> Result<(u64, Vec<(FleetFilter, u64)>), DbErr> {
    let mut select = narrowed(scope, query, None);
    select.expr(Expr::col(Asterisk).count());
    for filter in FleetFilter::ALL {
        select.expr(tally(matches(filter, query.late_until)));
    }
    let Some(row) = tx.query_one(&select).await? else { return Ok((0, Vec::new())) };
    let count = |index: usize| -> Result<u64, DbErr> {
        let count: Option<i64> = row.try_get_by_index(index)?;
        Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
    };
    let chips = FleetFilter::ALL.into_iter().enumerate().map(|(index, filter)| Ok((filter, count(index + 1)?)));
    Ok((count(0)?, chips.collect::<Result<_, DbErr>>()?))
}

/// The ids of one page, in its order.
async fn page(tx: &DatabaseTransaction, scope: &Scope, query: &FleetQuery<'_>) -> Result<Vec<Uuid>, DbErr> {
    tx.query_all(&paged(scope, query)).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

pub(super) fn paged(scope: &Scope, query: &FleetQuery<'_>) -> SelectStatement {
    let mut select = narrowed(scope, query, query.filter);
    select.column((tenant::Entity, tenant::Column::Id));
    for (key, natural) in keys(query.sort, query.late_until) {
        let order = match (natural, query.direction) {
            (Order::Asc, Direction::Ascending) | (Order::Desc, Direction::Descending) => Order::Asc,
            _ => Order::Desc,
        };
        select.order_by_expr_with_nulls(key, order, NullOrdering::Last);
    }
    select
        .order_by((tenant::Entity, tenant::Column::SortName), Order::Asc)
        .order_by((tenant::Entity, tenant::Column::Id), Order::Asc);
    if let Some(size) = query.page_size {
        select.limit(u64::from(size)).offset(u64::from(query.page.saturating_sub(1)) * u64::from(size));
    }
    select
}

/// What a sort compares, each with its ascending sense; names come after.
fn keys(sort: FleetSort, late_until: DateTime<Utc>) -> Vec<(Expr, Order)> {
    use standing::Column as C;
    let zero = |column| Expr::from(Func::coalesce([count_of(column), Expr::value(0)]));
    let sum = |columns: &[C]| {
        columns.iter().map(|column| count_of(*column)).reduce(Expr::add).unwrap_or_else(|| Expr::value(0))
    };
    let able = || sum(&[C::Protected, C::Partial, C::EnrolmentOpen, C::Unprotected, C::Unknown]);
    // Null where nobody can sign in, so that nothing is divided by zero.
    let share = |of: Expr| of.mul(1000).div(Expr::from(Func::cust("NULLIF").args([able(), Expr::value(0)])));
    match sort {
        // As `TenantRow::urgency` ranks them.
        FleetSort::Worst => {
            let exposed = || sum(&[C::Partial, C::EnrolmentOpen, C::Unprotected]);
            let amiss = exposed().gt(0).or(count_of(C::Blockers).gt(0)).or(matches(FleetFilter::SyncLate, late_until));
            let unknown =
                count_of(C::JudgedAt).is_null().or(count_of(C::Users).is_null()).or(count_of(C::Unknown).gt(0));
            let band = Expr::case(matches(FleetFilter::AdminsUnprotected, late_until), 0)
                .case(matches(FleetFilter::ConnectionBroken, late_until), 1)
                .case(amiss, 2)
                .case(unknown, 3)
                .finally(4);
            vec![
                (band.into(), Order::Asc),
                (zero(C::AdminsUnprotected), Order::Desc),
                (Func::coalesce([exposed(), Expr::value(0)]).into(), Order::Desc),
                (zero(C::Blockers), Order::Desc),
            ]
        }
        FleetSort::Name => vec![(Expr::col((tenant::Entity, tenant::Column::SortName)), Order::Asc)],
        FleetSort::Users => vec![(count_of(C::Users), Order::Asc)],
        FleetSort::Mfa => {
            let known = count_of(C::Unknown).lt(able());
            vec![(Expr::case(known, share(count_of(C::Protected))).into(), Order::Asc)]
        }
        FleetSort::Admins => vec![(count_of(C::AdminsUnprotected), Order::Asc)],
        FleetSort::AllAdmins => vec![(sum(&[C::AdminsUnprotected, C::AdminsMarked]), Order::Asc)],
        FleetSort::Blockers => vec![(count_of(C::Blockers), Order::Asc)],
        // The youngest data has the lowest age.
        FleetSort::Age => vec![(count_of(C::ReadAt), Order::Desc)],
    }
}

/// How much of the datasets' statuses is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statuses {
    Whole,
    /// Outcomes and ages alone: a page of the fleet has a thousand of them.
    Readings,
}

/// All that the rows of these tenants rest on, in the order of `ids`.
pub(super) async fn heads(
    tx: &DatabaseTransaction,
    ids: &[Uuid],
    now: DateTime<Utc>,
    wanted: Statuses,
) -> Result<Vec<TenantHead>, DbErr> {
    let mut heads = Vec::with_capacity(ids.len());
    // An export asks for all tenants at once.
    for ids in ids.chunks(1_000) {
        let mut tenants: HashMap<_, _> = tenant::Entity::find()
            .filter(tenant::Column::Id.is_in(ids.iter().copied()))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut standings: HashMap<_, _> = standing::Entity::find()
            .filter(standing::Column::TenantId.is_in(ids.iter().copied()))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.tenant_id, counts(row)))
            .collect();
        let mut connections: HashMap<_, _> = connection::Entity::find()
            .filter(connection::Column::TenantId.is_in(ids.iter().copied()))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.tenant_id, connection_facts(row)))
            .collect();
        let mut statuses = match wanted {
            Statuses::Whole => statuses_of(tx, ids).await?,
            Statuses::Readings => readings_of(tx, ids).await?,
        };
        let syncing = syncing(tx, ids, now).await?;
        let mut trends = trends(tx, ids, now).await?;
        let mut views: HashMap<_, _> = microsoft_view::Entity::find()
            .filter(microsoft_view::Column::TenantId.is_in(ids.iter().copied()))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.tenant_id, row.view.0))
            .collect();
        heads.extend(ids.iter().filter_map(|id| {
            let tenant = tenants.remove(id)?;
            Some(TenantHead {
                id: TenantId(tenant.id),
                name: tenant.name,
                default_domain: tenant.default_domain,
                is_partner: tenant.is_partner,
                counts: standings.remove(id).unwrap_or_default(),
                connection: connections.remove(id),
                statuses: statuses.remove(id).unwrap_or_else(|| Dataset::ALL.map(DatasetStatus::never_run).to_vec()),
                is_syncing: syncing.contains(id),
                trend: trends.remove(id).unwrap_or_default(),
                microsoft: views.remove(id),
            })
        }));
    }
    Ok(heads)
}

/// Tenants that somebody waits for, or that a run holds.
async fn syncing(tx: &DatabaseTransaction, ids: &[Uuid], now: DateTime<Utc>) -> Result<HashSet<Uuid>, DbErr> {
    use sync_state::Column as C;
    let found: Vec<Uuid> = sync_state::Entity::find()
        .select_only()
        .column(C::TenantId)
        .filter(C::TenantId.is_in(ids.iter().copied()))
        .filter(C::RefreshRequestedAt.is_not_null().or(C::HeldUntil.gt(now)))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(found.into_iter().collect())
}

fn counts(row: standing::Model) -> Counts {
    let known = |number: Option<i32>| number.map(count);
    let is_judged = row.judged_at.is_some() && row.users.is_some();
    Counts {
        users: known(row.users),
        posture: is_judged.then(|| Posture {
            protected: count(row.protected),
            partial: count(row.partial),
            enrolment_open: count(row.enrolment_open),
            unprotected: count(row.unprotected),
            cannot_sign_in: count(row.cannot_sign_in),
            unknown: count(row.unknown),
        }),
        admins_unprotected: known(row.admins_unprotected).map(|unmarked| OpenAdmins {
            unmarked,
            marked: count(row.admins_marked),
            unknown: count(row.admins_unknown),
        }),
        blockers: known(row.blockers).map(|blockers| BlockerCount {
            blockers,
            smtp_auth: known(row.smtp_auth).unwrap_or(0),
            from_usage_report_alone: row.blockers_from_usage_report,
        }),
        sprayed_30_days: count(row.sprayed_30_days),
        blocked_30_days: count(row.blocked_30_days),
        directory_sync: directory_sync_of(&row),
        licence: row.licence.map(licence_of),
        enforced_by: row.enforced_by.0,
        read_at: row.read_at,
    }
}

/// `None`: never read.
pub(super) fn directory_sync_of(row: &standing::Model) -> Option<DirectorySync> {
    row.sync_read_at.map(|_| DirectorySync {
        enabled: row.sync_enabled,
        last_sync_at: row.last_sync_at,
        last_password_sync_at: row.last_password_sync_at,
        password_switch: row
            .password_sync_on
            .zip(row.password_sync_told_at)
            .map(|(on, told_at)| Switch { on, told_at }),
    })
}

pub(super) fn connection_facts(row: connection::Model) -> ConnectionFacts {
    ConnectionFacts {
        kind: row.kind.0,
        state: row.state.0,
        cause: row.cause.map(|cause| cause.0),
        since: row.since,
        granted: row.permissions_granted.map(|granted| granted.0),
        last_token_at: row.last_token_at,
        credential_ends_at: row.credential_ends_at,
        relationship_ends_at: row.relationship_ends_at,
    }
}

/// Accounts not protected, by tenant and day, oldest first.
pub(super) async fn trends(
    tx: &DatabaseTransaction,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<(NaiveDate, u32)>>, DbErr> {
    use posture::Column as C;
    let open = Expr::col(C::Partial).add(Expr::col(C::EnrolmentOpen)).add(Expr::col(C::Unprotected));
    let days: Vec<(Uuid, NaiveDate, i32)> = posture::Entity::find()
        .select_only()
        .columns([C::TenantId, C::Day])
        .column_as(open, "open")
        .filter(C::TenantId.is_in(ids.iter().copied()))
        .filter(C::Day.gt((now - TREND).date_naive()))
        .order_by_asc(C::TenantId)
        .order_by_asc(C::Day)
        .into_tuple()
        .all(tx)
        .await?;
    let mut trends: HashMap<_, Vec<_>> = HashMap::new();
    for (tenant, day, open) in days {
        trends.entry(tenant).or_default().push((day, count(open)));
    }
    Ok(trends)
}

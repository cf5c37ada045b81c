//! Writing what the facts mean: verdicts with their changes, blockers, the posture of the day, and the tenant's counts; all
//! at once or not at all.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::blocker::{BlockerRow, Protocol};
use domain::change::cause_of_change;
use domain::dataset::Dataset;
use domain::ids::{TenantId, UserId};
use domain::known::Known;
use domain::user::{MethodsKind, UserFilter, UserFinding};
use domain::verdict::{Judgement, OpenAdmins, Posture, Source, Verdict};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    FromQueryResult, QueryFilter, QuerySelect, Statement, Value,
};

use super::StoreError;
use super::blocker_work::reopen;
use super::bulk::{insert, upsert};
use super::column::{JsonText, Word};
use super::dataset::{reading, statuses};
use super::entity::{blocker, legacy_sign_in, posture, standing, user, verdict, verdict_change};
use super::row::{count, int};
use super::search::searchable;
use super::standing::{finding_bits, finding_rank, severity_of, verdict_number};
use super::tenant::{TenantStore, ensure_standing, kept};

/// Ids of one `IN`.
const IDS: usize = 10_000;

/// What the rules said about one tenant.
#[derive(Clone, Debug)]
pub struct Judged {
    pub at: DateTime<Utc>,
    /// Users who are gone meanwhile are passed over; users who are not in here keep the verdict that they have.
    pub users: Vec<JudgedUser>,
    /// `Unknown` where neither source of evidence could be read.
    pub blockers: Known<Vec<BlockerRow>>,
    /// There may be more blockers than the usage report shows.
    pub blockers_from_usage_report_alone: bool,
    /// The sources of MFA that are in force.
    pub enforced_by: Vec<Source>,
}

/// What the rules said about one user.
#[derive(Clone, Debug)]
pub struct JudgedUser {
    pub id: UserId,
    pub judgement: Judgement,
    /// Holds an active directory role that counts as administrative.
    pub is_admin: bool,
    pub findings: Vec<UserFinding>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

/// What a user's row says of the last verdict.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
struct Standing {
    user_id: Uuid,
    verdict: i32,
    is_admin: bool,
    findings: i32,
    verdict_since: Option<DateTime<Utc>>,
    last_sign_in_at: Option<DateTime<Utc>>,
}

impl TenantStore {
    /// Writes verdicts and all that is counted from them. Rows that say the same as before are not touched.
    pub async fn write_judged(&self, judged: Judged) -> Result<(), StoreError> {
        let tx = self.write().await?;
        ensure_standing(&tx, self.id).await?;
        let Judged { at, users, blockers, blockers_from_usage_report_alone, enforced_by } = judged;
        write_verdicts(&tx, self.id, at, users).await?;
        let refused = refused(&tx, self.id, at).await?;
        let smtp = |row: &&BlockerRow| row.protocol == Protocol::SmtpAuth;
        let counts = blockers.known().map(|rows| (rows.len(), rows.iter().filter(smtp).count()));
        let blockers = blockers.known().map_or(&[][..], Vec::as_slice);
        write_blockers(&tx, self.id, blockers).await?;
        reopen(&tx, self.id, blockers, at).await?;
        let (posture, admins) = counted(&tx, self.id).await?;
        let roles = statuses(&tx, self.id)
            .await?
            .iter()
            .any(|status| status.dataset == Dataset::RoleAssignments && reading(status).is_ok());
        write_posture(&tx, self.id, at, &posture).await?;
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let row = standing::ActiveModel {
            tenant_id: ActiveValue::Unchanged(self.id.0),
            judged_at: ActiveValue::Set(Some(kept(at))),
            protected: ActiveValue::Set(int(posture.protected)),
            partial: ActiveValue::Set(int(posture.partial)),
            enrolment_open: ActiveValue::Set(int(posture.enrolment_open)),
            unprotected: ActiveValue::Set(int(posture.unprotected)),
            cannot_sign_in: ActiveValue::Set(int(posture.cannot_sign_in)),
            unknown: ActiveValue::Set(int(posture.unknown)),
            admins_unprotected: ActiveValue::Set(roles.then_some(int(admins.unmarked))),
            admins_marked: ActiveValue::Set(int(admins.marked)),
            admins_unknown: ActiveValue::Set(int(admins.unknown)),
            blockers: ActiveValue::Set(counts.map(|(all, _)| number(all))),
            smtp_auth: ActiveValue::Set(counts.map(|(_, smtp)| number(smtp))),
            blockers_from_usage_report: ActiveValue::Set(blockers_from_usage_report_alone),
            sprayed_30_days: ActiveValue::Set(refused.0),
            blocked_30_days: ActiveValue::Set(refused.1),
            enforced_by: ActiveValue::Set(JsonText(enforced_by)),
            ..Default::default()
        };
        row.update(&*tx).await?;
        tx.commit().await
    }
}

impl TenantStore {
    /// What the rules said of these users; those who were not judged yet are left out.
    pub(crate) async fn read_judgements(&self, users: Vec<UserId>) -> Result<HashMap<UserId, Judgement>, StoreError> {
        let tx = self.read().await?;
        let found = judgements(&tx, self.id, users.into_iter().map(|user| user.0).collect()).await?;
        Ok(found.into_iter().map(|(user, judgement)| (UserId(user), judgement)).collect())
    }
}

async fn write_verdicts(
    tx: &DatabaseTransaction,
    id: TenantId,
    at: DateTime<Utc>,
    users: Vec<JudgedUser>,
) -> Result<(), DbErr> {
    let mut before = standings(tx, id).await?;
    let differs = |judged: &&JudgedUser| {
        let number = verdict_number(judged.judgement.verdict);
        before.get(&judged.id.0).is_some_and(|before| before.verdict_since.is_some() && before.verdict != number)
    };
    let previous = judgements(tx, id, users.iter().filter(differs).map(|judged| judged.id.0).collect()).await?;
    let (mut verdicts, mut changes, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for judged in users {
        let Some(before) = before.remove(&judged.id.0) else { continue };
        let verdict = judged.judgement.verdict;
        let because = judged.judgement.because().to_owned();
        let is_first = before.verdict_since.is_none();
        let has_changed = is_first || before.verdict != verdict_number(verdict);
        if has_changed {
            changes.push(verdict_change::ActiveModel {
                id: ActiveValue::NotSet,
                tenant_id: ActiveValue::Set(id.0),
                user_id: ActiveValue::Set(judged.id.0),
                at: ActiveValue::Set(kept(at)),
                from_verdict: ActiveValue::Set((!is_first).then_some(before.verdict)),
                to_verdict: ActiveValue::Set(verdict_number(verdict)),
                because: ActiveValue::Set(match previous.get(&judged.id.0) {
                    Some(previous) => cause_of_change(previous, &judged.judgement),
                    None => because.clone(),
                }),
            });
        }
        let now = Standing {
            user_id: judged.id.0,
            verdict: verdict_number(verdict),
            is_admin: judged.is_admin,
            findings: finding_bits(&judged.findings),
            verdict_since: if has_changed { Some(kept(at)) } else { before.verdict_since },
            last_sign_in_at: judged.last_sign_in_at.map(kept),
        };
        if now != before {
            let severity = severity_of(verdict, judged.is_admin, &judged.findings);
            moved.push((now, severity, finding_rank(&judged.findings)));
        }
        verdicts.push(verdict::ActiveModel {
            tenant_id: ActiveValue::Set(id.0),
            user_id: ActiveValue::Set(judged.id.0),
            verdict: ActiveValue::Set(verdict_number(verdict)),
            because: ActiveValue::Set(because),
            phishing_resistant: ActiveValue::Set(judged.judgement.phishing_resistant),
            methods: ActiveValue::Set(Some(Word(MethodsKind::of(&judged.judgement)))),
            unknown_cause: ActiveValue::Set(judged.judgement.unknown_cause.map(Word)),
            judgement: ActiveValue::Set(JsonText(ageless(judged.judgement))),
        });
    }
    use verdict::Column as C;
    upsert::<verdict::Entity>(
        tx,
        verdicts,
        &[C::Verdict, C::Because, C::PhishingResistant, C::Methods, C::UnknownCause, C::Judgement],
    )
    .await?;
    insert::<verdict_change::Entity>(tx, changes).await?;
    write_standings(tx, id, moved).await
}

/// What was said of these users last time.
async fn judgements(
    tx: &DatabaseTransaction,
    id: TenantId,
    users: Vec<Uuid>,
) -> Result<HashMap<Uuid, Judgement>, DbErr> {
    let mut found = HashMap::with_capacity(users.len());
    for ids in users.chunks(IDS) {
        let rows = verdict::Entity::find()
            .filter(verdict::Column::TenantId.eq(id.0))
            .filter(verdict::Column::UserId.is_in(ids.iter().copied()))
            .all(tx)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.user_id, row.judgement.0)));
    }
    Ok(found)
}

/// A reason is as old as its dataset; kept here, the age would make every verdict differ after every read.
fn ageless(mut judgement: Judgement) -> Judgement {
    for reason in &mut judgement.reasons {
        reason.read_at = None;
    }
    judgement
}

async fn standings(tx: &DatabaseTransaction, id: TenantId) -> Result<HashMap<Uuid, Standing>, DbErr> {
    use user::Column as C;
    let found = user::Entity::find()
        .select_only()
        .columns([C::UserId, C::Verdict, C::IsAdmin, C::Findings, C::VerdictSince, C::LastSignInAt])
        .filter(C::TenantId.eq(id.0))
        .into_model::<Standing>()
        .all(tx)
        .await?;
    Ok(found.into_iter().map(|standing| (standing.user_id, standing)).collect())
}

/// Updates many users in one statement, from a list of values: both databases call its columns `column1`, `column2`, ….
async fn write_standings(
    tx: &DatabaseTransaction,
    id: TenantId,
    moved: Vec<(Standing, i32, i32)>,
) -> Result<(), DbErr> {
    const COLUMNS: usize = 8;
    let backend = tx.get_database_backend();
    let casts = match backend {
        DbBackend::Postgres => {
            ["::uuid", "::int", "::bool", "::int", "::timestamptz", "::timestamptz", "::int", "::int"]
        }
        _ => [""; COLUMNS],
    };
    for chunk in moved.chunks(3_000) {
        let mut values: Vec<Value> = vec![id.0.into()];
        let mut rows = Vec::with_capacity(chunk.len());
        for (now, severity, finding_rank) in chunk {
            let first = values.len() + 1;
            let marks: Vec<_> = casts.iter().enumerate().map(|(i, cast)| format!("${}{cast}", first + i)).collect();
            rows.push(format!("({})", marks.join(",")));
            values.extend::<[Value; COLUMNS]>([
                now.user_id.into(),
                now.verdict.into(),
                now.is_admin.into(),
                now.findings.into(),
                now.verdict_since.into(),
                now.last_sign_in_at.into(),
                (*severity).into(),
                (*finding_rank).into(),
            ]);
        }
        let sql = format!(
            "UPDATE users SET verdict = v.column2, is_admin = v.column3, findings = v.column4, \
             verdict_since = v.column5, last_sign_in_at = v.column6, severity = v.column7, finding_rank = v.column8 \
             FROM (VALUES {}) AS v WHERE users.tenant_id = $1 AND users.user_id = v.column1",
            rows.join(",")
        );
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}

/// The few rows are written anew when they differ.
async fn write_blockers(tx: &DatabaseTransaction, id: TenantId, rows: &[BlockerRow]) -> Result<(), DbErr> {
    let ours = blocker::Column::TenantId.eq(id.0);
    let before = blocker::Entity::find().filter(ours.clone()).all(tx).await?;
    let mut before: Vec<_> = before.into_iter().map(blocker_of).collect();
    let mut after: Vec<_> = rows.iter().cloned().map(at_rest).collect();
    let order = |row: &BlockerRow| (row.user_principal_name.clone(), row.user_id, row.protocol);
    before.sort_by_cached_key(order);
    after.sort_by_cached_key(order);
    if before == after {
        return Ok(());
    }
    blocker::Entity::delete_many().filter(ours).exec(tx).await?;
    insert::<blocker::Entity>(tx, after.into_iter().map(|row| blocker_row(id, row))).await
}

fn at_rest(row: BlockerRow) -> BlockerRow {
    BlockerRow { first_seen_at: row.first_seen_at.map(kept), last_seen_at: row.last_seen_at.map(kept), ..row }
}

fn blocker_row(id: TenantId, row: BlockerRow) -> blocker::ActiveModel {
    let name = row.display_name.clone().unwrap_or_else(|| row.user_principal_name.clone());
    blocker::ActiveModel {
        id: ActiveValue::NotSet,
        tenant_id: ActiveValue::Set(id.0),
        principal: ActiveValue::Set(row.principal),
        sort_name: ActiveValue::Set(name.to_lowercase()),
        search_text: ActiveValue::Set(searchable(&[&name, &row.user_principal_name])),
        user_id: ActiveValue::Set(row.user_id.map(|user| user.0)),
        user_principal_name: ActiveValue::Set(row.user_principal_name),
        display_name: ActiveValue::Set(row.display_name),
        protocol: ActiveValue::Set(Word(row.protocol)),
        evidence: ActiveValue::Set(Word(row.evidence)),
        successes: ActiveValue::Set(int(row.successes)),
        sprayed: ActiveValue::Set(int(row.sprayed)),
        blocked: ActiveValue::Set(int(row.blocked)),
        first_seen_at: ActiveValue::Set(row.first_seen_at),
        last_seen_at: ActiveValue::Set(row.last_seen_at),
        addresses: ActiveValue::Set(JsonText(row.addresses)),
        places: ActiveValue::Set(JsonText(row.places)),
        user_agents: ActiveValue::Set(JsonText(row.user_agents)),
        probably: ActiveValue::Set(row.probably.map(JsonText)),
    }
}

/// Without the work on it.
pub(super) fn blocker_of(row: blocker::Model) -> BlockerRow {
    BlockerRow {
        principal: row.principal,
        user_id: row.user_id.map(UserId),
        user_principal_name: row.user_principal_name,
        display_name: row.display_name,
        protocol: row.protocol.0,
        evidence: row.evidence.0,
        successes: count(row.successes),
        sprayed: count(row.sprayed),
        blocked: count(row.blocked),
        first_seen_at: row.first_seen_at,
        last_seen_at: row.last_seen_at,
        addresses: row.addresses.0,
        places: row.places.0,
        user_agents: row.user_agents.0,
        probably: row.probably.map(|guess| guess.0),
        work: None,
    }
}

/// Legacy sign-ins that were refused within 30 days: guessed passwords, and those that a policy stopped.
async fn refused(tx: &DatabaseTransaction, id: TenantId, at: DateTime<Utc>) -> Result<(i32, i32), DbErr> {
    use legacy_sign_in::Column as C;
    let found: Option<(Option<i64>, Option<i64>)> = legacy_sign_in::Entity::find()
        .select_only()
        .column_as(C::Sprayed.sum(), "sprayed")
        .column_as(C::Blocked.sum(), "blocked")
        .filter(C::TenantId.eq(id.0))
        .filter(C::Day.gt((at - TimeDelta::days(30)).date_naive()))
        .into_tuple()
        .one(tx)
        .await?;
    let number = |sum: Option<i64>| i32::try_from(sum.unwrap_or(0)).unwrap_or(i32::MAX);
    Ok(found.map_or((0, 0), |(sprayed, blocked)| (number(sprayed), number(blocked))))
}

/// The posture, and how many administrators are not protected.
pub(super) async fn counted(tx: &DatabaseTransaction, id: TenantId) -> Result<(Posture, OpenAdmins), DbErr> {
    let mut posture = Posture::default();
    let mut admins = OpenAdmins::default();
    for group in super::user_counts::groups(tx, id, "", None).await? {
        let field = match group.verdict {
            Verdict::Protected => &mut posture.protected,
            Verdict::Partial => &mut posture.partial,
            Verdict::EnrolmentOpen => &mut posture.enrolment_open,
            Verdict::Unprotected => &mut posture.unprotected,
            Verdict::CannotSignIn => &mut posture.cannot_sign_in,
            Verdict::Unknown => &mut posture.unknown,
        };
        *field += group.accounts;
        if group.is_admin && matches!(group.verdict, Verdict::Unprotected | Verdict::Partial | Verdict::EnrolmentOpen) {
            let is_marked = group.matches(UserFilter::Finding(UserFinding::Marked));
            *(if is_marked { &mut admins.marked } else { &mut admins.unmarked }) += group.accounts;
        }
        if group.is_admin && group.verdict == Verdict::Unknown {
            admins.unknown += group.accounts;
        }
    }
    Ok((posture, admins))
}

async fn write_posture(
    tx: &DatabaseTransaction,
    id: TenantId,
    at: DateTime<Utc>,
    counts: &Posture,
) -> Result<(), DbErr> {
    use posture::Column as C;
    let row = posture::ActiveModel {
        tenant_id: ActiveValue::Set(id.0),
        day: ActiveValue::Set(at.date_naive()),
        protected: ActiveValue::Set(int(counts.protected)),
        partial: ActiveValue::Set(int(counts.partial)),
        enrolment_open: ActiveValue::Set(int(counts.enrolment_open)),
        unprotected: ActiveValue::Set(int(counts.unprotected)),
        cannot_sign_in: ActiveValue::Set(int(counts.cannot_sign_in)),
        unknown: ActiveValue::Set(int(counts.unknown)),
    };
    let counts = [C::Protected, C::Partial, C::EnrolmentOpen, C::Unprotected, C::CannotSignIn, C::Unknown];
    posture::Entity::insert(row)
        .on_conflict(OnConflict::columns([C::TenantId, C::Day]).update_columns(counts).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

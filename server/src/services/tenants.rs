//! One tenant: panes, lists, users, refresh: the port `Tenants`. Pages and exports read the same queries; what lies outside
//! the caller's reach is not found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::backend::{Caller, Tenants as Port};
use app::error::Error;
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::bad_field::BadField;
use domain::blocker::{
    BlockerRow, BlockerSort, BlockerWork, Evidence, EvidenceView, Glance, NewWork, Protocol, WorkFilter,
    failures_in_words, legacy_use, ready_to_block, settings_in_words, ways_out,
};
use domain::client::{BlockerList, BlockerView, ClientView, SyncView, UserList};
use domain::dataset::{Dataset, Extras};
use domain::facts::policy::Policy;
use domain::facts::registration::MethodStrength;
use domain::ids::{TenantId, UserId};
use domain::known::{Known, UnknownCause};
use domain::list::{Chip, ListQuery, PAGE_SIZE, Page};
use domain::mark::{AccountMark, NewMark};
use domain::mfa::describe;
use domain::operator::Permission;
use domain::readiness::{Readiness, ways};
use domain::review::ReviewView;
use domain::sync_health::Scales;
use domain::user::{UserFilter, UserNarrowing, UserRow, UserSort, UserView};
use domain::verdict::{Enrolment, Judgement, Reason, Source, Verdict};
use domain::what_if::{Plan, PlanView, PolicyChoice, Snapshot};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::connection_facts::connection_facts;
use super::evidence::evidence;
use super::panes::{OF_LEGACY, OF_MFA, OF_USERS, client, pick, sync, worst_first};
use super::summary::{allow, header, known_by, permissions};
use super::sync_report::reports;
use crate::audit::{Actor, Audit};
use crate::clock::Clock;
use crate::failure::internal;
use crate::random::Random;
use crate::store::blocker_work::Worked;
use crate::store::marks::Marked;
use crate::store::pages::UserFacts;
use crate::store::reviews::ReviewFacts;
use crate::store::what_if::PlanFacts;
use crate::store::{BlockerQuery, Scope, Store, TenantStore, UserQuery};
use crate::sync::PROOF_LIFE;

/// Queues a sync of a tenant ahead of the timetable.
pub type Refresh =
    Arc<dyn Fn(TenantId) -> BoxFuture<'static, Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + Sync>;

/// Characters of a plan's name.
const PLAN_NAME: usize = 80;
/// Changes that a review shows.
const REVIEWED_CHANGES: u64 = 200;

/// Cheap to clone.
#[derive(Clone)]
pub struct Tenants {
    pub store: Store,
    pub audit: Audit,
    pub clock: Clock,
    pub scales: Scales,
    pub random: Random,
    pub refresh: Refresh,
    pub looks: Looks,
    /// What this deployment reads besides.
    pub extras: Extras,
}

/// Which tenants were looked at in this minute: what is looked at is kept fresher.
#[derive(Clone, Default)]
pub struct Looks(Arc<Mutex<HashMap<TenantId, DateTime<Utc>>>>);

impl Looks {
    /// The first look within a minute.
    fn is_new(&self, tenant: TenantId, now: DateTime<Utc>) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, at| now - *at < TimeDelta::minutes(1));
        looks.insert(tenant, now).is_none()
    }
}

impl Tenants {
    /// Every user that the query matches, for an export.
    pub async fn export_users(
        &self,
        caller: &Caller,
        tenant: TenantId,
        query: &ListQuery,
    ) -> Result<Vec<UserRow>, Error> {
        let tenant = self.open(caller, Permission::ExportTenant, tenant).await?;
        let found = tenant.read_users(&user_query(query, None), &[], self.clock.now()).await;
        Ok(found.map_err(|error| internal(caller, &error))?.rows)
    }

    /// The same with all that the rules said of each; `None`: not judged yet.
    pub async fn export_verdicts(
        &self,
        caller: &Caller,
        tenant: TenantId,
        query: &ListQuery,
    ) -> Result<Vec<(UserRow, Option<Judgement>)>, Error> {
        let rows = self.export_users(caller, tenant, query).await?;
        let opened = self.open(caller, Permission::ExportTenant, tenant).await?;
        let read = opened.read_judgements(rows.iter().map(|row| row.id).collect()).await;
        let mut judgements = read.map_err(|error| internal(caller, &error))?;
        Ok(rows.into_iter().map(|row| (judgements.remove(&row.id), row)).map(|(judged, row)| (row, judged)).collect())
    }

    /// Every blocker that the query matches, for an export; `Unknown` where neither source of evidence could be read.
    pub async fn export_blockers(
        &self,
        caller: &Caller,
        tenant: TenantId,
        query: &ListQuery,
    ) -> Result<Known<Vec<BlockerRow>>, Error> {
        let tenant = self.open(caller, Permission::ExportTenant, tenant).await?;
        let now = self.clock.now();
        let work = WorkFilter::from_name(&query.narrow);
        let found = tenant.read_blockers(&blocker_query(query, work.as_ref(), None, now.date_naive()), now).await;
        let found = found.map_err(|error| internal(caller, &error))?;
        Ok(known_by(found.head.counts.blockers, &found.head.statuses, Dataset::LegacySignIns).map(|_| found.rows))
    }

    /// The review with all changes of the last ninety days, for exports.
    pub async fn export_review(&self, caller: &Caller, tenant: TenantId) -> Result<ReviewView, Error> {
        let tenant = self.open(caller, Permission::ExportTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_history(now).await.map_err(|error| internal(caller, &error))?;
        Ok(review(found, now))
    }

    /// What a what-if is judged by, in the browser.
    pub async fn snapshot(&self, caller: &Caller, tenant: TenantId) -> Result<Snapshot, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let loaded = tenant.load_what_if(self.clock.now() - PROOF_LIFE).await;
        let (facts, sign_ins) = loaded.map_err(|error| internal(caller, &error))?;
        let evidence = facts.legacy_sign_ins.told().map(Vec::as_slice);
        let legacy = legacy_use(evidence, facts.mail_app_usage.told().map(Vec::as_slice), &facts.users);
        Ok(Snapshot {
            legacy: legacy.map(|legacy| legacy.blockers),
            sign_ins,
            users_read_at: facts.users_read.ok(),
            users: facts.users,
            facts: facts.tenant,
        })
    }

    /// `mark`: what to say of the account; `None`: nothing any more.
    async fn mark(
        &self,
        caller: &Caller,
        tenant: TenantId,
        user: UserId,
        mark: Option<AccountMark>,
    ) -> Result<(), Error> {
        let said = mark
            .as_ref()
            .map(|mark| format!("as {} until {}: {}", mark.kind.label().to_lowercase(), mark.ends_on, mark.reason));
        let opened = self.open(caller, Permission::MarkAccounts, tenant).await?;
        let marked = opened.mark(user, mark).await.map_err(|error| internal(caller, &error))?;
        let Marked { account, tenant: name } = marked.ok_or(Error::NotFound)?;
        let (action, detail) = match said {
            Some(said) => ("account.mark", format!("Marked {account} {said}")),
            None => ("account.unmark", format!("Took the mark from {account}")),
        };
        let recorded = self.audit.record(Actor::Caller(caller), action, Some((tenant, &name)), detail).await;
        recorded.map_err(|error| internal(caller, &error))
    }

    async fn open(&self, caller: &Caller, permission: Permission, tenant: TenantId) -> Result<TenantStore, Error> {
        allow(caller, permission)?;
        let found = self.store.tenant(&Scope::of(caller), tenant).await;
        let found = found.map_err(|error| internal(caller, &error))?.ok_or(Error::NotFound)?;
        let now = self.clock.now();
        if permission == Permission::ReadTenant && self.looks.is_new(tenant, now) {
            let store = self.store.clone();
            // The page does not wait for it.
            tokio::spawn(async move {
                if let Err(error) = store.note_look(tenant, now).await {
                    tracing::warn!(%tenant, %error, "a look at a tenant was not noted");
                }
            });
        }
        Ok(found)
    }

    async fn users(
        &self,
        caller: &Caller,
        tenant: TenantId,
        query: &ListQuery,
        chips: &[UserFilter],
        datasets: &[Dataset],
    ) -> Result<UserList, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_users(&user_query(query, Some(PAGE_SIZE)), chips, now).await;
        let found = found.map_err(|error| internal(caller, &error))?;
        let chip = |(filter, count): (UserFilter, u32)| Chip {
            name: filter.name().to_owned(),
            label: filter.label().to_owned(),
            count: u64::from(count),
        };
        Ok(UserList {
            header: header(&found.head, now),
            statuses: worst_first(&found.head.statuses, datasets),
            chips: found.chips.into_iter().map(chip).collect(),
            roles: found.roles,
            users: Page { rows: found.rows, total: found.total, page: query.page_number(), page_size: PAGE_SIZE },
        })
    }
}

#[async_trait]
impl Port for Tenants {
    async fn get(&self, caller: &Caller, tenant: TenantId) -> Result<ClientView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let facts = tenant.read_client(caller.operator.id, now).await.map_err(|error| internal(caller, &error))?;
        Ok(client(facts, self.extras, &self.scales, now))
    }

    async fn list_users(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error> {
        self.users(caller, tenant, query, &UserFilter::OF_USERS, &OF_USERS).await
    }

    async fn list_mfa(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error> {
        self.users(caller, tenant, query, &UserFilter::OF_MFA, &OF_MFA).await
    }

    async fn list_blockers(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<BlockerList, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let work = WorkFilter::from_name(&query.narrow);
        let asked = blocker_query(query, work.as_ref(), Some(PAGE_SIZE), now.date_naive());
        let found = tenant.read_blockers(&asked, now).await;
        let found = found.map_err(|error| internal(caller, &error))?;
        let keep_notes = caller.operator.may(Permission::WorkOnBlockers);
        let rows = found.rows.into_iter().map(|row| for_eyes(row, keep_notes)).collect();
        let page = Page { rows, total: found.total, page: query.page_number(), page_size: PAGE_SIZE };
        let is_known = known_by(found.head.counts.blockers, &found.head.statuses, Dataset::LegacySignIns);
        let glance = Glance::new(&found.all);
        Ok(BlockerList {
            header: header(&found.head, now),
            statuses: pick(&found.head.statuses, &OF_LEGACY),
            chips: found.chips.into_iter().map(protocol_chip).collect(),
            owners: found.owners,
            ready: ready_to_block(&is_known.clone().map(|_| found.all), found.log, now),
            glance,
            blockers: is_known.map(|_| page),
        })
    }

    async fn get_blocker(
        &self,
        caller: &Caller,
        tenant: TenantId,
        principal: &str,
        protocol: Protocol,
    ) -> Result<BlockerView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_blocker(principal, protocol, now).await.map_err(|error| internal(caller, &error))?;
        let found = found.ok_or(Error::NotFound)?;
        Ok(BlockerView {
            header: header(&found.head, now),
            statuses: pick(&found.head.statuses, &OF_LEGACY),
            days: by_day(&found.days, &found.row, now),
            ways_out: ways_out(&found.row),
            failures: failures_in_words(&found.failures),
            settings: settings_in_words(
                self.extras.exchange_settings.then_some(&found.organization),
                found.mailbox.as_ref(),
                protocol,
            ),
            row: for_eyes(found.row, caller.operator.may(Permission::WorkOnBlockers)),
        })
    }

    async fn get_evidence(&self, caller: &Caller, tenant: TenantId) -> Result<EvidenceView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_evidence(now).await.map_err(|error| internal(caller, &error))?;
        Ok(evidence(found, self.extras, now))
    }

    async fn set_work(
        &self,
        caller: &Caller,
        tenant: TenantId,
        principal: &str,
        protocol: Protocol,
        work: NewWork<'_>,
    ) -> Result<(), Error> {
        // Who may not see the tenant does not learn what a form takes.
        let opened = self.open(caller, Permission::WorkOnBlockers, tenant).await?;
        let work = work.check(&caller.operator.display_name, self.clock.now()).map_err(invalid)?;
        let said = said_of(&work);
        let worked = opened.set_work(principal, protocol, work).await.map_err(|error| internal(caller, &error))?;
        let Worked { account, tenant: name } = worked.ok_or(Error::NotFound)?;
        let detail = format!("Said of {account} on {}: {said}", protocol.label());
        let recorded = self.audit.record(Actor::Caller(caller), "blocker.work", Some((tenant, &name)), detail).await;
        recorded.map_err(|error| internal(caller, &error))
    }

    async fn get_sync(&self, caller: &Caller, tenant: TenantId) -> Result<SyncView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_sync(now).await.map_err(|error| internal(caller, &error))?;
        let scope = Scope::of(caller);
        let stored = self.store.connections(&scope).get(tenant.id()).await.map_err(|error| internal(caller, &error))?;
        let partner = self.store.consents().get_partner().await.map_err(|error| internal(caller, &error))?;
        let renewed_at = partner.map(|partner| partner.last_renewed_at);
        let objects = found.object_errors.as_ref().map(|errors| count(errors.len()));
        let services = found.service_errors.as_ref().map(|errors| count(errors.len()));
        Ok(SyncView {
            header: header(&found.head, now),
            pane: sync(
                &found.head,
                (&objects, &services, &found.cloud_sync),
                found.subscription.as_ref(),
                self.extras,
                &self.scales,
                now,
            ),
            connection: stored.map(|stored| connection_facts(&stored, renewed_at, now)).unwrap_or_default(),
            reports: reports(&found, now),
            permissions: permissions(found.head.connection.as_ref(), found.head.is_partner),
        })
    }

    async fn get_user(&self, caller: &Caller, tenant: TenantId, user: UserId) -> Result<UserView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_user(user, now).await.map_err(|error| internal(caller, &error))?;
        found.map(|facts| user_view(facts, now)).ok_or(Error::NotFound)
    }

    async fn get_review(&self, caller: &Caller, tenant: TenantId) -> Result<ReviewView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let found = tenant.read_review(caller.operator.id, REVIEWED_CHANGES, now).await;
        Ok(review(found.map_err(|error| internal(caller, &error))?, now))
    }

    async fn mark_reviewed(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error> {
        let tenant = self.open(caller, Permission::ReviewTenant, tenant).await?;
        tenant.mark_reviewed(caller.operator.id, self.clock.now()).await.map_err(|error| internal(caller, &error))
    }

    async fn get_plans(&self, caller: &Caller, tenant: TenantId) -> Result<PlanView, Error> {
        let tenant = self.open(caller, Permission::ReadTenant, tenant).await?;
        let now = self.clock.now();
        let PlanFacts { head, facts, kept } = tenant.read_plans(now).await.map_err(|error| internal(caller, &error))?;
        let choice = |policy: &Policy| PolicyChoice {
            id: policy.id.clone(),
            display_name: policy.display_name.clone(),
            state: policy.state,
            effect: format!("It {}.", describe(policy, &facts)),
        };
        Ok(PlanView {
            header: header(&head, now),
            policies: facts.policies.told().map(|policies| policies.iter().map(choice).collect()),
            security_defaults: facts.security_defaults.told().map(|enabled| *enabled),
            kept,
        })
    }

    async fn keep_plan(&self, caller: &Caller, tenant: TenantId, name: &str, plan: Plan) -> Result<(), Error> {
        let tenant = self.open(caller, Permission::KeepPlans, tenant).await?;
        let refused = |message: &str| Error::Invalid { field: "name".to_owned(), message: message.to_owned() };
        let name = name.trim();
        if name.is_empty() {
            return Err(refused("Give the plan a name, for instance \u{201c}Block legacy in January\u{201d}."));
        }
        if name.chars().count() > PLAN_NAME || name.chars().any(char::is_control) {
            return Err(refused("A name has at most 80 characters, on one line."));
        }
        if plan.is_empty() {
            return Err(refused("Choose at least one change first: there is nothing to keep yet."));
        }
        let kept = tenant.keep_plan(self.random.uuid(), name, plan, &caller.operator.display_name, self.clock.now());
        kept.await.map_err(|error| internal(caller, &error))
    }

    async fn mark_account(
        &self,
        caller: &Caller,
        tenant: TenantId,
        user: UserId,
        mark: NewMark<'_>,
    ) -> Result<(), Error> {
        // Who may not see the tenant does not learn what a form takes.
        self.open(caller, Permission::MarkAccounts, tenant).await?;
        let mark = mark.check(&caller.operator.display_name, self.clock.now());
        self.mark(caller, tenant, user, Some(mark.map_err(invalid)?)).await
    }

    async fn unmark_account(&self, caller: &Caller, tenant: TenantId, user: UserId) -> Result<(), Error> {
        self.mark(caller, tenant, user, None).await
    }

    async fn delete_plan(&self, caller: &Caller, tenant: TenantId, plan: Uuid) -> Result<(), Error> {
        let tenant = self.open(caller, Permission::KeepPlans, tenant).await?;
        let found = tenant.delete_plan(plan).await.map_err(|error| internal(caller, &error))?;
        if found { Ok(()) } else { Err(Error::NotFound) }
    }

    async fn refresh(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error> {
        let tenant = self.open(caller, Permission::RefreshTenant, tenant).await?;
        (self.refresh)(tenant.id()).await.map_err(|error| internal(caller, error.as_ref()))
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn invalid(bad: BadField) -> Error {
    Error::Invalid { field: bad.field.to_owned(), message: bad.message.to_owned() }
}

pub(super) fn protocol_chip((protocol, count): (Protocol, u64)) -> Chip {
    Chip { name: protocol.name().to_owned(), label: protocol.label().to_owned(), count }
}

/// Notes are for who works on blockers: a client reads where its own stand, and who has them.
pub(super) fn for_eyes(mut row: BlockerRow, keep_notes: bool) -> BlockerRow {
    if let Some(work) = row.work.as_mut().filter(|_| !keep_notes) {
        work.notes = String::new();
    }
    row
}

/// The last thirty days; none where sign-ins do not tell of it.
fn by_day(days: &[(NaiveDate, u32)], row: &BlockerRow, now: DateTime<Utc>) -> Vec<u32> {
    if row.evidence != Evidence::SignIns {
        return Vec::new();
    }
    let first = (now - TimeDelta::days(29)).date_naive();
    let on = |day| days.iter().find(|(counted, _)| *counted == day).map_or(0, |(_, count)| *count);
    first.iter_days().take(30).map(on).collect()
}

fn said_of(work: &BlockerWork) -> String {
    let mut said = vec![work.state.label().to_lowercase()];
    said.extend(work.accepted_until.map(|until| format!("until {until}")));
    said.extend((!work.owner.is_empty()).then(|| format!("owner {}", work.owner)));
    said.extend(work.due.map(|due| format!("due {due}")));
    said.join(", ")
}

fn review(found: ReviewFacts, now: DateTime<Utc>) -> ReviewView {
    let ReviewFacts { head, facts, blockers, since } = found;
    let statuses = &head.statuses;
    let licence = known_by(head.counts.licence, statuses, Dataset::SubscribedSkus);
    ReviewView {
        readiness: Readiness {
            is_partner: head.is_partner,
            accounts: known_by(head.counts.posture, statuses, Dataset::Users),
            admins_unprotected: known_by(head.counts.admins_unprotected, statuses, Dataset::RoleAssignments),
            ways: ways(&facts, licence),
            microsoft: head.microsoft,
        },
        blockers: known_by(head.counts.blockers, statuses, Dataset::LegacySignIns)
            .map(|_| blockers.into_iter().map(|row| for_eyes(row, false)).collect()),
        header: header(&head, now),
        since,
    }
}

fn user_query(query: &ListQuery, page_size: Option<u32>) -> UserQuery<'_> {
    UserQuery {
        text: &query.q,
        filter: UserFilter::from_name(&query.filter),
        narrowing: UserNarrowing::from_name(&query.narrow),
        sort: UserSort::from_name(&query.sort),
        direction: query.direction,
        page: query.page_number(),
        page_size,
    }
}

pub(super) fn blocker_query<'a>(
    query: &'a ListQuery,
    work: Option<&'a WorkFilter>,
    page_size: Option<u32>,
    today: NaiveDate,
) -> BlockerQuery<'a> {
    BlockerQuery {
        text: &query.q,
        protocol: Protocol::from_name(&query.filter),
        work,
        sort: BlockerSort::from_name(&query.sort),
        direction: query.direction,
        page: query.page_number(),
        page_size,
        today,
    }
}

fn user_view(facts: UserFacts, now: DateTime<Utc>) -> UserView {
    let blockers = known_by(facts.head.counts.blockers, &facts.head.statuses, Dataset::LegacySignIns);
    UserView {
        judgement: facts.judgement.unwrap_or_else(not_judged),
        blockers: blockers.map(|_| facts.blockers),
        row: facts.row,
        mark: facts.mark,
        department: facts.department,
        job_title: facts.job_title,
        licence_names: facts.licence_names,
        eligible_roles: facts.eligible_roles,
        policy_groups: facts.policy_groups,
        registration: facts.registration,
        per_user_mfa: facts.per_user_mfa,
        last_password_change_at: facts.last_password_change_at,
        changes: facts.changes,
        now,
    }
}

/// An account that was read and that the rules have not seen.
fn not_judged() -> Judgement {
    Judgement {
        verdict: Verdict::Unknown,
        unknown_cause: Some(UnknownCause::NotYetRead),
        reasons: vec![Reason {
            source: Source::Missing,
            text: "This account has not been judged yet.".into(),
            dataset: Dataset::Users,
            read_at: None,
        }],
        holes: Vec::new(),
        lesser_holes: Vec::new(),
        uncertain: Vec::new(),
        enrolment: Enrolment::Unknown,
        phishing_resistant: false,
        locked_out: false,
        strongest: MethodStrength::None,
    }
}

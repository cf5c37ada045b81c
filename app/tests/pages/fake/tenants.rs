//! One client's panes and lists. The index of the client decides what is wrong: 2 is Fabrikam with everything in sight, 3 lost
//! its consent, 8 has no Entra P1, 11 is spotless, 14 was never read.

use app::backend::{Caller, Tenants};
use app::error::Error;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::bad_field::BadField;
use domain::blocker::{
    EvidenceView, Glance, LogRead, MailboxRow, NewWork, Protocol, days_until_smtp_auth_ends, failures_in_words,
    ready_to_block, settings_in_words, ways_out,
};
use domain::cause::{Actor, Cause};
use domain::client::{
    BlockerList, BlockerView, ClientHeader, ClientView, Gravity, LegacyPane, MfaPane, PermissionStatus, Report,
    ReportRow, SyncLine, SyncPane, SyncView, UserCounts, UserList, UsersPane,
};
use domain::connection::ConnectionFact;
use domain::dataset::{Dataset, DatasetStatus, Licence, Outcome};
use domain::facts::device::{Devices, OldDevice, SystemAge};
use domain::facts::exchange::ExchangeOrganization;
use domain::facts::policy::PolicyState;
use domain::facts::sign_in::SignInLog;
use domain::fleet::BlockerCount;
use domain::ids::{TenantId, UserId};
use domain::known::{Known, UnknownCause};
use domain::list::{Chip, ListQuery, Page};
use domain::mark::NewMark;
use domain::operator::Permission;
use domain::readiness::{Readiness, Way, WayKind, WayState};
use domain::review::{AccountChange, PostureOfDay, ReviewView, SinceReview};
use domain::sync_health::Scales;
use domain::user::{UserFilter, UserRow, UserView, VerdictChange};
use domain::verdict::{OpenAdmins, Posture, Source, Verdict};
use domain::what_if::{KeptPlan, Plan, PlanView, PolicyChoice};
use uuid::Uuid;

use super::fleet::{CLIENTS, connection, posture, sync};
use super::{now, people, tenant_id, user_id};

pub struct Fake;

fn index_of(caller: &Caller, tenant: TenantId) -> Result<usize, Error> {
    (0..CLIENTS.len())
        .find(|index| tenant_id(*index) == tenant)
        .filter(|_| caller.operator.may(Permission::ReadTenant) && caller.operator.reach.includes(tenant))
        .ok_or(Error::NotFound)
}

fn header(index: usize) -> ClientHeader {
    ClientHeader {
        id: tenant_id(index),
        name: CLIENTS[index].0.to_owned(),
        default_domain: (index != 14).then(|| format!("client{index}.example")),
        is_partner: index == 0,
        licence: match index {
            14 => Known::Unknown(UnknownCause::NotYetRead),
            8 => Known::Known("Entra ID Free".to_owned()),
            _ => Known::Known("Entra ID P1".to_owned()),
        },
        enforced_by: if index == 14 { Vec::new() } else { vec![Source::ConditionalAccess] },
        connection: connection(index),
        refreshing: index == 4,
        now: now(),
    }
}

pub fn status(index: usize, dataset: Dataset) -> DatasetStatus {
    let age = TimeDelta::minutes(match dataset {
        Dataset::Users => 2,
        Dataset::MailAppUsage => 1500,
        Dataset::RegistrationDetails => 41,
        _ => 6,
    });
    let done = DatasetStatus {
        dataset,
        outcome: Some(Outcome::Done),
        running: index == 4 && dataset == Dataset::Users,
        started_at: Some(now() - age),
        finished_at: Some(now() - age),
        read_at: Some(now() - age),
        rows: Some(214),
        cause: None,
        failing_since: None,
        failures: 0,
        calls: Some(2),
        next_run_at: Some(now() + TimeDelta::minutes(9)),
    };
    let cause = |code: &str, meaning: &str, next_step: &str| {
        Some(Cause {
            code: code.to_owned(),
            meaning: meaning.to_owned(),
            next_step: next_step.to_owned(),
            actor: Actor::ClientAdministrator,
            request_id: Some("5c2a9f10-7d3e-4a3c-9a51-1f0c5b8e2d44".to_owned()),
        })
    };
    match index {
        14 => DatasetStatus { outcome: None, read_at: None, finished_at: None, started_at: None, rows: None, ..done },
        3 => DatasetStatus {
            outcome: Some(Outcome::Failed),
            read_at: (dataset == Dataset::Users).then(|| now() - TimeDelta::hours(100)),
            cause: cause(
                "AADSTS65001",
                "The client withdrew its consent.",
                "Send the client's administrator a fresh consent link.",
            ),
            ..done
        },
        8 if dataset.spec().licence != Licence::None => {
            DatasetStatus { outcome: Some(Outcome::NotLicensed), read_at: None, rows: None, ..done }
        }
        5 if dataset == Dataset::MailAppUsage => DatasetStatus {
            outcome: Some(Outcome::NotPermitted),
            read_at: None,
            rows: None,
            cause: cause("S2SUnauthorized", "The permission was not granted.", "Ask for consent anew."),
            ..done
        },
        2 if dataset == Dataset::RegistrationDetails => DatasetStatus {
            outcome: Some(Outcome::Failed),
            cause: cause(
                "HTTP 503",
                "Microsoft could not answer.",
                "Nothing to do: it is tried again in a few minutes.",
            ),
            read_at: Some(now() - TimeDelta::hours(5)),
            ..done
        },
        _ => done,
    }
}

fn statuses(index: usize, datasets: &[Dataset]) -> Vec<DatasetStatus> {
    datasets.iter().map(|dataset| status(index, *dataset)).collect()
}

fn unknown<T>(index: usize, value: T) -> Known<T> {
    match index {
        3 => Known::Unknown(UnknownCause::Failed),
        14 => Known::Unknown(UnknownCause::NotYetRead),
        _ => Known::Known(value),
    }
}

fn rows(index: usize, count: usize) -> Vec<UserRow> {
    if matches!(index, 3 | 11 | 14) { Vec::new() } else { (0..count).map(people::row).collect() }
}

fn object_errors(index: usize) -> SyncLine {
    let (gravity, detail, figure) = match unknown(index, index == 2) {
        Known::Unknown(cause) => (Gravity::Quiet, "", cause.label()),
        Known::Known(true) => (Gravity::Warning, "could not be synced", "2"),
        Known::Known(false) => (Gravity::Good, "", "none"),
    };
    SyncLine { gravity, label: "Object errors".to_owned(), detail: detail.to_owned(), figure: figure.to_owned() }
}

fn sync_pane(index: usize) -> SyncPane {
    SyncPane {
        directory: sync(index),
        password: sync(index),
        directory_scale: Scales::default().directory.in_words(),
        password_scale: Scales::default().password.in_words(),
        lines: vec![object_errors(index)],
        connection: connection(index),
        datasets: statuses(index, &Dataset::ALL[..19]),
        changes: changes(index),
    }
}

fn changes(index: usize) -> Option<SyncLine> {
    let words = match index {
        0 => "Told by Microsoft of changes to accounts since 5 Nov 2026; they are asked for every 5 min besides.",
        2 => "Accounts are asked for every 5 min. Microsoft refuses a subscription here. (Forbidden)",
        _ => return None,
    };
    let (gravity, figure) = if index == 0 { (Gravity::Good, "told") } else { (Gravity::Quiet, "asked for") };
    Some(SyncLine { gravity, label: "Changes".to_owned(), detail: words.to_owned(), figure: figure.to_owned() })
}

fn users(index: usize, query: &ListQuery, chips: &[UserFilter]) -> UserList {
    let all: Vec<UserRow> = rows(index, 120);
    let matches = |row: &UserRow, filter: UserFilter| match filter {
        UserFilter::Administrators => !row.roles.is_empty(),
        UserFilter::Guests => row.kind == domain::facts::directory::UserKind::Guest,
        UserFilter::Disabled => !row.account_enabled,
        UserFilter::Finding(finding) => row.findings.contains(&finding),
        UserFilter::Verdict(verdict) => row.verdict == verdict,
    };
    let counted = chips
        .iter()
        .map(|filter| Chip {
            name: filter.name().to_owned(),
            label: filter.label().to_owned(),
            count: all.iter().filter(|row| matches(row, *filter)).count() as u64,
        })
        .collect();
    let wanted = UserFilter::from_name(&query.filter);
    let found: Vec<UserRow> = all
        .into_iter()
        .filter(|row| wanted.is_none_or(|filter| matches(row, filter)))
        .filter(|row| row.display_name.to_lowercase().contains(&query.q.to_lowercase()))
        .collect();
    let total = found.len() as u64;
    let page = query.page_number();
    let rows = found.into_iter().skip((page as usize - 1) * 50).take(50).collect();
    UserList {
        header: header(index),
        statuses: statuses(index, &[Dataset::Users, Dataset::RegistrationDetails]),
        chips: counted,
        roles: vec![(Uuid::from_u128(62), "Global Administrator".to_owned())],
        users: Page { rows, total, page, page_size: 50 },
    }
}

fn since(index: usize) -> SinceReview {
    let day = |ago: u32| PostureOfDay {
        day: (now() - TimeDelta::days(ago.into())).date_naive(),
        posture: Posture {
            protected: 180 - ago,
            partial: 10,
            enrolment_open: 4 + ago / 3,
            unprotected: 6 + ago,
            cannot_sign_in: 14,
            unknown: 0,
        },
    };
    let change = |nth: usize, from, to, because: &str| AccountChange {
        user: user_id(nth),
        display_name: (nth != 7).then(|| people::row(nth).display_name),
        is_admin: nth == 1,
        change: VerdictChange {
            at: now() - TimeDelta::hours(5 * nth as i64),
            from: Some(from),
            to,
            because: because.to_owned(),
        },
    };
    if matches!(index, 11 | 14) {
        return SinceReview { history: Vec::new(), reviewed_at: None, changes: Vec::new(), changes_total: 0 };
    }
    let excluded = "Policy “Require MFA” leaves this account out: it is in the excluded group “Break glass”.";
    SinceReview {
        history: (0..60).rev().map(day).collect(),
        reviewed_at: (index != 4).then(|| now() - TimeDelta::days(12)),
        changes: vec![
            change(1, Verdict::Protected, Verdict::Unprotected, excluded),
            change(2, Verdict::EnrolmentOpen, Verdict::Protected, "A usable method was registered."),
            change(7, Verdict::Protected, Verdict::CannotSignIn, "The account is disabled: nobody signs in with it."),
        ],
        changes_total: 3,
    }
}

fn readiness(index: usize) -> Readiness {
    let (_, _, _, admins, ..) = CLIENTS[index];
    let way = |kind, state, in_place: &[&str], missing: &[&str], next: &str| Way {
        kind,
        state,
        in_place: in_place.iter().map(|sentence| (*sentence).to_owned()).collect(),
        missing: missing.iter().map(|sentence| (*sentence).to_owned()).collect(),
        next: next.to_owned(),
    };
    Readiness {
        microsoft: super::fleet::microsoft(index),
        is_partner: index == 0,
        accounts: posture(index),
        admins_unprotected: unknown(index, OpenAdmins { unmarked: admins, marked: u32::from(index == 2), unknown: 0 }),
        ways: vec![
            way(
                WayKind::ConditionalAccess,
                WayState::Partly,
                &["Policy “Require MFA” demands MFA for all apps."],
                &["Policy “Require MFA” leaves out one group."],
                "Take the exclusions out of policy “Require MFA”, or cover them by another.",
            ),
            way(
                WayKind::SecurityDefaults,
                WayState::NotAvailable,
                &[],
                &["Security defaults cannot be on while Conditional Access policies are in force."],
                "Go the way of Conditional Access, which is in use here.",
            ),
            way(
                WayKind::ThirdParty,
                WayState::NotInPlace,
                &[],
                &["No external method is allowed and no domain is federated."],
                "",
            ),
        ],
    }
}

#[async_trait]
impl Tenants for Fake {
    async fn get(&self, caller: &Caller, tenant: TenantId) -> Result<ClientView, Error> {
        let index = index_of(caller, tenant)?;
        let (_, accounts, figures, admins, blockers, smtp_auth, ..) = CLIENTS[index];
        Ok(ClientView {
            header: header(index),
            users: UsersPane {
                status: status(index, Dataset::Users),
                counts: match index {
                    14 => Known::Unknown(UnknownCause::NotYetRead),
                    _ => Known::Known(UserCounts {
                        accounts,
                        active: accounts - figures[4] - accounts / 10 - accounts / 12,
                        idle: (index != 8).then_some(accounts / 10),
                        guests: accounts / 12 + if index == 8 { accounts / 10 } else { 0 },
                        disabled: figures[4],
                    }),
                },
                look_at_first: rows(index, 24).into_iter().filter(|row| !row.findings.is_empty()).take(6).collect(),
            },
            mfa: MfaPane {
                statuses: statuses(index, &[Dataset::ConditionalAccessPolicies, Dataset::RegistrationDetails]),
                posture: posture(index),
                admins_unprotected: unknown(
                    index,
                    OpenAdmins { unmarked: admins, marked: u32::from(index == 2), unknown: 0 },
                ),
                marked: u32::from(index == 2),
                worst: rows(index, 20)
                    .into_iter()
                    .filter(|row| {
                        row.verdict < domain::verdict::Verdict::CannotSignIn
                            && row.verdict != domain::verdict::Verdict::Protected
                    })
                    .take(6)
                    .collect(),
                trend: if index == 14 { Vec::new() } else { (0..30).map(|day| 60 - day + day % 4).collect() },
            },
            legacy: LegacyPane {
                statuses: statuses(index, &[Dataset::LegacySignIns, Dataset::MailAppUsage]),
                count: match index {
                    8 => Known::Known(BlockerCount { blockers: 2, smtp_auth: 0, from_usage_report_alone: true }),
                    _ => unknown(index, BlockerCount { blockers, smtp_auth, from_usage_report_alone: false }),
                },
                worst: if matches!(index, 3 | 11 | 14) { Vec::new() } else { people::blockers() },
                sprayed_30_days: if index == 2 { 1204 } else { 0 },
                blocked_30_days: 0,
                days_until_smtp_auth_ends: days_until_smtp_auth_ends(now()),
            },
            sync: sync_pane(index),
            since: since(index),
        })
    }

    async fn list_users(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error> {
        Ok(users(index_of(caller, tenant)?, query, &UserFilter::OF_USERS))
    }

    async fn list_mfa(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<UserList, Error> {
        Ok(users(index_of(caller, tenant)?, query, &UserFilter::OF_MFA))
    }

    async fn list_blockers(&self, caller: &Caller, tenant: TenantId, query: &ListQuery) -> Result<BlockerList, Error> {
        let index = index_of(caller, tenant)?;
        let wanted = Protocol::from_name(&query.filter);
        let rows: Vec<_> =
            people::blockers().into_iter().filter(|row| wanted.is_none_or(|wanted| wanted == row.protocol)).collect();
        let chips = [Protocol::SmtpAuth, Protocol::Imap, Protocol::Pop, Protocol::ActiveSync].map(|protocol| Chip {
            name: protocol.name().to_owned(),
            label: protocol.label().to_owned(),
            count: people::blockers().iter().filter(|row| row.protocol == protocol).count() as u64,
        });
        let total = rows.len() as u64;
        Ok(BlockerList {
            header: header(index),
            statuses: statuses(index, &[Dataset::LegacySignIns, Dataset::MailAppUsage]),
            chips: chips.to_vec(),
            owners: vec!["Maria Ortiz".to_owned()],
            ready: ready_to_block(&unknown(index, people::blockers()), LogRead::default(), now()),
            glance: Glance::new(&people::blockers()),
            blockers: unknown(index, Page { rows, total, page: 1, page_size: 50 }),
        })
    }

    async fn get_blocker(
        &self,
        caller: &Caller,
        tenant: TenantId,
        principal: &str,
        protocol: Protocol,
    ) -> Result<BlockerView, Error> {
        let index = index_of(caller, tenant)?;
        let row = people::blockers()
            .into_iter()
            .find(|row| row.principal == principal && row.protocol == protocol)
            .ok_or(Error::NotFound)?;
        Ok(BlockerView {
            header: header(index),
            statuses: statuses(index, &[Dataset::LegacySignIns, Dataset::MailAppUsage]),
            days: (0..30).map(|day| 3 + day % 5).collect(),
            ways_out: ways_out(&row),
            failures: failures_in_words(&[(50_126, 7), (53_003, 2)].into()),
            settings: settings_in_words(None, None, protocol),
            row,
        })
    }

    async fn get_evidence(&self, caller: &Caller, tenant: TenantId) -> Result<EvidenceView, Error> {
        let index = index_of(caller, tenant)?;
        let old = OldDevice {
            id: Uuid::from_u128(7),
            name: "KASSE-1".to_owned(),
            system: "Windows".to_owned(),
            version: "6.1.7601".to_owned(),
            age: SystemAge::OldWindows,
            last_seen_at: Some(now() - TimeDelta::hours(3)),
        };
        let mailbox = |address: &str, seen: Option<i64>| MailboxRow {
            address: address.to_owned(),
            user_id: Some(user_id(1)),
            last_seen_at: seen.map(|hours| now() - TimeDelta::hours(hours)),
        };
        let organization =
            ExchangeOrganization { smtp_auth_disabled: Some(true), modern_authentication: Some(true), mailboxes: 61 };
        Ok(EvidenceView {
            header: header(index),
            statuses: statuses(
                index,
                &[Dataset::LegacySignIns, Dataset::MailAppUsage, Dataset::ExchangeSettings, Dataset::Devices],
            ),
            log: Some(SignInLog { since: now().date_naive(), cut_on: None, password_grants: index == 2 }),
            names_are_concealed: unknown(index, index == 8),
            reads_exchange: index != 5,
            organization: unknown(index, organization),
            mailboxes: vec![mailbox("scan@client.example", Some(4)), mailbox("old@client.example", None)],
            more_mailboxes: 3,
            devices: unknown(index, Devices { looked_at: 40, not_told: 1, old: vec![old], more: 0 }),
        })
    }

    async fn set_work(
        &self,
        caller: &Caller,
        tenant: TenantId,
        _principal: &str,
        _protocol: Protocol,
        work: NewWork<'_>,
    ) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if !caller.operator.may(Permission::WorkOnBlockers) {
            return Err(Error::Forbidden);
        }
        let refused = |bad: BadField| Error::Invalid { field: bad.field.to_owned(), message: bad.message.to_owned() };
        work.check(&caller.operator.display_name, now()).map(|_| ()).map_err(refused)
    }

    async fn get_sync(&self, caller: &Caller, tenant: TenantId) -> Result<SyncView, Error> {
        let index = index_of(caller, tenant)?;
        let permission = |permission: &str, granted, feature: &str| PermissionStatus {
            permission: permission.to_owned(),
            granted,
            features: vec![feature.to_owned()],
            optional: false,
        };
        Ok(SyncView {
            header: header(index),
            pane: sync_pane(index),
            permissions: if index == 14 {
                Vec::new()
            } else {
                vec![
                    permission("User.Read.All", Some(true), "accounts and their states"),
                    permission("Policy.Read.All", Some(true), "Conditional Access and security defaults"),
                    permission("Reports.Read.All", Some(index != 5), "POP, IMAP and SMTP use without Entra P1"),
                ]
            },
            connection: vec![
                ConnectionFact { term: "By".to_owned(), words: "GDAP".to_owned(), at: None },
                ConnectionFact {
                    term: "Refresh token".to_owned(),
                    words: "renewed every day, last".to_owned(),
                    at: Some(now() - TimeDelta::hours(7)),
                },
            ],
            reports: vec![
                Report {
                    title: "Objects that fail to sync".to_owned(),
                    note: String::new(),
                    heads: ["Object", "What is wrong"].map(str::to_owned).to_vec(),
                    time_head: "Since".to_owned(),
                    rows: vec![ReportRow {
                        gravity: Gravity::Warning,
                        cells: ["Jürgen Weiß-Lindqvist", "smtp:juergen@fabrikam.example"].map(str::to_owned).to_vec(),
                        at: Some(now() - TimeDelta::days(3)),
                    }],
                },
                Report {
                    title: "Cloud Sync".to_owned(),
                    note: "Not known. The permission Synchronization.Read.All was not granted in this tenant."
                        .to_owned(),
                    heads: vec!["Configuration".to_owned()],
                    time_head: String::new(),
                    rows: Vec::new(),
                },
            ],
        })
    }

    async fn get_user(&self, caller: &Caller, tenant: TenantId, user: UserId) -> Result<UserView, Error> {
        index_of(caller, tenant)?;
        (0..24).find(|index| user_id(*index) == user).map(people::view).ok_or(Error::NotFound)
    }

    async fn get_review(&self, caller: &Caller, tenant: TenantId) -> Result<ReviewView, Error> {
        let index = index_of(caller, tenant)?;
        Ok(ReviewView {
            header: header(index),
            readiness: readiness(index),
            blockers: unknown(index, if index == 11 { Vec::new() } else { people::blockers() }),
            since: since(index),
        })
    }

    async fn mark_reviewed(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if caller.operator.may(Permission::ReviewTenant) { Ok(()) } else { Err(Error::Forbidden) }
    }

    async fn get_plans(&self, caller: &Caller, tenant: TenantId) -> Result<PlanView, Error> {
        let index = index_of(caller, tenant)?;
        let choice = |id: &str, name: &str, state| PolicyChoice {
            id: id.to_owned(),
            display_name: name.to_owned(),
            state,
            effect: "It demands MFA for all apps.".to_owned(),
        };
        let kept = KeptPlan {
            id: Uuid::from_u128(77),
            name: "Block legacy in January".to_owned(),
            changes: vec!["add:block_legacy".to_owned()],
            author: "Tess Technician".to_owned(),
            kept_at: now() - TimeDelta::days(3),
        };
        Ok(PlanView {
            header: header(index),
            policies: unknown(
                index,
                vec![
                    choice("p1", "Require MFA", PolicyState::Enabled),
                    choice("p2", "Require MFA for guests", PolicyState::ReportOnly),
                ],
            ),
            security_defaults: unknown(index, false),
            kept: if index == 2 { vec![kept] } else { Vec::new() },
        })
    }

    async fn keep_plan(&self, caller: &Caller, tenant: TenantId, _name: &str, _plan: Plan) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if caller.operator.may(Permission::KeepPlans) { Ok(()) } else { Err(Error::Forbidden) }
    }

    async fn delete_plan(&self, caller: &Caller, tenant: TenantId, _plan: Uuid) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if caller.operator.may(Permission::KeepPlans) { Ok(()) } else { Err(Error::Forbidden) }
    }

    async fn mark_account(
        &self,
        caller: &Caller,
        tenant: TenantId,
        _user: UserId,
        mark: NewMark<'_>,
    ) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if !caller.operator.may(Permission::MarkAccounts) {
            return Err(Error::Forbidden);
        }
        let refused = |bad: BadField| Error::Invalid { field: bad.field.to_owned(), message: bad.message.to_owned() };
        mark.check(&caller.operator.display_name, now()).map(|_| ()).map_err(refused)
    }

    async fn unmark_account(&self, caller: &Caller, tenant: TenantId, _user: UserId) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if caller.operator.may(Permission::MarkAccounts) { Ok(()) } else { Err(Error::Forbidden) }
    }

    async fn refresh(&self, caller: &Caller, tenant: TenantId) -> Result<(), Error> {
        index_of(caller, tenant)?;
        if caller.operator.may(Permission::RefreshTenant) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

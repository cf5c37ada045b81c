//! The fleet: sixteen clients and the ways in which they go wrong.

use app::backend::{Caller, Fleet};
use app::error::Error;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::blocker::Protocol;
use domain::cause::{Actor, Cause};
use domain::connection::{ConnectionKind, ConnectionState, ConnectionSummary};
use domain::dataset::{Dataset, Outcome};
use domain::fleet::{
    BlockerCount, FleetBlocker, FleetBlockers, FleetFilter, FleetPage, FleetTotals, SearchHit, TenantRow,
};
use domain::known::{Known, UnknownCause};
use domain::licence::EntraLicence;
use domain::list::{Chip, ListQuery, Page};
use domain::microsoft_view::{Insight, MicrosoftView, Score};
use domain::operator::Permission;
use domain::sync_health::{Scales, SyncPace, SyncState};
use domain::trouble::{FailingDataset, FleetTroubles, Health, grouped, troubles};
use domain::verdict::{OpenAdmins, Posture, Source};

use super::{now, tenant_id};

pub struct Fake;

/// Name, accounts, posture (protected, partial, open, unprotected, cannot, unknown), admins, blockers, SMTP, sync minutes
/// (0: cloud only), minutes since read.
type Client = (&'static str, u32, [u32; 6], u32, u32, u32, i64, i64);

pub const CLIENTS: [Client; 16] = [
    ("Contoso Partner", 34, [31, 1, 0, 0, 2, 0], 0, 0, 0, 0, 6),
    ("Northwind Dental Group", 96, [58, 9, 6, 18, 5, 0], 4, 7, 3, 2880, 2),
    ("Fabrikam Logistics", 214, [161, 9, 8, 6, 27, 3], 3, 5, 2, 200, 6),
    ("Alpine Ski Hire AG", 41, [0, 0, 0, 0, 0, 41], 0, 0, 0, 0, 6000),
    ("Woodgrove Primary School", 312, [240, 34, 24, 12, 2, 0], 1, 12, 9, 9, 2),
    ("Lindqvist & Söner Åkeri", 23, [14, 0, 5, 4, 0, 0], 2, 2, 2, 0, 3),
    ("Tailwind Toys", 128, [119, 6, 2, 1, 0, 0], 0, 3, 1, 21, 4),
    ("佐藤建設 (Sato Construction)", 77, [70, 7, 0, 0, 0, 0], 0, 1, 0, 4, 6),
    ("Humongous Insurance", 1840, [1803, 10, 12, 15, 0, 0], 0, 6, 4, 11, 1),
    ("City Power & Light", 655, [640, 8, 5, 2, 0, 0], 0, 2, 0, 17, 6),
    ("Proseware Legal LLP", 58, [57, 0, 1, 0, 0, 0], 0, 0, 0, 3, 1),
    ("Margie’s Travel", 19, [19, 0, 0, 0, 0, 0], 0, 0, 0, 0, 4),
    ("Wide World Importers", 402, [398, 2, 1, 1, 0, 0], 0, 1, 0, 8, 3),
    (
        "A. Datum Veterinary Surgery of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        211,
        [200, 0, 0, 0, 11, 0],
        0,
        0,
        0,
        11_000,
        6,
    ),
    ("Coho Vineyard", 0, [0; 6], 0, 0, 0, 0, 0),
    ("Blue Yonder Airlines", 930, [925, 1, 2, 2, 0, 0], 0, 0, 0, 14, 2),
];

pub fn connection(index: usize) -> ConnectionSummary {
    let good = ConnectionSummary {
        kind: ConnectionKind::AppOnly,
        state: ConnectionState::Connected,
        cause: None,
        since: Some(now() - TimeDelta::days(40)),
        permissions_granted: 13,
        permissions_wanted: 13,
        last_token_at: Some(now() - TimeDelta::minutes(2)),
        credential_ends_at: Some(now() + TimeDelta::days(200)),
        relationship_ends_at: None,
    };
    match index {
        1 => ConnectionSummary { credential_ends_at: Some(now() + TimeDelta::days(9)), ..good },
        2 => ConnectionSummary {
            kind: ConnectionKind::Delegated,
            relationship_ends_at: Some(now() + TimeDelta::days(419)),
            credential_ends_at: None,
            ..good
        },
        3 => ConnectionSummary {
            state: ConnectionState::Broken,
            cause: Some(Cause {
                code: "AADSTS65001".to_owned(),
                meaning: "The client withdrew its consent.".to_owned(),
                next_step: "Send the client's administrator a fresh consent link.".to_owned(),
                actor: Actor::ClientAdministrator,
                request_id: Some("5c2a9f10-7d3e-4a3c-9a51-1f0c5b8e2d44".to_owned()),
            }),
            ..good
        },
        5 => ConnectionSummary { state: ConnectionState::MissingPermissions, permissions_granted: 11, ..good },
        6 => ConnectionSummary {
            kind: ConnectionKind::Delegated,
            relationship_ends_at: Some(now() + TimeDelta::days(12)),
            ..good
        },
        14 => ConnectionSummary {
            state: ConnectionState::AwaitingConsent,
            permissions_granted: 0,
            permissions_wanted: 0,
            last_token_at: None,
            ..good
        },
        _ => good,
    }
}

pub fn posture(index: usize) -> Known<Posture> {
    let [protected, partial, enrolment_open, unprotected, cannot_sign_in, unknown] = CLIENTS[index].2;
    match index {
        3 => Known::Unknown(UnknownCause::Failed),
        14 => Known::Unknown(UnknownCause::NotYetRead),
        _ => Known::Known(Posture { protected, partial, enrolment_open, unprotected, cannot_sign_in, unknown }),
    }
}

pub fn sync(index: usize) -> Known<SyncState> {
    let last_at = |minutes| Some(now() - TimeDelta::minutes(minutes));
    match (index, CLIENTS[index].6) {
        (3 | 14, _) => Known::Unknown(UnknownCause::NotYetRead),
        (_, 0) => Known::Known(SyncState::Never),
        (_, minutes @ ..180) => Known::Known(SyncState::On { pace: SyncPace::OnTime, last_at: last_at(minutes) }),
        (_, minutes @ 180..1440) => Known::Known(SyncState::On { pace: SyncPace::Late, last_at: last_at(minutes) }),
        (_, minutes @ 1440..10_080) => {
            Known::Known(SyncState::On { pace: SyncPace::Stalled, last_at: last_at(minutes) })
        }
        (_, minutes) => Known::Known(SyncState::On { pace: SyncPace::Dead, last_at: last_at(minutes) }),
    }
}

/// Of every client but one; of the partner its score.
pub fn microsoft(index: usize) -> Option<MicrosoftView> {
    let insight = Insight {
        compliant_admins: 2,
        compliant_others: CLIENTS[index].1.saturating_sub(4),
        users: CLIENTS[index].1,
        security_defaults: false,
        conditional_access: true,
        per_user_mfa: false,
    };
    (index != 5).then(|| MicrosoftView {
        score: (index == 0).then_some(Score { current: 74, most: 100 }),
        insight: (index != 0).then_some(insight),
        read_at: now() - TimeDelta::hours(3),
    })
}

fn row(index: usize) -> TenantRow {
    let (name, users, figures, admins, blockers, smtp_auth, _, read) = CLIENTS[index];
    let unread = index == 14;
    let not_protected = figures[1] + figures[2] + figures[3];
    TenantRow {
        id: tenant_id(index),
        name: name.to_owned(),
        default_domain: (!unread).then(|| format!("client{index}.example")),
        is_partner: index == 0,
        users: if unread { Known::Unknown(UnknownCause::NotYetRead) } else { Known::Known(users) },
        posture: posture(index),
        admins_unprotected: match index {
            3 | 14 => Known::Unknown(UnknownCause::NotYetRead),
            _ => Known::Known(OpenAdmins { unmarked: admins, marked: u32::from(index == 2), unknown: 0 }),
        },
        blockers: match index {
            3 => Known::Unknown(UnknownCause::NotLicensed),
            14 => Known::Unknown(UnknownCause::NotYetRead),
            _ => Known::Known(BlockerCount { blockers, smtp_auth, from_usage_report_alone: index == 11 }),
        },
        directory_sync: sync(index),
        licence: Known::Known(if index == 3 { EntraLicence::Free } else { EntraLicence::P1 }),
        enforced_by: if index.is_multiple_of(3) { Vec::new() } else { vec![Source::ConditionalAccess] },
        connection: connection(index),
        trend: if unread {
            Vec::new()
        } else {
            (0..30).map(|day| not_protected + (29 - day) / (3 + index as u32 % 5) + (day * index as u32) % 3).collect()
        },
        microsoft: microsoft(index),
        read_at: (!unread).then(|| now() - TimeDelta::minutes(read)),
    }
}

#[async_trait]
impl Fleet for Fake {
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<FleetPage, Error> {
        if !caller.operator.may(Permission::ListTenants) {
            return Err(Error::Forbidden);
        }
        if query.q == "fail" {
            return Err(Error::Internal { id: "request-1".to_owned() });
        }
        let reached: Vec<TenantRow> =
            (0..CLIENTS.len()).map(row).filter(|row| caller.operator.reach.includes(row.id)).collect();
        let all: Vec<TenantRow> = if query.q == "empty" { Vec::new() } else { reached };
        let known = |row: &TenantRow| row.posture.known().copied();
        let mut posture = Posture::default();
        for each in all.iter().filter_map(known) {
            posture.protected += each.protected;
            posture.partial += each.partial;
            posture.enrolment_open += each.enrolment_open;
            posture.unprotected += each.unprotected;
            posture.cannot_sign_in += each.cannot_sign_in;
            posture.unknown += each.unknown;
        }
        let totals = FleetTotals {
            tenants: all.len() as u32,
            users: all.iter().filter_map(|row| row.users.known().copied()).map(u64::from).sum(),
            posture,
            admins_unprotected: OpenAdmins {
                unmarked: all.iter().filter_map(|row| Some(row.admins_unprotected.known()?.unmarked)).sum(),
                marked: all.iter().filter_map(|row| Some(row.admins_unprotected.known()?.marked)).sum(),
                unknown: 0,
            },
            blockers: all.iter().filter_map(|row| row.blockers.known().map(|count| count.blockers)).sum(),
            smtp_auth: all.iter().filter_map(|row| row.blockers.known().map(|count| count.smtp_auth)).sum(),
            connections_broken: all.iter().filter(|row| row.connection.state == ConnectionState::Broken).count() as u32,
            tenants_unknown: all.iter().filter(|row| known(row).is_none()).count() as u32,
        };
        let matches = |row: &TenantRow, filter: FleetFilter| match filter {
            FleetFilter::AdminsUnprotected => row.admins_unprotected.known().is_some_and(|admins| admins.unmarked > 0),
            FleetFilter::SmtpAuth => row.blockers.known().is_some_and(|count| count.smtp_auth > 0),
            FleetFilter::SyncLate => {
                matches!(row.directory_sync.known(), Some(SyncState::On { pace, .. }) if *pace != SyncPace::OnTime)
            }
            FleetFilter::ConnectionBroken => row.connection.state == ConnectionState::Broken,
            FleetFilter::NoEntraP1 => row.licence == Known::Known(EntraLicence::Free),
        };
        let chips = FleetFilter::ALL
            .into_iter()
            .map(|filter| Chip {
                name: filter.name().to_owned(),
                label: filter.label().to_owned(),
                count: all.iter().filter(|row| matches(row, filter)).count() as u64,
            })
            .collect();
        let wanted = FleetFilter::from_name(&query.filter);
        let rows: Vec<TenantRow> = all
            .into_iter()
            .filter(|row| wanted.is_none_or(|filter| matches(row, filter)))
            .filter(|row| query.q.is_empty() || row.name.to_lowercase().contains(&query.q.to_lowercase()))
            .collect();
        let total = rows.len() as u64;
        Ok(FleetPage {
            totals,
            chips,
            tenants: Page { rows, total, page: query.page_number(), page_size: 50 },
            now: now(),
        })
    }

    async fn list_blockers(&self, caller: &Caller, query: &ListQuery) -> Result<FleetBlockers, Error> {
        if !caller.operator.may(Permission::ListTenants) {
            return Err(Error::Forbidden);
        }
        let wanted = Protocol::from_name(&query.filter);
        let rows: Vec<FleetBlocker> = super::people::blockers()
            .into_iter()
            .filter(|row| wanted.is_none_or(|wanted| wanted == row.protocol) && query.q != "nobody")
            .map(|row| FleetBlocker { tenant: tenant_id(2), tenant_name: CLIENTS[2].0.to_owned(), row })
            .collect();
        let chip = |protocol: Protocol| Chip {
            name: protocol.name().to_owned(),
            label: protocol.label().to_owned(),
            count: 1,
        };
        Ok(FleetBlockers {
            chips: [Protocol::SmtpAuth, Protocol::Imap].map(chip).to_vec(),
            owners: vec!["Maria Ortiz".to_owned()],
            tenants: 1,
            smtp_auth: 2,
            smtp_auth_tenants: 1,
            tenants_unknown: 2,
            blockers: Page { total: rows.len() as u64, rows, page: query.page_number(), page_size: 50 },
            now: now(),
        })
    }

    async fn list_troubles(&self, caller: &Caller) -> Result<FleetTroubles, Error> {
        if !caller.operator.may(Permission::ListTenants) {
            return Err(Error::Forbidden);
        }
        let health = |row: &TenantRow| Health {
            tenant: row.id,
            name: row.name.clone(),
            connection: row.connection.clone(),
            permissions: Vec::new(),
            renewed_at: None,
            directory_sync: None,
            failing: vec![FailingDataset {
                dataset: Dataset::RegistrationDetails,
                outcome: Outcome::Failed,
                cause: Some(Cause::timeout(60)),
                since: Some(now() - TimeDelta::hours(5)),
                failures: 7,
            }],
            object_errors: u32::from(row.id == tenant_id(2)) * 3,
            service_errors: 0,
            quarantined: Vec::new(),
            certificates: Vec::new(),
        };
        let all: Vec<_> = (0..CLIENTS.len())
            .map(row)
            .filter(|row| caller.operator.reach.includes(row.id))
            .map(|row| (row.id, row.name.clone(), troubles(&health(&row), &Scales::default(), now())))
            .collect();
        let sound = all.iter().filter(|(.., troubles)| troubles.is_empty()).count() as u32;
        Ok(FleetTroubles { tenants: all.len() as u32, sound, groups: grouped(all), now: now() })
    }

    async fn search(&self, _: &Caller, text: &str) -> Result<Vec<SearchHit>, Error> {
        let hits =
            CLIENTS.iter().enumerate().filter(|(_, client)| client.0.to_lowercase().contains(&text.to_lowercase()));
        Ok(hits
            .map(|(index, client)| SearchHit {
                tenant_id: tenant_id(index),
                tenant_name: client.0.to_owned(),
                user_id: None,
                label: client.0.to_owned(),
                detail: format!("client{index}.example"),
            })
            .collect())
    }
}

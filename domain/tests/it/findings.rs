//! Findings of accounts, and the order of the fleet.

use chrono::{DateTime, TimeDelta, Utc};
use domain::connection::{ConnectionKind, ConnectionState, ConnectionSummary};
use domain::facts::directory::{SignInActivity, User, UserKind};
use domain::finding::{findings, last_sign_in};
use domain::fleet::TenantRow;
use domain::ids::TenantId;
use domain::known::{Known, UnknownCause};
use domain::licence::EntraLicence;
use domain::sync_health::{SyncPace, SyncState};
use domain::user::UserFinding::{self, *};
use domain::verdict::{OpenAdmins, Posture};
use rstest::rstest;
use uuid::Uuid;

use crate::world::{ADA, World, noon};

fn days_ago(days: i64) -> DateTime<Utc> {
    noon() - TimeDelta::days(days)
}

#[rstest]
#[case::active(|_: &mut User| {}, false, Known::Known(Some(days_ago(3))), &[])]
#[case::idle(|_: &mut User| {}, false, Known::Known(Some(days_ago(90))), &[Idle])]
#[case::idle_administrator(|_: &mut User| {}, true, Known::Known(Some(days_ago(200))), &[IdleAdministrator])]
#[case::never_signed_in_and_old(|u: &mut User| u.created_at = Some(days_ago(91)), false, Known::Known(None), &[Idle])]
#[case::never_signed_in_and_new(|u: &mut User| u.created_at = Some(days_ago(5)), false, Known::Known(None), &[])]
#[case::unknown_is_not_idle(|u: &mut User| u.created_at = Some(days_ago(900)), true, Known::Unknown(UnknownCause::NotLicensed), &[])]
#[case::blocked_still_licensed(|u: &mut User| {
    u.account_enabled = false;
    u.licences = vec![Uuid::nil()];
}, false, Known::Known(Some(days_ago(400))), &[BlockedStillLicensed])]
#[case::guest_never_accepted(|u: &mut User| {
    u.kind = UserKind::Guest;
    u.external_user_state = Some("PendingAcceptance".into());
}, false, Known::Unknown(UnknownCause::NotYetRead), &[GuestNeverAccepted])]
#[case::guest_who_accepted(|u: &mut User| {
    u.kind = UserKind::Guest;
    u.external_user_state = Some("Accepted".into());
}, false, Known::Unknown(UnknownCause::NotYetRead), &[])]
#[case::password_never_expires(|u: &mut User| {
    u.password_never_expires = true;
    u.licences = vec![Uuid::nil()];
}, false, Known::Known(Some(days_ago(1))), &[PasswordNeverExpires])]
#[case::password_of_an_unlicensed_account(|u: &mut User| u.password_never_expires = true, false, Known::Known(Some(days_ago(1))), &[])]
fn findings_of_an_account(
    #[case] change: fn(&mut User),
    #[case] is_admin: bool,
    #[case] last_sign_in_at: Known<Option<DateTime<Utc>>>,
    #[case] expected: &[UserFinding],
) {
    let mut user = World::new().ada;
    change(&mut user);
    assert_eq!(findings(&user, is_admin, false, &last_sign_in_at, noon()), expected);
}

#[rstest]
#[case::success_counts(Some(days_ago(1)), Some(days_ago(9)), Some(days_ago(9)))]
#[case::failed_attempts_do_not_count(Some(days_ago(1)), None, None)]
#[case::before_successes_were_kept_apart(Some(days_ago(1500)), None, Some(days_ago(1500)))]
fn last_sign_in_is_a_success(
    #[case] attempted: Option<DateTime<Utc>>,
    #[case] succeeded: Option<DateTime<Utc>>,
    #[case] expected: Option<DateTime<Utc>>,
) {
    let activity = SignInActivity {
        user_id: ADA,
        last_sign_in_at: attempted,
        last_non_interactive_sign_in_at: None,
        last_successful_sign_in_at: succeeded,
    };
    assert_eq!(last_sign_in(&activity), expected);
}

fn tenant(change: fn(&mut TenantRow)) -> TenantRow {
    let mut row = TenantRow {
        id: TenantId(Uuid::nil()),
        name: "Contoso".into(),
        default_domain: None,
        is_partner: false,
        users: Known::Known(10),
        posture: Known::Known(Posture { protected: 10, ..Posture::default() }),
        admins_unprotected: Known::Known(OpenAdmins::default()),
        blockers: Known::Known(Default::default()),
        directory_sync: Known::Known(SyncState::Never),
        licence: Known::Known(EntraLicence::P1),
        enforced_by: Vec::new(),
        connection: ConnectionSummary {
            kind: ConnectionKind::AppOnly,
            state: ConnectionState::Connected,
            cause: None,
            since: None,
            permissions_granted: 1,
            permissions_wanted: 1,
            last_token_at: None,
            credential_ends_at: None,
            relationship_ends_at: None,
        },
        trend: Vec::new(),
        microsoft: None,
        read_at: None,
    };
    change(&mut row);
    row
}

#[test]
fn the_fleet_is_worst_first() {
    let worst_first: [fn(&mut TenantRow); 7] = [
        |row| row.admins_unprotected = Known::Known(OpenAdmins { unmarked: 3, marked: 0, unknown: 0 }),
        |row| row.admins_unprotected = Known::Known(OpenAdmins { unmarked: 1, marked: 9, unknown: 0 }),
        |row| row.connection.state = ConnectionState::Broken,
        |row| row.posture = Known::Known(Posture { unprotected: 9, ..Posture::default() }),
        |row| row.directory_sync = Known::Known(SyncState::On { pace: SyncPace::Late, last_at: None }),
        |row| row.posture = Known::Unknown(UnknownCause::NotYetRead),
        |_| {},
    ];
    let urgencies: Vec<u64> = worst_first.into_iter().map(|change| tenant(change).urgency()).collect();
    assert!(urgencies.is_sorted_by(|a, b| a > b), "{urgencies:?}");
    assert!(urgencies.iter().all(|urgency| i64::try_from(*urgency).is_ok()));
}

//! What makes an account worth a look, told from its facts.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::facts::directory::{SignInActivity, User, UserKind};
use crate::known::Known;
use crate::user::UserFinding;

/// Without a sign-in for so long an account is idle.
pub const IDLE_AFTER: TimeDelta = TimeDelta::days(90);

/// The last time that somebody got in. Microsoft's `lastSignInDateTime` counts failed attempts too, so that it is used
/// only from before December 2023, when successes were not kept apart.
pub fn last_sign_in(activity: &SignInActivity) -> Option<DateTime<Utc>> {
    let kept_apart_since = Utc.with_ymd_and_hms(2023, 12, 1, 0, 0, 0).single();
    activity.last_successful_sign_in_at.or_else(|| {
        activity
            .last_sign_in_at
            .max(activity.last_non_interactive_sign_in_at)
            .filter(|at| kept_apart_since.is_some_and(|since| *at < since))
    })
}

/// Nobody got in for 90 days, and the account is old enough to tell. Unknown is not idle.
pub fn is_idle(user: &User, last_sign_in_at: &Known<Option<DateTime<Utc>>>, now: DateTime<Utc>) -> bool {
    let old = |at: DateTime<Utc>| now - at >= IDLE_AFTER;
    match last_sign_in_at {
        Known::Unknown(_) => false,
        Known::Known(Some(at)) => old(*at),
        Known::Known(None) => user.created_at.is_some_and(old),
    }
}

/// The findings of one user, the gravest first. `is_admin`: holds an active directory role. `is_marked`: by a mark that holds.
pub fn findings(
    user: &User,
    is_admin: bool,
    is_marked: bool,
    last_sign_in_at: &Known<Option<DateTime<Utc>>>,
    now: DateTime<Utc>,
) -> Vec<UserFinding> {
    let idle = user.account_enabled && is_idle(user, last_sign_in_at, now);
    let never_accepted =
        user.external_user_state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("PendingAcceptance"));
    let holds = |finding| match finding {
        UserFinding::IdleAdministrator => idle && is_admin,
        UserFinding::Idle => idle && !is_admin,
        UserFinding::Marked => is_marked,
        UserFinding::BlockedStillLicensed => !user.account_enabled && !user.licences.is_empty(),
        UserFinding::GuestNeverAccepted => user.kind == UserKind::Guest && never_accepted,
        UserFinding::PasswordNeverExpires => {
            user.account_enabled && user.password_never_expires && (is_admin || !user.licences.is_empty())
        }
    };
    UserFinding::ALL.into_iter().filter(|finding| holds(*finding)).collect()
}

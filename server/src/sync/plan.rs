//! Which datasets are due, in which order, and when each comes again. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::dataset::{Dataset, DatasetStatus, Licence, Outcome};
use domain::licence::EntraLicence;

/// What everything else depends on.
pub(super) const FIRST: [Dataset; 2] = [Dataset::Organization, Dataset::SubscribedSkus];
/// What verdicts rest on; lanes of one budget each, which run side by side. Groups come after them: policies and roles name
/// them.
pub(super) const VERDICT_LANES: [&[Dataset]; 4] = [
    &[
        Dataset::Users,
        Dataset::SecurityDefaults,
        Dataset::AuthenticationStrengths,
        Dataset::AuthenticationMethodsPolicy,
        Dataset::Domains,
        Dataset::DirectorySync,
        // Behind the users: where the list does not tell it, each of them is asked for.
        Dataset::PerUserMfa,
    ],
    &[Dataset::RoleAssignments, Dataset::RoleEligibility],
    &[Dataset::ConditionalAccessPolicies, Dataset::NamedLocations],
    &[Dataset::RegistrationDetails],
];
/// Evidence that may take long, and that no verdict waits for.
pub(super) const EVIDENCE_LANES: [&[Dataset]; 4] = [
    &[
        Dataset::ObjectErrors,
        Dataset::Devices,
        Dataset::ServiceErrors,
        Dataset::ContactErrors,
        Dataset::CloudSync,
        Dataset::SyncSettings,
        Dataset::DelegatedRelationships,
        Dataset::PartnerScore,
    ],
    &[Dataset::LegacySignIns, Dataset::SignInActivity],
    &[Dataset::MailAppUsage],
    &[Dataset::ExchangeSettings],
];

const NOT_LICENSED_AGAIN: TimeDelta = TimeDelta::hours(6);
const NOT_PERMITTED_AGAIN: TimeDelta = TimeDelta::hours(1);
const FAILED_AGAIN_LEAST: TimeDelta = TimeDelta::minutes(2);
const FAILED_AGAIN_MOST: TimeDelta = TimeDelta::minutes(30);

/// A dataset is due when it never ran, was cut off, somebody waits for fresh data, or its time has come.
pub(super) fn is_due(status: &DatasetStatus, refresh_requested_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    status.running
        || refresh_requested_at.is_some_and(|asked| status.started_at.is_none_or(|started| started < asked))
        || status.next_run_at.is_none_or(|at| at <= now)
}

/// Microsoft told of a change to users after they were last begun to be read. What failed waits for its own time all the same:
/// Microsoft may have asked for the wait.
pub(super) fn is_told(status: &DatasetStatus, users_told_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    let waits = status.outcome != Some(Outcome::Done) && status.next_run_at.is_some_and(|at| at > now);
    status.dataset == Dataset::Users
        && !waits
        && users_told_at.is_some_and(|told| status.started_at.is_none_or(|started| started < told))
}

/// The tenant has what the dataset needs; `None` while its subscriptions are not known.
pub(super) fn is_licensed(dataset: Dataset, licence: Option<EntraLicence>) -> Option<bool> {
    match dataset.spec().licence {
        Licence::None => Some(true),
        Licence::EntraP1 => licence.map(|licence| licence >= EntraLicence::P1),
        Licence::EntraP2 => licence.map(|licence| licence >= EntraLicence::P2),
    }
}

/// When the dataset comes again after it ended like this at `now`. `asked`: what Microsoft asked for.
pub(super) fn next_run(
    dataset: Dataset,
    outcome: Outcome,
    asked: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let cadence = dataset.spec().cadence;
    let wait = match outcome {
        Outcome::Done => cadence,
        Outcome::NotLicensed => cadence.max(NOT_LICENSED_AGAIN),
        Outcome::NotPermitted => cadence.max(NOT_PERMITTED_AGAIN),
        Outcome::Failed => (cadence / 4).clamp(FAILED_AGAIN_LEAST, FAILED_AGAIN_MOST),
    };
    now + asked.map_or(wait, |asked| asked.max(wait))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
    }

    fn status(started: Option<i64>, next: Option<i64>) -> DatasetStatus {
        DatasetStatus {
            dataset: Dataset::Users,
            outcome: None,
            running: false,
            started_at: started.map(at),
            finished_at: None,
            read_at: None,
            rows: None,
            cause: None,
            failing_since: None,
            failures: 0,
            calls: None,
            next_run_at: next.map(at),
        }
    }

    #[test]
    fn every_dataset_has_one_place_in_the_plan() {
        let lanes = VERDICT_LANES.iter().chain(&EVIDENCE_LANES).flat_map(|lane| lane.iter().copied());
        let planned: Vec<_> = FIRST.into_iter().chain(lanes).chain([Dataset::PolicyGroups]).collect();
        assert_eq!(planned.len(), Dataset::ALL.len());
        assert_eq!(planned.into_iter().collect::<BTreeSet<_>>(), Dataset::ALL.into_iter().collect());
    }

    #[test]
    fn what_never_ran_was_cut_off_or_is_overdue_is_due() {
        assert!(is_due(&status(None, None), None, at(0)));
        assert!(is_due(&DatasetStatus { running: true, ..status(Some(0), Some(10)) }, None, at(1)));
        assert!(is_due(&status(Some(0), Some(5)), None, at(5)));
        assert!(!is_due(&status(Some(0), Some(5)), None, at(4)));
    }

    #[test]
    fn a_refresh_makes_due_what_was_started_before_it_and_that_once() {
        assert!(is_due(&status(Some(0), Some(60)), Some(at(1)), at(2)));
        assert!(!is_due(&status(Some(2), Some(60)), Some(at(1)), at(3)));
    }

    #[test]
    fn what_microsoft_told_makes_users_due_once_and_not_sooner_than_it_asked() {
        let read = DatasetStatus { outcome: Some(Outcome::Done), ..status(Some(0), Some(60)) };
        assert!(is_told(&read, Some(at(1)), at(2)));
        assert!(!is_told(&read, None, at(2)));
        assert!(!is_told(&DatasetStatus { started_at: Some(at(2)), ..read.clone() }, Some(at(1)), at(3)));
        assert!(!is_told(&DatasetStatus { dataset: Dataset::Domains, ..read.clone() }, Some(at(1)), at(2)));
        let refused = DatasetStatus { outcome: Some(Outcome::Failed), ..read };
        assert!(!is_told(&refused, Some(at(1)), at(2)), "it is asked again when its time has come");
    }

    #[test]
    fn a_failure_comes_again_soon_and_not_sooner_than_microsoft_asks() {
        let next = |dataset, outcome, asked| next_run(dataset, outcome, asked, at(0)) - at(0);
        assert_eq!(next(Dataset::Users, Outcome::Failed, None), TimeDelta::minutes(2));
        assert_eq!(next(Dataset::SignInActivity, Outcome::Failed, None), TimeDelta::minutes(30));
        assert_eq!(next(Dataset::Users, Outcome::Failed, Some(TimeDelta::minutes(20))), TimeDelta::minutes(20));
        assert_eq!(next(Dataset::Users, Outcome::Done, None), TimeDelta::minutes(5));
        assert_eq!(next(Dataset::RegistrationDetails, Outcome::NotLicensed, None), TimeDelta::hours(6));
    }

    #[test]
    fn a_licence_is_judged_only_where_subscriptions_are_known() {
        assert_eq!(is_licensed(Dataset::Users, None), Some(true));
        assert_eq!(is_licensed(Dataset::RegistrationDetails, None), None);
        assert_eq!(is_licensed(Dataset::RegistrationDetails, Some(EntraLicence::P1)), Some(true));
        assert_eq!(is_licensed(Dataset::RoleEligibility, Some(EntraLicence::P1)), Some(false));
    }
}

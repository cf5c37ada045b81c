//! The numbers that verdicts, findings and licences are kept as, so that lists sort by an index.

use domain::licence::EntraLicence;
use domain::user::UserFinding;
use domain::verdict::Verdict;

/// Position in the worst-first order. Kept in the database: the order of `Verdict::ALL` only changes with a migration.
pub(super) fn verdict_number(verdict: Verdict) -> i32 {
    position(&Verdict::ALL, &verdict)
}

pub(super) fn verdict_of(number: i32) -> Verdict {
    usize::try_from(number).ok().and_then(|number| Verdict::ALL.get(number).copied()).unwrap_or(Verdict::Unknown)
}

/// What to look at first: administrators who are not protected, then others who are not, the unknown, the rest.
fn severity(verdict: Verdict, is_admin: bool) -> i32 {
    match (verdict, is_admin) {
        (Verdict::Unprotected, true) => 0,
        (Verdict::EnrolmentOpen, true) => 1,
        (Verdict::Partial, true) => 2,
        (Verdict::Unprotected, false) => 3,
        (Verdict::EnrolmentOpen, false) => 4,
        (Verdict::Partial, false) => 5,
        (Verdict::Unknown, true) => 6,
        (Verdict::Unknown, false) => 7,
        (Verdict::Protected, _) => 8,
        (Verdict::CannotSignIn, _) => 9,
    }
}

/// As `severity`; what is marked apart comes after everybody else who is not protected.
pub(super) fn severity_of(verdict: Verdict, is_admin: bool, findings: &[UserFinding]) -> i32 {
    let severity = severity(verdict, is_admin);
    if findings.contains(&UserFinding::Marked) { severity.max(NOT_PROTECTED) } else { severity }
}

/// Severities below this are not protected.
pub(super) const NOT_PROTECTED: i32 = 6;

/// One bit a finding, by its position in `UserFinding::ALL`; a migration goes with any change of that order.
pub(super) fn finding_bit(finding: UserFinding) -> i32 {
    1 << position(&UserFinding::ALL, &finding)
}

pub(super) fn finding_bits(findings: &[UserFinding]) -> i32 {
    findings.iter().fold(0, |bits, finding| bits | finding_bit(*finding))
}

pub(super) fn findings_of(bits: i32) -> Vec<UserFinding> {
    UserFinding::ALL.into_iter().filter(|finding| bits & finding_bit(*finding) != 0).collect()
}

/// The gravest finding's position; `NO_FINDING` without one. A mark is nothing to look into.
pub(super) fn finding_rank(findings: &[UserFinding]) -> i32 {
    let amiss = findings.iter().filter(|finding| **finding != UserFinding::Marked);
    amiss.map(|finding| position(&UserFinding::ALL, finding)).min().unwrap_or(NO_FINDING)
}

pub(super) const NO_FINDING: i32 = 9;

pub(super) fn licence_number(licence: EntraLicence) -> i32 {
    match licence {
        EntraLicence::Free => 0,
        EntraLicence::P1 => 1,
        EntraLicence::P2 => 2,
    }
}

pub(super) fn licence_of(number: i32) -> EntraLicence {
    match number {
        2 => EntraLicence::P2,
        1 => EntraLicence::P1,
        _ => EntraLicence::Free,
    }
}

fn position<T: PartialEq>(all: &[T], one: &T) -> i32 {
    all.iter().position(|other| other == one).and_then(|position| i32::try_from(position).ok()).unwrap_or(NO_FINDING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict_of(verdict_number(verdict)), verdict);
        }
        for finding in UserFinding::ALL {
            assert_eq!(findings_of(finding_bit(finding)), [finding]);
        }
        assert_eq!(findings_of(finding_bits(&UserFinding::ALL)), UserFinding::ALL);
        for licence in [EntraLicence::Free, EntraLicence::P1, EntraLicence::P2] {
            assert_eq!(licence_of(licence_number(licence)), licence);
        }
    }

    /// The defaults of new rows in the tables say the same.
    #[test]
    fn a_user_who_was_never_judged_is_unknown() {
        assert_eq!(verdict_number(Verdict::Unknown), 3);
        assert_eq!(severity(Verdict::Unknown, false), 7);
        assert_eq!(finding_rank(&[]), 9);
    }
}

//! Why a verdict changed: what is new among its reasons, or what is gone.

use crate::verdict::{Enrolment, Judgement, Reason, Source, Verdict};

/// One or two whole sentences that name the policy, the method or the account's state. Falls back to the new verdict's own
/// first reason.
pub fn cause_of_change(before: &Judgement, after: &Judgement) -> String {
    let first = after.because();
    match (before.verdict, after.verdict) {
        (_, Verdict::CannotSignIn) => return first.to_owned(),
        (Verdict::CannotSignIn, _) => return format!("The account can sign in again. {first}"),
        (_, Verdict::Unknown) => return first.to_owned(),
        _ => {}
    }
    let enrolled = match (before.enrolment, after.enrolment) {
        (Enrolment::Registered, Enrolment::NotRegistered) => Some("No usable method is registered any more."),
        (Enrolment::NotRegistered, Enrolment::Registered) => Some("A usable method was registered."),
        _ => None,
    };
    let new = after.reasons.iter().skip(1).filter(|reason| is_told(reason) && !has(before, reason));
    let gone = before.reasons.iter().filter(|reason| is_told(reason) && !has(after, reason));
    let mut sentences: Vec<String> = enrolled.map(str::to_owned).into_iter().collect();
    sentences.extend(new.map(|reason| reason.text.to_string()));
    sentences.extend(gone.map(|reason| format!("No longer so: {}", reason.text)));
    // The first reason of a verdict says it as a whole: when nothing else changed, it is the change.
    sentences.truncate(2);
    if sentences.is_empty() { first.to_owned() } else { sentences.join(" ") }
}

/// About what enforces; what is registered is told by the enrolment.
fn is_told(reason: &Reason) -> bool {
    match reason.source {
        Source::ConditionalAccess | Source::SecurityDefaults | Source::PerUserMfa | Source::Federation => true,
        Source::Registration | Source::Account | Source::Missing => false,
    }
}

fn has(judgement: &Judgement, reason: &Reason) -> bool {
    judgement.reasons.iter().any(|other| other.text == reason.text)
}

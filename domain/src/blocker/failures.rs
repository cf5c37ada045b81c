//! Sign-ins of a blocker that did not succeed, by Microsoft's code and in words (sign-in log, authentication and
//! authorisation error codes).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureCount {
    /// The number after `AADSTS`.
    pub code: u32,
    pub what: String,
    pub count: u32,
}

/// The most frequent first.
pub fn failures_in_words(failures: &BTreeMap<u32, u32>) -> Vec<FailureCount> {
    let mut counted: Vec<_> = failures
        .iter()
        .map(|(code, count)| FailureCount { code: *code, what: meaning(*code).to_owned(), count: *count })
        .collect();
    counted.sort_by_key(|failure| (std::cmp::Reverse(failure.count), failure.code));
    counted
}

fn meaning(code: u32) -> &'static str {
    match code {
        50_126 => "wrong name or password: guessed, or changed",
        50_053 => "locked after too many wrong passwords",
        50_034 => "no such account",
        50_055 => "the password has ended",
        50_056 => "no password, or a wrong one",
        50_057 => "the account is disabled",
        53_000 => "blocked by policy: the device is not compliant",
        53_001 => "blocked by policy: the device is not joined",
        53_002 => "blocked by policy: the app is not approved",
        53_003 => "blocked by a Conditional Access policy",
        530_032 => "blocked by a policy on risk",
        530_035 => "blocked by security defaults",
        50_072 | 50_079 => "MFA would have to be registered, which this client cannot do",
        50_074 | 50_076 => "MFA was asked for, which this client cannot do",
        50_158 => "a third party's check was asked for, which this client cannot do",
        7_000_218 => "the app has to prove itself and did not",
        _ => "failed for another reason",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sprayed_passwords_policies_and_defaults_are_told_apart() {
        let words = failures_in_words(&BTreeMap::from([(53_003, 2), (50_126, 40), (530_035, 2), (1, 1)]));
        let said: Vec<_> = words.iter().map(|failure| (failure.code, failure.count)).collect();
        assert_eq!(said, [(50_126, 40), (53_003, 2), (530_035, 2), (1, 1)]);
        let mut kinds: Vec<_> = words.iter().map(|failure| failure.what.as_str()).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), 4);
    }
}

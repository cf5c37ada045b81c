//! What a user has registered against what an authentication strength allows.

use super::conditions::is;
use super::truth::Truth;

/// The words of `allowedCombinations` that registered methods answer, by their bit in `Factors`. Others (certificates, a
/// temporary access pass, another tenant's MFA) are not registered methods: whether the user has them is not known.
const WORDS: [&str; 8] = [
    "fido2",
    "windowsHelloForBusiness",
    "deviceBasedPush",
    "microsoftAuthenticatorPush",
    "softwareOath",
    "hardwareOath",
    "sms",
    "voice",
];

/// The second factors that a user has, as far as a strength can tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Factors {
    bits: u8,
    /// A method is registered of which no strength says what it is.
    others: bool,
}

impl Factors {
    /// `methods`: the words of `methodsRegistered`.
    pub(super) fn of(methods: &[String]) -> Self {
        let mut factors = Self::default();
        for method in methods {
            match words(&method.to_ascii_lowercase()) {
                Some(words) => words.iter().for_each(|word| factors.add(word)),
                None => factors.others = true,
            }
        }
        factors
    }

    fn add(&mut self, word: &str) {
        if let Some(bit) = WORDS.iter().position(|known| *known == word) {
            self.bits |= 1 << bit;
        }
    }

    /// Whether one of the combinations can be met.
    pub(super) fn meet(self, combinations: &[String]) -> Truth {
        if self.others {
            return Truth::Maybe;
        }
        Truth::any(combinations.iter().map(|combination| {
            combination.split(',').filter(|part| !is(part, "password")).fold(Truth::Yes, |met, part| {
                met.and(match WORDS.iter().position(|word| is(part, word)) {
                    Some(bit) => Truth::from(self.bits & (1 << bit) != 0),
                    None => Truth::Maybe,
                })
            })
        }))
    }
}

/// The combination words that a registered method stands for; `None`: a method that is not known.
fn words(method: &str) -> Option<&'static [&'static str]> {
    if method.starts_with("passkey") || method.starts_with("fido2") {
        return Some(&["fido2"]);
    }
    Some(match method {
        "windowshelloforbusiness" | "macossecureenclavekey" => &["windowsHelloForBusiness"],
        "microsoftauthenticatorpasswordless" => &["deviceBasedPush", "microsoftAuthenticatorPush"],
        "microsoftauthenticatorpush" => &["microsoftAuthenticatorPush"],
        "softwareonetimepasscode" => &["softwareOath"],
        "hardwareonetimepasscode" => &["hardwareOath"],
        "mobilephone" => &["sms", "voice"],
        "alternatemobilephone" | "officephone" => &["voice"],
        "sms" => &["sms"],
        "email" | "securityquestion" | "apppassword" => &[],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[rstest]
    #[case::key(&["fido2SecurityKey"], &["fido2", "x509CertificateMultiFactor"], Truth::Yes)]
    #[case::passkey(&["passKeyDeviceBoundAuthenticator"], &["fido2"], Truth::Yes)]
    #[case::push_is_no_key(&["microsoftAuthenticatorPush"], &["fido2", "windowsHelloForBusiness"], Truth::No)]
    #[case::perhaps_a_certificate(&["microsoftAuthenticatorPush"], &["fido2", "x509CertificateMultiFactor"], Truth::Maybe)]
    #[case::password_and_push(&["microsoftAuthenticatorPush"], &["password,microsoftAuthenticatorPush"], Truth::Yes)]
    #[case::password_and_phone(&["mobilePhone"], &["password,sms"], Truth::Yes)]
    #[case::a_method_of_tomorrow(&["crystalBall"], &["fido2"], Truth::Maybe)]
    #[case::nothing_that_counts(&["email"], &["password,sms"], Truth::No)]
    #[case::no_combination(&["mobilePhone"], &[], Truth::No)]
    fn a_strength_is_met_by_what_is_registered(
        #[case] methods: &[&str],
        #[case] combinations: &[&str],
        #[case] expected: Truth,
    ) {
        assert_eq!(Factors::of(&owned(methods)).meet(&owned(combinations)), expected);
    }
}

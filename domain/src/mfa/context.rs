//! What a sign-in can differ in, as far as a tenant's policies can tell it apart.

use std::collections::{BTreeMap, BTreeSet};

use uuid::{Uuid, uuid};

use super::facts::Fact;
use super::truth::Truth;
use crate::facts::policy::{NamedLocation, Policy};

/// What is signed in to. `RegisterSecurityInfo` is an action and not an app: it guards enrolment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum App {
    /// Any app that no policy names.
    Other,
    /// The Office 365 suite, but for the members that policies name.
    Office365,
    /// Microsoft's admin portals, but for those that policies name.
    AdminPortals,
    Named(Uuid),
    /// An app that the application filter of one policy matches, by the policy's index.
    Filtered(usize),
    RegisterSecurityInfo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Client {
    Browser,
    MobileAndDesktop,
    ExchangeActiveSync,
    OtherLegacy,
}

impl Client {
    pub(super) const ALL: [Self; 4] =
        [Self::Browser, Self::MobileAndDesktop, Self::ExchangeActiveSync, Self::OtherLegacy];

    /// Cannot answer a demand for MFA.
    pub(super) fn is_legacy(self) -> bool {
        matches!(self, Self::ExchangeActiveSync | Self::OtherLegacy)
    }

    /// Graph's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::MobileAndDesktop => "mobileAppsAndDesktopClients",
            Self::ExchangeActiveSync => "exchangeActiveSync",
            Self::OtherLegacy => "other",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Platform {
    Windows,
    MacOs,
    Ios,
    Android,
    Linux,
    WindowsPhone,
    /// What Entra does not recognise; whoever signs in chooses what the device says that it is.
    Unrecognised,
}

impl Platform {
    pub(super) const ALL: [Self; 7] =
        [Self::Windows, Self::MacOs, Self::Ios, Self::Android, Self::Linux, Self::WindowsPhone, Self::Unrecognised];

    /// Graph's word; `unknown` is ours.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::MacOs => "macOS",
            Self::Ios => "iOS",
            Self::Android => "android",
            Self::Linux => "linux",
            Self::WindowsPhone => "windowsPhone",
            Self::Unrecognised => "unknown",
        }
    }

    /// The name on screen.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::MacOs => "macOS",
            Self::Ios => "iOS",
            Self::Android => "Android",
            Self::Linux => "Linux",
            Self::WindowsPhone => "Windows Phone",
            Self::Unrecognised => "an unrecognised platform",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Flow {
    Ordinary,
    DeviceCode,
    Transfer,
}

impl Flow {
    pub(super) const ALL: [Self; 3] = [Self::Ordinary, Self::DeviceCode, Self::Transfer];
}

/// Who can be in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reach {
    /// Anybody: an ordinary network, in a country of choice.
    Anybody,
    /// Not known, because the named location could not be read.
    Uncertain,
    /// Insiders alone: the tenant's own networks.
    Insiders,
}

/// Where a sign-in comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) label: String,
    pub(super) reach: Reach,
    pub(super) trusted: Truth,
    /// Membership of the named locations that policies name; absent is no.
    pub(super) inside: BTreeMap<Uuid, Truth>,
}

/// `trusted IPs` of the per-user MFA settings, as Conditional Access names them.
const MFA_TRUSTED_IPS: Uuid = Uuid::nil();
/// `All Compliant Network locations` of Global Secure Access.
const COMPLIANT_NETWORK: Uuid = uuid!("3d46dbda-8382-466a-856d-eb00cbc6b910");

pub(super) const ANYWHERE_ELSE: &str = "anywhere else";

/// The places that the policies' location conditions can tell apart; "anywhere else" first.
pub(super) fn places(policies: &[&Policy], locations: &Fact<Vec<NamedLocation>>) -> Vec<Place> {
    let words = || policies.iter().flat_map(|policy| location_words(policy));
    let named: BTreeSet<Uuid> = words().filter_map(|word| word.parse().ok()).collect();
    let known = |id: &Uuid| locations.value().and_then(|all| all.iter().find(|location| location.id == *id));
    let countries: Vec<&NamedLocation> = named.iter().filter_map(known).filter(|l| !l.countries.is_empty()).collect();

    let mut places = vec![Place {
        label: ANYWHERE_ELSE.to_owned(),
        reach: Reach::Anybody,
        trusted: Truth::No,
        inside: BTreeMap::new(),
    }];
    places.extend(country_places(&countries));
    for id in named {
        let place = match known(&id) {
            Some(location) if !location.countries.is_empty() => continue,
            Some(location) => network_place(location, &countries),
            None => unread_place(id, &countries),
        };
        places.push(place);
    }
    if words().any(|word| word.eq_ignore_ascii_case("AllTrusted")) {
        places.push(Place {
            label: "another trusted location".to_owned(),
            reach: Reach::Insiders,
            trusted: Truth::Yes,
            inside: anywhere_in(&countries),
        });
    }
    places
}

fn location_words(policy: &Policy) -> impl Iterator<Item = &String> {
    policy.conditions.include_locations.iter().chain(&policy.conditions.exclude_locations)
}

/// An address is in exactly one country: countries that the same locations hold are one place.
fn country_places(locations: &[&NamedLocation]) -> Vec<Place> {
    let mut by_membership: BTreeMap<BTreeSet<Uuid>, BTreeSet<&str>> = BTreeMap::new();
    let codes: BTreeSet<&str> = locations.iter().flat_map(|l| l.countries.iter().map(String::as_str)).collect();
    for code in codes {
        let holders =
            locations.iter().filter(|l| l.countries.iter().any(|country| country == code)).map(|l| l.id).collect();
        by_membership.entry(holders).or_default().insert(code);
    }
    by_membership
        .into_iter()
        .map(|(holders, codes)| Place {
            label: country_label(locations, &holders, &codes),
            reach: Reach::Anybody,
            trusted: Truth::from(locations.iter().any(|l| l.is_trusted && holders.contains(&l.id))),
            inside: holders.into_iter().map(|id| (id, Truth::Yes)).collect(),
        })
        .collect()
}

fn country_label(locations: &[&NamedLocation], holders: &BTreeSet<Uuid>, codes: &BTreeSet<&str>) -> String {
    if codes.len() <= 4 {
        return codes.iter().copied().collect::<Vec<_>>().join(", ");
    }
    let names: Vec<_> = locations.iter().filter(|l| holders.contains(&l.id)).map(|l| l.display_name.as_str()).collect();
    format!("{} ({} countries)", names.join(" and "), codes.len())
}

fn network_place(location: &NamedLocation, countries: &[&NamedLocation]) -> Place {
    let mut inside = anywhere_in(countries);
    inside.insert(location.id, Truth::Yes);
    // A kind that is not known here, or unknown countries alone: nobody can say who is in it.
    if location.ranges.is_empty() {
        let label = location.display_name.clone();
        return Place { label, reach: Reach::Uncertain, trusted: Truth::Maybe, inside };
    }
    Place {
        label: location.display_name.clone(),
        reach: if location.ranges.iter().any(|range| is_wide(range)) { Reach::Anybody } else { Reach::Insiders },
        trusted: Truth::from(location.is_trusted),
        inside,
    }
}

fn unread_place(id: Uuid, countries: &[&NamedLocation]) -> Place {
    let mut inside = anywhere_in(countries);
    inside.insert(id, Truth::Yes);
    let (label, reach, trusted) = match id {
        MFA_TRUSTED_IPS => ("trusted IPs of per-user MFA".to_owned(), Reach::Insiders, Truth::Yes),
        COMPLIANT_NETWORK => ("the compliant network".to_owned(), Reach::Insiders, Truth::No),
        _ => (format!("named location {id}"), Reach::Uncertain, Truth::Maybe),
    };
    Place { label, reach, trusted, inside }
}

/// A network lies in some country, and nobody says in which.
fn anywhere_in(countries: &[&NamedLocation]) -> BTreeMap<Uuid, Truth> {
    countries.iter().map(|location| (location.id, Truth::Maybe)).collect()
}

/// A range that is so wide that an attacker's address may be in it (`0.0.0.0/1`).
fn is_wide(range: &str) -> bool {
    let Some((address, prefix)) = range.split_once('/') else { return false };
    let limit = if address.contains(':') { 16 } else { 7 };
    prefix.trim().parse::<u8>().is_ok_and(|bits| bits <= limit)
}

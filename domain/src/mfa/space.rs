//! The finite set of sign-in contexts: values that every policy treats alike are one class, and a context is one class of
//! each axis. What each policy does is worked out once, for all users.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::bits::Bits;
use super::conditions;
use super::context::{App, Client, Flow, Place, Platform, Reach, places};
use super::facts::TenantFacts;
use super::grant::{self, FRESH_FACTOR, MANAGED_DEVICE, PASSWORD_ALONE};
use super::truth::Truth;
use super::well_known::EXCHANGE_ONLINE;
use crate::facts::policy::Policy;

/// Where from and on which device, in one axis: the tenant's own devices are judged at an ordinary place alone.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub(super) places: Vec<Place>,
    pub(super) managed_device: bool,
}

impl Plane {
    /// Who gets there.
    pub(super) fn reach(&self) -> Reach {
        if self.managed_device {
            Reach::Insiders
        } else {
            self.places.first().map_or(Reach::Anybody, |place| place.reach)
        }
    }
}

#[derive(Debug)]
pub(super) struct Space {
    pub(super) planes: Vec<Plane>,
    pub(super) flows: Vec<Vec<Flow>>,
    pub(super) platforms: Vec<Vec<Platform>>,
    pub(super) clients: Vec<Vec<Client>>,
    pub(super) apps: Vec<Vec<App>>,
}

/// A context: one class of each axis, in the order plane, flow, platform, client, app.
pub(super) type Context = [usize; 5];

/// What one policy does, as sets of contexts.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// Stops whoever has the password alone (on the tenant's own device: that device too).
    pub(super) stops: Bits,
    /// May stop them.
    pub(super) may_stop: Bits,
    /// Stops even somebody with a freshly enrolled second factor.
    pub(super) stops_enrolled: Bits,
    /// Blocks everybody.
    pub(super) blocks: Bits,
    /// How many contexts that anybody can choose it stops.
    pub(super) stops_anybody: usize,
}

impl Space {
    /// `policies`: those in force, by the index that filtered apps refer to.
    pub(super) fn new(policies: &[&Policy], facts: &TenantFacts) -> Self {
        let told = |truth: &dyn Fn(usize, &Policy) -> Truth| -> Vec<Truth> {
            policies.iter().enumerate().map(|(index, policy)| truth(index, policy)).collect()
        };
        let apps = classes(apps(policies), |app| {
            let mut signature = told(&|index, policy| conditions::app(&policy.conditions, index, app));
            signature.push(Truth::from(*app == App::RegisterSecurityInfo));
            signature
        });
        let clients = classes(Client::ALL.to_vec(), |client| {
            let mut signature = told(&|_, policy| conditions::client(&policy.conditions, *client));
            signature.push(Truth::from(client.is_legacy()));
            signature
        });
        let platforms = classes(Platform::ALL.to_vec(), |platform| {
            let mut signature = told(&|_, policy| conditions::platform(&policy.conditions, *platform));
            signature.extend(told(&|_, policy| {
                grant::stops(policy, &facts.strengths, Client::MobileAndDesktop, *platform, PASSWORD_ALONE)
            }));
            signature
        });
        let flows = classes(Flow::ALL.to_vec(), |flow| told(&|_, policy| conditions::flow(&policy.conditions, *flow)));
        let mut planes: Vec<Plane> = classes(places(policies, &facts.named_locations), |place| {
            let mut signature = told(&|_, policy| conditions::place(&policy.conditions, place));
            signature.push(Truth::from(place.reach == Reach::Insiders));
            signature.push(Truth::from(place.reach == Reach::Uncertain));
            signature
        })
        .into_iter()
        .map(|places| Plane { places, managed_device: false })
        .collect();
        if let Some(ordinary) = planes.first().cloned() {
            planes.push(Plane { managed_device: true, ..ordinary });
        }
        Self { planes, flows, platforms, clients, apps }
    }

    pub(super) fn sizes(&self) -> Context {
        [self.planes.len(), self.flows.len(), self.platforms.len(), self.clients.len(), self.apps.len()]
    }

    pub(super) fn len(&self) -> usize {
        self.sizes().iter().product()
    }

    pub(super) fn index(&self, context: Context) -> usize {
        self.sizes().iter().zip(context).fold(0, |index, (size, class)| index * size + class)
    }

    pub(super) fn context(&self, mut index: usize) -> Context {
        let mut context = [0; 5];
        for (class, size) in context.iter_mut().zip(self.sizes()).rev() {
            *class = index % size;
            index /= size;
        }
        context
    }

    /// The contexts for which `keep` holds.
    pub(super) fn select(&self, keep: impl Fn(Context) -> bool) -> Bits {
        let mut bits = Bits::empty(self.len());
        (0..self.len()).filter(|index| keep(self.context(*index))).for_each(|index| bits.set(index));
        bits
    }

    pub(super) fn is_legacy(&self, context: Context) -> bool {
        self.clients[context[3]].iter().all(|client| client.is_legacy())
    }

    /// A sign-in to an app, not an action.
    pub(super) fn is_sign_in(&self, context: Context) -> bool {
        !self.apps[context[4]].contains(&App::RegisterSecurityInfo)
    }

    pub(super) fn has_client(&self, context: Context, client: Client) -> bool {
        self.clients[context[3]].contains(&client)
    }

    /// A sign-in to Exchange Online: by its own name where policies name it, or else as a part of Office 365.
    pub(super) fn is_mailbox(&self, context: Context) -> bool {
        let named = App::Named(EXCHANGE_ONLINE);
        let mailbox = if self.apps.iter().flatten().any(|app| *app == named) { &named } else { &App::Office365 };
        self.apps[context[4]].contains(mailbox)
    }

    pub(super) fn reach(&self, context: Context) -> Reach {
        self.planes[context[0]].reach()
    }

    /// What a policy does, whomever it covers.
    pub(super) fn effect(&self, index: usize, policy: &Policy, facts: &TenantFacts) -> Effect {
        let conditions = &policy.conditions;
        let everywhere = conditions::everywhere(policy);
        let planes: Vec<_> = self
            .planes
            .iter()
            .map(|plane| {
                let place = plane.places.first().map_or(Truth::No, |place| conditions::place(conditions, place));
                place.and(conditions::device(conditions, plane.managed_device)).and(everywhere)
            })
            .collect();
        let flows: Vec<_> = self.flows.iter().map(|class| conditions::flow(conditions, class[0])).collect();
        let platforms: Vec<_> = self.platforms.iter().map(|class| conditions::platform(conditions, class[0])).collect();
        let clients: Vec<_> = self.clients.iter().map(|class| conditions::client(conditions, class[0])).collect();
        let apps: Vec<_> = self.apps.iter().map(|class| conditions::app(conditions, index, &class[0])).collect();

        let empty = Bits::empty(self.len());
        let mut effect = Effect {
            stops: empty.clone(),
            may_stop: empty.clone(),
            stops_enrolled: empty.clone(),
            blocks: empty,
            stops_anybody: 0,
        };
        let blocks = policy.grant.as_ref().is_some_and(grant::blocks);
        let stops = |means| -> Vec<Vec<Truth>> {
            let of = |client: &Vec<Client>, platform: &Vec<Platform>| {
                grant::stops(policy, &facts.strengths, client[0], platform[0], means)
            };
            self.clients
                .iter()
                .map(|client| self.platforms.iter().map(|platform| of(client, platform)).collect())
                .collect()
        };
        let (stops_password, stops_enrolled) = (stops(PASSWORD_ALONE), stops(FRESH_FACTOR));
        let stops_on_managed_device = stops(MANAGED_DEVICE);
        for (bit, context) in (0..self.len()).map(|bit| (bit, self.context(bit))) {
            let [plane, flow, platform, client, app] = context;
            let applies = planes[plane].and(flows[flow]).and(platforms[platform]).and(clients[client]).and(apps[app]);
            if applies == Truth::No {
                continue;
            }
            let stops = if self.planes[plane].managed_device { &stops_on_managed_device } else { &stops_password };
            match applies.and(stops[client][platform]) {
                Truth::Yes => {
                    effect.stops.set(bit);
                    effect.stops_anybody +=
                        usize::from(self.reach(context) == Reach::Anybody && self.is_sign_in(context));
                }
                Truth::Maybe => effect.may_stop.set(bit),
                Truth::No => {}
            }
            if applies == Truth::Yes && stops_enrolled[client][platform] == Truth::Yes {
                effect.stops_enrolled.set(bit);
            }
            if applies == Truth::Yes && blocks {
                effect.blocks.set(bit);
            }
        }
        effect
    }
}

/// The apps that policies can tell apart.
fn apps(policies: &[&Policy]) -> Vec<App> {
    let mut apps = BTreeSet::from([App::Other, App::Office365, App::AdminPortals, App::RegisterSecurityInfo]);
    for (index, policy) in policies.iter().enumerate() {
        let conditions = &policy.conditions;
        let words = conditions.include_applications.iter().chain(&conditions.exclude_applications);
        apps.extend(words.filter_map(|word| word.trim().parse::<Uuid>().ok()).map(App::Named));
        if conditions.application_filter.is_some() {
            apps.insert(App::Filtered(index));
        }
    }
    apps.into_iter().collect()
}

/// Groups values with the same signature, in the order in which they come.
fn classes<T>(values: Vec<T>, signature: impl Fn(&T) -> Vec<Truth>) -> Vec<Vec<T>> {
    let mut classes: Vec<(Vec<Truth>, Vec<T>)> = Vec::new();
    for value in values {
        let signature = signature(&value);
        match classes.iter_mut().find(|(other, _)| *other == signature) {
            Some((_, class)) => class.push(value),
            None => classes.push((signature, vec![value])),
        }
    }
    classes.into_iter().map(|(_, class)| class).collect()
}

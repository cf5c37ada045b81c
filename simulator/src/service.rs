//! What the sign-in service and Graph share: one world, one clock, one set of keys.

use std::sync::Arc;

use tokio::sync::RwLock;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::graph::subscriptions::Subscriptions;
use crate::options::Throttle;
use crate::random::Random;
use crate::requests::Requests;
use crate::tokens::Tokens;
use crate::world::World;

/// The state behind both routers, always held in an `Arc`.
#[derive(Debug)]
pub struct Service {
    pub clock: Clock,
    pub random: Random,
    pub world: Arc<RwLock<World>>,
    pub tokens: Tokens,
    pub faults: Faults,
    pub requests: Requests,
    pub subscriptions: Subscriptions,
    pub throttle: Throttle,
    pub urls: Urls,
}

/// Where the two services answer; no trailing slash.
#[derive(Clone, Debug)]
pub struct Urls {
    /// Stands for `https://login.microsoftonline.com`.
    pub login: String,
    /// Stands for `https://graph.microsoft.com`.
    pub graph: String,
}

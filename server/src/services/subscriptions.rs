//! Being told of changes: one subscription a tenant to its users, made once they were read, renewed in good time, and ended
//! when it is not wanted any more. What fails here leaves a cause and the polling as it is. Two processes may do it at once.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::{Actor, Cause};
use domain::connection::ConnectionState;
use domain::ids::TenantId;
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::graph::subscriptions::{NewSubscription, Subscription};
use crate::graph::{AccessTokens, Graph, GraphError, Resource, Surroundings, TenantGraph};
use crate::services::tokens::Tokens;
use crate::store::subscriptions::{LiveSubscription, StateHash, StoredSubscription};
use crate::store::{Scope, Store, StoreError};

/// Where Microsoft tells of changes, below the address.
pub const CHANGES: &str = "/microsoft/changes";
/// Where it tells what becomes of a subscription.
pub const LIFECYCLE: &str = "/microsoft/lifecycle";

const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Microsoft allows four weeks. One that nobody knows of any more, after a crash, soon ends by itself.
const LIFE: TimeDelta = TimeDelta::days(3);
/// Renewed when less is left of it: failures have two days to pass.
const RENEWED_BEFORE_END: TimeDelta = TimeDelta::days(2);
/// A process that died in the middle of its work lets go after this.
const CLAIM: TimeDelta = TimeDelta::minutes(3);
/// All calls for one subscription; less than a claim.
const PATIENCE: Duration = Duration::from_secs(120);
/// Somebody waits who disconnects a tenant.
const FAREWELL: Duration = Duration::from_secs(8);
const AGAIN_LEAST: TimeDelta = TimeDelta::minutes(2);
const AGAIN_MOST: TimeDelta = TimeDelta::hours(1);
/// Each takes a few calls, of which Microsoft makes two back to us.
const AT_ONCE: usize = 4;
/// Claimed at a time: none of them may wait longer than its claim lasts.
const BATCH: u64 = 4;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Subscriptions {
    pub store: Store,
    pub tokens: Tokens,
    pub graph: Graph,
    pub surroundings: Surroundings,
    /// As Microsoft reaches this server, without a path. `None`: it is not asked to tell anything.
    pub address: Option<String>,
}

/// How looking after one subscription ended where nothing was written down.
enum End {
    Written,
    /// Microsoft refused or did not answer. The flag: it has no subscription any more.
    Refused(Box<GraphError>, bool),
}

impl Subscriptions {
    pub fn is_on(&self) -> bool {
        self.address.is_some()
    }

    /// Looks now and then, until `stop`.
    pub async fn keep_up(self, stop: CancellationToken) {
        loop {
            if let Some(Err(error)) = stop.run_until_cancelled(self.keep_up_once()).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "subscriptions were not looked after; trying again"
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does what is due.
    pub async fn keep_up_once(&self) -> Result<(), StoreError> {
        match self.is_on() {
            true => self.store.enrol_subscriptions(self.now()).await?,
            false => self.store.end_subscriptions(cause_of_switch(), self.now()).await?,
        }
        loop {
            let now = self.now();
            let claimed = self.store.claim_subscriptions(now, now + CLAIM, BATCH).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let tended = stream::iter(claimed).map(|claim| async move { self.tend(&claim).await });
            tended.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect::<Result<(), _>>()?;
        }
    }

    /// Ends the tenant's subscription while there still is a credential for it. What Microsoft does not hear ends by itself.
    pub async fn end(&self, tenant: TenantId) -> Result<(), StoreError> {
        let Some(stored) = self.store.get_subscription(tenant).await? else { return Ok(()) };
        // First here, so that nothing is taken for it any more.
        self.store.forget_subscription(tenant).await?;
        let Some(live) = stored.live.filter(|live| live.expires_at > self.now()) else { return Ok(()) };
        let graph = self.graph_of(tenant).with_deadline(FAREWELL);
        match tokio::time::timeout(FAREWELL, graph.delete_subscription(live.id)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%tenant, %error, "a subscription was not ended; it ends by itself"),
            Err(_) => tracing::info!(%tenant, "a subscription was not ended in time; it ends by itself"),
        }
        Ok(())
    }

    async fn tend(&self, claim: &StoredSubscription) -> Result<(), StoreError> {
        let tenant = claim.tenant;
        let scope = Scope::of_tenant_job(tenant);
        let connection = self.store.connections(&scope).get(tenant).await?;
        let is_connected = connection.is_some_and(|connection| {
            !matches!(connection.state, ConnectionState::AwaitingConsent | ConnectionState::Disconnected)
        });
        if !is_connected {
            // There is no credential to end it with.
            return self.store.forget_subscription(tenant).await;
        }
        let ended = match &self.address {
            Some(address) => tokio::time::timeout(PATIENCE, self.keep(claim, address)).await,
            None => tokio::time::timeout(PATIENCE, self.let_go(claim)).await,
        };
        let (cause, is_gone, asked) = match ended {
            Ok(ended) => match ended? {
                End::Written => return Ok(()),
                End::Refused(error, is_gone) => {
                    tracing::warn!(%tenant, %error, "Microsoft does not tell of this tenant's changes");
                    (cause_of(&error), is_gone, error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok()))
                }
            },
            Err(_) => (cause_of_silence(), false, None),
        };
        let wait = (AGAIN_LEAST * 2_i32.pow(claim.failures.min(8))).min(AGAIN_MOST);
        let next_at = self.now() + asked.map_or(wait, |asked| asked.max(wait));
        self.store.note_subscription_failure(claim, cause, is_gone, next_at).await
    }

    /// Makes it or renews it, whichever it needs.
    async fn keep(&self, claim: &StoredSubscription, address: &str) -> Result<End, StoreError> {
        let graph = self.graph_of(claim.tenant);
        let client_id = match self.tokens.get(claim.tenant, Resource::Graph).await {
            Ok(token) => token.client_id,
            Err(error) => return Ok(refused(error, false)),
        };
        let now = self.now();
        let ours = claim.live.as_ref().filter(|live| {
            live.is_told && live.expires_at > now && live.client_id == *client_id && live.address == address
        });
        let Some(live) = ours else { return self.create(claim, &graph, address, &client_id).await };
        if !claim.renewal_wanted && live.expires_at - now > RENEWED_BEFORE_END {
            let next_at = live.expires_at - RENEWED_BEFORE_END;
            self.store.renew_subscription(claim, live.expires_at, next_at).await?;
            return Ok(End::Written);
        }
        match graph.renew_subscription(live.id, now + LIFE).await {
            Ok(renewed) => {
                self.store.renew_subscription(claim, renewed.expires_at, self.next_look(renewed.expires_at)).await?;
                tidy(&graph, |other| other.id != live.id && is_told_at(other, address)).await;
                Ok(End::Written)
            }
            Err(error) if error.is_not_found() => self.create(claim, &graph, address, &client_id).await,
            Err(error) => Ok(refused(error, false)),
        }
    }

    async fn create(
        &self,
        claim: &StoredSubscription,
        graph: &TenantGraph,
        address: &str,
        client_id: &str,
    ) -> Result<End, StoreError> {
        let before = claim.live.as_ref();
        let is_over =
            |other: &Subscription| is_told_at(other, address) || before.is_some_and(|before| other.id == before.id);
        tidy(graph, is_over).await;
        let word = self.surroundings.random.token();
        let (changes, lifecycle) = (format!("{address}{CHANGES}"), format!("{address}{LIFECYCLE}"));
        let asked = NewSubscription::to_users(&changes, &lifecycle, self.now() + LIFE, &word);
        let made = match graph.create_subscription(&asked).await {
            Ok(made) => made,
            Err(error) => return Ok(refused(error, true)),
        };
        let live = LiveSubscription {
            id: made.id,
            client_id: client_id.to_owned(),
            address: address.to_owned(),
            expires_at: made.expires_at,
            told_since: self.now(),
            is_told: true,
        };
        let next_at = self.next_look(made.expires_at);
        if !self.store.create_subscription(claim, &live, &hash(&word), next_at).await? {
            // Somebody ended it meanwhile, or has made another.
            if let Err(error) = graph.delete_subscription(made.id).await {
                tracing::info!(tenant = %claim.tenant, %error, "a subscription too many ends by itself");
            }
        }
        Ok(End::Written)
    }

    /// Nothing is to be told any more.
    async fn let_go(&self, claim: &StoredSubscription) -> Result<End, StoreError> {
        if let Some(live) = claim.live.as_ref().filter(|live| live.expires_at > self.now())
            && let Err(error) = self.graph_of(claim.tenant).delete_subscription(live.id).await
        {
            return Ok(refused(error, false));
        }
        self.store.forget_subscription(claim.tenant).await?;
        Ok(End::Written)
    }

    fn next_look(&self, expires_at: DateTime<Utc>) -> DateTime<Utc> {
        (expires_at - RENEWED_BEFORE_END).max(self.now() + AGAIN_LEAST)
    }

    fn graph_of(&self, tenant: TenantId) -> TenantGraph {
        self.graph.tenant(tenant, Arc::new(self.tokens.clone())).with_deadline(PATIENCE / 2)
    }

    fn now(&self) -> DateTime<Utc> {
        self.surroundings.clock.now()
    }
}

/// As the word that Microsoft sends along is kept.
pub fn hash(word: &str) -> StateHash {
    Sha256::digest(word).into()
}

/// Ends subscriptions that nobody here knows of any more: of a process that died, or of a call that was made twice.
async fn tidy(graph: &TenantGraph, is_over: impl Fn(&Subscription) -> bool) {
    let ended = async {
        for over in graph.list_subscriptions().await?.into_iter().filter(is_over) {
            graph.delete_subscription(over.id).await?;
        }
        Ok::<_, GraphError>(())
    };
    if let Err(error) = ended.await {
        tracing::info!(tenant = %graph.tenant(), %error, "left-over subscriptions were not looked for; they end by themselves");
    }
}

fn is_told_at(subscription: &Subscription, address: &str) -> bool {
    let told_at = subscription.notification_url.as_deref();
    told_at.and_then(|url| url.strip_suffix(CHANGES)) == Some(address)
}

fn refused(error: GraphError, is_gone: bool) -> End {
    End::Refused(Box::new(error), is_gone)
}

/// In words that fit a subscription; what is no refusal of it keeps its own.
fn cause_of(error: &GraphError) -> Cause {
    let cause = error.cause();
    match (error.status(), error.code()) {
        (Some(400), Some("ValidationError")) => Cause {
            meaning: String::from("Microsoft could not reach the address where it should tell of changes."),
            next_step: String::from(
                "See that notifications.address answers from the internet; the doctor command checks it.",
            ),
            actor: Actor::Administrator,
            ..cause
        },
        (Some(403), _) if error.consequence().is_none() => Cause {
            meaning: String::from(
                "Microsoft refuses a subscription here: User.Read.All is not granted, or there are too many.",
            ),
            next_step: String::from("Look at the permissions; it is tried again by itself."),
            actor: Actor::Administrator,
            ..cause
        },
        _ => cause,
    }
}

fn cause_of_silence() -> Cause {
    Cause {
        code: String::from("timeout"),
        meaning: String::from("Microsoft did not answer in time when it was asked to tell of changes."),
        next_step: String::from("Nothing to do: it is tried again by itself."),
        actor: Actor::Nobody,
        request_id: None,
    }
}

fn cause_of_switch() -> Cause {
    Cause {
        code: String::from("switched off"),
        meaning: String::from("Notifications are switched off in the configuration."),
        next_step: String::from("Set notifications.enabled to be told."),
        actor: Actor::Administrator,
        request_id: None,
    }
}

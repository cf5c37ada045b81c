//! One run of one dataset, from the licence to the record of how it ended. Whatever happens here stays here.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::cause::Cause;
use domain::dataset::{Dataset, Outcome};
use domain::licence::EntraLicence;
use futures::future::BoxFuture;
use tracing::Instrument;

use super::context::{Context, Reading};
use super::fault::{Fault, cause_of_no_consent, cause_of_surprise};
use super::turn::Turn;
use super::*;
use crate::graph::GraphError;
use crate::graph::wire::Surprise;
use crate::store::{Done, NotDone};

impl Turn<'_> {
    /// Runs the dataset and records how it ended. Answers whether the judge has something new to look at. Boxed, because the
    /// compiler cannot prove so deep a future to be `Send`.
    pub(super) fn run_dataset(
        &self,
        dataset: Dataset,
        licence: Option<EntraLicence>,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(self.one_run(dataset, licence))
    }

    async fn one_run(&self, dataset: Dataset, licence: Option<EntraLicence>) -> Result<bool, StoreError> {
        let name = dataset.spec().name;
        let span = tracing::info_span!("dataset", dataset = name);
        let started = self.inner.clock.now();
        if plan::is_licensed(dataset, licence) == Some(false) {
            return self.not_done(dataset, Outcome::NotLicensed, None, None, 0).await;
        }
        if self.is_known_to_lack(dataset) {
            return self.not_done(dataset, Outcome::NotPermitted, Some(cause_of_no_consent(dataset)), None, 0).await;
        }
        boxed(self.store.start(dataset, started)).await?;
        self.say(SyncStep::DatasetStarted { dataset });
        let context = Context {
            tenant: self.tenant,
            dataset,
            graph: self.graph.counted(),
            store: self.store.clone(),
            now: started,
            is_app_only: self.is_app_only,
            activity_turns: Arc::clone(&self.inner.activity_turns),
            stop: self.stop.clone(),
        };
        let read = self.read(&context, licence).instrument(span).await;
        let calls = context.graph.calls();
        let took = self.inner.clock.now() - started;
        record_duration(dataset, took);
        match read {
            Ok(reading) => self.done(dataset, reading, started, calls).await,
            Err(Fault::Store(error)) => Err(error),
            Err(Fault::Stopped) => self.put_off(dataset, self.inner.clock.now()).await,
            Err(Fault::Deferred(wait)) => self.put_off(dataset, self.inner.clock.now() + wait).await,
            Err(Fault::Surprise(surprise)) => {
                tracing::warn!(tenant = %self.tenant, dataset = name, %surprise, "the answer makes no sense");
                self.not_done(dataset, Outcome::Failed, Some(cause_of_surprise(&surprise)), None, calls).await
            }
            Err(Fault::Told(outcome, cause)) => self.not_done(dataset, outcome, Some(cause), None, calls).await,
            Err(Fault::Graph(error)) => self.refused(dataset, &error, licence, calls).await,
        }
    }

    /// A refusal for want of a licence is asked for once more: tenants that have the licence get it now and then.
    async fn read(&self, context: &Context, licence: Option<EntraLicence>) -> Result<Reading, Fault> {
        match read(context).await {
            Err(Fault::Graph(error))
                if error.outcome() == Outcome::NotLicensed
                    && plan::is_licensed(context.dataset, licence) != Some(false) =>
            {
                read(context).await
            }
            read => read,
        }
    }

    async fn refused(
        &self,
        dataset: Dataset,
        error: &GraphError,
        licence: Option<EntraLicence>,
        calls: u32,
    ) -> Result<bool, StoreError> {
        let refusal = error.for_dataset(dataset, licence);
        let (tenant, name) = (self.tenant, dataset.spec().name);
        // What a client may leave ungranted is refused at every run.
        if dataset.is_optional() && refusal.outcome == Outcome::NotPermitted {
            tracing::debug!(%tenant, dataset = name, %error, "the dataset is optional, and not permitted");
        } else {
            tracing::warn!(%tenant, dataset = name, %error, "the dataset was not read");
        }
        let asked = error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok());
        self.not_done(dataset, refusal.outcome, Some(refusal.cause), asked, calls).await
    }

    async fn done(
        &self,
        dataset: Dataset,
        reading: Reading,
        read_at: DateTime<Utc>,
        calls: u32,
    ) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        let next_run_at = plan::next_run(dataset, Outcome::Done, None, now);
        let done = Done { read_at, finished_at: now, next_run_at, bookmark: reading.bookmark, calls };
        match boxed(self.store.write_facts(reading.facts, done)).await {
            Err(error) if error.is_about_values() => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the database refuses what Microsoft answered"
                );
                let surprise = Surprise(String::from("Microsoft's answer holds a value that cannot be stored"));
                return self.not_done(dataset, Outcome::Failed, Some(cause_of_surprise(&surprise)), None, calls).await;
            }
            written => written?,
        };
        self.tell(dataset, Outcome::Done);
        Ok(!reading.unchanged)
    }

    async fn not_done(
        &self,
        dataset: Dataset,
        outcome: Outcome,
        cause: Option<Cause>,
        asked: Option<TimeDelta>,
        calls: u32,
    ) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        let next_run_at = plan::next_run(dataset, outcome, asked, now);
        boxed(self.store.finish(dataset, NotDone { outcome, cause, finished_at: now, next_run_at, calls })).await?;
        self.tell(dataset, outcome);
        // What is unknown has a cause, and verdicts tell it.
        Ok(true)
    }

    /// As if it had not been started, but for the time of its next run.
    async fn put_off(&self, dataset: Dataset, next_run_at: DateTime<Utc>) -> Result<bool, StoreError> {
        boxed(self.store.put_off(dataset, next_run_at)).await?;
        self.say(SyncStep::DatasetFinished { dataset, outcome: None });
        Ok(false)
    }

    fn tell(&self, dataset: Dataset, outcome: Outcome) {
        let (name, ended) = (dataset.spec().name, outcome_word(outcome));
        metrics::counter!("tenantry_dataset_runs_total", "dataset" => name, "outcome" => ended).increment(1);
        self.say(SyncStep::DatasetFinished { dataset, outcome: Some(outcome) });
    }

    fn say(&self, step: SyncStep) {
        self.inner.progress.send(step.in_tenant(self.tenant));
    }
}

/// Boxed, so that twenty datasets do not make one huge future.
fn read(context: &Context) -> BoxFuture<'_, Result<Reading, Fault>> {
    match context.dataset {
        Dataset::Organization => Box::pin(organization::read(context)),
        Dataset::SubscribedSkus => Box::pin(subscribed_skus::read(context)),
        Dataset::Users => Box::pin(users::read(context)),
        Dataset::SignInActivity => Box::pin(sign_in_activity::read(context)),
        Dataset::RegistrationDetails => Box::pin(registration_details::read(context)),
        Dataset::SecurityDefaults => Box::pin(security_defaults::read(context)),
        Dataset::ConditionalAccessPolicies => Box::pin(conditional_access_policies::read(context)),
        Dataset::NamedLocations => Box::pin(named_locations::read(context)),
        Dataset::AuthenticationStrengths => Box::pin(authentication_strengths::read(context)),
        Dataset::AuthenticationMethodsPolicy => Box::pin(authentication_methods_policy::read(context)),
        Dataset::PerUserMfa => Box::pin(per_user_mfa::read(context)),
        Dataset::RoleAssignments => Box::pin(role_assignments::read(context)),
        Dataset::RoleEligibility => Box::pin(role_eligibility::read(context)),
        Dataset::PolicyGroups => Box::pin(policy_groups::read(context)),
        Dataset::Domains => Box::pin(domains::read(context)),
        Dataset::LegacySignIns => Box::pin(legacy_sign_ins::read(context)),
        Dataset::MailAppUsage => Box::pin(mail_app_usage::read(context)),
        Dataset::DirectorySync => Box::pin(directory_sync::read(context)),
        Dataset::ObjectErrors => Box::pin(object_errors::read(context)),
        Dataset::Devices => Box::pin(devices::read(context)),
        Dataset::ExchangeSettings => Box::pin(exchange_settings::read(context)),
        Dataset::ServiceErrors => Box::pin(service_errors::read(context)),
        Dataset::ContactErrors => Box::pin(contact_errors::read(context)),
        Dataset::CloudSync => Box::pin(cloud_sync::read(context)),
        Dataset::SyncSettings => Box::pin(sync_settings::read(context)),
        Dataset::DelegatedRelationships => Box::pin(delegated_relationships::read(context)),
        Dataset::PartnerScore => Box::pin(partner_score::read(context)),
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::NotLicensed => "not_licensed",
        Outcome::NotPermitted => "not_permitted",
        Outcome::Failed => "failed",
    }
}

fn seconds(span: TimeDelta) -> f64 {
    span.to_std().map(|span| span.as_secs_f64()).unwrap_or_default()
}

fn record_duration(dataset: Dataset, took: TimeDelta) {
    metrics::histogram!("tenantry_dataset_seconds", "dataset" => dataset.spec().name).record(seconds(took));
}

fn boxed<'f, T>(future: impl Future<Output = T> + Send + 'f) -> BoxFuture<'f, T> {
    Box::pin(future)
}

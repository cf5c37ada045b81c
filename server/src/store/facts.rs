//! Writing what was read: each dataset replaces or merges its facts in one transaction, together with the record of its run.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::dataset::Dataset;
use domain::facts::device::Devices;
use domain::facts::directory::{
    DelegatedRelationship, DirectorySync, Domain, ObjectError, Organization, PolicyGroup, RoleAssignment,
    SignInActivity, SubscribedSku,
};
use domain::facts::exchange::{ExchangeOrganization, MailboxProtocols};
use domain::facts::hybrid::{CloudSyncJob, ContactError, ServiceError, SyncSettings};
use domain::facts::policy::{MethodConfiguration, NamedLocation, Policy, Strength};
use domain::facts::registration::{PerUserMfa, Registration};
use domain::facts::sign_in::{LegacySignIns, MailAppUsage, SeenSignIns, SignInLog};
use domain::ids::{TenantId, UserId};
use domain::licence::{EntraLicence, entra_licence};
use domain::microsoft_view::{MicrosoftView, PartnerFigures};
use futures::future::BoxFuture;
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::Serialize;

use super::bulk::replace;
use super::column::JsonText;
use super::dataset::{Done, write_done};
use super::entity::{
    connection, delegated_relationship, document, legacy_sign_in, mail_app_usage, mailbox_protocol, mfa_registration,
    microsoft_view, per_user_mfa_state, policy_group, policy_group_member, role_assignment, sign_in_activity, standing,
    tenant,
};
use super::row::{
    activity_row, legacy_row, mail_row, mailbox_row, registration_row, relationship_row, role_row, state_row,
};
use super::seen::write_seen;
use super::tenant::{TenantStore, ensure_standing, kept};
use super::users::{UsersChange, write_users};
use super::{Scope, StoreError};

/// Evidence of legacy protocols older than this is dropped.
const LEGACY_KEPT: TimeDelta = TimeDelta::days(90);

/// Which part of the log legacy sign-ins were counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyWindow {
    /// Whole days from this one on: they replace what was counted. Earlier ones stay until they are too old.
    Days(NaiveDate),
    /// What was made since then and not counted yet: it is added.
    Added(DateTime<Utc>),
}

/// What one run of one dataset read. Lists are the whole of what is there, unless they say otherwise.
#[derive(Clone, Debug)]
pub enum Facts {
    Organization(Organization),
    SubscribedSkus(Vec<SubscribedSku>),
    Users(UsersChange),
    SignInActivity(Vec<SignInActivity>),
    Registrations(Vec<Registration>),
    /// Whether they are enabled.
    SecurityDefaults(bool),
    Policies(Vec<Policy>),
    NamedLocations(Vec<NamedLocation>),
    Strengths(Vec<Strength>),
    MethodsPolicy(Vec<MethodConfiguration>),
    PerUserMfa(Vec<(UserId, PerUserMfa)>),
    RoleAssignments(Vec<RoleAssignment>),
    EligibleRoles(Vec<RoleAssignment>),
    PolicyGroups(Vec<PolicyGroup>),
    Domains(Vec<Domain>),
    LegacySignIns {
        window: LegacyWindow,
        rows: Vec<LegacySignIns>,
        /// With modern clients; added to what was seen before.
        seen: Vec<SeenSignIns>,
        /// The log of these days was read to its end.
        whole: bool,
        /// Sign-ins by the password grant could be asked for.
        password_grants: bool,
    },
    MailAppUsage(Vec<MailAppUsage>),
    DirectorySync(DirectorySync),
    ObjectErrors(Vec<ObjectError>),
    Devices(Devices),
    ExchangeSettings {
        organization: ExchangeOrganization,
        mailboxes: Vec<MailboxProtocols>,
    },
    ServiceErrors(Vec<ServiceError>),
    ContactErrors(Vec<ContactError>),
    CloudSync(Vec<CloudSyncJob>),
    /// `None`: nothing was ever synced here.
    SyncSettings(Option<SyncSettings>),
    DelegatedRelationships(Vec<DelegatedRelationship>),
    PartnerScore(PartnerFigures),
}

impl Facts {
    pub fn dataset(&self) -> Dataset {
        match self {
            Self::Organization(_) => Dataset::Organization,
            Self::SubscribedSkus(_) => Dataset::SubscribedSkus,
            Self::Users(_) => Dataset::Users,
            Self::SignInActivity(_) => Dataset::SignInActivity,
            Self::Registrations(_) => Dataset::RegistrationDetails,
            Self::SecurityDefaults(_) => Dataset::SecurityDefaults,
            Self::Policies(_) => Dataset::ConditionalAccessPolicies,
            Self::NamedLocations(_) => Dataset::NamedLocations,
            Self::Strengths(_) => Dataset::AuthenticationStrengths,
            Self::MethodsPolicy(_) => Dataset::AuthenticationMethodsPolicy,
            Self::PerUserMfa(_) => Dataset::PerUserMfa,
            Self::RoleAssignments(_) => Dataset::RoleAssignments,
            Self::EligibleRoles(_) => Dataset::RoleEligibility,
            Self::PolicyGroups(_) => Dataset::PolicyGroups,
            Self::Domains(_) => Dataset::Domains,
            Self::LegacySignIns { .. } => Dataset::LegacySignIns,
            Self::MailAppUsage(_) => Dataset::MailAppUsage,
            Self::DirectorySync(_) => Dataset::DirectorySync,
            Self::ObjectErrors(_) => Dataset::ObjectErrors,
            Self::Devices(_) => Dataset::Devices,
            Self::ExchangeSettings { .. } => Dataset::ExchangeSettings,
            Self::ServiceErrors(_) => Dataset::ServiceErrors,
            Self::ContactErrors(_) => Dataset::ContactErrors,
            Self::CloudSync(_) => Dataset::CloudSync,
            Self::SyncSettings(_) => Dataset::SyncSettings,
            Self::DelegatedRelationships(_) => Dataset::DelegatedRelationships,
            Self::PartnerScore(_) => Dataset::PartnerScore,
        }
    }
}

impl TenantStore {
    /// Writes what a run read, and that it is done; all of it or nothing. Answers how many rows the dataset has now.
    pub async fn write_facts(&self, facts: Facts, done: Done) -> Result<u32, StoreError> {
        let dataset = facts.dataset();
        // They tell of other tenants.
        let tx = match dataset {
            Dataset::DelegatedRelationships | Dataset::PartnerScore => self.store.write(&Scope::of_system()).await?,
            _ => self.write().await?,
        };
        ensure_standing(&tx, self.id).await?;
        let rows = write(&tx, self.id, facts, &done).await?;
        write_done(&tx, self.id, dataset, rows, done).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

async fn write(tx: &DatabaseTransaction, id: TenantId, facts: Facts, done: &Done) -> Result<u32, StoreError> {
    let dataset = facts.dataset();
    let rows = match facts {
        Facts::Users(change) => write_users(tx, id, change).await?,
        Facts::Organization(organization) => {
            write_name(tx, id, &organization).await?;
            documents(tx, id, dataset, vec![organization], |_| String::new()).await?
        }
        Facts::SubscribedSkus(skus) => {
            write_licence(tx, id, entra_licence(&skus)).await?;
            documents(tx, id, dataset, skus, |sku| sku.sku_id.to_string()).await?
        }
        Facts::SecurityDefaults(enabled) => documents(tx, id, dataset, vec![enabled], |_| String::new()).await?,
        Facts::Policies(policies) => documents(tx, id, dataset, policies, |policy| policy.id.clone()).await?,
        Facts::NamedLocations(places) => documents(tx, id, dataset, places, |place| place.id.to_string()).await?,
        Facts::Strengths(strengths) => documents(tx, id, dataset, strengths, |strength| strength.id.clone()).await?,
        Facts::MethodsPolicy(methods) => documents(tx, id, dataset, methods, |method| method.id.clone()).await?,
        Facts::Domains(domains) => documents(tx, id, dataset, domains, |domain| domain.name.clone()).await?,
        Facts::DirectorySync(sync) => {
            write_sync(tx, id, &sync, done).await?;
            documents(tx, id, dataset, vec![sync], |_| String::new()).await?
        }
        Facts::ObjectErrors(errors) => documents(tx, id, dataset, errors, object_error_key).await?,
        Facts::ServiceErrors(errors) => documents(tx, id, dataset, errors, service_error_key).await?,
        Facts::ContactErrors(errors) => {
            documents(tx, id, dataset, errors, |error| match error {
                ContactError::Object(error) => object_error_key(error),
                ContactError::Service(error) => service_error_key(error),
            })
            .await?
        }
        Facts::Devices(devices) => documents(tx, id, dataset, vec![devices], |_| String::new()).await?,
        Facts::ExchangeSettings { organization, mailboxes } => {
            documents(tx, id, dataset, vec![organization], |_| String::new()).await?;
            let existing = mailbox_protocol::Entity::find().filter(mailbox_protocol::Column::TenantId.eq(id.0));
            replace(tx, existing, mailboxes.into_iter().map(|row| mailbox_row(id, row)).collect::<Vec<_>>()).await?
        }
        Facts::CloudSync(jobs) => {
            documents(tx, id, dataset, jobs, |job| [&*job.configuration, &job.template, &job.id].join(" ")).await?
        }
        Facts::SyncSettings(settings) => {
            write_password_switch(tx, id, settings.as_ref(), done).await?;
            documents(tx, id, dataset, settings.into_iter().collect(), |_| String::new()).await?
        }
        Facts::SignInActivity(rows) => {
            let existing = sign_in_activity::Entity::find().filter(sign_in_activity::Column::TenantId.eq(id.0));
            replace(tx, existing, rows.into_iter().map(|row| activity_row(id, row)).collect::<Vec<_>>()).await?
        }
        Facts::Registrations(rows) => {
            let existing = mfa_registration::Entity::find().filter(mfa_registration::Column::TenantId.eq(id.0));
            replace(tx, existing, rows.into_iter().map(|row| registration_row(id, row)).collect::<Vec<_>>()).await?
        }
        Facts::PerUserMfa(rows) => {
            let existing = per_user_mfa_state::Entity::find().filter(per_user_mfa_state::Column::TenantId.eq(id.0));
            replace(tx, existing, rows.into_iter().map(|row| state_row(id, row)).collect::<Vec<_>>()).await?
        }
        Facts::RoleAssignments(rows) => write_roles(tx, id, rows, false).await?,
        Facts::EligibleRoles(rows) => write_roles(tx, id, rows, true).await?,
        Facts::PolicyGroups(groups) => write_groups(tx, id, groups).await?,
        Facts::LegacySignIns { window, rows, seen, whole, password_grants } => {
            let from = match window {
                LegacyWindow::Days(first) => first,
                LegacyWindow::Added(from) => from.date_naive(),
            };
            write_seen(
                tx,
                id,
                seen,
                SignInLog { since: from, cut_on: (!whole).then(|| done.read_at.date_naive()), password_grants },
                done,
            )
            .await?;
            let oldest = (done.read_at - LEGACY_KEPT).date_naive();
            let ours = legacy_sign_in::Column::TenantId.eq(id.0);
            legacy_sign_in::Entity::delete_many()
                .filter(ours.clone())
                .filter(legacy_sign_in::Column::Day.lt(oldest))
                .exec(tx)
                .await?;
            let existing = legacy_sign_in::Entity::find().filter(ours).filter(legacy_sign_in::Column::Day.gte(from));
            let rows = rows.into_iter().filter(|row| row.day >= from.max(oldest)).map(|row| legacy_row(id, row));
            let rows = match window {
                LegacyWindow::Days(_) => rows.collect(),
                LegacyWindow::Added(_) => added(existing.clone().all(tx).await?, rows),
            };
            replace(tx, existing, rows).await?
        }
        Facts::MailAppUsage(rows) => {
            let existing = mail_app_usage::Entity::find().filter(mail_app_usage::Column::TenantId.eq(id.0));
            replace(tx, existing, rows.into_iter().map(|row| mail_row(id, row)).collect::<Vec<_>>()).await?
        }
        Facts::DelegatedRelationships(rows) => write_relationships(tx, id, rows).await?,
        Facts::PartnerScore(figures) => write_microsoft_views(tx, id, figures, done).await?,
    };
    Ok(rows)
}

/// Short lists, read whole or not at all. Boxed, because with the closure in it the future is not provably `Send`.
fn documents<'t, T: Serialize>(
    tx: &'t DatabaseTransaction,
    id: TenantId,
    dataset: Dataset,
    bodies: Vec<T>,
    key: impl Fn(&T) -> String,
) -> BoxFuture<'t, Result<u32, StoreError>> {
    let rows = bodies
        .iter()
        .map(|body| {
            let name = dataset.spec().name;
            let text = serde_json::to_string(body).map_err(|_| StoreError::Unreadable { what: name.to_owned() })?;
            Ok(document::Model { tenant_id: id.0, dataset: name.to_owned(), document_key: key(body), body: text })
        })
        .collect::<Result<Vec<_>, StoreError>>();
    Box::pin(write_documents(tx, id, dataset, rows))
}

fn object_error_key(error: &ObjectError) -> String {
    [&error.object_id.to_string(), &error.category, &error.property, &error.value].map(String::as_str).join(" ")
}

fn service_error_key(error: &ServiceError) -> String {
    let since = error.since.map(|at| at.to_rfc3339()).unwrap_or_default();
    [&error.object_id.to_string(), &error.service_instance, &error.code, &since].map(String::as_str).join(" ")
}

async fn write_documents(
    tx: &DatabaseTransaction,
    id: TenantId,
    dataset: Dataset,
    rows: Result<Vec<document::Model>, StoreError>,
) -> Result<u32, StoreError> {
    let existing = document::Entity::find()
        .filter(document::Column::TenantId.eq(id.0))
        .filter(document::Column::Dataset.eq(dataset.spec().name));
    Ok(replace(tx, existing, rows?).await?)
}

/// Active and eligible roles are two datasets in one table.
async fn write_roles(
    tx: &DatabaseTransaction,
    id: TenantId,
    rows: Vec<RoleAssignment>,
    eligible: bool,
) -> Result<u32, StoreError> {
    let existing = role_assignment::Entity::find()
        .filter(role_assignment::Column::TenantId.eq(id.0))
        .filter(role_assignment::Column::Eligible.eq(eligible));
    let rows: Vec<_> = rows.into_iter().map(|row| role_row(id, RoleAssignment { eligible, ..row })).collect();
    Ok(replace(tx, existing, rows).await?)
}

/// What was counted before and what is new, by client and day.
fn added(
    before: Vec<legacy_sign_in::Model>,
    new: impl Iterator<Item = legacy_sign_in::Model>,
) -> Vec<legacy_sign_in::Model> {
    let key = |row: &legacy_sign_in::Model| {
        let words = (row.user_principal_name.clone(), row.client_app.clone());
        (row.day, row.user_id, words, row.app_name.clone(), row.ip_address.clone())
    };
    let mut rows: HashMap<_, _> = before.into_iter().map(|row| (key(&row), row)).collect();
    for new in new {
        let Some(row) = rows.get_mut(&key(&new)) else {
            rows.insert(key(&new), new);
            continue;
        };
        row.successes = row.successes.saturating_add(new.successes);
        row.sprayed = row.sprayed.saturating_add(new.sprayed);
        row.blocked = row.blocked.saturating_add(new.blocked);
        row.other_failures = row.other_failures.saturating_add(new.other_failures);
        for (code, count) in new.failures.0 {
            let before = row.failures.0.entry(code).or_default();
            *before = before.saturating_add(count);
        }
        row.first_at = row.first_at.min(new.first_at);
        if new.last_at >= row.last_at {
            row.last_at = new.last_at;
            row.user_agent = new.user_agent.or(row.user_agent.take());
            row.country = new.country.or(row.country.take());
            row.city = new.city.or(row.city.take());
        }
    }
    rows.into_values().collect()
}

async fn write_groups(tx: &DatabaseTransaction, id: TenantId, groups: Vec<PolicyGroup>) -> Result<u32, StoreError> {
    let member =
        |group: Uuid, user: UserId| policy_group_member::Model { tenant_id: id.0, user_id: user.0, group_id: group };
    let members: Vec<_> =
        groups.iter().flat_map(|group| group.members.iter().map(move |user| member(group.id, *user))).collect();
    let existing = policy_group_member::Entity::find().filter(policy_group_member::Column::TenantId.eq(id.0));
    replace(tx, existing, members).await?;
    let existing = policy_group::Entity::find().filter(policy_group::Column::TenantId.eq(id.0));
    let row = |group: PolicyGroup| policy_group::Model {
        tenant_id: id.0,
        group_id: group.id,
        display_name: group.display_name,
    };
    Ok(replace(tx, existing, groups.into_iter().map(row).collect::<Vec<_>>()).await?)
}

/// Relationships, and their ends on the connections that they carry.
async fn write_relationships(
    tx: &DatabaseTransaction,
    id: TenantId,
    rows: Vec<DelegatedRelationship>,
) -> Result<u32, StoreError> {
    let rows: Vec<_> = rows.into_iter().map(|row| relationship_row(id, row)).collect();
    let carried = connection::Entity::find().filter(connection::Column::RelationshipId.is_not_null()).all(tx).await?;
    for carried in carried {
        let ends_at = rows
            .iter()
            .find(|row| Some(&row.relationship_id) == carried.relationship_id.as_ref())
            .map_or(carried.relationship_ends_at, |row| row.ends_at);
        if ends_at != carried.relationship_ends_at {
            let mut update = carried.into_active_model();
            update.relationship_ends_at = ActiveValue::Set(ends_at);
            update.update(tx).await?;
        }
    }
    let existing = delegated_relationship::Entity::find().filter(delegated_relationship::Column::TenantId.eq(id.0));
    Ok(replace(tx, existing, rows).await?)
}

/// Figures of tenants that are not listed here are nobody's business.
async fn write_microsoft_views(
    tx: &DatabaseTransaction,
    partner: TenantId,
    figures: PartnerFigures,
    done: &Done,
) -> Result<u32, StoreError> {
    let mut views: HashMap<Uuid, MicrosoftView> = HashMap::new();
    let empty = MicrosoftView { score: None, insight: None, read_at: kept(done.read_at) };
    for (tenant, insight) in figures.insights {
        views.entry(tenant.0).or_insert(empty).insight = Some(insight);
    }
    if figures.score.is_some() {
        views.entry(partner.0).or_insert(empty).score = figures.score;
    }
    let listed: Vec<Uuid> =
        tenant::Entity::find().select_only().column(tenant::Column::Id).into_tuple().all(tx).await?;
    let rows = listed.into_iter().filter_map(|tenant_id| {
        let view = views.remove(&tenant_id)?;
        Some(microsoft_view::Model { tenant_id, view: JsonText(view) })
    });
    Ok(replace(tx, microsoft_view::Entity::find(), rows.collect::<Vec<_>>()).await?)
}

/// The tenant is called what its organisation is called.
async fn write_name(tx: &DatabaseTransaction, id: TenantId, organization: &Organization) -> Result<(), StoreError> {
    let name = organization.display_name.trim();
    let Some(model) = tenant::Entity::find_by_id(id.0).one(tx).await? else { return Ok(()) };
    let mut update = model.into_active_model();
    if !name.is_empty() {
        update.name = ActiveValue::Set(name.to_owned());
        update.sort_name = ActiveValue::Set(name.to_lowercase());
    }
    if !organization.default_domain.is_empty() {
        update.default_domain = ActiveValue::Set(Some(organization.default_domain.clone()));
    }
    update.update(tx).await?;
    Ok(())
}

async fn write_licence(tx: &DatabaseTransaction, id: TenantId, licence: EntraLicence) -> Result<(), StoreError> {
    let row = standing::ActiveModel {
        tenant_id: ActiveValue::Unchanged(id.0),
        licence: ActiveValue::Set(Some(super::standing::licence_number(licence))),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

async fn write_sync(
    tx: &DatabaseTransaction,
    id: TenantId,
    sync: &DirectorySync,
    done: &Done,
) -> Result<(), StoreError> {
    let row = standing::ActiveModel {
        tenant_id: ActiveValue::Unchanged(id.0),
        sync_enabled: ActiveValue::Set(sync.enabled),
        sync_read_at: ActiveValue::Set(Some(kept(done.read_at))),
        last_sync_at: ActiveValue::Set(sync.last_sync_at.map(kept)),
        last_password_sync_at: ActiveValue::Set(sync.last_password_sync_at.map(kept)),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

/// Whether password sync is on, beside the times that are judged with it.
async fn write_password_switch(
    tx: &DatabaseTransaction,
    id: TenantId,
    settings: Option<&SyncSettings>,
    done: &Done,
) -> Result<(), StoreError> {
    let on = settings.and_then(|settings| settings.password_sync);
    let row = standing::ActiveModel {
        tenant_id: ActiveValue::Unchanged(id.0),
        password_sync_on: ActiveValue::Set(on),
        password_sync_told_at: ActiveValue::Set(on.map(|_| kept(done.read_at))),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

//! Cloud Sync: its configurations among the service principals, and their jobs.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use super::call::{Answer, Call};
use super::entity::Instant;
use super::error::GraphError;
use super::principals::made_up;
use crate::world::directory::cloud_sync::{Configuration, Job, JobHealth};

/// The template of which configurations are made.
const TEMPLATE: Uuid = uuid!("1a4721b3-e57f-4451-ae87-ef078703ec94");
const NEVER: &str = "0001-01-01T00:00:00Z";

fn id_of(call: &Call<'_>, configuration: &Configuration) -> Uuid {
    made_up(&format!("{}cloud sync{}", call.tenant.id, configuration.name))
}

/// The configurations as service principals.
pub(crate) fn principals(call: &Call<'_>) -> Vec<Value> {
    let row = |configuration: &Configuration| {
        let id = id_of(call, configuration);
        json!({
            "id": id, "appId": made_up(&format!("{id}app")), "displayName": configuration.name, "accountEnabled": true,
            "servicePrincipalType": "Application", "appRoles": [], "applicationTemplateId": TEMPLATE,
            "appOwnerOrganizationId": call.tenant.id,
            "homepage": "https://account.activedirectory.windowsazure.com:444/applications/default.aspx?metadata=AD2AADProvisioning|ISV9.1|primary|z"
        })
    };
    call.tenant.directory.cloud_sync.iter().map(row).collect()
}

/// `GET /servicePrincipals/{id}/synchronization/jobs`
pub(crate) fn jobs(call: &Call<'_>) -> Result<Answer, GraphError> {
    let key = call.part(0);
    let mut found = call.tenant.directory.cloud_sync.iter();
    let configuration = found.find(|configuration| id_of(call, configuration).to_string().eq_ignore_ascii_case(key));
    let configuration = configuration.ok_or_else(|| GraphError::no_such_resource(key))?;
    let rows = configuration.jobs.iter().map(|job| row(job, key, call.now));
    Answer::rows(call, &format!("servicePrincipals('{key}')/synchronization/jobs"), rows)
}

fn row(job: &Job, principal: &str, now: DateTime<Utc>) -> Value {
    let ended = now - TimeDelta::seconds(now.timestamp().rem_euclid(120));
    let no_error = json!({"code": "", "message": null, "tenantActionable": false});
    let execution = |state: &str, at: DateTime<Utc>, exported: u32, escrowed: u32, error: &Value| {
        json!({
            "activityIdentifier": made_up(&format!("{principal}{at}")).to_string(), "countEntitled": 0,
            "countEntitledForProvisioning": 0, "countEscrowed": escrowed, "countEscrowedRaw": escrowed,
            "countExported": exported, "countExports": exported, "countImported": exported,
            "countImportedDeltas": exported, "countImportedReferenceDeltas": 0, "state": state, "error": error,
            "timeBegan": Instant(at - TimeDelta::seconds(20)), "timeEnded": Instant(at)
        })
    };
    let (code, failures, last, last_good, quarantine) = match &job.health {
        JobHealth::Sound => {
            let last = execution("Succeeded", ended, 3, 0, &no_error);
            ("Active", 0, last.clone(), last, Value::Null)
        }
        JobHealth::EntryErrors(failed) => {
            let good = execution("Succeeded", ended - TimeDelta::hours(30), 12, 0, &no_error);
            ("Active", 0, execution("EntryLevelErrors", ended, 3, *failed, &no_error), good, Value::Null)
        }
        JobHealth::Quarantined { reason, hours, error } => {
            let began = ended - TimeDelta::hours((*hours).into());
            let error = error.map_or_else(
                || no_error.clone(),
                |(code, message)| json!({"code": code, "message": message, "tenantActionable": true}),
            );
            let good = execution("Succeeded", began - TimeDelta::minutes(2), 4, 0, &no_error);
            let quarantine = json!({
                "currentBegan": Instant(began), "nextAttempt": Instant(ended + TimeDelta::hours(4)), "reason": reason,
                "seriesBegan": Instant(began), "seriesCount": 1 + hours / 6, "error": error
            });
            ("Quarantine", 1 + hours / 6, execution("Failed", ended, 0, 0, &error), good, quarantine)
        }
    };
    json!({
        "id": format!("{}.{}", job.template, principal.replace('-', "")), "templateId": job.template,
        "schedule": {"expiration": null, "interval": "PT2M", "state": "Active"}, "synchronizationJobSettings": [],
        "status": {
            "code": code, "countSuccessiveCompleteFailures": failures, "escrowsPruned": false, "lastExecution": last,
            "lastSuccessfulExecution": last_good, "lastSuccessfulExecutionWithExports": last_good, "progress": [],
            "quarantine": quarantine, "steadyStateFirstAchievedTime": NEVER, "steadyStateLastAchievedTime": NEVER,
            "synchronizedEntryCountByType": [{"key": "user to User", "value": 40}], "troubleshootingUrl": null
        }
    })
}

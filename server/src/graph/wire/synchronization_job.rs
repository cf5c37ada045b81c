//! `servicePrincipal`, as far as it tells Cloud Sync's, and `synchronizationJob`.

use chrono::{DateTime, Utc};
use domain::facts::hybrid::{CloudSyncJob, JobError, JobRun, JobState, Quarantine};
use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::{filled, since_1900};

pub const PRINCIPAL_SELECT: &[&str] = &["id", "appId", "displayName", "applicationTemplateId", "homepage"];

/// "Active Directory to Azure Active Directory Provisioning": the application, and the template that configurations are made of.
const CLOUD_SYNC: Uuid = uuid!("1a4721b3-e57f-4451-ae87-ef078703ec94");
/// In the homepage of what the portal makes of it.
const MARK: &str = "metadata=AD2AADProvisioning|";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    pub id: Uuid,
    pub display_name: Option<String>,
    app_id: Option<String>,
    application_template_id: Option<String>,
    homepage: Option<String>,
}

impl ServicePrincipal {
    /// It is a configuration of Cloud Sync.
    pub fn is_cloud_sync(&self) -> bool {
        let is = |id: &Option<String>| id.as_deref().and_then(|id| Uuid::try_parse(id).ok()) == Some(CLOUD_SYNC);
        is(&self.app_id)
            || is(&self.application_template_id)
            || self.homepage.as_deref().is_some_and(|page| page.contains(MARK))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizationJob {
    id: Option<String>,
    template_id: Option<String>,
    schedule: Option<Schedule>,
    status: Option<Status>,
}

#[derive(Debug, Deserialize)]
struct Schedule {
    interval: Option<String>,
    state: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    code: Option<String>,
    count_successive_complete_failures: Option<i64>,
    last_execution: Option<TaskExecution>,
    last_successful_execution: Option<TaskExecution>,
    quarantine: Option<WireQuarantine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskExecution {
    state: Option<String>,
    time_ended: Option<DateTime<Utc>>,
    count_exported: Option<i64>,
    count_escrowed: Option<i64>,
    error: Option<WireError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireError {
    code: Option<String>,
    message: Option<String>,
    tenant_actionable: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireQuarantine {
    reason: Option<String>,
    current_began: Option<DateTime<Utc>>,
    next_attempt: Option<DateTime<Utc>>,
    error: Option<WireError>,
}

impl SynchronizationJob {
    /// `configuration`: the name of its service principal.
    pub fn into_fact(self, configuration: &str) -> CloudSyncJob {
        let status = self.status.unwrap_or_default();
        let schedule = self.schedule;
        CloudSyncJob {
            id: self.id.unwrap_or_default(),
            configuration: configuration.to_owned(),
            template: self.template_id.unwrap_or_default(),
            interval_minutes: schedule.as_ref().and_then(|it| minutes(it.interval.as_deref()?)),
            schedule: schedule.and_then(|it| it.state).unwrap_or_default(),
            state: match status.code.unwrap_or_default().as_str() {
                "NotConfigured" => JobState::NotConfigured,
                "NotRun" => JobState::NotRun,
                "Active" => JobState::Active,
                "Paused" => JobState::Paused,
                "Quarantine" => JobState::Quarantine,
                other => JobState::Other(other.to_owned()),
            },
            last_success_at: status.last_successful_execution.and_then(|run| since_1900(run.time_ended)),
            last_run: status.last_execution.map(Into::into),
            failures_in_a_row: u32::try_from(status.count_successive_complete_failures.unwrap_or(0)).unwrap_or(0),
            quarantine: status.quarantine.map(Into::into),
        }
    }
}

impl From<TaskExecution> for JobRun {
    fn from(wire: TaskExecution) -> Self {
        let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        Self {
            result: wire.state.unwrap_or_default(),
            ended_at: since_1900(wire.time_ended),
            exported: count(wire.count_exported),
            escrowed: count(wire.count_escrowed),
            error: wire.error.and_then(error),
        }
    }
}

impl From<WireQuarantine> for Quarantine {
    fn from(wire: WireQuarantine) -> Self {
        Self {
            reason: wire.reason.unwrap_or_default(),
            since: since_1900(wire.current_began),
            next_attempt_at: since_1900(wire.next_attempt),
            error: wire.error.and_then(error),
        }
    }
}

/// Empty errors are sent where there is none.
fn error(wire: WireError) -> Option<JobError> {
    let (code, message) = (filled(wire.code).unwrap_or_default(), filled(wire.message).unwrap_or_default());
    let is_told = !code.is_empty() || !message.is_empty();
    is_told.then_some(JobError { code, message, tenant_actionable: wire.tenant_actionable.unwrap_or_default() })
}

/// Of an ISO 8601 duration such as `PT2M`, `PT1H30M` or `P1D`; `None`: another form.
fn minutes(duration: &str) -> Option<u32> {
    let (mut total, mut number, mut in_time) = (0_u32, String::new(), false);
    for letter in duration.strip_prefix('P')?.chars() {
        let unit = match letter {
            'T' if number.is_empty() => {
                in_time = true;
                continue;
            }
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'D' => 1_440,
            'H' => 60,
            // Before the time they are months.
            'M' if in_time => 1,
            'S' => 0,
            _ => return None,
        };
        let counted: u32 = std::mem::take(&mut number).parse().ok()?;
        total = total.checked_add(counted.checked_mul(unit)?)?;
    }
    (number.is_empty() && total > 0).then_some(total)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn job(body: Value) -> CloudSyncJob {
        serde_json::from_value::<SynchronizationJob>(body).unwrap().into_fact("corp.example")
    }

    #[test]
    fn a_quarantined_job_is_read_with_its_reason() {
        let found = job(json!({
            "id": "AD2AADProvisioning.x", "templateId": "AD2AADProvisioning",
            "schedule": {"expiration": null, "interval": "PT2M", "state": "Active"},
            "status": {
                "code": "Quarantine", "countSuccessiveCompleteFailures": 12, "escrowsPruned": false,
                "lastExecution": {"activityIdentifier": "a", "countEscrowed": 4, "countExported": 0, "state": "Failed",
                    "timeBegan": "2026-11-22T09:00:00Z", "timeEnded": "2026-11-22T09:01:00Z",
                    "error": {"code": "HybridIdentityServiceNoActiveAgents", "message": "No agent.", "tenantActionable": true}},
                "lastSuccessfulExecution": {"state": "Succeeded", "timeEnded": "0001-01-01T00:00:00Z"},
                "quarantine": {"currentBegan": "2026-11-20T09:00:00Z", "nextAttempt": "2026-11-22T12:00:00Z",
                    "reason": "EncounteredQuarantineException", "seriesBegan": "2026-11-20T09:00:00Z", "seriesCount": 7,
                    "error": {"code": "", "message": null, "tenantActionable": false}}
            }
        }));
        assert!(found.is_quarantined());
        assert_eq!((found.interval_minutes, found.failures_in_a_row, found.last_success_at), (Some(2), 12, None));
        let run = found.last_run.unwrap();
        assert_eq!((run.result.as_str(), run.escrowed, run.error.unwrap().tenant_actionable), ("Failed", 4, true));
        let quarantine = found.quarantine.unwrap();
        assert_eq!((quarantine.reason.as_str(), quarantine.error), ("EncounteredQuarantineException", None));
        assert!(quarantine.since < quarantine.next_attempt_at);
    }

    #[test]
    fn a_job_of_few_words_or_newer_ones_is_read_all_the_same() {
        let found = job(json!({"id": "x", "status": {"code": "Hibernating"}}));
        assert_eq!(found.state, JobState::Other("Hibernating".into()));
        assert_eq!((found.template.as_str(), found.last_run, found.quarantine), ("", None, None));
        assert_eq!(job(json!({"status": null})).state, JobState::Other(String::new()));
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(minutes("PT2M"), Some(2));
        assert_eq!(minutes("PT1H30M"), Some(90));
        assert_eq!(minutes("P1DT0H"), Some(1_440));
        for odd in ["", "P", "PT", "2M", "PT1.5H", "PTM", "P1M", "PT2", "PT99999999999M"] {
            assert_eq!(minutes(odd), None, "{odd}");
        }
    }

    #[test]
    fn configurations_are_told_from_other_apps() {
        let is = |body: Value| {
            let mut principal = json!({"id": Uuid::from_u128(1)});
            principal.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            serde_json::from_value::<ServicePrincipal>(principal).unwrap().is_cloud_sync()
        };
        assert!(is(json!({"appId": "1A4721B3-e57f-4451-ae87-ef078703ec94"})));
        assert!(is(
            json!({"appId": Uuid::from_u128(3), "applicationTemplateId": "1a4721b3-e57f-4451-ae87-ef078703ec94"})
        ));
        assert!(is(json!({"homepage": "https://x/default.aspx?metadata=AD2AADProvisioning|ISV9.1|primary|z"})));
        assert!(!is(json!({"appId": Uuid::from_u128(3), "applicationTemplateId": null, "homepage": "https://x"})));
        assert!(!is(json!({})));
    }
}

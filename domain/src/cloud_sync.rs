//! Microsoft Entra Cloud Sync's jobs in words: what they do, why one stands still, and the next step (Microsoft's reference of
//! Cloud Sync's error codes).

use crate::cause::{Actor, Cause};
use crate::facts::hybrid::{CloudSyncJob, JobError, Quarantine};

/// What a job carries.
pub fn carries(template: &str) -> &str {
    match template {
        "AD2AADProvisioning" => "users and groups",
        "AD2AADPasswordHash" => "passwords",
        "" => "not told",
        other => other,
    }
}

/// Why a quarantined job stands still, and what ends that. Jobs that are not quarantined have no cause.
pub fn quarantine_cause(job: &CloudSyncJob) -> Option<Cause> {
    if !job.is_quarantined() {
        return None;
    }
    let (why, next_step) = match &job.quarantine {
        Some(quarantine) => explained(quarantine),
        None => ("Microsoft does not say why".to_owned(), LOOK),
    };
    Some(Cause {
        code: "cloud_sync_quarantine".to_owned(),
        meaning: format!("A job of Cloud Sync is in quarantine: {why}."),
        next_step: next_step.to_owned(),
        actor: Actor::Technician,
        request_id: None,
    })
}

const LOOK: &str =
    "Open the configuration under Entra ID, Entra Connect, Cloud sync, and restart the job when its error is mended.";
const OBJECTS: &str =
    "Look into the provisioning logs for the objects that fail, mend them in the local directory, and restart the job.";

fn explained(quarantine: &Quarantine) -> (String, &'static str) {
    let of_error = || quarantine.error.as_ref().map_or_else(|| ("an error stops it".to_owned(), LOOK), error_in_words);
    match quarantine.reason.as_str() {
        "EncounteredBaseEscrowThreshold"
        | "EncounteredTotalEscrowThreshold"
        | "EncounteredEscrowProportionThreshold" => ("too many objects cannot be synced".to_owned(), OBJECTS),
        "TooManyDeletes" => (
            "it would delete more objects than the guard against accidental deletions lets through".to_owned(),
            "Find out whether the deletions are meant, and allow or reject them in the configuration of Cloud Sync.",
        ),
        "QuarantinedOnDemand" => ("somebody put it there".to_owned(), LOOK),
        "IngestionInterrupted" => (
            "reading the local directory was cut off".to_owned(),
            "Check that the agent runs and reaches a domain controller, and restart the job.",
        ),
        "EncounteredQuarantineException" => of_error(),
        "" | "Unknown" => match &quarantine.error {
            Some(error) => error_in_words(error),
            None => ("Microsoft does not say why".to_owned(), LOOK),
        },
        other => (format!("Microsoft gives the reason {other}"), LOOK),
    }
}

/// What an error means, as the end of a sentence, and the next step.
pub fn error_in_words(error: &JobError) -> (String, &'static str) {
    match error.code.as_str() {
        "HybridIdentityServiceNoAgentsAssigned" => (
            "no agent is left for the domain".to_owned(),
            "Install and register the provisioning agent again on a server of the domain.",
        ),
        "HybridIdentityServiceNoActiveAgents" => (
            "no agent answers".to_owned(),
            "Check on the agent's server that its service runs and that the firewall lets it reach Microsoft.",
        ),
        "HybridIdentityServiceInvalidResource" => (
            "the agent's registration is damaged".to_owned(),
            "Register the agent again on a server of the domain, and restart the job.",
        ),
        "TimeOut" => (
            "the agent did not answer in time".to_owned(),
            "Check the agent's server and its line; it is tried again by itself.",
        ),
        "AzureActiveDirectoryInvalidCredential" => (
            "the account that Cloud Sync writes with is missing or damaged".to_owned(),
            "Run Repair-AADCloudSyncToolsAccount on the agent's server.",
        ),
        "AzureActiveDirectoryExpiredCredentials" => (
            "the password of the account that Cloud Sync writes with has expired".to_owned(),
            "Run Repair-AADCloudSyncToolsAccount on the agent's server.",
        ),
        code => {
            let said = match (error.message.as_str(), code) {
                ("", "") => "an error that Microsoft does not name".to_owned(),
                ("", code) => code.to_owned(),
                (message, "") => message.trim_end_matches('.').to_owned(),
                (message, code) => format!("{} ({code})", message.trim_end_matches('.')),
            };
            let next_step = if error.tenant_actionable {
                "Microsoft says that it can be mended at the client: open the configuration of Cloud Sync."
            } else {
                "It is tried again by itself; if it lasts a day, open a case with Microsoft."
            };
            (said, next_step)
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::facts::hybrid::JobState;

    fn job(state: JobState, quarantine: Option<Quarantine>) -> CloudSyncJob {
        CloudSyncJob {
            id: String::new(),
            configuration: "corp.example".into(),
            template: "AD2AADProvisioning".into(),
            schedule: "Active".into(),
            interval_minutes: Some(2),
            state,
            last_run: None,
            last_success_at: None,
            failures_in_a_row: 0,
            quarantine,
        }
    }

    fn quarantine(reason: &str, code: &str) -> Option<Quarantine> {
        let error = (!code.is_empty()).then(|| JobError {
            code: code.into(),
            message: "It broke.".into(),
            tenant_actionable: true,
        });
        Some(Quarantine { reason: reason.into(), since: None, next_attempt_at: None, error })
    }

    #[rstest]
    #[case::deletes("TooManyDeletes", "", "accidental deletions", "allow or reject")]
    #[case::objects("EncounteredTotalEscrowThreshold", "x", "too many objects", "provisioning logs")]
    #[case::agent(
        "EncounteredQuarantineException",
        "HybridIdentityServiceNoActiveAgents",
        "no agent answers",
        "firewall"
    )]
    #[case::an_error_without_a_name("EncounteredQuarantineException", "", "an error stops it", "restart")]
    #[case::a_newer_error("Unknown", "Wobbly", "It broke (Wobbly)", "at the client")]
    #[case::a_newer_reason("SolarWind", "", "the reason SolarWind", "restart")]
    #[case::no_reason("", "", "does not say why", "restart")]
    fn a_quarantine_is_told_with_its_next_step(
        #[case] reason: &str,
        #[case] code: &str,
        #[case] meaning: &str,
        #[case] next_step: &str,
    ) {
        let cause = quarantine_cause(&job(JobState::Quarantine, quarantine(reason, code)));
        let told = cause.map(|cause| (cause.meaning, cause.next_step));
        assert!(
            told.as_ref().is_some_and(|(why, next)| why.contains(meaning) && next.contains(next_step)),
            "{reason} {code}: {told:?}"
        );
    }

    #[test]
    fn a_job_that_runs_has_no_cause_whatever_it_had() {
        assert_eq!(quarantine_cause(&job(JobState::Active, quarantine("TooManyDeletes", ""))), None);
        assert!(quarantine_cause(&job(JobState::Quarantine, None)).is_some());
    }
}

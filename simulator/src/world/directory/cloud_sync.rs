//! Microsoft Entra Cloud Sync: configurations, one a local domain, and what their jobs do.

/// A configuration, which is a service principal in the tenant.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The local domain.
    pub name: String,
    pub jobs: Vec<Job>,
}

#[derive(Clone, Debug)]
pub struct Job {
    /// `AD2AADProvisioning` or `AD2AADPasswordHash`.
    pub template: &'static str,
    pub health: JobHealth,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobHealth {
    Sound,
    /// It runs, and so many objects fail.
    EntryErrors(u32),
    /// It stands still since so many hours, with Graph's reason and, for an exception, its error.
    Quarantined {
        reason: &'static str,
        hours: u32,
        error: Option<(&'static str, &'static str)>,
    },
}

impl Configuration {
    /// Both jobs of a domain that fare alike.
    pub fn new(name: String, health: JobHealth) -> Configuration {
        let jobs =
            ["AD2AADProvisioning", "AD2AADPasswordHash"].map(|template| Job { template, health: health.clone() });
        Configuration { name, jobs: jobs.into() }
    }
}

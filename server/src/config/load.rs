//! Finds, merges and checks the values.

use std::path::{Path, PathBuf};

use clap::Args;
use figment::Figment;
use figment::error::{Error, Kind};
use figment::providers::{Format, Toml};
use url::{Host, Url};

use super::environment::{Texts, is_secret};
use super::{Config, ConfigError, DEFAULT_TOML, Pace, Problem};

const DEFAULT_FILE: &str = "tenantry.toml";
const LONGEST_SESSION_HOURS: u32 = 720;
const LONGEST_PACE_HOURS: u32 = 8_760;

/// The flags that every subcommand takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration")]
pub struct Flags {
    /// The configuration file [default: tenantry.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "TENANTRY_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Where the server listens, e.g. 0.0.0.0:8080
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,
    /// The address that browsers use, e.g. https://tenantry.example.com
    #[arg(long, value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// The folder for the SQLite database and the key ring
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Log lines as "text" or "json"
    #[arg(long, value_name = "FORMAT", global = true)]
    pub log_format: Option<String>,
    /// Any key of the configuration (see `tenantry config`); may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
}

impl Flags {
    fn pairs(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let mut pairs = Vec::new();
        let named = [
            ("listen", self.listen.clone()),
            ("public_url", self.public_url.clone()),
            ("data_dir", self.data_dir.as_ref().map(|path| path.display().to_string())),
            ("log.format", self.log_format.clone()),
        ];
        for setting in &self.set {
            let (key, value) = setting
                .split_once('=')
                .ok_or_else(|| Problem::new("--set", "has no '=' between key and value", "--set jobs.concurrency=4"))?;
            pairs.push((key.trim().to_owned(), value.to_owned()));
        }
        pairs.extend(named.into_iter().filter_map(|(key, value)| value.map(|value| (key.to_owned(), value))));
        Ok(pairs)
    }
}

/// Reads the configuration that this process was given.
///
/// # Errors
/// Names every key that cannot be used.
pub fn load(flags: &Flags) -> Result<Config, ConfigError> {
    let file = match &flags.config {
        Some(path) if !path.is_file() => {
            let problem = format!("there is no file {}", path.display());
            return Err(Problem::new("--config", problem, "--config /etc/tenantry.toml").into());
        }
        Some(path) => Some(path.as_path()),
        None => Some(Path::new(DEFAULT_FILE)).filter(|path| path.is_file()),
    };
    load_from(file, Texts::environment(), flags)
}

/// Built-in defaults and flags alone: what a demo does must never reach a deployment that lives in the same folder.
///
/// # Errors
/// As `load`.
pub fn load_apart(flags: &Flags) -> Result<Config, ConfigError> {
    load_from(None, Texts::flags(Vec::new()), flags)
}

fn load_from(file: Option<&Path>, environment: Texts, flags: &Flags) -> Result<Config, ConfigError> {
    let mut figment = Figment::from(Toml::string(DEFAULT_TOML));
    if let Some(path) = file {
        check_syntax(path)?;
        figment = figment.merge(Toml::file_exact(path));
    }
    let config: Config = figment
        .merge(environment)
        .merge(Texts::flags(flags.pairs()?))
        .extract()
        .map_err(|error| ConfigError { problems: error.into_iter().map(problem_of).collect() })?;
    check(&config)?;
    Ok(config)
}

/// Figment's own message for what is no TOML quotes the line, and a secret may stand there.
fn check_syntax(path: &Path) -> Result<(), ConfigError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::new("the file", format!("{shown} cannot be read: {error}"), ""))?;
    let Err(error) = toml::from_str::<toml::Table>(&text) else { return Ok(()) };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let problem = format!("line {line} of {shown} is not TOML; text stands in quotes");
    Err(Problem::new("the file", problem, "client_secret = \"in quotes\"").into())
}

/// Figment's own message quotes the value that it found; a secret's must not be.
fn problem_of(error: Error) -> Problem {
    let key = error.path.join(".");
    let origin = error.metadata.as_ref().map(|metadata| format!(" (in {})", origin(metadata))).unwrap_or_default();
    let problem = match &error.kind {
        Kind::UnknownField(name, known) => {
            let key = if key.ends_with(name.as_str()) { key } else { format!("{key}.{name}") };
            let near = nearest(name, known).map(|known| format!("; did you mean {known}?")).unwrap_or_default();
            return Problem::new(&key, format!("there is no such key{origin}{near}"), "");
        }
        Kind::InvalidType(_, expected) if is_secret(&key) => format!("expected {expected}{origin}"),
        Kind::InvalidType(found, expected) => format!("found {found}, expected {expected}{origin}"),
        Kind::Message(_) | Kind::InvalidValue(..) if is_secret(&key) => format!("cannot be read{origin}"),
        Kind::UnknownVariant(found, known) => format!("\"{found}\" is not one of {}{origin}", known.join(", ")),
        kind => format!("{kind}{origin}"),
    };
    Problem::new(if key.is_empty() { "the file" } else { &key }, problem, &example(&key))
}

fn origin(metadata: &figment::Metadata) -> String {
    metadata.source.as_ref().map_or_else(|| metadata.name.to_string(), ToString::to_string)
}

/// The known key that shares the longest beginning with what was typed.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let shared = |other: &str| name.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    known.iter().copied().max_by_key(|other| shared(other)).filter(|other| shared(other) >= 3)
}

/// A line that would be right for a key.
pub(super) fn example(key: &str) -> String {
    let value = match key {
        "public_url" => "\"https://tenantry.example.com\"",
        "listen" => "\"0.0.0.0:8080\"",
        "database.url" => "\"postgres://tenantry:password@db.example.com/tenantry\"",
        "log.format" => "\"json\"",
        "microsoft.login_url" => "\"https://login.microsoftonline.com\"",
        "microsoft.graph_url" => "\"https://graph.microsoft.com\"",
        "microsoft.partner_center_url" => "\"https://api.partnercenter.microsoft.com\"",
        "microsoft.exchange_url" => "\"https://outlook.office365.com\"",
        "microsoft.budget_share" => "0.5",
        "jobs.in_serve" => "true",
        "jobs.concurrency" => "16",
        "database.max_connections" => "16",
        "sign_in.session_idle_minutes" => "480",
        "sign_in.session_absolute_hours" => "24",
        "http.timeout_seconds" => "30",
        "http.body_limit_bytes" => "65536",
        "http.shutdown_seconds" => "20",
        _ => return from_built_in(key).unwrap_or_default(),
    };
    let name = key.rsplit('.').next().unwrap_or(key);
    format!("{name} = {value}")
}

/// The key's line of the built-in file.
fn from_built_in(key: &str) -> Option<String> {
    let (group, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut present = "";
    DEFAULT_TOML.lines().find_map(|line| {
        if let Some(header) = line.strip_prefix('[') {
            present = header.trim_end_matches(']');
        }
        let is_it = present == group && line.split(" = ").next() == Some(name) && !name.is_empty();
        is_it.then(|| line.to_owned())
    })
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let mut problems = Vec::new();
    let mut refuse = |key: &str, problem: &str| problems.push(Problem::new(key, problem, &example(key)));
    if !matches!(config.public_url.path(), "" | "/") || config.public_url.query().is_some() {
        refuse("public_url", "must not have a path or a query");
    }
    let urls = [
        ("public_url", &config.public_url),
        ("microsoft.login_url", &config.microsoft.login_url),
        ("microsoft.graph_url", &config.microsoft.graph_url),
        ("microsoft.partner_center_url", &config.microsoft.partner_center_url),
        ("microsoft.exchange_url", &config.microsoft.exchange_url),
    ];
    for (key, url) in urls {
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(url) => {}
            "http" => refuse(key, "must be https: sessions and tokens would travel in the clear"),
            _ => refuse(key, "must begin with https://"),
        }
    }
    if let Some(url) = &config.database.url {
        use secrecy::ExposeSecret;
        let url = url.expose_secret();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            refuse("database.url", "must begin with sqlite: or postgres://");
        }
    }
    if !(config.microsoft.budget_share > 0.0 && config.microsoft.budget_share <= 1.0) {
        refuse("microsoft.budget_share", "must be more than 0 and at most 1");
    }
    if config.tls.certificate_path.is_some() != config.tls.private_key_path.is_some() {
        refuse("tls.certificate_path", "certificate_path and private_key_path must be set together");
    }
    if config.tls.certificate_path.is_some() && config.public_url.scheme() != "https" {
        refuse("public_url", "must begin with https:// when [tls] is set");
    }
    let positive = [
        ("database.max_connections", u64::from(config.database.max_connections)),
        ("sign_in.session_idle_minutes", u64::from(config.sign_in.session_idle_minutes)),
        ("sign_in.session_absolute_hours", u64::from(config.sign_in.session_absolute_hours)),
        ("jobs.concurrency", u64::from(config.jobs.concurrency)),
        ("http.timeout_seconds", config.http.timeout_seconds),
        ("http.body_limit_bytes", config.http.body_limit_bytes as u64),
    ];
    for (key, _) in positive.into_iter().filter(|(_, value)| *value == 0) {
        refuse(key, "must be at least 1");
    }
    if config.sign_in.session_absolute_hours > LONGEST_SESSION_HOURS {
        refuse("sign_in.session_absolute_hours", "must be at most 720, which is thirty days");
    }
    if let Err(error) = config.log.filter.parse::<tracing_subscriber::filter::Targets>() {
        refuse("log.filter", &format!("cannot be read: {error}"));
    }
    for (group, pace) in [("directory_sync", &config.directory_sync), ("password_sync", &config.password_sync)] {
        if let Some((name, problem)) = wrong_in(pace) {
            refuse(&format!("{group}.{name}"), &problem);
        }
    }
    if let Err(error) = config.first_administrator() {
        problems.extend(error.problems);
    }
    problems.extend(config.notifications_address().err());
    if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
}

/// The key that has to change, and why.
fn wrong_in(pace: &Pace) -> Option<(&'static str, String)> {
    let Pace { late_after_hours: late, stalled_after_hours: stalled, dead_after_hours: dead } = *pace;
    if late == 0 {
        return Some(("late_after_hours", "must be at least 1".to_owned()));
    }
    if stalled <= late {
        return Some(("stalled_after_hours", format!("must be more than late_after_hours, which is {late}")));
    }
    if dead <= stalled {
        return Some(("dead_after_hours", format!("must be more than stalled_after_hours, which is {stalled}")));
    }
    (dead > LONGEST_PACE_HOURS).then(|| ("dead_after_hours", "must be at most 8760, which is a year".to_owned()))
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::LogFormat;

    fn load_pairs(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let set = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        load_apart(&Flags { set, ..Flags::default() })
    }

    fn only_problem(pairs: &[(&str, &str)]) -> Problem {
        let mut problems = load_pairs(pairs).unwrap_err().problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.remove(0)
    }

    #[test]
    fn the_built_in_file_holds_every_key() {
        let config = load_pairs(&[]).unwrap();
        assert_eq!(config.listen.port(), 8080);
        assert_eq!(config.log.format, LogFormat::Text);
        assert!(config.database_url().expose_secret().starts_with("sqlite:.tenantry/"));
        assert!(config.first_administrator().unwrap().is_none());
    }

    #[test]
    fn every_key_of_the_built_in_file_has_a_comment_above_its_group() {
        let mut commented = false;
        for line in DEFAULT_TOML.lines() {
            match line.chars().next() {
                Some('#') => commented = true,
                None | Some('[') => commented = false,
                Some(_) => assert!(commented, "{line} has no comment"),
            }
        }
    }

    #[test]
    fn flags_win_over_the_environment() {
        let environment =
            Texts::flags(vec![("jobs.concurrency".into(), "3".into()), ("listen".into(), "[::1]:1".into())]);
        let flags = Flags { listen: Some(String::from("127.0.0.1:9")), ..Flags::default() };
        let config = load_from(None, environment, &flags).unwrap();
        assert_eq!(config.jobs.concurrency, 3);
        assert_eq!(config.listen.port(), 9);
    }

    #[test]
    fn a_wrong_value_is_told_with_its_key_and_an_example() {
        let problem = only_problem(&[("listen", "everywhere")]);
        assert_eq!(problem.key, "listen");
        assert_eq!(problem.example, "listen = \"0.0.0.0:8080\"");
        let problem = only_problem(&[("jobs.concurrency", "many")]);
        assert_eq!(problem.key, "jobs.concurrency");
        assert!(problem.problem.contains("many"), "{}", problem.problem);
        assert_eq!(only_problem(&[("jobs.concurrency", "0")]).problem, "must be at least 1");
        assert_eq!(only_problem(&[("log.format", "xml")]).key, "log.format");
        assert_eq!(
            only_problem(&[("log.filter", "sqlx=loudly")]).example,
            "filter = \"info,sqlx=warn,tower_http=warn\""
        );
        for share in ["0", "1.5", "-1", "nan"] {
            assert_eq!(only_problem(&[("microsoft.budget_share", share)]).key, "microsoft.budget_share", "{share}");
        }
        assert!(load_pairs(&[("microsoft.budget_share", "1")]).is_ok());
    }

    #[test]
    fn a_scale_rises_from_late_to_dead() {
        for group in ["directory_sync", "password_sync"] {
            let key = |name: &str| format!("{group}.{name}");
            let problem = |name: &str, value: &str| only_problem(&[(&key(name), value)]);
            assert_eq!(problem("late_after_hours", "0").problem, "must be at least 1");
            let late = problem("late_after_hours", "24");
            assert_eq!(late.key, key("stalled_after_hours"));
            assert_eq!(late.problem, "must be more than late_after_hours, which is 24");
            assert_eq!(late.example, "stalled_after_hours = 24");
            assert_eq!(problem("dead_after_hours", "24").key, key("dead_after_hours"));
            assert_eq!(problem("dead_after_hours", "8761").problem, "must be at most 8760, which is a year");
            assert!(problem("late_after_hours", "-1").problem.contains("-1"));
        }
        let config = load_pairs(&[("password_sync.late_after_hours", "12")]).unwrap();
        assert_eq!(load_pairs(&[]).unwrap().scales(), domain::sync_health::Scales::default());
        assert_eq!(config.scales().password.late_after.num_hours(), 12);
        assert_eq!(config.scales().directory.late_after.num_hours(), 3);
    }

    #[test]
    fn an_unknown_key_is_told_with_the_one_that_was_meant() {
        let problem = only_problem(&[("jobs.concurency", "4")]);
        assert_eq!(problem.key, "jobs.concurency");
        assert!(problem.problem.contains("did you mean concurrency?"), "{}", problem.problem);
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        assert_eq!(only_problem(&[("public_url", "http://tenantry.example.com")]).key, "public_url");
        assert_eq!(only_problem(&[("microsoft.login_url", "http://10.0.0.1")]).key, "microsoft.login_url");
        assert!(load_pairs(&[("microsoft.login_url", "http://127.0.0.1:4001")]).is_ok());
        assert!(load_pairs(&[("public_url", "https://tenantry.example.com")]).is_ok());
    }

    #[test]
    fn a_secret_is_text_whatever_it_looks_like_and_never_shown() {
        let config = load_pairs(&[("microsoft.client_secret", "0012")]).unwrap();
        assert_eq!(config.microsoft.client_secret.as_ref().unwrap().expose_secret(), "0012");
        assert!(!format!("{config:?}").contains("0012"));
        let broken = load_pairs(&[("microsoft.client_secret.x", "hunter2")]).unwrap_err();
        assert!(!broken.to_string().contains("hunter2"), "{broken}");
        let problem = only_problem(&[("database.url", "mysql://root:hunter2@db/x")]);
        assert!(!format!("{problem:?}").contains("hunter2"));
    }

    #[test]
    fn nothing_of_a_broken_file_is_shown() {
        let path = std::env::temp_dir().join(format!("tenantry-{}.toml", std::process::id()));
        let told = |text: &str| {
            std::fs::write(&path, text).unwrap();
            load_from(Some(&path), Texts::flags(Vec::new()), &Flags::default()).unwrap_err().to_string()
        };
        let unquoted = told("[microsoft]\nclient_secret = hunter2~x\n");
        assert!(unquoted.contains("line 2"), "{unquoted}");
        assert!(!unquoted.contains("hunter2"), "{unquoted}");
        for text in [
            "database = \"postgres://u:hunter2@db\"",
            "vault = \"hunter2\"",
            "[microsoft]\nclient_secret = [\"hunter2\"]",
        ] {
            let error = told(text);
            assert!(!error.contains("hunter2"), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_missing_registration_names_all_its_keys() {
        let problems = load_pairs(&[]).unwrap().microsoft().unwrap_err().problems;
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys, ["microsoft.client_id", "microsoft.partner_tenant", "microsoft.client_secret"]);
        assert!(problems.iter().all(|problem| !problem.example.is_empty()));
    }

    #[test]
    fn a_first_administrator_needs_a_tenant_and_somebody_in_it() {
        let tenant = ("sign_in.first_administrator_tenant", "11112222-bbbb-3333-cccc-4444dddd5555");
        assert_eq!(only_problem(&[tenant]).key, "sign_in.first_administrator_object_id");
        let role = ("sign_in.first_administrator_app_role", "Admin");
        assert_eq!(only_problem(&[role]).key, "sign_in.first_administrator_tenant");
        assert!(load_pairs(&[tenant, role]).unwrap().first_administrator().unwrap().is_some());
    }
}

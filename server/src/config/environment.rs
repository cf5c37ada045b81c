//! `TENANTRY_*` variables as a figment provider. Secrets stay text, whatever they look like (`0012` is not a number).

use figment::providers::Env;
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

/// Keys that are always text.
const SECRETS: [&str; 5] =
    ["microsoft.client_secret", "database.url", "vault.key_ring", "http.metrics_token", "mail.smtp_url"];

/// The key is one of these, or a group that holds one.
pub fn is_secret(key: &str) -> bool {
    SECRETS.iter().any(|secret| secret.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Pairs of dotted key and text.
pub struct Texts {
    name: &'static str,
    pairs: Vec<(String, String)>,
}

impl Texts {
    /// The process's environment.
    pub fn environment() -> Self {
        let pairs = Env::prefixed("TENANTRY_")
            .split("__")
            .iter()
            .map(|(key, value)| (key.into_string(), value))
            .filter(|(key, _)| key != "config" && key != "site")
            .collect();
        Self { name: "the environment (TENANTRY_…)", pairs }
    }

    pub fn flags(pairs: Vec<(String, String)>) -> Self {
        Self { name: "the command line", pairs }
    }
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut dict = Dict::new();
        for (key, text) in &self.pairs {
            let value = value_of(key, text);
            merge(&mut dict, figment::util::nest(key, value).into_dict().unwrap_or_default());
        }
        Ok(Profile::Default.collect(dict))
    }
}

fn value_of(key: &str, text: &str) -> Value {
    if is_secret(key) {
        return Value::from(text);
    }
    match text.parse() {
        Ok(value @ (Value::Bool(..) | Value::Num(..))) => value,
        _ => Value::from(text),
    }
}

fn merge(into: &mut Dict, from: Dict) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Dict(_, old)), Value::Dict(_, new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

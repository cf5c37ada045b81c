//! What is wrong with a configuration, said so that it can be mended without reading the source.

use std::fmt;

/// One wrong key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Dotted, e.g. `microsoft.client_id`.
    pub key: String,
    /// What is wrong; never the value of a secret.
    pub problem: String,
    /// A line that would be right; empty when there is none to give.
    pub example: String,
}

/// Everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

impl Problem {
    pub fn new(key: &str, problem: impl Into<String>, example: &str) -> Self {
        Self { key: key.to_owned(), problem: problem.into(), example: example.to_owned() }
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for Problem { key, problem, example } in &self.problems {
            write!(f, "\n  {key}: {problem}")?;
            if !example.is_empty() {
                write!(f, "\n      for example: {example}")?;
            }
        }
        Ok(())
    }
}

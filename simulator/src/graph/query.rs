//! The OData options of one request.

use std::collections::BTreeMap;

use super::error::GraphError;

/// The options that the simulator understands, decoded; others are refused where it matters.
#[derive(Debug, Default)]
pub(crate) struct Query {
    options: BTreeMap<String, String>,
    raw: String,
    /// The request carries `ConsistencyLevel: eventual`.
    pub eventual: bool,
}

impl Query {
    /// Reads a raw query string. Names are matched without regard to case, with or without `$`.
    pub fn parse(raw: &str, eventual: bool) -> Result<Query, GraphError> {
        let mut options = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let name = name.trim_start_matches('$').to_ascii_lowercase();
            if options.insert(name.clone(), value.into_owned()).is_some() {
                return Err(GraphError::bad_request(format!("Query option '${name}' was specified more than once.")));
            }
        }
        Ok(Query { options, raw: raw.into(), eventual })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// Refuses the options that a resource does not take.
    pub fn allow_only(&self, names: &[&str]) -> Result<(), GraphError> {
        match self.options.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                Err(GraphError::bad_request(format!("The query option '${name}' is not supported for this resource.")))
            }
        }
    }

    /// `$top`, or the default; beyond the maximum is refused, as Graph does.
    pub fn top(&self, default: usize, max: usize) -> Result<usize, GraphError> {
        let Some(text) = self.get("top") else { return Ok(default) };
        match text.parse() {
            Ok(top) if (1..=max).contains(&top) => Ok(top),
            _ => Err(GraphError::bad_request(format!(
                "Invalid page size specified: '{text}'. Must be between 1 and {max} inclusive."
            ))),
        }
    }

    /// The names in a comma-separated option.
    pub fn names(&self, option: &str) -> Vec<&str> {
        let text = self.get(option).unwrap_or_default();
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
    }

    /// Asks for an advanced query of the directory: the header and `$count=true`.
    pub fn is_advanced(&self) -> bool {
        self.eventual && (self.wants_count() || self.get("skiptoken").is_some())
    }

    pub fn wants_count(&self) -> bool {
        self.get("count") == Some("true")
    }

    /// The query string without the page token, as it was sent.
    pub fn without_page_token(&self) -> String {
        let is_token = |part: &&str| {
            let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
            !matches!(name.as_str(), "$skiptoken" | "%24skiptoken" | "skiptoken")
        };
        self.raw.split('&').filter(|part| !part.is_empty()).filter(is_token).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_decoded_and_the_page_token_is_left_out() -> Result<(), GraphError> {
        let query = Query::parse("%24top=5&$select=id,%20displayName&$skiptoken=abc", false)?;
        assert_eq!(query.get("top"), Some("5"));
        assert_eq!(query.names("select"), ["id", "displayName"]);
        assert_eq!(query.without_page_token(), "%24top=5&$select=id,%20displayName");
        assert_eq!(query.top(100, 999)?, 5);
        assert!(Query::parse("$top=1000", false)?.top(100, 999).is_err());
        assert!(Query::parse("$top=0", false)?.top(100, 999).is_err());
        assert!(Query::parse("$top=5&$top=6", false).is_err());
        Ok(())
    }
}

//! `$filter`: the forms that clients use, parsed into a tree and evaluated over the JSON of one row.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::GraphError;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare {
        path: Vec<String>,
        operator: Operator,
        value: Value,
    },
    /// `path/$count eq n`
    Count {
        path: Vec<String>,
        operator: Operator,
        value: Value,
    },
    /// `path in (…)`
    In {
        path: Vec<String>,
        values: Vec<Value>,
    },
    /// `path/any(x: …)`, with the paths inside relative to x.
    Any {
        path: Vec<String>,
        condition: Box<Filter>,
    },
    /// `startswith(path, text)` and its like.
    Text {
        function: TextFunction,
        path: Vec<String>,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFunction {
    StartsWith,
    EndsWith,
    Contains,
}

impl Filter {
    pub fn parse(text: &str) -> Result<Filter, GraphError> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, variable: None };
        let filter = parser.or()?;
        match parser.peek() {
            None => Ok(filter),
            Some(token) => Err(invalid(&format!("unexpected '{}'", token.text))),
        }
    }

    /// Calls `look` with every leaf: its first property name and what is asked of it.
    pub fn leaves<'f>(&'f self, look: &mut impl FnMut(&'f str, &'f Filter)) {
        match self {
            Filter::And(left, right) | Filter::Or(left, right) => {
                left.leaves(look);
                right.leaves(look);
            }
            Filter::Not(inner) => inner.leaves(look),
            Filter::Compare { path, .. }
            | Filter::Count { path, .. }
            | Filter::In { path, .. }
            | Filter::Any { path, .. }
            | Filter::Text { path, .. } => {
                if let Some(first) = path.first() {
                    look(first, self);
                }
            }
        }
    }

    /// Needs `ConsistencyLevel: eventual` on directory objects.
    pub fn is_advanced(&self) -> bool {
        match self {
            Filter::And(left, right) | Filter::Or(left, right) => left.is_advanced() || right.is_advanced(),
            Filter::Not(_) | Filter::Count { .. } => true,
            Filter::Compare { operator, .. } => *operator == Operator::Ne,
            Filter::Text { function, .. } => *function != TextFunction::StartsWith,
            Filter::In { .. } | Filter::Any { .. } => false,
        }
    }

    /// Whether a row passes; `property` gives the JSON of one of its properties.
    pub fn matches(&self, property: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Filter::And(left, right) => left.matches(property) && right.matches(property),
            Filter::Or(left, right) => left.matches(property) || right.matches(property),
            Filter::Not(inner) => !inner.matches(property),
            Filter::Compare { path, operator, value } => compare(&at(path, property), *operator, value),
            Filter::Count { path, operator, value } => {
                let count = at(path, property).as_array().map_or(0, Vec::len);
                compare(&Value::from(count), *operator, value)
            }
            Filter::In { path, values } => {
                let found = at(path, property);
                values.iter().any(|value| compare(&found, Operator::Eq, value))
            }
            Filter::Any { path, condition } => at(path, property).as_array().is_some_and(|items| {
                items.iter().any(|item| {
                    condition.matches(&|name| if name.is_empty() { item.clone() } else { item[name].clone() })
                })
            }),
            Filter::Text { function, path, text } => at(path, property).as_str().is_some_and(|found| {
                let (found, text) = (found.to_lowercase(), text.to_lowercase());
                match function {
                    TextFunction::StartsWith => found.starts_with(&text),
                    TextFunction::EndsWith => found.ends_with(&text),
                    TextFunction::Contains => found.contains(&text),
                }
            }),
        }
    }
}

fn at(path: &[String], property: &dyn Fn(&str) -> Value) -> Value {
    let Some((first, rest)) = path.split_first() else { return property("") };
    rest.iter().fold(property(first), |value, name| value[name.as_str()].clone())
}

fn compare(found: &Value, operator: Operator, wanted: &Value) -> bool {
    let ordering = match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => Some(found.to_lowercase().cmp(&wanted.to_lowercase())),
        (Value::Number(found), Value::Number(wanted)) => found.as_f64().partial_cmp(&wanted.as_f64()),
        (found, wanted) => (found == wanted).then_some(Ordering::Equal),
    };
    match operator {
        Operator::Eq => ordering == Some(Ordering::Equal),
        Operator::Ne => ordering != Some(Ordering::Equal),
        Operator::Gt => ordering == Some(Ordering::Greater),
        Operator::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Lt => ordering == Some(Ordering::Less),
        Operator::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn invalid(reason: &str) -> GraphError {
    GraphError::bad_request(format!("Invalid filter clause: {reason}."))
}

#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    is_string: bool,
}

fn tokens(text: &str) -> Result<Vec<Token>, GraphError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&c) = rest.peek() {
        if c.is_whitespace() {
            rest.next();
        } else if matches!(c, '(' | ')' | ',' | ':') {
            rest.next();
            tokens.push(Token { text: c.into(), is_string: false });
        } else if c == '\'' {
            rest.next();
            let mut value = String::new();
            loop {
                match rest.next() {
                    Some('\'') if rest.peek() == Some(&'\'') => {
                        rest.next();
                        value.push('\'');
                    }
                    Some('\'') => break,
                    Some(c) => value.push(c),
                    None => return Err(invalid("there is an unterminated string literal")),
                }
            }
            tokens.push(Token { text: value, is_string: true });
        } else {
            let mut word = String::new();
            // A colon ends a lambda's variable; inside a time it does not.
            while let Some(&c) = rest.peek() {
                let in_time = c == ':' && word.starts_with(|c: char| c.is_ascii_digit());
                if c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'') || (c == ':' && !in_time) {
                    break;
                }
                word.push(c);
                rest.next();
            }
            tokens.push(Token { text: word, is_string: false });
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// The variable of the lambda that is being read.
    variable: Option<String>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| !token.is_string && token.text == word)
    }

    fn next(&mut self) -> Result<Token, GraphError> {
        let token = self.peek().cloned().ok_or_else(|| invalid("it ends too early"))?;
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, word: &str) -> Result<(), GraphError> {
        let token = self.next()?;
        if !token.is_string && token.text == word {
            return Ok(());
        }
        Err(invalid(&format!("'{word}' expected, '{}' found", token.text)))
    }

    fn or(&mut self) -> Result<Filter, GraphError> {
        let mut left = self.and()?;
        while self.is_word("or") {
            self.at += 1;
            left = Filter::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, GraphError> {
        let mut left = self.term()?;
        while self.is_word("and") {
            self.at += 1;
            left = Filter::And(left.into(), self.term()?.into());
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Filter, GraphError> {
        if self.is_word("not") {
            self.at += 1;
            return Ok(Filter::Not(self.term()?.into()));
        }
        if self.is_word("(") {
            self.at += 1;
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let word = self.next()?;
        if word.is_string {
            return Err(invalid("a property is expected before a value"));
        }
        let function = match word.text.to_ascii_lowercase().as_str() {
            "startswith" => Some(TextFunction::StartsWith),
            "endswith" => Some(TextFunction::EndsWith),
            "contains" => Some(TextFunction::Contains),
            _ => None,
        };
        if let Some(function) = function {
            return self.text(function);
        }
        if let Some(collection) = word.text.strip_suffix("/any") {
            return self.any(collection);
        }
        let mut path = self.path(&word.text);
        let is_count = path.last().is_some_and(|last| last == "$count");
        if is_count {
            path.pop();
        }
        let operator = self.next()?;
        if operator.text == "in" {
            return self.among(path);
        }
        let operator = match operator.text.as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            other => return Err(invalid(&format!("the operator '{other}' is unknown"))),
        };
        let value = literal(self.next()?);
        Ok(if is_count { Filter::Count { path, operator, value } } else { Filter::Compare { path, operator, value } })
    }

    fn text(&mut self, function: TextFunction) -> Result<Filter, GraphError> {
        self.expect("(")?;
        let path = self.next()?.text;
        self.expect(",")?;
        let text = self.next()?.text;
        self.expect(")")?;
        Ok(Filter::Text { function, path: self.path(&path), text })
    }

    fn any(&mut self, collection: &str) -> Result<Filter, GraphError> {
        let path = self.path(collection);
        self.expect("(")?;
        let variable = self.next()?.text;
        let outer = self.variable.replace(variable);
        self.expect(":")?;
        let condition = self.or()?;
        self.expect(")")?;
        self.variable = outer;
        Ok(Filter::Any { path, condition: condition.into() })
    }

    fn among(&mut self, path: Vec<String>) -> Result<Filter, GraphError> {
        self.expect("(")?;
        let mut values = vec![literal(self.next()?)];
        while self.is_word(",") {
            self.at += 1;
            values.push(literal(self.next()?));
        }
        self.expect(")")?;
        Ok(Filter::In { path, values })
    }

    /// The names of a path, without the lambda's variable.
    fn path(&self, text: &str) -> Vec<String> {
        let mut path: Vec<String> = text.split('/').map(String::from).collect();
        if self.variable.is_some() && path.first() == self.variable.as_ref() {
            path.remove(0);
        }
        path
    }
}

fn literal(token: Token) -> Value {
    if token.is_string {
        return Value::String(token.text);
    }
    match token.text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        text => text.parse::<i64>().map_or_else(|_| Value::String(text.into()), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str, row: &Value) -> bool {
        Filter::parse(filter).is_ok_and(|filter| filter.matches(&|name| row[name].clone()))
    }

    #[test]
    fn filters_that_clients_send_are_understood() {
        let row = json!({
            "userType": "Guest", "accountEnabled": true, "assignedLicenses": [], "displayName": "Inés O'Hara",
            "createdDateTime": "2026-11-18T04:02:11Z", "clientAppUsed": "Authenticated SMTP",
            "signInEventTypes": ["nonInteractiveUser"], "status": {"errorCode": 0},
            "onPremisesProvisioningErrors": [{"category": "PropertyConflict"}]
        });
        for filter in [
            "userType eq 'Guest'",
            "accountEnabled eq true and userType ne 'Member'",
            "assignedLicenses/$count eq 0",
            "createdDateTime ge 2026-11-18T00:00:00Z and createdDateTime lt 2026-11-19T00:00:00Z and clientAppUsed eq 'Authenticated SMTP'",
            "signInEventTypes/any(t: t eq 'nonInteractiveUser')",
            "onPremisesProvisioningErrors/any(o:o/category eq 'PropertyConflict')",
            "startsWith(displayName,'inés')",
            "displayName eq 'Inés O''Hara'",
            "userType in ('Member','Guest')",
            "not(accountEnabled eq false)",
            "status/errorCode eq 0",
            "(userType eq 'Member') or (userType eq 'Guest')",
        ] {
            assert!(passes(filter, &row), "{filter}");
        }
        for filter in ["userType eq 'Member'", "mail eq 'x'", "signInEventTypes/any(t:t eq 'interactiveUser')"] {
            assert!(!passes(filter, &row), "{filter}");
        }
        assert!(passes("mail eq null", &row));
    }

    #[test]
    fn nonsense_is_refused() {
        for filter in ["", "userType", "userType eq", "userType eq 'Guest", "userType like 'x'", "(a eq 1", "a eq 1 b"]
        {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn advanced_forms_are_told_apart() -> Result<(), GraphError> {
        assert!(Filter::parse("assignedLicenses/$count eq 0")?.is_advanced());
        assert!(Filter::parse("userType ne 'Guest'")?.is_advanced());
        assert!(Filter::parse("endsWith(mail,'x')")?.is_advanced());
        assert!(!Filter::parse("startsWith(mail,'x') and accountEnabled eq true")?.is_advanced());
        Ok(())
    }
}

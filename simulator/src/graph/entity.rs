//! Rows that Graph lists: their properties, and how a `$select` of them is written without intermediate copies.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::error::GraphError;

/// A kind of row.
pub(crate) trait Entity {
    /// As Graph's schema names it, e.g. `microsoft.graph.user`.
    const TYPE: &'static str;
    const PROPERTIES: &'static [Property];

    /// Writes the entry of one property. Names outside `PROPERTIES` are never asked for.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// A property and when it is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    pub name: &'static str,
    pub shown: Shown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Without any `$select`.
    Always,
    /// Only when selected.
    OnSelect,
    /// Exists, and cannot be listed.
    Never,
}

/// Properties that are answered without being selected.
pub(crate) const fn always(name: &'static str) -> Property {
    Property { name, shown: Shown::Always }
}

/// Properties that have to be selected.
pub(crate) const fn on_select(name: &'static str) -> Property {
    Property { name, shown: Shown::OnSelect }
}

/// Properties that only a single object shows.
pub(crate) const fn never(name: &'static str) -> Property {
    Property { name, shown: Shown::Never }
}

/// The properties that the names of a `$select` mean; all shown ones if there are none. `id` always comes along.
pub(crate) fn select<E: Entity>(names: &[&str]) -> Result<Vec<&'static str>, GraphError> {
    if names.is_empty() || names == ["*"] {
        return Ok(E::PROPERTIES.iter().filter(|p| p.shown == Shown::Always).map(|p| p.name).collect());
    }
    let mut selected = Vec::with_capacity(names.len() + 1);
    for name in names {
        match E::PROPERTIES.iter().find(|property| property.name.eq_ignore_ascii_case(name)) {
            None => return Err(GraphError::unknown_property(name, E::TYPE)),
            Some(Property { shown: Shown::Never, .. }) => return Err(GraphError::not_listable()),
            Some(property) if selected.contains(&property.name) => {}
            Some(property) => selected.push(property.name),
        }
    }
    if !selected.contains(&"id") && E::PROPERTIES.iter().any(|property| property.name == "id") {
        selected.insert(0, "id");
    }
    Ok(selected)
}

/// A row as its selected properties.
pub(crate) struct Selected<'a, E> {
    pub row: &'a E,
    pub properties: &'a [&'static str],
}

impl<E: Entity> Serialize for Selected<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for name in self.properties {
            self.row.write(name, &mut map)?;
        }
        map.end()
    }
}

/// The JSON of one property, for filters and sorting; null if the row has none of that name.
pub(crate) fn value<E: Entity>(row: &E, name: &str) -> Value {
    let Some(property) = E::PROPERTIES.iter().find(|property| property.name.eq_ignore_ascii_case(name)) else {
        return Value::Null;
    };
    let selected = Selected { row, properties: &[property.name] };
    match serde_json::to_value(&selected) {
        Ok(Value::Object(mut map)) => map.remove(property.name).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// An instant in Graph's form, to the second.
pub(crate) struct Instant(pub DateTime<Utc>);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date_naive(), self.0.time());
        let (year, month, day) = (date.year(), date.month(), date.day());
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An instant or null.
pub(crate) fn instant(at: Option<DateTime<Utc>>) -> Option<Instant> {
    at.map(Instant)
}

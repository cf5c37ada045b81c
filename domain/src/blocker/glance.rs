//! Principals by protocols, small enough to read at a glance.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{BlockerRow, Protocol};

/// As many principals as a glance takes in.
const SHOWN: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glance {
    /// Those that anybody uses.
    pub protocols: Vec<Protocol>,
    /// Who uses the most protocols first, then who signs in the most.
    pub rows: Vec<GlanceRow>,
    /// Principals that are not shown.
    pub more: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlanceRow {
    pub name: String,
    pub principal: String,
    /// One a protocol of the glance; `None`: not seen with it.
    pub cells: Vec<Option<Seen>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub successes: u32,
    pub last_at: Option<DateTime<Utc>>,
    /// Somebody still has something to do about it.
    pub is_unfinished: bool,
}

impl Glance {
    pub fn new(rows: &[BlockerRow]) -> Self {
        let protocols: Vec<Protocol> =
            Protocol::ALL.into_iter().filter(|protocol| rows.iter().any(|row| row.protocol == *protocol)).collect();
        let mut principals: BTreeMap<&str, Vec<&BlockerRow>> = BTreeMap::new();
        for row in rows {
            principals.entry(&row.principal).or_default().push(row);
        }
        let mut principals: Vec<(&str, Vec<&BlockerRow>)> = principals.into_iter().collect();
        let successes = |rows: &[&BlockerRow]| rows.iter().map(|row| row.successes).fold(0, u32::saturating_add);
        principals.sort_by_key(|(_, rows)| (Reverse(rows.len()), Reverse(successes(rows))));
        let more = principals.len().saturating_sub(SHOWN);
        let shown = principals.into_iter().take(SHOWN).map(|(principal, rows)| GlanceRow {
            name: rows.first().map(|row| row.name().to_owned()).unwrap_or_default(),
            principal: principal.to_owned(),
            cells: protocols
                .iter()
                .map(|protocol| rows.iter().find(|row| row.protocol == *protocol).map(|row| seen(row)))
                .collect(),
        });
        Self { rows: shown.collect(), protocols, more: u32::try_from(more).unwrap_or(u32::MAX) }
    }
}

fn seen(row: &BlockerRow) -> Seen {
    Seen {
        successes: row.successes,
        last_at: row.last_seen_at,
        is_unfinished: row.work.as_ref().is_none_or(|work| work.state.is_unfinished()),
    }
}

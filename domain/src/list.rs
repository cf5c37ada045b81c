//! Pages of lists, and the words in a URL that ask for one.

use serde::{Deserialize, Serialize};

pub const PAGE_SIZE: u32 = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Rows that match the filter, over all pages.
    pub total: u64,
    /// From 1.
    pub page: u32,
    pub page_size: u32,
}

impl<T> Page<T> {
    pub fn pages(&self) -> u32 {
        u32::try_from(self.total.div_ceil(u64::from(self.page_size.max(1)))).unwrap_or(u32::MAX).max(1)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

/// What every list's URL may carry: `?q=…&filter=…&narrow=…&sort=…&direction=…&page=…&columns=…`. Words that are not known are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Free text over names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// One chip, by the name that the list's filter enum gives it; empty: all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// What narrows the rows further, where a list offers it; empty: nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub narrow: String,
    /// A column's name; empty: the list's own order, worst first.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sort: String,
    #[serde(skip_serializing_if = "is_default")]
    pub direction: Direction,
    /// From 1; 0 is 1.
    #[serde(skip_serializing_if = "is_default")]
    pub page: u32,
    /// The names of the columns to show or export, joined with commas; empty: the list's usual ones.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub columns: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ListQuery {
    /// As a URL's query, without the question mark; empty when everything is the default.
    pub fn to_query(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }

    pub fn page_number(&self) -> u32 {
        self.page.max(1)
    }
}

/// One filter chip with the number of rows behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    /// The word in the URL.
    pub name: String,
    pub label: String,
    pub count: u64,
}

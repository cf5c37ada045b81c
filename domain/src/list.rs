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
    pub q: String,
    /// One chip, by the name that the list's filter enum gives it; empty: all.
    pub filter: String,
    /// What narrows the rows further, where a list offers it; empty: nothing.
    pub narrow: String,
    /// A column's name; empty: the list's own order, worst first.
    pub sort: String,
    pub direction: Direction,
    /// From 1; 0 is 1.
    pub page: u32,
    /// The names of the columns to show or export, joined with commas; empty: the list's usual ones.
    pub columns: String,
}

impl ListQuery {
    /// As a URL's query, without the question mark; empty when everything is the default.
    pub fn to_query(&self) -> String {
        let direction = match self.direction {
            Direction::Ascending => "",
            Direction::Descending => "descending",
        };
        let page = if self.page == 0 { String::new() } else { self.page.to_string() };
        let words = [
            ("q", self.q.as_str()),
            ("filter", &self.filter),
            ("narrow", &self.narrow),
            ("sort", &self.sort),
            ("direction", direction),
            ("page", &page),
            ("columns", &self.columns),
        ];
        let told: Vec<_> = words.into_iter().filter(|(_, word)| !word.is_empty()).collect();
        serde_urlencoded::to_string(told).unwrap_or_default()
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

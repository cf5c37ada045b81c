//! What every list shares: chips, search, sortable headers, pages, columns, export. All of it links and GET forms, so that
//! the address says what is shown and nothing needs JavaScript.

use domain::list::{Chip, Direction, ListQuery};
use leptos::prelude::*;
use leptos_router::components::Form;

use crate::text;
use crate::ui::icon::{Glyph, Icon};
use crate::urls::Place;

/// A column that a list offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The word in the URL; also what it sorts by where `sorts` is set.
    pub name: &'static str,
    pub label: &'static str,
    pub sorts: bool,
    /// Shown unless columns are chosen.
    pub usual: bool,
    /// Figures, aligned to the right.
    pub numeric: bool,
    /// Hidden on a phone.
    pub wide_only: bool,
}

impl Column {
    pub const fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label, sorts: false, usual: true, numeric: false, wide_only: true }
    }

    pub const fn sorts(self) -> Self {
        Self { sorts: true, ..self }
    }

    pub const fn extra(self) -> Self {
        Self { usual: false, ..self }
    }

    pub const fn numeric(self) -> Self {
        Self { numeric: true, ..self }
    }

    pub const fn on_phones_too(self) -> Self {
        Self { wide_only: false, ..self }
    }

    /// Its alignment and where it shows, and `c-` with its name for its width.
    pub fn class(self) -> String {
        let numeric = if self.numeric { " num" } else { "" };
        let wide_only = if self.wide_only { " wide-only" } else { "" };
        format!("c-{}{numeric}{wide_only}", self.name)
    }
}

/// The columns that a query asks for, in the list's order.
pub fn chosen(columns: &'static [Column], query: &ListQuery) -> Vec<Column> {
    let asked: Vec<&str> = query.columns.split(',').filter(|name| !name.is_empty()).collect();
    let chosen: Vec<Column> = columns.iter().copied().filter(|column| asked.contains(&column.name)).collect();
    if chosen.is_empty() { columns.iter().copied().filter(|column| column.usual).collect() } else { chosen }
}

/// Chips to filter by; the one in force bears `aria-current`.
#[component]
pub fn FilterChips(place: Place, query: ListQuery, chips: Vec<Chip>, total: Option<u64>) -> impl IntoView {
    let to = |filter: &str| place.url(&ListQuery { filter: filter.to_owned(), page: 0, ..query.clone() });
    let chip = |name: &str, label: String, count: Option<u64>| {
        let in_force = query.filter == name;
        view! {
            <li>
                <a
                    class="chip"
                    class:chip-empty=count == Some(0) && !in_force
                    href=to(name)
                    aria-current=in_force.then_some("true")
                >
                    {label}
                    {count.map(|count| view! { " " <span class="chip-count">{text::number(count)}</span> })}
                </a>
            </li>
        }
    };
    let all = chip("", "All".to_owned(), total);
    let rest: Vec<_> = chips.into_iter().map(|each| chip(&each.name, each.label, Some(each.count))).collect();
    view! {
        <nav aria-label="Filter">
            <ul class="chips">{all} {rest}</ul>
        </nav>
    }
    .into_any()
}

/// Free text over the list's names. Keeps the filter and the order, goes back to the first page.
#[component]
pub fn SearchBox(
    place: Place,
    query: ListQuery,
    label: &'static str,
    /// Another control of the same form, which carries `narrow`.
    #[prop(optional_no_strip)]
    narrow: Option<AnyView>,
) -> impl IntoView {
    let kept = if narrow.is_some() { String::new() } else { query.narrow.clone() };
    let hidden = hidden_fields(&ListQuery { q: String::new(), narrow: kept, page: 0, ..query.clone() });
    let clear = (!query.q.is_empty()).then(|| {
        let href = place.url(&ListQuery { q: String::new(), page: 0, ..query.clone() });
        view! {
            <a class="clear" href=href>
                "Clear"
            </a>
        }
    });
    view! {
        <Form method="get" action=place.path() attr:class="search-box" attr:role="search">
            {hidden}
            {narrow}
            <input type="search" name="q" value=query.q aria-label=label placeholder=label autocomplete="off" />
            <button class="button">"Search"</button>
            {clear}
        </Form>
    }
    .into_any()
}

/// One of the things that a list can be narrowed to, in groups of words in the URL and labels.
pub fn narrow_control(
    query: &ListQuery,
    all: &'static str,
    groups: Vec<(&'static str, Vec<(String, String)>)>,
) -> AnyView {
    let options: Vec<_> = groups
        .into_iter()
        .filter(|(_, options)| !options.is_empty())
        .map(|(group, options)| {
            let options: Vec<_> = options
                .into_iter()
                .map(|(name, label)| {
                    let selected = query.narrow == name;
                    view! {
                        <option value=name selected=selected>
                            {label}
                        </option>
                    }
                })
                .collect();
            view! { <optgroup label=group>{options}</optgroup> }
        })
        .collect();
    view! {
        <select name="narrow" aria-label="Narrow to">
            <option value="">{all}</option>
            {options}
        </select>
    }
    .into_any()
}

/// Every part of a query but the empty ones, as hidden fields.
fn hidden_fields(query: &ListQuery) -> Vec<impl IntoView + use<>> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&query.to_query()).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect()
}

/// A column's header. Where the column sorts, a link that sorts by it, or turns the order round.
#[component]
pub fn SortHeader(place: Place, query: ListQuery, column: Column) -> impl IntoView {
    if !column.sorts {
        return view! {
            <th scope="col" class=column.class()>
                {column.label}
            </th>
        }
        .into_any();
    }
    let sorted = query.sort == column.name;
    let (aria, next) = match (sorted, query.direction) {
        (true, Direction::Ascending) => (Some("ascending"), Direction::Descending),
        (true, Direction::Descending) => (Some("descending"), Direction::Ascending),
        (false, _) => (None, if column.numeric { Direction::Descending } else { Direction::Ascending }),
    };
    let href = place.url(&ListQuery { sort: column.name.to_owned(), direction: next, page: 0, ..query.clone() });
    let arrow = sorted.then(|| {
        let icon = if query.direction == Direction::Ascending { Icon::ArrowUp } else { Icon::ArrowDown };
        view! { <Glyph icon /> }
    });
    view! {
        <th scope="col" class=column.class() aria-sort=aria>
            <a class="sort" href=href>
                {column.label}
                {arrow}
            </a>
        </th>
    }
    .into_any()
}

/// Where in the list this page is, and the ways to the others.
#[component]
pub fn Pager(
    place: Place,
    query: ListQuery,
    total: u64,
    page: u32,
    pages: u32,
    page_size: u32,
    shown: usize,
    /// The order in force when the address names none.
    #[prop(optional)]
    order: &'static str,
) -> impl IntoView {
    let to = |page: u32| place.url(&ListQuery { page: if page <= 1 { 0 } else { page }, ..query.clone() });
    let first = u64::from(page.saturating_sub(1)) * u64::from(page_size) + 1;
    let range = match shown {
        0 => "0 of 0".to_owned(),
        _ => format!("{}–{} of {}", text::number(first), text::number(first + shown as u64 - 1), text::number(total)),
    };
    let link = |there: bool, page: u32, label: &'static str, rel: &'static str| {
        if there {
            view! {
                <a class="button" href=to(page) rel=rel>
                    {label}
                </a>
            }
            .into_any()
        } else {
            view! {
                <span class="button" aria-disabled="true">
                    {label}
                </span>
            }
            .into_any()
        }
    };
    let order = (query.sort.is_empty() && !order.is_empty()).then(|| format!("{order} · "));
    let moves = (pages > 1).then(|| {
        view! {
            {link(page > 1, page.saturating_sub(1), "Previous", "prev")}
            <span>{format!("Page {page} of {pages}")}</span>
            {link(page < pages, page + 1, "Next", "next")}
        }
    });
    view! {
        <nav class="pager" aria-label="Pages">
            <p class="faint">{order} {range}</p>
            {moves}
        </nav>
    }
    .into_any()
}

/// Which columns to show: a form in a popover.
#[component]
pub fn ColumnChooser(place: Place, query: ListQuery, columns: &'static [Column]) -> impl IntoView {
    let now_chosen = chosen(columns, &query);
    let hidden = hidden_fields(&ListQuery { columns: String::new(), page: 0, ..query.clone() });
    let boxes: Vec<_> = columns
        .iter()
        .map(|column| {
            view! {
                <label class="check">
                    <input type="checkbox" name="column" value=column.name checked=now_chosen.contains(column) />
                    {column.label}
                </label>
            }
        })
        .collect();
    let usual = place.url(&ListQuery { columns: String::new(), page: 0, ..query });
    view! {
        <button type="button" class="button" popovertarget="columns">
            <Glyph icon=Icon::Columns />
            "Columns"
        </button>
        <div id="columns" popover="auto" class="popover">
            <Form method="get" action=place.path()>
                {hidden}
                <fieldset class="checks">
                    <legend>"Columns to show"</legend>
                    {boxes}
                </fieldset>
                <p class="actions">
                    <button class="button primary">"Show"</button>
                    <a class="button" href=usual>
                        "As usual"
                    </a>
                </p>
            </Form>
        </div>
    }
    .into_any()
}

/// The same rows as a file.
#[component]
pub fn ExportLink(place: Place, query: ListQuery) -> impl IntoView {
    place.export(&query).map(|href| {
        view! {
            <a class="button" href=href rel="external" download>
                <Glyph icon=Icon::Download />
                "Export CSV"
            </a>
        }
    })
}

//! A stacked bar: widths in SVG attributes, colours in classes, and a pattern for what matters most.

use leptos::prelude::*;

use crate::text;

/// One part of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// `fill-…` in the style sheet.
    pub class: &'static str,
    /// In words, for who does not see the bar: `6 unprotected`.
    pub words: String,
    pub value: u32,
    /// Hatched as well as coloured.
    pub hatched: bool,
}

/// A bar across the width of its place. The words are its name.
#[component]
pub fn StackedBar(segments: Vec<Segment>, #[prop(default = 8)] height_px: u32) -> impl IntoView {
    let total: u64 = segments.iter().map(|segment| u64::from(segment.value)).sum();
    let words: Vec<&str> =
        segments.iter().filter(|segment| segment.value > 0).map(|segment| segment.words.as_str()).collect();
    let label = if words.is_empty() { "nobody".to_owned() } else { words.join(", ") };
    let mut before = 0;
    let parts: Vec<_> = segments
        .into_iter()
        .filter(|segment| segment.value > 0)
        .map(|segment| {
            let (x, width) = (share(before, total), share(u64::from(segment.value), total));
            before += u64::from(segment.value);
            view! {
                <rect class=segment.class x=x.clone() width=width.clone() height="100%" />
                {segment.hatched.then(|| view! { <rect x=x width=width height="100%" fill="url(#hatch)" /> })}
            }
        })
        .collect();
    view! {
        <svg class="bar" width="100%" height=height_px role="img" aria-label=label>
            <title>{label.clone()}</title>
            <rect class="bar-ground" width="100%" height="100%" />
            {parts}
        </svg>
    }
}

fn share(value: u64, total: u64) -> String {
    format!("{}%", text::share(value, total, 100))
}

/// The patterns that bars refer to; once a page.
#[component]
pub fn Patterns() -> impl IntoView {
    view! {
        <svg class="patterns" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="hatch" width="1.6" height="4" />
                </pattern>
            </defs>
        </svg>
    }
}

//! A small line over days. No axis: its name says the first and the last figure.

use leptos::prelude::*;

/// In tenths, as everything here: no floating point is needed for so small a shape.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 220;
const MARGIN: u64 = 20;

/// `of` names what is counted, e.g. "accounts not protected".
#[component]
pub fn Sparkline(values: Vec<u32>, of: &'static str) -> impl IntoView {
    if values.len() < 2 {
        return view! { <span class="faint">"no history yet"</span> }.into_any();
    }
    let (first, last) = (values[0], values[values.len() - 1]);
    let label = format!("{of}: {first} {} days ago, {last} today", values.len() - 1);
    let direction = match last.cmp(&first) {
        std::cmp::Ordering::Less => "spark falling",
        std::cmp::Ordering::Equal => "spark",
        std::cmp::Ordering::Greater => "spark rising",
    };
    let (end_x, end_y) = point(&values, values.len() - 1);
    let points: Vec<String> = (0..values.len())
        .map(|index| {
            let (x, y) = point(&values, index);
            format!("{x},{y}")
        })
        .collect();
    view! {
        <svg class=direction viewBox="0 0 960 220" width="96" height="22" role="img" aria-label=label>
            <title>{label.clone()}</title>
            <polyline points=points.join(" ") />
            <circle cx=end_x cy=end_y r="18" />
        </svg>
    }
    .into_any()
}

/// Higher is more; a constant line lies at the bottom when it is zero, and in the middle otherwise.
fn point(values: &[u32], index: usize) -> (u64, u64) {
    let max = values.iter().copied().max().unwrap_or(0);
    let min = values.iter().copied().min().unwrap_or(0);
    let x = MARGIN + (WIDTH - 2 * MARGIN) * index as u64 / (values.len().max(2) as u64 - 1);
    let room = HEIGHT - 2 * MARGIN;
    let height = match u64::from(max - min) {
        0 if max > 0 => room / 2,
        0 => 0,
        range => u64::from(values[index] - min) * room / range,
    };
    (x, HEIGHT - MARGIN - height)
}

//! A small line over days. No axis: its name says the first and the last figure.

use leptos::prelude::*;

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 22.0;
const MARGIN: f64 = 2.0;

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
            format!("{x:.1},{y:.1}")
        })
        .collect();
    view! {
        <svg class=direction viewBox="0 0 96 22" width="96" height="22" role="img" aria-label=label>
            <title>{label.clone()}</title>
            <polyline points=points.join(" ") />
            <circle cx=format!("{end_x:.1}") cy=format!("{end_y:.1}") r="1.8" />
        </svg>
    }
    .into_any()
}

/// Higher is more; a constant line lies at the bottom when it is zero, and in the middle otherwise.
fn point(values: &[u32], index: usize) -> (f64, f64) {
    let max = values.iter().copied().max().unwrap_or(0);
    let min = values.iter().copied().min().unwrap_or(0);
    let x = MARGIN + (WIDTH - 2.0 * MARGIN) * index as f64 / (values.len().max(2) - 1) as f64;
    let height = if max > min {
        f64::from(values[index] - min) / f64::from(max - min)
    } else if max > 0 {
        0.5
    } else {
        0.0
    };
    (x, HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * height)
}

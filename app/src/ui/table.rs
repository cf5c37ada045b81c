//! A table in a frame that scrolls by itself, with a name for who cannot see it.

use leptos::prelude::*;

/// `name` says what the rows are. `after`: what stands in the frame under the rows, as the sentence that there are none.
#[component]
pub fn FramedTable<Heads, Rows>(
    #[prop(into)] name: String,
    /// Classes of the table beside `list`.
    #[prop(optional)]
    class: &'static str,
    /// No wider than it has to be.
    #[prop(optional)]
    narrow: bool,
    /// The cells of the head row.
    heads: Heads,
    rows: Rows,
    #[prop(optional_no_strip)] after: Option<AnyView>,
) -> impl IntoView
where
    Heads: IntoView + 'static,
    Rows: IntoView + 'static,
{
    let frame = if narrow { "table-frame narrow" } else { "table-frame" };
    let class = if class.is_empty() { "list".to_owned() } else { format!("list {class}") };
    let label = name.clone();
    view! {
        <div class=frame role="region" aria-label=label tabindex="0">
            <table class=class>
                <caption class="visually-hidden">{name}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {after}
        </div>
    }
    .into_any()
}

/// Heads of labels, each with its classes: `num` for figures, `wide-only` for what phones leave out.
pub fn heads<const N: usize>(labels: [(&'static str, &'static str); N]) -> AnyView {
    labels
        .map(|(label, class)| {
            view! {
                <th scope="col" class=class>
                    {label}
                </th>
            }
        })
        .into_any()
}

//! A labelled text field with its hint and its error. What was typed stays: the browser keeps it.

use leptos::prelude::*;

/// `error` is the sentence to show beside the field, when there is one.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] error: Option<Signal<Option<String>>>,
    /// Tells two fields of the same name on one page apart.
    #[prop(optional, into)]
    scope: String,
) -> impl IntoView {
    let id = format!("{name}{}{scope}", if scope.is_empty() { "" } else { "-" });
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let problem = move || error.and_then(|error| error.get());
    let described_by = [(!hint.is_empty()).then_some(hint_id.clone()), error.map(|_| error_id.clone())];
    let described_by = described_by.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <input
                id=id
                name=name
                type=kind
                value=value
                required=required
                autocomplete="off"
                spellcheck="false"
                aria-describedby=described_by
                aria-invalid=move || problem().map(|_| "true")
            />
            <p class="error" id=error_id role="alert">
                {problem}
            </p>
        </div>
    }
    .into_any()
}

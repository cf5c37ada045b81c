//! One file a form. A form keeps what was typed, shows its error beside the field, and says what it has done.

pub mod account_mark;
pub mod blocker_work;
pub mod connect_client;
pub mod delete_client;
pub mod operator;
pub mod own_registration;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::error::Error;

/// Why the last submission failed, if it did.
pub fn failure<S>(action: ServerAction<S>) -> Signal<Option<Error>>
where
    S: ServerFn<Error = Error> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Signal::derive(move || action.value().get().and_then(Result::err))
}

/// How many submissions have succeeded: what a page reads again depends on it. A refusal changes nothing, so that the form
/// stays as it was typed.
pub fn successes<S>(action: ServerAction<S>) -> Memo<usize>
where
    S: ServerFn<Error = Error> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&usize>| {
        let before = before.copied().unwrap_or_default();
        let succeeded = action.value().with(|value| matches!(value, Some(Ok(_))));
        if succeeded { before + 1 } else { before }
    })
}

/// The sentence that belongs beside a field.
pub fn beside(failure: Signal<Option<Error>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || match failure.get() {
        Some(Error::Invalid { field, message }) if field == name => Some(message),
        _ => None,
    })
}

/// What went wrong and belongs to none of the form's fields.
#[component]
pub fn FormError(failure: Signal<Option<Error>>, #[prop(optional)] fields: &'static [&'static str]) -> impl IntoView {
    let sentence = move || match failure.get() {
        Some(Error::Invalid { field, .. }) if fields.contains(&field.as_str()) => None,
        other => other.map(|error| error.to_string()),
    };
    view! {
        <p class="error" role="alert">
            {sentence}
        </p>
    }
}

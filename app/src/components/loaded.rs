//! What every page does with an answer: show it, show that it is coming, or say why there is none.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::answer::Answer;
use crate::error::Error;
use crate::ui::heading::Heading;
use crate::urls;

/// Shows the answer once it is there. What is on screen stays until the next answer has come.
pub fn loaded<T, V>(answer: Answer<T>, show: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=Loading>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match answer.await {
                        Ok(value) => show(value).into_any(),
                        Err(error) => view! { <Failure error /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="loading" role="status">
            "Reading…"
        </div>
    }
    .into_any()
}

/// A failure that takes the whole page, with the way on.
#[component]
pub fn Failure(error: Error) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(error.status());
    }
    let location = use_location();
    let here = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    let heading = match &error {
        Error::SignedOut => "You are signed out",
        Error::Forbidden => "Your role does not allow this",
        Error::NotFound => "There is nothing here",
        Error::Busy { .. } => "Too much at once",
        Error::Microsoft { .. } => "Microsoft refused",
        Error::Unreachable(_) => "The server could not be reached",
        Error::Invalid { .. } | Error::Conflict(_) | Error::Internal { .. } => "This did not work",
    };
    let start = || Signal::stored(urls::FLEET.to_owned());
    let way_on = match &error {
        Error::SignedOut => way("", "Sign in", Signal::derive(move || urls::sign_in(&here())), true),
        Error::Forbidden => {
            way("Ask an administrator of your service provider if you need it.", "Back to the start", start(), false)
        }
        Error::NotFound => {
            way("The address may be wrong, or the client may have been removed.", "Back to the start", start(), false)
        }
        _ => way("Nothing was changed.", "Try again", Signal::derive(here), true),
    };
    view! {
        <section class="failure">
            <Heading text=heading />
            <p class="failure-cause">{error.to_string()}</p>
            {way_on}
        </section>
    }
    .into_any()
}

/// `reloads`: the whole page is asked for anew.
fn way(sentence: &'static str, label: &'static str, href: Signal<String>, reloads: bool) -> AnyView {
    view! {
        {(!sentence.is_empty()).then(|| view! { <p>{sentence}</p> })}
        <p>
            <a class="button" rel=reloads.then_some("external") href=href>
                {label}
            </a>
        </p>
    }
    .into_any()
}

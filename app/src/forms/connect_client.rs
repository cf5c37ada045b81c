//! Connects a client: takes a domain or tenant id, answers with the consent link to send or to follow.

use domain::settings::ConsentRequest;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::connections::CreateConnection;
use crate::forms::{FormError, beside, failure};
use crate::ui::field::TextField;

#[component]
pub fn ConnectClient(action: ServerAction<CreateConnection>) -> impl IntoView {
    let failure = failure(action);
    let made = move || action.value().get().and_then(Result::ok).map(|request| view! { <ConsentLink request /> });
    view! {
        <ActionForm action attr:class="form">
            <TextField
                name="tenant"
                label="Domain or tenant id"
                hint="Any domain of the client, for example fabrikam.com. The client is listed at once and read as soon as \
                      its administrator has consented."
                required=true
                error=beside(failure, "tenant")
            />
            <FormError failure fields=&["tenant"] />
            <p>
                <button class="button primary" disabled=move || action.pending().get()>
                    "Make a consent link"
                </button>
            </p>
        </ActionForm>
        <div role="status">{made}</div>
    }
    .into_any()
}

/// The link that an administrator of the client has to follow, with a button that copies it.
#[component]
pub fn ConsentLink(request: ConsentRequest) -> impl IntoView {
    let copied = RwSignal::new(None::<&'static str>);
    let url = request.consent_url.clone();
    let copy = move |_| {
        let promise = window().navigator().clipboard().write_text(&url);
        leptos::task::spawn_local(async move {
            let done = wasm_bindgen_futures::JsFuture::from(promise).await;
            copied.set(Some(if done.is_ok() { "Copied." } else { "The browser refused; copy it by hand." }));
        });
    };
    view! {
        <div class="consent">
            <p>
                "An administrator of " <strong>{request.tenant_name}</strong>
                " has to follow this link and consent. Send it, or follow it yourself if you are one."
            </p>
            <p class="consent-url">
                <code>{request.consent_url.clone()}</code>
            </p>
            <p class="actions">
                <button type="button" class="button" on:click=copy>
                    "Copy the link"
                </button>
                <a class="button" rel="external" href=request.consent_url>
                    "Follow it"
                </a>
                <span class="faint" role="status">
                    {move || copied.get()}
                </span>
            </p>
        </div>
    }
    .into_any()
}

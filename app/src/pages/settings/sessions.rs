//! `/settings/sessions`: signing out, here and everywhere. For everybody who is signed in.

use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::operators::SignOutEverywhere;
use crate::api::session::Session;
use crate::components::loaded::Failure;
use crate::error::Error;
use crate::forms::{FormError, failure};
use crate::pages::settings::SettingsCrumbs;
use crate::ui::heading::Heading;
use crate::urls;

#[component]
pub fn SessionsPage() -> impl IntoView {
    let Some(operator) = Session::take().0 else {
        return view! { <Failure error=Error::SignedOut /> }.into_any();
    };
    let end = ServerAction::<SignOutEverywhere>::new();
    let done = move || {
        matches!(end.value().get(), Some(Ok(()))).then(|| {
            view! {
                <p>
                    "Every session has ended, this one too. "
                    <a rel="external" href=urls::SIGN_IN>
                        "Sign in again"
                    </a>
                </p>
            }
        })
    };
    view! {
        <SettingsCrumbs here="Your sessions" />
        <header class="page-head">
            <div>
                <Heading text="Your sessions" />
                <p class="sub">
                    {format!(
                        "{} · {} · {}",
                        operator.display_name,
                        operator.user_principal_name,
                        operator.role.label(),
                    )}
                </p>
            </div>
        </header>
        <section class="card narrow" aria-labelledby="end-sessions">
            <h2 id="end-sessions">"Sign out"</h2>
            <p>
                "Sign out here when you leave this computer. Sign out everywhere when you lost one, or left one open elsewhere."
            </p>
            <div class="actions">
                <form method="post" action=urls::SIGN_OUT>
                    <button class="button">"Sign out here"</button>
                </form>
                <ActionForm action=end>
                    <input type="hidden" name="operator" value=operator.id.to_string() />
                    <button class="button danger" disabled=move || end.pending().get()>
                        "Sign out everywhere"
                    </button>
                </ActionForm>
            </div>
            <FormError failure=failure(end) />
            <div role="status">{done}</div>
        </section>
    }
    .into_any()
}

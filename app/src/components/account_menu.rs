//! Who is signed in, light or dark, and the way out.

use domain::operator::Operator;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::preferences::{SetTheme, Theme};
use crate::text;
use crate::urls;

#[component]
pub fn AccountMenu(operator: Operator) -> impl IntoView {
    let set_theme = ServerAction::<SetTheme>::new();
    Effect::new(move || {
        if let Some(Ok(theme)) = set_theme.value().get() {
            wear(theme);
        }
    });
    let themes = Theme::ALL.map(|theme| {
        view! {
            <button class="button" name="theme" value=theme.name()>
                {theme.label()}
            </button>
        }
    });
    view! {
        <button type="button" class="account" popovertarget="account" title=operator.display_name.clone()>
            <span aria-hidden="true">{text::initials(&operator.display_name)}</span>
            <span class="visually-hidden">{format!("Account of {}", operator.display_name)}</span>
        </button>
        <div id="account" popover="auto" class="popover account-menu">
            <p>
                <strong>{operator.display_name}</strong>
                <br />
                <span class="faint">{operator.user_principal_name}</span>
                <br />
                <span class="faint">{operator.role.label()}</span>
            </p>
            <ActionForm action=set_theme>
                <fieldset class="segmented">
                    <legend>"Appearance"</legend>
                    {themes}
                </fieldset>
            </ActionForm>
            <p>
                <a href=urls::SESSIONS>"Your sessions"</a>
            </p>
            <form method="post" action=urls::SIGN_OUT>
                <button class="button">"Sign out"</button>
            </form>
        </div>
    }
    .into_any()
}

/// Puts the choice on the document at once; the cookie does it on the next page.
fn wear(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    let done = match theme.attribute() {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
    if done.is_err() {
        leptos::logging::warn!("the document does not take the theme");
    }
}

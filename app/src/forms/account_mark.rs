//! Marks an account as meant to be different, or takes the mark away.

use chrono::{DateTime, Utc};
use domain::ids::{TenantId, UserId};
use domain::mark::{AccountMark, MarkKind};
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::tenants::{MarkAccount, UnmarkAccount};
use crate::forms::{FormError, beside, failure};
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::field::TextField;

#[derive(Clone, Copy)]
pub struct Actions {
    pub mark: ServerAction<MarkAccount>,
    pub unmark: ServerAction<UnmarkAccount>,
}

#[component]
pub fn MarkCard(
    tenant: TenantId,
    user: UserId,
    mark: Option<AccountMark>,
    may: bool,
    actions: Actions,
    now: DateTime<Utc>,
) -> impl IntoView {
    let is_marked = mark.is_some();
    let told = match mark {
        None => view! { <p class="faint">"Counted like everybody else."</p> }.into_any(),
        Some(mark) => {
            let state = if mark.holds_at(now) { "until" } else { "ended on" };
            view! {
                <p>
                    <strong>{mark.kind.label()}</strong>
                    {format!(", {state} {}: {} ", text::day(mark.ends_on), mark.reason)}
                    <span class="faint">"(" {mark.author} ", " <Ago at=mark.marked_at now wording=Wording::Date /> ")"</span>
                </p>
            }
            .into_any()
        }
    };
    view! {
        {told}
        {may.then(|| view! { <Forms tenant user is_marked actions /> })}
    }
    .into_any()
}

#[component]
fn Forms(tenant: TenantId, user: UserId, is_marked: bool, actions: Actions) -> impl IntoView {
    let (refused, not_taken) = (failure(actions.mark), failure(actions.unmark));
    let hidden = move || {
        view! {
            <input type="hidden" name="tenant" value=tenant.to_string() />
            <input type="hidden" name="user" value=user.to_string() />
        }
    };
    let take_away = is_marked.then(|| {
        view! {
            <ActionForm action=actions.unmark>
                {hidden()} <button class="button">"Take the mark away"</button>
            </ActionForm>
            <FormError failure=not_taken />
        }
    });
    let kinds = MarkKind::ALL.map(|kind| view! { <option value=kind.name()>{kind.label()}</option> });
    view! {
        {take_away}
        <details>
            <summary>{if is_marked { "Mark it differently" } else { "Mark this account apart" }}</summary>
            <ActionForm action=actions.mark attr:class="form">
                {hidden()}
                <p class="hint">"The verdict stays as it is; the account is counted apart from those who need work."</p>
                <div class="field">
                    <label for="mark-kind">"It is a"</label>
                    <select id="mark-kind" name="kind">
                        {kinds}
                    </select>
                </div>
                <TextField name="reason" label="Because" required=true error=beside(refused, "reason") />
                <TextField
                    name="ends_on"
                    label="Until"
                    kind="date"
                    hint="At most a year: then it is looked at again."
                    required=true
                    error=beside(refused, "ends_on")
                />
                <FormError failure=refused fields=&["reason", "ends_on"] />
                <p>
                    <button class="button" disabled=move || actions.mark.pending().get()>
                        "Mark"
                    </button>
                </p>
            </ActionForm>
        </details>
    }
}
